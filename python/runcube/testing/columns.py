"""Arrays and variables from single values, in plain slow Python."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr

from runcube.testing.promote import common_dtype, hole, objects, with_holes

Columns = dict[str, tuple[tuple[str, ...], np.ndarray]]
"""Name → dimensions and values."""


def as_array(item: Any, *, recorded: bool) -> np.ndarray:
    """Give a value as an array; Arrow keeps a final NUL, which numpy's strings drop."""
    return objects([item])[0:1].reshape(()) if recorded and type(item) is str else np.asarray(item)


def _plain(item: Any) -> Any:
    return item.item() if isinstance(item, np.generic) else item


def column(
    values: Mapping[tuple[int, ...], np.ndarray],
    grid: tuple[int, ...],
    like: Sequence[np.ndarray] = (),
) -> tuple[tuple[int, ...], dict[int, np.ndarray], np.ndarray]:
    """Give the common shape of a metric's values, the lengths that differ, and all in one array.

    Without any value there are holes alone, of the dtype that `like` would have.
    """
    if not values:
        dtype = with_holes(common_dtype(like), like) if like else np.dtype(object)
        return (), {}, np.full(grid, hole(dtype), dtype)
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
    filled = np.full(grid + shape, hole(dtype) if incomplete or ragged else None, object)
    lengths = {k: np.zeros(grid, np.int64) for k in ragged}
    for place, array in values.items():
        for inner in np.ndindex(array.shape):
            filled[place + inner] = _plain(array[inner]) if dtype.kind == "O" else array[inner]
        for k, length in lengths.items():
            length[place] = array.shape[k]
    return shape, lengths, filled if dtype.kind == "O" else filled.astype(dtype)


def free_name(name: str, taken: set[str]) -> str:
    """Give a name of ours that nobody has, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def variable(dims: Sequence[str], values: np.ndarray) -> xr.Variable:
    """Give a variable whose objects are what they were."""
    if values.dtype != object:
        return xr.Variable(dims, values)
    # Filled in place: on the way in, xarray lets pandas turn `None` into NaN.
    empty = xr.Variable(dims, np.zeros(values.shape, object))
    empty.values[...] = values
    return empty


def coordinate(name: str, dims: Sequence[str], values: np.ndarray) -> xr.Variable:
    """Give a coordinate; one over its own dimension is an index."""
    if values.dtype.kind == "O" and tuple(dims) == (name,):
        index: Any = xr.IndexVariable
        return cast("xr.Variable", index(name, pd.Index(values, dtype=object, name=name)))
    return variable(dims, values)


def attribute(value: Any) -> Any:
    """Give a fixed value the way netCDF can keep it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, list | dict) else value
