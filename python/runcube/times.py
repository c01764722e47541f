"""Dates and durations as numpy has them: nothing wraps, nothing is cut off.

numpy counts in 64 bits and wraps silently beyond them; Python's durations reach further than its
microseconds do there, and pandas' own classes hold nanoseconds that their base classes lack.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

TIME_TYPES = (datetime.datetime, datetime.date, datetime.timedelta)

_KEPT_UNITS = ("s", "ms", "us", "ns")
_COARSE_UNITS = ("Y", "M", "W", "D", "h", "m")
_MICROSECOND = datetime.timedelta(microseconds=1)
_SECOND = datetime.timedelta(seconds=1)
_LIMIT = 2**63


def exact_time(value: Any) -> np.ndarray[Any, Any]:
    """Give a date or duration of Python or pandas as a 0-d array; an aware one in UTC.

    Raises
    ------
    ValueError
        64 bits do not hold it.

    Examples
    --------
    >>> import datetime
    >>> exact_time(datetime.timedelta(days=200_000_000))
    array(17280000000000, dtype='timedelta64[s]')
    """
    if hasattr(value, "to_numpy"):
        return exact_units(np.asarray(value.to_numpy()))
    if isinstance(value, datetime.timedelta):
        count, unit = value // _MICROSECOND, "us"
        if not -_LIMIT < count < _LIMIT:
            count, rest = divmod(value, _SECOND)
            unit = "s"
            if rest:
                msg = f"64 bits do not hold the duration {value} in microseconds"
                raise ValueError(msg)
        return np.asarray(count, dtype=np.int64).view(f"m8[{unit}]")
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    return exact_units(np.asarray(value, dtype="M8"))


def exact_units(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give an array of dates or durations in seconds or finer, in native byte order.

    Raises
    ------
    ValueError
        The unit has no fixed length, or 64 bits do not hold a value in seconds.

    Examples
    --------
    >>> exact_units(np.array(["2026-01-31"], dtype="M8[D]"))
    array(['2026-01-31T00:00:00'], dtype='datetime64[s]')
    """
    kind = array.dtype.kind
    unit, step = np.datetime_data(array.dtype)
    if unit in _KEPT_UNITS:
        target = unit
    elif (unit in _COARSE_UNITS and not (kind == "m" and unit in "YM")) or (
        unit == "generic" and np.isnat(array).all()
    ):
        target = "s"
    else:
        msg = f"dates of unit `{unit}` have no place in the format"
        raise ValueError(msg)
    converted = array.astype(f"{kind}8[{target}]")
    if (unit, step) != (target, 1) and unit != "generic":
        back = converted.astype(array.dtype)
        if not np.array_equal(back.astype(np.int64), array.astype(np.int64)):
            msg = f"64 bits do not hold a date or duration of unit `{unit}` in seconds"
            raise ValueError(msg)
    return converted
