"""Any value of a dataset as JSON text, and back without loss.

=====================  ===========================================================================
value                  JSON
=====================  ===========================================================================
None, bool, int, str   themselves; whole numbers have any length
float                  itself; `{"runcube:float": "nan"}`, `"inf"` and `"-inf"`
list                   itself
dict                   itself, else `{"runcube:mapping": [[key, value], …]}`
complex                `{"runcube:complex": [real, imaginary]}`
bytes                  `{"runcube:bytes": "hexadecimal"}`
array                  `{"runcube:array": {"dtype": …, "shape": […], "data": […]}}`
numpy scalar           `{"runcube:scalar": {"dtype": …, "data": [one]}}`
=====================  ===========================================================================

The elements of times are counts of their units, NaT the smallest of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_PREFIX = "runcube:"
_DTYPE = re.compile(
    r"[<>=|]?(b1|[iu][1248]|f[248]|c8|c16|[mM]8(\[\d{0,9}[A-Za-zμ]{1,2}\])?|[SU]\d{1,4}|O)"
)


def dumps(value: Any) -> str:
    """Write a value as JSON text in ASCII.

    Examples
    --------
    >>> dumps([1, 1.0, True, "1", None, float("nan")])
    '[1, 1.0, true, "1", null, {"runcube:float": "nan"}]'
    """
    return json.dumps(_encode(value), allow_nan=False)


def loads(text: str) -> Any:
    r"""Read what `dumps` wrote.

    Raises
    ------
    ValueError
        The text is no JSON, or not what `dumps` writes.

    Examples
    --------
    >>> loads(dumps({"a": (1 + 2j), "b": b"\x00"}))
    {'a': (1+2j), 'b': b'\x00'}
    """
    return _decode(json.loads(text))


def dtype_of(name: str) -> np.dtype[Any]:
    """Give the dtype of a name that a file holds; only those that an array can have here.

    Raises
    ------
    ValueError
        The name is no such dtype.
    """
    if not isinstance(name, str) or not _DTYPE.fullmatch(name):
        message = f"`{name}` is no dtype that is stored"
        raise ValueError(message)
    return np.dtype(name)


def _encode(value: Any) -> Any:
    if value is None or type(value) in {bool, int, str}:
        return value
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    if isinstance(value, np.generic):
        array = np.asarray(value)
        return {f"{_PREFIX}scalar": {"dtype": array.dtype.str, "data": _elements(array)}}
    message = f"a value of type `{type(value).__name__}` has no place in a file"
    raise TypeError(message)


def _float(value: float) -> Any:
    return value if math.isfinite(value) else {f"{_PREFIX}float": str(value)}


def _mapping(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str and not key.startswith(_PREFIX) for key in value):
        return {key: _encode(item) for key, item in value.items()}
    return {f"{_PREFIX}mapping": [[_encode(key), _encode(item)] for key, item in value.items()]}


def _array(array: np.ndarray) -> Any:
    described = {"dtype": array.dtype.str, "shape": array.shape, "data": _elements(array)}
    return {f"{_PREFIX}array": described}


def _elements(array: np.ndarray) -> list[Any]:
    kind = array.dtype.kind
    flat = array.reshape(-1)
    if kind in "mM":
        return list(flat.astype(array.dtype.newbyteorder("=")).view(np.int64).tolist())
    if kind == "S":
        # numpy takes zeros at the end for padding, and so does whoever reads them back.
        return [item.hex() for item in flat.tolist()]
    if kind in "biuU":
        return list(flat.tolist())
    return [_encode(item) for item in flat.tolist()]


_ENCODERS: dict[type, Callable[[Any], Any]] = {
    float: _float,
    complex: lambda value: {f"{_PREFIX}complex": [_float(value.real), _float(value.imag)]},
    bytes: lambda value: {f"{_PREFIX}bytes": value.hex()},
    list: lambda value: [_encode(item) for item in value],
    dict: _mapping,
    np.ndarray: _array,
}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag.startswith(_PREFIX):
            return _tagged(tag.removeprefix(_PREFIX), content)
    return {key: _decode(item) for key, item in value.items()}


def _tagged(tag: str, content: Any) -> Any:
    decoder = _DECODERS.get(tag)
    if decoder is None:
        message = f"`{_PREFIX}{tag}` is no kind of value"
        raise ValueError(message)
    return decoder(content)


def _read_elements(content: Any, shape: tuple[int, ...]) -> np.ndarray:
    dtype = dtype_of(content["dtype"])
    data = [bytes.fromhex(it) for it in content["data"]] if dtype.kind == "S" else content["data"]
    if dtype.kind in "mM":
        return np.array(data, np.int64).view(dtype.newbyteorder("=")).astype(dtype).reshape(shape)
    if dtype.kind in "fcO":
        data = [_decode(item) for item in data]
    if dtype.kind != "O":
        return np.array(data, dtype).reshape(shape)
    array = np.empty(len(data), object)
    for place, item in enumerate(data):
        array[place] = item
    return array.reshape(shape)


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "complex": lambda parts: complex(*(_decode(part) for part in parts)),
    "bytes": bytes.fromhex,
    "mapping": lambda pairs: {_decode(key): _decode(item) for key, item in pairs},
    "array": lambda content: _read_elements(content, tuple(content["shape"])),
    "scalar": lambda content: _read_elements(content, ())[()],
}
