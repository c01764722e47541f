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

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from runcube.testing.cases import SweepCase, cells
from runcube.testing.columns import (
    Columns,
    as_array,
    attribute,
    column,
    coordinate,
    free_name,
    variable,
)
from runcube.testing.promote import label_array


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
            name: as_array(item, recorded=case.recorded)
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
    coords: Columns = {key: ((key,), labels) for key, labels in axes.items()}
    variables: Columns = {}
    for name in names:
        values = {place: record[name] for place, record in records.items() if name in record}
        grid = tuple(len(labels) for labels in axes.values())
        shape, lengths, filled = column(values, grid)
        extra = tuple(free_name(f"{stored[name]}_dim{k}", taken) for k in range(len(shape)))
        coords |= {
            dim: ((dim,), np.arange(size, dtype=np.int64))
            for dim, size in zip(extra, shape, strict=True)
        }
        for k, length in lengths.items():
            suffix = "_length" if len(lengths) == 1 else f"_dim{k}_length"
            coords[free_name(stored[name] + suffix, taken)] = (tuple(axes), length)
        variables[stored[name]] = ((*axes, *extra), filled)
    return xr.Dataset(
        {name: variable(*parts) for name, parts in variables.items()},
        coords={name: coordinate(name, *parts) for name, parts in coords.items()},
        attrs={item.key: attribute(item.value) for item in case.fixed},
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
