"""One array of a dataset as an array that netCDF and Zarr can hold, and back.

The table at the head of `runcube.results.netcdf` says how each dtype is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runcube.results import tagged

DTYPE = "runcube_dtype"
OBJECTS = "runcube_objects"
MISSING = "runcube_missing"

PARTS = 2
"""Real and imaginary: the length of the last dimension of complex numbers."""

_UNITS = {
    "D": "days",
    "h": "hours",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}
_NOT_A_TIME = int(np.iinfo(np.int64).min)
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in the file.

    Attributes
    ----------
    values : numpy.ndarray
        Integers, floats of 32 or 64 bits, or objects that are all `str`. Complex numbers have a
        last dimension more.
    attributes : dict
        What another reader, and ours, needs to know of them.
    fill : int or None
        What other readers take for missing.
    """

    values: np.ndarray
    attributes: dict[str, str] = field(default_factory=dict)
    fill: int | None = None


def encode(array: np.ndarray) -> Stored:
    """Turn an array into what is stored of it.

    Examples
    --------
    >>> encode(np.array([True, False])).values
    array([1, 0], dtype=int8)
    """
    kind = array.dtype.kind
    # The width of texts and the unit of times, without a byte order.
    name = array.dtype.str.lstrip("<>=|")
    if kind == "O":
        return _objects(array)
    if kind in "mM":
        return _times(array, name)
    if kind not in "US":
        return _numbers(array, name)
    if kind == "U" and all(is_plain(text) for text in array.ravel().tolist()):
        return Stored(array.astype(object), {DTYPE: name})
    # Texts that files cannot hold, and byte strings.
    return Stored(_json(array.astype(object)), {DTYPE: name, OBJECTS: "json"})


def _numbers(array: np.ndarray, name: str) -> Stored:
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        return Stored(array.astype(np.int8), {DTYPE: name, "dtype": "bool"})
    if kind == "c":
        parts = np.stack([array.real, array.imag], axis=-1)
        return Stored(parts.astype(f"f{size // 2}"), {DTYPE: name})
    if name == "f2":
        return Stored(array.astype(np.float32), {DTYPE: name})
    return Stored(array)


def decode(values: np.ndarray, attributes: Mapping[str, Any]) -> np.ndarray:
    """Undo `encode`.

    Raises
    ------
    ValueError
        The attributes do not fit the values.
    """
    objects = attributes.get(OBJECTS)
    dtype = None if DTYPE not in attributes else tagged.dtype_of(attributes[DTYPE])
    if objects is not None:
        array = _read_objects(values, objects, attributes)
        return array if dtype is None else array.astype(dtype)
    if dtype is None:
        return values
    if dtype.kind == "c":
        pairs = np.ascontiguousarray(values, np.dtype(f"f{dtype.itemsize // 2}"))
        if pairs.ndim == 0 or pairs.shape[-1] != PARTS:
            message = f"complex numbers have a last dimension of {PARTS}, got {pairs.shape}"
            raise ValueError(message)
        return pairs.view(dtype)[..., 0]
    if dtype.kind in "mM":
        # `ascontiguousarray` would turn 0-d into 1-d.
        return np.asarray(values, np.int64, order="C").view(dtype)
    with np.errstate(over="ignore"):
        return values.astype(dtype)


def _times(array: np.ndarray, name: str) -> Stored:
    unit, count = np.datetime_data(array.dtype)
    counts = np.asarray(array, array.dtype.newbyteorder("="), order="C").view(np.int64)
    attributes = {DTYPE: name}
    if count == 1 and unit in _UNITS:
        since = " since 1970-01-01" if array.dtype.kind == "M" else ""
        attributes["units"] = _UNITS[unit] + since
        if since:
            attributes["calendar"] = "proleptic_gregorian"
        elif unit in {"s", "ms", "us", "ns"}:
            attributes["dtype"] = f"timedelta64[{unit}]"
    return Stored(counts, attributes, _NOT_A_TIME)


def _objects(array: np.ndarray) -> Stored:
    items = array.ravel().tolist()
    present = [item for item in items if item is not None]
    kinds = {type(item) for item in present}
    if kinds == {int} and all(item in _INT64 for item in present):
        return _with_fill(items, array.shape, "int", np.int64, _unused_int(present))
    if kinds == {bool}:
        return _with_fill(items, array.shape, "bool", np.int8, -1)
    if kinds == {str} and all(is_plain(item) for item in present):
        missing = _unused_text(present)
        texts = _as_objects([missing if item is None else item for item in items])
        attributes = {OBJECTS: "text", MISSING: tagged.dumps(missing)}
        return Stored(texts.reshape(array.shape), attributes)
    return Stored(_json(array), {OBJECTS: "json"})


def _with_fill(
    items: list[Any], shape: tuple[int, ...], kind: str, dtype: type[np.generic], fill: int
) -> Stored:
    values = np.array([fill if item is None else item for item in items], dtype).reshape(shape)
    return Stored(values, {OBJECTS: kind, MISSING: tagged.dumps(fill)}, fill)


def _unused_int(items: list[Any]) -> int:
    taken = set(items)
    fill = _INT64.start
    while fill in taken:
        fill += 1
    return fill


def _unused_text(items: list[Any]) -> str:
    taken = set(items)
    missing = ""
    while missing in taken:
        missing = missing + "_" if missing else "missing"
    return missing


def _read_objects(values: np.ndarray, kind: str, attributes: Mapping[str, Any]) -> np.ndarray:
    items = values.ravel().tolist()
    if kind == "json":
        items = [tagged.loads(item) for item in items]
    elif kind in {"int", "bool", "text"}:
        missing = tagged.loads(attributes[MISSING])
        of_kind = {"int": int, "bool": bool, "text": str}[kind]
        items = [None if item == missing else of_kind(item) for item in items]
    else:
        message = f"`{OBJECTS}`: `{kind}` is no kind of object"
        raise ValueError(message)
    return _as_objects(items).reshape(values.shape)


def _json(array: np.ndarray) -> np.ndarray:
    return _as_objects([tagged.dumps(item) for item in array.ravel()]).reshape(array.shape)


def _as_objects(items: list[Any]) -> np.ndarray:
    array = np.empty(len(items), object)
    for place, item in enumerate(items):
        array[place] = item
    return array


def is_plain(text: str) -> bool:
    """Whether a file can hold a text: C ends it at a NUL, and UTF-8 has no lone surrogates."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
