"""Values as people read them in a table, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MISSING = ""
"""What stands for a parameter that a job does not have; None is a value."""

_DIGITS = 6
_LONGEST = 48


@dataclass(frozen=True, slots=True)
class ArrayForm:
    """What a table shows of an array.

    Attributes
    ----------
    dtype : str
        numpy's name of its type.
    shape : tuple of int
        Its shape.
    """

    dtype: str
    shape: tuple[int, ...]


def as_text(value: Any, *, exact: bool = False) -> str:
    """Write a parameter or metric in a cell.

    Unless `exact`, numbers have up to six significant digits. Long text is cut, and an array is
    told by its dtype and shape. Of parameters, which are written exactly, None is `null`; of
    metrics it is an empty cell.

    Examples
    --------
    >>> as_text(0.1 + 0.2), as_text(3), as_text(1e-12), as_text(None), as_text([1, 2])
    ('0.3', '3', '1e-12', '', '[1, 2]')
    """
    if value is None:
        return "null" if exact else ""
    if isinstance(value, str):
        return _cut(value if value.isprintable() else repr(value))
    if hasattr(value, "dtype"):
        if value.shape:
            return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
        value = value.item()
    if isinstance(value, float):
        return repr(value) if exact else format(value, f".{_DIGITS}g")
    if isinstance(value, list):
        text = f"[{', '.join(as_text(one, exact=exact) or 'null' for one in value)}]"
        return text if len(text) <= _LONGEST else f"list[{len(value)}]"
    return _cut(str(value))


def is_array(value: Any) -> bool:
    """Whether a value has more than one number, so that it is no key to sort by."""
    return isinstance(value, list | Mapping) or bool(getattr(value, "shape", ()))


def is_number(value: Any) -> bool:
    """Whether a value is one real number, or a hole among such."""
    if value is None or is_array(value):
        return value is None
    value = plain(value)
    return isinstance(value, bool | int | float) or value == MISSING


def plain(value: Any) -> Any:
    """Turn numpy's values into Python's."""
    return value.tolist() if hasattr(value, "dtype") else value


def as_json(value: Any) -> Any:
    """Turn a value into what JSON can say.

    Arrays become lists. JSON has no NaN and no infinities: they are the strings `"NaN"`,
    `"Infinity"` and `"-Infinity"`, so that `null` says nothing but that a job has no such value.
    Complex numbers are `[real, imaginary]`, times are ISO 8601, bytes are hexadecimal.

    Examples
    --------
    >>> as_json([1.5, float("nan"), None, 1j])
    [1.5, 'NaN', None, [0.0, 1.0]]
    """
    if getattr(value, "dtype", None) is not None and value.dtype.kind in "mM":
        value = value.astype(str)
    value = plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    return _other_as_json(value)


def _other_as_json(value: Any) -> Any:
    if isinstance(value, complex):
        return [as_json(value.real), as_json(value.imag)]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Iterable):
        return [as_json(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def order(value: Any) -> tuple[int, float, str]:
    """Give a key by which values of any kinds can be sorted: numbers, then text.

    Examples
    --------
    >>> sorted([10, "b", 9.5, True, "a"], key=order)
    [True, 9.5, 10, 'a', 'b']
    """
    value = plain(value)
    if isinstance(value, bool | int | float) and not math.isnan(value):
        # Beyond the range of floats only the sign is compared.
        bounded = value if abs(value) < 2**1000 else math.copysign(math.inf, value)
        return 0, float(bounded), ""
    return 1, 0.0, str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
