"""From the core's arrays to an `xarray.Dataset`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import xarray as xr

Arrays = Iterable[tuple[str, list[str], Any]]


def from_cube(
    coordinates: Arrays, variables: Arrays, attributes: Iterable[tuple[str, Any]]
) -> xr.Dataset:
    """Make the dataset; the arrays are taken over, not copied."""
    import xarray as xr

    return xr.Dataset(
        {name: xr.Variable(dims, array, fastpath=True) for name, dims, array in variables},
        coords={name: _coordinate(name, dims, array) for name, dims, array in coordinates},
        attrs={name: _attribute(value) for name, value in attributes},
    )


def _coordinate(name: str, dims: list[str], array: Any) -> xr.Variable:
    import xarray as xr

    if dims == [name] and array.dtype == object:
        # pandas infers a dtype from objects unless it is told not to.
        index: Any = xr.IndexVariable
        return cast("xr.Variable", index(dims, _index(array), fastpath=True))
    # `fastpath`, or pandas turns the `None` of a hole into NaN on the way in.
    return xr.Variable(dims, array, fastpath=True)


def _index(array: Any) -> Any:
    import pandas as pd

    return pd.Index(array, dtype=object)


def _attribute(value: Any) -> Any:
    """Give a fixed override as netCDF can hold it."""
    if isinstance(value, bool):
        return int(value)
    if value is None:
        return "null"
    if isinstance(value, Mapping | list):
        return str(value)
    return value
