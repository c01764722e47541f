"""Comparing datasets without forgiveness.

`xarray.testing.assert_identical` lets pass what a gathered sweep must never confuse: `None` with
NaN, `1` with `True` inside an object array, float32 with float64, another order of variables,
-0.0 with 0.0. Two objects are the same here when nobody could tell them apart by reading them.
Encodings and chunks are not compared: they say how values are kept, not what they are.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

_TEMPORAL = "mM"
_SHOWN = 120


def assert_same(a: xr.Dataset | xr.DataArray, b: xr.Dataset | xr.DataArray) -> None:
    """Raise unless two datasets, or two data arrays, are the same in every respect.

    Compared are the type, dimensions with their order, names of variables and coordinates with
    their order, which coordinates are indexes, dtypes (the width of strings too), every value,
    and attributes with their order and types. Values in object arrays must have equal types, and
    so must whatever they hold. NaN equals NaN and NaT equals NaT; `None` equals neither, and
    -0.0 does not equal 0.0.

    Parameters
    ----------
    a, b : xarray.Dataset or xarray.DataArray
        What came out, and what was expected.

    Raises
    ------
    AssertionError
        On the first difference. It names the variable, the position by its labels, and both
        values.

    Examples
    --------
    >>> import xarray as xr
    >>> from runcube.testing import assert_same
    >>> one = xr.Dataset({"loss": ("lr", [1.0, 2.0])}, coords={"lr": [0.1, 0.2]})
    >>> assert_same(one, one.copy(deep=True))
    >>> assert_same(one, one.assign(loss=("lr", [1.0, 3.0])))
    Traceback (most recent call last):
        ...
    AssertionError: variable `loss` at lr=0.2: 2.0 (float64) is not 3.0 (float64)
    """
    if type(a) is not type(b):
        _fail(f"{_type_name(a)} is not {_type_name(b)}")
    if isinstance(a, xr.DataArray) and isinstance(b, xr.DataArray):
        if difference := _difference(a.name, b.name):
            _fail(f"names: {difference}")
        _compare_coords(a, b)
        _compare_variable(a.name, a, b)
        return
    if not isinstance(a, xr.Dataset) or not isinstance(b, xr.Dataset):
        message = f"expected xarray.Dataset or xarray.DataArray, got `{_type_name(a)}`"
        raise TypeError(message)
    _compare_list("dimensions", list(a.sizes.items()), list(b.sizes.items()))
    _compare_list("data variables", list(a.data_vars), list(b.data_vars))
    _compare_coords(a, b)
    for name in a.data_vars:
        _compare_variable(name, a[name], b[name])
    if difference := _difference(a.attrs, b.attrs):
        _fail(f"attrs{difference}")


def _compare_coords(a: xr.Dataset | xr.DataArray, b: xr.Dataset | xr.DataArray) -> None:
    _compare_list("coordinates", list(a.coords), list(b.coords))
    for name in a.coords:
        _compare_variable(name, a.coords[name], b.coords[name])
        if (name in a.xindexes) != (name in b.xindexes):
            _fail(f"coordinate `{name}`: an index on one side only")


def _compare_list(what: str, a: list[Any], b: list[Any]) -> None:
    if difference := _difference(a, b):
        _fail(f"{what}{difference}: {_show(a)} is not {_show(b)}")


def _compare_variable(name: Any, a: xr.DataArray, b: xr.DataArray) -> None:
    what = f"variable `{name}`"
    _compare_list(f"{what}: dimensions", list(a.dims), list(b.dims))
    _compare_list(f"{what}: shape", list(a.shape), list(b.shape))
    if a.dtype != b.dtype:
        _fail(f"{what}: dtype {a.dtype} is not {b.dtype}")
    for position, difference in _differences(a.values, b.values):
        _fail(f"{what}{_where(a, position)}{difference}")
    if difference := _difference(a.attrs, b.attrs):
        _fail(f"{what}: attrs{difference}")


def _where(array: xr.DataArray, position: Sequence[int]) -> str:
    """Say a position by its labels, by numbers where a dimension has none."""
    parts = []
    for dim, number in zip(array.dims, position, strict=True):
        label = array.coords[dim].values[number] if dim in array.coords else f"[{number}]"
        parts.append(f"{dim}={label}")
    return " at " + ", ".join(parts) if parts else ""


def _differences(a: np.ndarray, b: np.ndarray) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield the positions where two arrays of one shape and dtype differ, in order."""
    if a.dtype != object:
        for row in np.argwhere(~_equal_bits(a, b)):
            position = tuple(int(number) for number in row)
            yield position, _unequal(a[position], b[position])
        return
    for position in np.ndindex(a.shape):
        if difference := _difference(a[position], b[position]):
            yield position, difference


def _equal_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Compare arrays of one plain dtype; any NaN equals any other."""
    kind = a.dtype.kind
    if kind in _TEMPORAL:
        return np.asarray(a.view(np.int64) == b.view(np.int64))
    if kind == "f":
        same = (a == b) & (np.signbit(a) == np.signbit(b))
        return np.asarray(same | (np.isnan(a) & np.isnan(b)))
    if kind == "c":
        return np.asarray(_equal_bits(a.real, b.real) & _equal_bits(a.imag, b.imag))
    if kind == "V" and a.dtype.names:
        fields = [_equal_bits(a[name], b[name]) for name in a.dtype.names]
        return np.asarray(np.logical_and.reduce(fields))
    return np.asarray(a == b)


def _difference(a: Any, b: Any) -> str:
    """Say where and how two values differ; an empty text if they do not."""
    if type(a) is not type(b):
        return _unequal(a, b)
    if isinstance(a, np.ndarray):
        return _array_difference(a, b)
    if isinstance(a, Mapping):
        if difference := _difference(list(a), list(b)):
            return f" keys{difference}"
        return _first((f"[{key!r}]", a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return _sequence_difference(a, b)
    return "" if _equal_scalars(a, b) else _unequal(a, b)


def _sequence_difference(a: Sequence[Any], b: Sequence[Any]) -> str:
    if len(a) != len(b):
        return f": length {len(a)} is not {len(b)}"
    return _first((f"[{number}]", *pair) for number, pair in enumerate(zip(a, b, strict=True)))


def _array_difference(a: np.ndarray, b: np.ndarray) -> str:
    if a.dtype != b.dtype or a.shape != b.shape:
        return f": {a.dtype}{list(a.shape)} is not {b.dtype}{list(b.shape)}"
    for position, difference in _differences(a, b):
        return f"{list(position)}{difference}"
    return ""


def _first(items: Iterator[tuple[str, Any, Any]]) -> str:
    for where, a, b in items:
        if difference := _difference(a, b):
            return where + difference
    return ""


def _equal_scalars(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, np.generic):
        return not _array_difference(np.asarray(a), np.asarray(b))
    if isinstance(a, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b and math.copysign(1, a) == math.copysign(1, b)
    if isinstance(a, complex):
        return _equal_scalars(a.real, b.real) and _equal_scalars(a.imag, b.imag)
    return bool(a == b)


def _unequal(a: Any, b: Any) -> str:
    return f": {_show(a)} ({_type_name(a)}) is not {_show(b)} ({_type_name(b)})"


def _show(value: Any) -> str:
    text = str(value) if isinstance(value, np.number | np.bool) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _type_name(value: Any) -> str:
    return type(value).__name__


def _fail(message: str) -> None:
    raise AssertionError(message)
