"""What gathering a synthetic sweep must give, worked out from memory in plain slow Python.

Nothing here reads a disk or shares code with what it judges. Where the rules leave a choice,
this is the one that was made:

- An extra dimension of a metric is named for the name under which it is stored:
  `<stored>_dim0`, …, with int64 coordinates. Names of ours take a `_` until nobody else has them.
- Where lengths differ along one dimension, `<stored>_length` is an int64 coordinate over the
  axes; along several, `<stored>_dim<k>_length` for each. A hole has length 0.
- A hole in a complex metric is NaN in both parts.
- Objects are plain Python values (`int`, not `numpy.int64`), except arrays of different numbers
  of dimensions, which are kept whole, each with its own dtype.
- A metric that some jobs lack is a hole there; new names follow those of earlier jobs, placed or
  not. One that only jobs without a place have is left out.
- A file with any damage holds nothing: all its metrics are holes.
- Coordinates: axes, then for each metric its extra dimensions and lengths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr

from runcube.testing.cases import SweepCase, cells
from runcube.testing.promote import common_dtype, hole, label_array, objects, with_holes

_Columns = dict[str, tuple[tuple[str, ...], np.ndarray]]


@dataclass(frozen=True)
class Expected:
    """A problem that must be reported once.

    Attributes
    ----------
    path
        The file at fault, relative to the sweep. A report may name the job's directory instead
        where it says that the job as a whole is left aside.
    kinds
        The codes that are right for it.
    """

    path: str
    kinds: frozenset[str]


def expected_dataset(case: SweepCase) -> xr.Dataset:
    """Give the dataset that gathering a sweep must give.

    Examples
    --------
    >>> from runcube.testing import Axis, Job, SweepCase, expected_dataset
    >>> case = SweepCase((), (Axis("x", (1, 2)),), (Job({"loss": 3}), Job(None)))
    >>> expected_dataset(case)["loss"].values
    array([ 3., nan])
    """
    axes = {axis.key: label_array(axis.labels) for axis in case.axes}
    parameters = {item.key for item in case.definition}
    records = {
        place: {
            name: _value(item, recorded=case.recorded)
            for name, item in (case.jobs[number].metrics or {}).items()
        }
        for number, place in enumerate(cells(case))
        if case.readable(number)
    }
    read = [job for job in case.jobs if job.present and job.damage is None]
    met = dict.fromkeys(name for job in read for name in job.metrics or {})
    names = [name for name in met if any(name in record for record in records.values())]
    stored = {name: f"{name}_metric" if name in parameters else name for name in names}
    taken = {*axes, *stored.values()}
    coords: _Columns = {key: ((key,), labels) for key, labels in axes.items()}
    variables: _Columns = {}
    for name in names:
        values = {place: record[name] for place, record in records.items() if name in record}
        grid = tuple(len(labels) for labels in axes.values())
        shape, lengths, column = _column(values, grid)
        extra = tuple(_free(f"{stored[name]}_dim{k}", taken) for k in range(len(shape)))
        coords |= {
            dim: ((dim,), np.arange(size, dtype=np.int64))
            for dim, size in zip(extra, shape, strict=True)
        }
        for k, length in lengths.items():
            suffix = "_length" if len(lengths) == 1 else f"_dim{k}_length"
            coords[_free(stored[name] + suffix, taken)] = (tuple(axes), length)
        variables[stored[name]] = ((*axes, *extra), column)
    return xr.Dataset(
        {name: _variable(*column) for name, column in variables.items()},
        coords={name: _coordinate(name, *column) for name, column in coords.items()},
        attrs={item.key: _attribute(item.value) for item in case.fixed},
    )


def expected_axes(case: SweepCase) -> dict[str, list[Any]]:
    """Give parameter → labels, in the definition's order."""
    return {
        axis.key: [str(v) if isinstance(v, list | dict) else v for v in axis.labels]
        for axis in case.axes
    }


def expected_problems(case: SweepCase) -> list[Expected]:
    """Give what must be reported, by job number.

    A record that is not needed is not opened, so a cut `overrides.yaml` beside a sound
    `metrics.arrow` goes unnoticed.
    """
    found = []
    for number, job in enumerate(case.jobs):
        folder = case.directory(number)
        if job.present and job.metrics is not None and job.damage is not None:
            unreadable = {"corrupt"}
            if job.damage.kind == "random":
                unreadable |= {"syntax", "unsupported"}
            found.append(Expected(f"{folder}/{case.file_name}", frozenset(unreadable)))
        if job.present and not case.identified(number):
            path = f"{folder}/.hydra/overrides.yaml"
            found.append(Expected(path, frozenset({"corrupt", "syntax", "leftover", "conflict"})))
    return found


def _value(item: Any, *, recorded: bool) -> np.ndarray:
    """Give a value as an array; Arrow keeps a final NUL, which numpy's strings drop."""
    return objects([item])[0:1].reshape(()) if recorded and type(item) is str else np.asarray(item)


def _plain(item: Any) -> Any:
    return item.item() if isinstance(item, np.generic) else item


def _column(
    values: Mapping[tuple[int, ...], np.ndarray], grid: tuple[int, ...]
) -> tuple[tuple[int, ...], dict[int, np.ndarray], np.ndarray]:
    """Give the common shape of a metric's values, the lengths that differ, and all in one array."""
    arrays = list(values.values())
    incomplete = len(values) < int(np.prod(grid, dtype=int))
    if len({array.ndim for array in arrays}) > 1:
        whole = np.full(grid, None, object)
        for place, array in values.items():
            native = array.astype(array.dtype.newbyteorder("="))
            whole[place] = native if native.ndim else native.item()
        return (), {}, whole
    shape = tuple(max(sizes) for sizes in zip(*(array.shape for array in arrays), strict=True))
    ragged = [k for k in range(len(shape)) if len({array.shape[k] for array in arrays}) > 1]
    dtype = common_dtype(arrays)
    if incomplete or ragged:
        dtype = with_holes(dtype, arrays)
    column = np.full(grid + shape, hole(dtype) if incomplete or ragged else None, object)
    lengths = {k: np.zeros(grid, np.int64) for k in ragged}
    for place, array in values.items():
        for inner in np.ndindex(array.shape):
            column[place + inner] = _plain(array[inner]) if dtype.kind == "O" else array[inner]
        for k, length in lengths.items():
            length[place] = array.shape[k]
    return shape, lengths, column if dtype.kind == "O" else column.astype(dtype)


def _free(name: str, taken: set[str]) -> str:
    """Give a name of ours that nobody has, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _variable(dims: Sequence[str], values: np.ndarray) -> xr.Variable:
    if values.dtype != object:
        return xr.Variable(dims, values)
    # Filled in place: on the way in, xarray lets pandas turn `None` into NaN.
    variable = xr.Variable(dims, np.zeros(values.shape, object))
    variable.values[...] = values
    return variable


def _coordinate(name: str, dims: Sequence[str], values: np.ndarray) -> xr.Variable:
    if values.dtype.kind == "O" and tuple(dims) == (name,):
        index: Any = xr.IndexVariable
        return cast("xr.Variable", index(name, pd.Index(values, dtype=object, name=name)))
    return _variable(dims, values)


def _attribute(value: Any) -> Any:
    """Give a fixed value the way netCDF can keep it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, list | dict) else value
