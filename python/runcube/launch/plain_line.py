"""Override lines that are read at a glance: `key=value` with a number, a word, or a constant.

Nearly every line of a sweep is one, and the parser of Hydra's whole grammar takes half a
millisecond for it. What is not plain is none of this file's business.
"""

from __future__ import annotations

import re
from typing import Any, Final

# A part of Hydra's grammar: `DOT_PATH` or `ID`, `EQUAL`, then one `INT`, `FLOAT` or `ID`.
_LINE = re.compile(
    r"(?P<key>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)="
    r"(?:(?P<int>-?(?:0|[1-9][0-9]*))"
    r"|(?P<float>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][\w-]*))",
    re.ASCII,
)
_CONSTANTS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None}
_NOT_WORDS: Final = frozenset({"inf", "nan"})
_MOST_DIGITS = 300


def plain_line(line: str) -> tuple[str, Any] | None:
    """Give the key and the value of a plain line; None for any other.

    Examples
    --------
    >>> plain_line("model.width=128"), plain_line("lr=1e-3"), plain_line("name=adam")
    (('model.width', 128), ('lr', 0.001), ('name', 'adam'))
    >>> plain_line("lr=[1,2]") is None
    True
    """
    found = _LINE.fullmatch(line)
    if found is None or len(line) > _MOST_DIGITS:
        return None
    key, kind, text = found["key"], found.lastgroup, found[found.lastgroup or 0]
    if kind == "int":
        return key, int(text)
    if kind == "float":
        return key, float(text)
    lower = text.lower()
    if lower in _NOT_WORDS:
        return None
    return key, _CONSTANTS.get(lower, text)
