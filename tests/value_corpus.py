"""Values that are hard to say in an override: 560 of them, strings above all."""

import math
import random
from typing import Any

from runcube.override_text import why_not_key, why_not_text

CHARACTERS = (
    "\\'\"${}[]():=, \t\n\r?.ab1e-+#@~%é\u0301\u0085\u2028\ufeff\u05d0\u202e\x00\x1b\U0001f600|*/_"
)
BY_HAND: list[Any] = [
    *("", " ", " x ", "\t", "\n", "a\nb", "a\r\nb", "\x00", "\x7f", "é", "e\u0301", "\u05d0\u05d1"),
    *("\u0085", "\u2028", "\u2029", "\ufeff", "\ufeffx", "\U0001f600", "\U0010ffff", "\uffff"),
    *("1", "-1", "1.0", "1e3", ".5", "1_000", "0x10", "nan", "inf", "-inf", "true", "True", "no"),
    *("null", "None", "~", "2020-01-01", "12:30", "it's", 'say "x"', "'", '"', "'x'", '"x"', "'\""),
    *(
        "\\",
        "\\\\",
        "\\'",
        "\\\\'",
        '\\"',
        "x\\",
        "x\\\\",
        "b\\s",
        "\\n",
        "C:\\new\\",
        "'\\",
        "\\ ",
    ),
    *("a,b", "a, b", "[1]", "[1,2", "{a:1}", "x=1", "a:b", "#", "# c", "@", "~x", "+x", "++x=1"),
    *("$", "$$", "${", "${a", "${a}", "\\${a}", "\\\\${a}", "$(x)", "${a:b}", "${oc.env:HOME}"),
    *("a${b}c\\", "'${a}'", "${a}${b}", "\\$", "$\\{a}", "${'a'}", '${a:"}"}', "${${a}}", "}", "{"),
    *("%", "%s", "%(x)s", "int(3)", "choice(1,2)", "shuffle(1)", "range(3)", "glob(*)", "(", ")"),
    *(
        "!x",
        "&x",
        "*x",
        "|",
        ">",
        "- a",
        "? a",
        "...",
        "---",
        "????",
        " ???",
        "???x",
        "\\?",
        "x" * 12_345,
    ),
    *("\\'" * 6_000, "${a}'" * 3_000, "<<", "=", ",", ":", "a=b,c", "x y\\", "\\,", "\\="),
    *(0, 1, -1, 10**18, 2**63, 2**64, -(10**40), 10**4000, 0.0, -0.0, 1.0, 0.1, -2.5, 1e-5, 1e22),
    *(5e-324, 1.7976931348623157e308, math.nan, math.inf, -math.inf, True, False, None),
    *([], {}, [[]], [{}], {"a": {}}, [None, True, 1, 1.0, "1"], ["a,b", "it's"], [[1, [2, [3]]]]),
    *({"a": 1, "b": [1, {"c": "d e"}]}, {7: "x", 2.5: None, True: []}, {"a b": 1, "a\\": 2}),
    *({"${a}": "${a}", "x,y": {"p=q": "\\${"}}, [{"k": "'"}, "\\"], {"_x": -0.0, "a.b": math.nan}),
]


def corpus():
    """Return the values by hand and as many random ones as make 560 together."""
    source = random.Random(0)

    def text(alphabet, longest):
        return "".join(source.choices(alphabet, k=source.randrange(longest)))

    def value(depth):
        kind = source.random()
        if depth and kind < 0.1:
            return [value(depth - 1) for _ in range(source.randrange(4))]
        if depth and kind < 0.2:
            keys = (text("\\${}[]():=, \t?.ab1e-+@%|*/_", 7) for _ in range(3))
            return {key: value(depth - 1) for key in keys if why_not_key(key) is None}
        if kind < 0.25:
            return source.choice([source.randrange(-1000, 1000), source.gauss(0, 1)])
        string = text(CHARACTERS, 14)
        return string if why_not_text(string) is None else "x"

    return BY_HAND + [value(3) for _ in range(560 - len(BY_HAND))]


VALUES = corpus()


def same(left, right):
    """Tell whether two values are of one type and equal, `nan` and the sign of 0.0 included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same([*left], [*right]) and same([*left.values()], [*right.values()])
    return repr(left) == repr(right) if isinstance(left, float) else left == right
