"""Python values, and the overrides that ``runcube`` writes for them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from random import Random
from typing import Any

from hydra_zen import hydra_list

from runcube.overrides import format_override

_MARKS = "\\'\"${}[]():=, \tab1.e-+#@~%?*|/_é\u0661\u202e\U0001f600\n\r\x00\x0b\x1c\x85\u2028\ufeff"
_TEXTS = ["", " ", "1", "1e3", "true", "null", "nan", "a,b", "int(3)", "${a}", "\\${a}", "'", "\\"]
_INTS = [0, 1, -1, 7, 2**53 + 1, -(2**63), 10**40]
_FLOATS = [0.0, -0.0, 1.0, 0.1, 1e-3, 1e22, 1e16, 5e-324, float("nan"), float("inf"), -1.5e300]


def _text(pick: Random) -> str:
    if pick.random() < 0.3:
        return pick.choice(_TEXTS)
    return "".join(pick.choice(_MARKS) for _ in range(pick.randint(0, 10)))


def _value(pick: Random, depth: int = 0) -> Any:
    match pick.randrange(8 if depth < 3 else 6):
        case 0:
            return pick.choice([None, True, False])
        case 1:
            return pick.choice([*_INTS, pick.randint(-1000, 1000)])
        case 2:
            (number,) = struct.unpack("d", pick.randbytes(8))
            return pick.choice([*_FLOATS, round(pick.random(), 3), number])
        case 6:
            return [_value(pick, depth + 1) for _ in range(pick.randint(0, 3))]
        case 7:
            keys = ["a", "b-c", "a b", "x:y", "k,", 1, 2.5, True, "1", "[", "\\"]
            return {key: _value(pick, depth + 1) for key in pick.sample(keys, pick.randint(0, 3))}
    return _text(pick)


def written_values(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield overrides, each with the ``repr`` of the value that a task shall have."""
    pick = Random(seed)
    while count:
        value = _value(pick)
        try:
            text = format_override("x", hydra_list(value) if isinstance(value, list) else value)
        except ValueError:
            continue
        count -= 1
        yield text, repr(value)
