"""The dtype rules of gathering, in plain slow Python.

labels   all int → int64, else uint64, else object of Python ints
         all float → float64; all bool → bool; all str → `<U`
         int and float → float64 if nothing is lost and all stay distinct
         anything else, `None` included → object of the values as they were
metrics  promotion over jobs as in numpy, and then what holes and padding do to the dtype
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

LONG = 1000
"""Strings longer than this stay Python objects: one of them would widen every cell."""

_NAN = {"f": math.nan, "c": complex(math.nan, math.nan)}


def objects(values: Sequence[Any]) -> np.ndarray:
    """Put values into an object array, one for each, whatever they are.

    Examples
    --------
    >>> objects([None, [1, 2]])
    array([None, list([1, 2])], dtype=object)
    """
    array = np.empty(len(values), object)
    for number, value in enumerate(values):
        array[number] = value
    return array


def label_array(labels: Sequence[Any]) -> np.ndarray:
    """Give the coordinate that holds an axis's labels.

    Examples
    --------
    >>> label_array([1, 2.5])
    array([1. , 2.5])
    >>> label_array([1, 1.0])
    array([1, 1.0], dtype=object)
    >>> label_array([1, None])
    array([1, None], dtype=object)
    """
    values: list[Any] = [
        str(label) if isinstance(label, list | dict) else label for label in labels
    ]
    kinds = {type(value) for value in values}
    if kinds == {int}:
        return _integers(values)
    if kinds in ({float}, {bool}):
        return np.array(values)
    if kinds == {str}:
        return strings(values)
    if kinds == {int, float}:
        numbers = [float(value) for value in values if _exact(value)]
        if len(numbers) == len(values) == len(set(numbers)):
            return np.array(numbers)
    return objects(values)


def strings(values: Sequence[str]) -> np.ndarray:
    r"""Give `<U`, or objects where numpy would drop a final NUL or waste memory.

    Examples
    --------
    >>> strings(["a", "bc"]).dtype, strings(["a\0"]).dtype
    (dtype('<U2'), dtype('O'))
    """
    if any(value.endswith("\0") or len(value) > LONG for value in values):
        return objects(values)
    return np.array(values)


def common_dtype(arrays: Sequence[np.ndarray]) -> np.dtype:
    """Give the dtype that holds every value of arrays from different jobs.

    `object` where none does. An int meets a float, or a signed meets an unsigned one of 64 bits,
    in a floating dtype only if every value is exact there.

    Examples
    --------
    >>> import numpy as np
    >>> common_dtype([np.array([1], "i1"), np.array([1], "u1")])
    dtype('int16')
    >>> common_dtype([np.array([2**53 + 1]), np.array([0.5])])
    dtype('O')
    """
    kinds = {_kind(array.dtype) for array in arrays}
    if kinds - {"number"} and len(kinds) > 1:
        return np.dtype(object)
    if kinds == {"str"}:
        return strings([str(item) for array in arrays for item in array.flat] or [""]).dtype
    dtype = np.result_type(*(array.dtype.newbyteorder("=") for array in arrays))
    integral = [array for array in arrays if array.dtype.kind in "iu"]
    if dtype.kind in "fc" and integral:
        dtype = np.result_type(dtype, np.float64)
        if not all(_exact(item) for array in integral for item in array.ravel().tolist()):
            return np.dtype(object)
    return dtype


def with_holes(dtype: np.dtype, arrays: Sequence[np.ndarray]) -> np.dtype:
    """Give the dtype that has room for a hole too."""
    if dtype.kind in "iu":
        exact = all(_exact(item) for array in arrays for item in array.ravel().tolist())
        return np.dtype(np.float64 if exact else object)
    return dtype if dtype.kind in _NAN else np.dtype(object)


def hole(dtype: np.dtype) -> Any:
    """Give the value that stands for a hole: NaN, or `None`.

    Examples
    --------
    >>> hole(np.dtype("c8")), hole(np.dtype(object))
    ((nan+nanj), None)
    """
    return _NAN.get(dtype.kind)


def _kind(dtype: np.dtype) -> str:
    return {"b": "bool", "U": "str", "O": "str"}.get(dtype.kind, "number")


def _integers(values: Sequence[int]) -> np.ndarray:
    for dtype in (np.int64, np.uint64):
        limits = np.iinfo(dtype)
        if all(limits.min <= value <= limits.max for value in values):
            return np.array(values, dtype)
    return objects(values)


def _exact(value: Any) -> bool:
    """Say whether a number is the same as a float."""
    if isinstance(value, float):
        return True
    try:
        return bool(int(float(value)) == value)
    except OverflowError:
        return False
