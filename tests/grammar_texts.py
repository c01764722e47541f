"""Texts for the override grammar: made by its rules and spoilt by mutation, with fixed seeds."""

from __future__ import annotations

import random
from collections.abc import Sequence

_WORDS = r"""
a b foo resnet-50 x_1 adam true False TRUE null NULL Null nan inf -inf +inf Inf 0 1 -1 7 10
1_000 1__0 1_ 01 00 +5 -0 1e3 1e-3 1E+5 .5 5. 1.5 -1.5 1_0.5_0 1e1_0 1.e2 .5e-3 0.1
0.30000000000000004 1e400 -1e400 9007199254740993 123456789012345678901234567890 1e22 1e16
1e15 5e-324 a/b a.b.c a-b -a a: a:b : :: a::b 12:30 http://h/p ${a} ${a.b} ${oc.env:X}
${f:a,b} a${b}c ${a:${b}} ${} ${ $a $ % * ? | @x \, \ \( \) \[ \] \{ \} \: \= \\ \\\\ \x
a\,b a\ b \$ \' a\=b \\, c:\d é a!b # & ; ~ < ^ ` infx nan-1 nullx true1 1a 1.2.3 1-2 1+2 e5
_ - . + / infinity
"""
_KEYS = r"""
x x.y a.b.c a/b hydra/launcher a/b/c x@y a/b@c.d x@ @y x.0 x.1.y 0.x a-b _a $a a$ a$b.c
a/b.c x:y 0 1a x.01 a.-b a..b .a a. a/ /a a@b@c a@b/c é x.1_0 x.1__0 a$/b 1.2 1_0.a a.1a
a-.b a[0] a[b] a.b[0] a[0].b a[0][1] a\.b a\=b a\[0\] 0[1] 0.1[2] 0\.1 0.a\.b a[] a[0 a[0]b
a[0].1a a[\.] a\b \. -\. a[-] a[$] a[0]@p a/b[0] a.b\.c.d 1_0\.a a[0]. a\\=b a[a.b] [0]
a.[0] a\].b a[0].1_0 a.1\.
"""
_NUMBERS = """
0 1 2 3 5 10 -1 -3 7 0.1 0.5 1.5 -0.5 1e-1 0.3 1.0 2.0 10.0 -2.5 0.25 1e-3 3.3 0.7 1e2 -0.0
0.0 1_0 +3 .5 2. 0.1 0.2 0.01
"""
_FUNCTIONS = "int float str bool choice range interval tag sort shuffle glob json_str extend_list"
WORDS = [
    *_WORDS.split(),
    "a b",
    "a  b",
    "\t",
    " ",
    "a\tb",
    "x y z",
    r"\ ",
    "a\nb",
    r"a\ ",
    "1 2",
    "null null",
    "a : b",
    "a :b",
]
QUOTED = [
    "''",
    '""',
    "'a'",
    '"a"',
    "'a b'",
    "'1'",
    "'true'",
    "'null'",
    "'a,b'",
    r"'it\'s'",
    r'"\""',
    r"'\\'",
    r"'a\\'",
    r"'\a'",
    r"'a\\\'b'",
    r"'\\\\'",
    '"it\'s"',
    "'é'",
    "'a\nb'",
    "'${a}'",
    r"'\${a}'",
    "'(a)'",
    "' a '",
    "'[1]'",
    r"'a\'",
    "'a",
    '"',
    r"'a\\'b'",
    "' 1_0 '",
    "'1e3'",
    "'False'",
    "'+7'",
    "'1_0_'",
    "'inf'",
    "'-Infinity'",
    "'0x10'",
    "'\u0661'",
    "'1.0'",
    r'"a\\\\\"b\\"',
    "'a=b'",
    "'a:b'",
    "'x'y'",
]
KEYS = [*_KEYS.split(), "", "x ", " x", "x y"]
NEW_KEYS = [key for key in KEYS if "[" in key or "\\" in key]
OLD_KEYS = [key for key in KEYS if key not in NEW_KEYS]
NEW_FUNCTIONS = ["json_str", "extend_list"]
NUMBERS = _NUMBERS.split()
ODD_NUMBERS = [
    "true",
    "nan",
    "inf",
    "-inf",
    "null",
    "a",
    "'1'",
    "1e30",
    "1e-30",
    "9007199254740993",
    "[1]",
    "1e16",
    "false",
]
FUNCTIONS = _FUNCTIONS.split()
TRUTHS = ["true", "False", "'true'", "0", "1", "0.0", "nan", "null", "'FALSE'", "2.5"]
CASTABLE = [*NUMBERS, "true", "'7'", "' 1_0 '", "'+7'", "1e16", "123456789012345678901234567890"]
NAMES = [
    "value",
    "start",
    "stop",
    "step",
    "end",
    "sweep",
    "list",
    "reverse",
    "include",
    "exclude",
    "x",
    "null",
]


class Generator:
    """Texts made by the grammar, about a third of them spoilt by a mutation."""

    def __init__(self, seed: int, hydra: str) -> None:
        self.random = random.Random(seed)
        self.old = hydra.startswith("1.3")

    def _function(self, names: Sequence[str]) -> str:
        """One of the names, of those that the version lacks only a few."""
        name = self.random.choice(names)
        if self.old and name in NEW_FUNCTIONS and self.random.random() < 0.95:
            return "str" if name == "json_str" else "shuffle"
        return name

    def _key(self) -> str:
        pick = self.random
        if pick.random() < 0.85:
            return "x"
        return pick.choice(OLD_KEYS if self.old and pick.random() < 0.9 else KEYS)

    def _blank(self) -> str:
        return self.random.choice(["", "", "", "", "", " ", "  ", "\t"])

    def text(self) -> str:
        """Make one text."""
        text = self._override()
        return mutated(text, self.random) if self.random.random() < 0.08 else text

    def _override(self) -> str:
        pick = self.random
        prefix = pick.choice(["", "", "", "", "", "+", "++", "~"])
        key = self._key()
        if prefix == "~" and pick.random() < 0.3:
            return prefix + key
        return f"{prefix}{key}={self._blank()}{self._value()}"

    def _value(self) -> str:
        pick = self.random
        kind = pick.random()
        if kind < 0.02:
            return ""
        if kind < 0.70:
            return self._element(0)
        comma = self._blank() + "," + self._blank()
        return comma.join(self._element(0) for _ in range(pick.randint(2, 4)))

    def _element(self, depth: int) -> str:
        pick = self.random
        kind = pick.random()
        if depth > 3 or kind < 0.35:
            return self._primitive()
        if kind < 0.48:
            inner = [self._element(depth + 1) for _ in range(pick.choice([0, 1, 2, 2, 3]))]
            return "[" + self._blank() + self._joined(inner) + self._blank() + "]"
        if kind < 0.60:
            inner = [
                self._word() + self._blank() + ":" + self._blank() + self._element(depth + 1)
                for _ in range(pick.choice([0, 1, 2, 2, 3]))
            ]
            return "{" + self._blank() + self._joined(inner) + self._blank() + "}"
        return self._call(depth + 1)

    def _joined(self, parts: Sequence[str]) -> str:
        return (self._blank() + "," + self._blank()).join(parts)

    def _word(self) -> str:
        return (
            self.random.choice(WORDS[:60])
            if self.random.random() < 0.9
            else self.random.choice(WORDS)
        )

    def _primitive(self) -> str:
        pick = self.random
        kind = pick.random()
        if kind < 0.7:
            return self._word()
        if kind < 0.92:
            return pick.choice(QUOTED[:24]) if pick.random() < 0.85 else pick.choice(QUOTED)
        return "".join(pick.choice([*WORDS, " "]) for _ in range(pick.randint(2, 3)))

    def _castable(self, name: str, depth: int) -> str:
        """Make an argument that a cast most likely takes."""
        pick = self.random
        kind = pick.random()
        if 0.3 <= kind < 0.34:
            bounds = f"{pick.choice(NUMBERS)},{pick.choice(NUMBERS)}"
            return f"{pick.choice(['range', 'interval'])}({bounds})"
        if kind < 0.3 and depth < 4:
            inner = [self._castable(name, depth + 1) for _ in range(pick.randint(1, 3))]
            if kind < 0.15:
                return f"[{self._joined(inner)}]"
            if kind < 0.22:
                return f"{{{self._word()}:{inner[0]}}}"
            return f"choice({self._joined(inner)})"
        if name in {"str", "json_str"} or kind > 0.96:
            return self._primitive()
        return pick.choice(TRUTHS if name == "bool" else CASTABLE)

    def _number(self) -> str:
        pick = self.random
        return pick.choice(NUMBERS) if pick.random() < 0.95 else pick.choice(ODD_NUMBERS)

    def _sweep(self, depth: int) -> str:
        pick = self.random
        kind = pick.random()
        if depth > 4 or kind < 0.4:
            numbers = [self._number() for _ in range(pick.choice([1, 2, 2, 3, 3]))]
            return f"range({self._joined(numbers)})"
        if kind < 0.7:
            items = [self._primitive() for _ in range(pick.randint(1, 4))]
            items = [
                item if item.lower() != "null" or pick.random() < 0.1 else "nil" for item in items
            ]
            return f"choice({self._joined(items)})"
        if kind < 0.75:
            return f"interval({self._number()},{self._number()})"
        name = pick.choice(["sort", "shuffle", "int", "float", "str", "choice", "sort", "tag"])
        if name == "tag":
            return f"tag({pick.choice(['a', 'b,a', '1'])},{self._sweep(depth + 1)})"
        reverse = pick.choice(["", "", ",reverse=true", ",reverse=false"]) if name == "sort" else ""
        return f"{name}({self._sweep(depth + 1)}{reverse})"

    def _call(self, depth: int) -> str:
        pick = self.random
        kind = pick.random()
        if kind < 0.45:
            return self._sweep(depth)
        if kind < 0.7:
            name = self._function(["int", "float", "str", "bool", "json_str"])
            parts = [self._castable(name, depth) for _ in range(pick.choice([1, 1, 1, 2, 3]))]
            return f"{name}{self._blank()}({self._blank()}{self._joined(parts)}{self._blank()})"
        if kind < 0.92:
            pool = pick.choice(
                [NUMBERS, ["a", "b", "B", "a-b", "'c'", "''"], NUMBERS, [*NUMBERS, "nan", "true"]]
            )
            items = self._joined([pick.choice(pool) for _ in range(pick.randint(1, 6))])
            items = f"[{items}]" if pick.random() < 0.5 else items
            reverse = pick.choice(["", "", ",reverse=true", ",reverse=false"])
            name = self._function(["sort", "shuffle", "extend_list"])
            return f"{name}({items}{reverse if name == 'sort' else ''})"
        name = (
            self._function(FUNCTIONS)
            if pick.random() < 0.97
            else pick.choice(["a", "null", "inf", "Int", "list"])
        )
        if name in {"range", "interval"}:
            parts = [self._number() for _ in range(pick.randint(0, 4))]
        elif name == "glob":
            parts = [
                pick.choice(["*", "a*", "[a,b*]", "'a*'", "[]", "null", "[1]"])
                for _ in range(pick.randint(0, 3))
            ]
        else:
            parts = [self._element(depth) for _ in range(pick.choice([0, 1, 1, 1, 2, 3]))]
        if pick.random() < 0.2:
            at = pick.randint(0, len(parts))
            part = parts.pop(at) if at < len(parts) else self._element(depth)
            parts.append(pick.choice(NAMES) + self._blank() + "=" + self._blank() + part)
        return f"{name}{self._blank()}({self._blank()}{self._joined(parts)}{self._blank()})"


def mutated(text: str, pick: random.Random) -> str:
    """Spoil a text: insert, delete, replace, double or swap some of it."""
    at, other = sorted(pick.randint(0, len(text)) for _ in range(2))
    marks = [*"=,:()[]{}'\"\\ \t$@~+-._/0a1é#", "${", "\\,", "  ", "\\\\", "null", "inf"]
    noise, kind = pick.choice(marks), pick.random()
    if kind < 0.35:
        return text[:at] + noise + text[at:]
    if kind < 0.6:
        return text[:at] + text[at + 1 :]
    if kind < 0.75:
        return text[:at] + noise + text[at + 1 :]
    if kind < 0.85:
        return text[:at] + text[other:]
    if kind < 0.93:
        return text[:at] + text[at:other] + text[at:]
    middle = (at + other) // 2
    return text[:at] + text[middle:other] + text[at:middle] + text[other:]
