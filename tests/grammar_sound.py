"""Texts that Hydra accepts, made rule by rule: each alternative about as often as any other.

``grammar_texts`` makes those that stand on the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_IDS = "a b foo resnet-50 x_1 adam _x bert-base_1 true1 nullx infx tag_ cosine z9"
_INTS = "0 0 -0 1 7 10 128 +5 -3 -12 1_000 1_0_0 +1_0 123456789012345678901234567890"
_FLOATS = (
    "1. 5. 20. .5 .25 .1_5 0.1 1.5 -2.5 3.1_4 1e3 1e-3 -1E+5 2e0 1_0e1_0 1.5e3 1.e2 .5e-3 "
    "-2.5e+1 +0.5 inf -inf +inf INF nan NaN -nan Inf 1e22 5e-324 1e400 0.30000000000000004"
)
_BOOLS = "true false True False TRUE FALSE tRue fAlse"
_ALL_NUMBERS = "0 1 2 3 5 10 -1 -3 7 0.1 0.5 1.5 -0.5 1e-1 1.0 2.0 -2.5 1e-3 1e2 +3 .5 2. 1_0"
_PARTS = {
    "ID": _IDS.split(),
    "NULL": ["null", "NULL", "Null", "nuLL"],
    "INT": _INTS.split(),
    "FLOAT": _FLOATS.split(),
    "BOOL": _BOOLS.split(),
    "INTERPOLATION": ["${a}", "${a.b}", "${oc.env:X,y}", "${f: 1, 2}", "${now:%Y-%m-%d}", "${:}"],
    "UNQUOTED_CHAR": [*"/-\\\\+.$%*@?|", "+$", "@\\", "|-"],
    "ESC": [
        *(rf"\{mark}" for mark in "\\()[]{}:=, \t"),
        *(r"\{\}", r"\\\)", r"\:\=", "\\\t\\ ", r"\(\[", r"\]\,"),
    ],
    "WS": [" ", "  ", "\t", " \t"],
    "COLON": [":", ":", " : ", ": "],
}
_ALONE = ("ID", "NULL", "INT", "FLOAT", "BOOL", "INTERPOLATION", "UNQUOTED_CHAR", "COLON", "ESC")
_TWICE = (*_ALONE, "UNQUOTED_CHAR")
_KEY_ALONE = ("ID", "NULL", "INT", "FLOAT", "BOOL", "UNQUOTED_CHAR", "ESC")
_QUOTED = [
    *("", "a", "a b", "1", "true", "null", "a,b", "${a}", "[1]", "(a)", " a ", "1e3", "é", "a=b"),
    *("a:b", r"\\", r"\a", r"c:\d", r"a\\", "a\nb", "\U0001f600", "\u0661\u0662", "x#y", "~/data"),
]
_WORDS = ["a", "b", "B", "c", "a-b", "'d'", "''", '"E f"', "zz", "${a}", "sgd", "x_1"]
_NUMBERS = _ALL_NUMBERS.split()
_WHOLE = ["1", "-2", "3.0", "'7'", "' 1_0 '", "-1e3", "'\u0663'", "1_000", "'\u2003-4\x1f'"]
_TRUTHS = ["true", "False", "'true'", "'FALSE'", "0", "1", "0.0", "2.5", "'True'"]
_KEYS: dict[str, list[str]] = {
    "nothing": [""],
    "ID": ["x", "lr", "batch-size", "_a", "db"],
    "KEY_SPECIAL": ["$a", "a$", "a$b-c", "_$"],
    "DOT_PATH": ["model.lr", "a.b.c", "x.0", "0.x", "a.$b", "x.1_0.y", "hydra.job.name"],
    "GROUP": ["hydra/launcher", "db/mysql", "a/b/c", "exp/deep/er/still"],
    "BRACKETS": ["x[0]", "a.b[c].d", "x[a][0]", "$a[b-c]"],
    "ESCAPES": [r"a\.b", r"x.a\=b", r"a\[0\].c", r"0.a\.b"],
    "BOTH": [r"x[a\.b]", r"a\.b[0]"],
}

Made = Callable[[], str]


class Sound:
    """Texts of which Hydra refuses hardly any."""

    def __init__(self, seed: int, hydra: str) -> None:
        self.random = Random(seed)
        self.new = not hydra.startswith("1.3")
        self.depth = 0
        self.calls: list[Made] = [
            *[self._cast] * 24,
            *[self._choice] * 5,
            *[self._range] * 4,
            *[self._interval] * 3,
            *[self._glob] * 3,
            *[self._ordered] * 10,
            *[self._tag] * 6,
            *([*[self._json] * 5, *[self._extend] * 3] if self.new else []),
        ]

    def override(self) -> str:
        """Make one text."""
        pick = self.random
        prefix, rest = pick.choice(["", "", "+", "++", "~"]), pick.random()
        key = prefix + self.key()
        if prefix == "~" and rest < 0.25:
            return key
        if rest < {"": 0.1, "~": 0.4}.get(prefix, 0.18):
            return f"{key}={pick.choice(['', '', ' '])}"
        return f"{key}={self._blank()}{self.value()}"

    def sweep_override(self) -> str:
        """Make one text that most likely gives several jobs."""
        key = self.random.choice(["x", "y", "a.b", "+z", "db", "db@other"])
        kind = self.random.random()
        if kind < 0.2:
            return f"{key}={self.value()}"
        if kind < 0.5:
            return f"{key}={self._joined(self._counted(self.primitive, 2))}"
        made = self._from([*_WORDS, *_NUMBERS])
        call = self._range if kind < 0.7 else self._ordered if kind < 0.8 else None
        return f"{key}={call() if call else self._listed(made)}"

    def key(self) -> str:
        """Make a key."""
        pick = self.random
        kinds = list(_KEYS) if self.new else list(_KEYS)[:5]
        kind = pick.choice(kinds)
        key = pick.choice(_KEYS[kind])
        if kind in {"BRACKETS", "ESCAPES", "BOTH"} or pick.random() < 0.75:
            return key
        return f"{key}@{pick.choice(_KEYS[pick.choice(list(_KEYS)[:4])])}"

    def value(self) -> str:
        """Make what follows the ``=``."""
        return self._comma() if self.random.random() < 0.6 else self._element()

    def _blank(self) -> str:
        return self.random.choice(["", "", "", "", " ", "  ", "\t"])

    def _joined(self, parts: list[str]) -> str:
        comma = self._blank() + "," + self._blank()
        return comma.join(parts)

    def _comma(self) -> str:
        return self._joined([self._element() for _ in range(self.random.choice([2, 3, 4, 5]))])

    def _element(self) -> str:
        pick = self.random.random()
        if self.depth > 2 or pick < 0.23:
            return self.primitive()
        self.depth += 1
        made = self._list if pick < 0.31 else self._mapping if pick < 0.37 else self._call
        text = made()
        self.depth -= 1
        return text

    def primitive(self) -> str:
        """Make a value that is neither container nor call."""
        pick = self.random
        kind = pick.random()
        if kind < 0.15:
            mark = pick.choice("'\"")
            text = pick.choice(_QUOTED).replace(mark, "\\" + mark)
            return f"{mark}{text}{mark}" if not text.endswith("\\a") else f"{mark}{text} {mark}"
        if kind < 0.65:
            return pick.choice(_PARTS[pick.choice(_TWICE)])
        return self._several(list(_PARTS))

    def _several(self, kinds: list[str]) -> str:
        """Join tokens, with one of them at each end that is neither blank nor call."""
        pick = self.random
        middle = [pick.choice(_PARTS[pick.choice(kinds)]) for _ in range(pick.choice([0, 1, 2]))]
        ends = [kind for kind in kinds if kind not in {"WS", "COLON"}]
        first, last = (pick.choice(_PARTS[pick.choice(ends)]) for _ in range(2))
        blank = pick.choice(["", "", " "])
        return "".join([first, *middle, blank, last])

    def _from(self, pool: list[str]) -> Made:
        return lambda: self.random.choice(pool)

    def _either(self, first: Made, second: Made) -> Made:
        return lambda: first() if self.random.random() < 0.5 else second()

    def _counted(self, made: Made, least: int = 0) -> list[str]:
        return [made() for _ in range(max(least, self.random.choice([0, 1, 1, 2, 3])))]

    def _list(self, made: Made | None = None) -> str:
        items = self._joined(self._counted(made or self._element))
        return f"[{self._blank()}{items}{self._blank()}]"

    def _mapping(self, made: Made | None = None) -> str:
        def entry() -> str:
            return f"{self._map_key()}{self._blank()}:{self._blank()}{(made or self._element)()}"

        return f"{{{self._blank()}{self._joined(self._counted(entry))}{self._blank()}}}"

    def _map_key(self) -> str:
        if self.random.random() < 0.6:
            return self.random.choice(_PARTS[self.random.choice(_KEY_ALONE)])
        return self._several([*_KEY_ALONE, "WS"])

    def _call(self) -> str:
        return self.random.choice(self.calls)()

    def _written(self, name: str, positions: list[str], **named: str) -> str:
        """Write a call, its named arguments in any order."""
        names = [f"{key}{self._blank()}={self._blank()}{text}" for key, text in named.items()]
        self.random.shuffle(names)
        inner = self._joined([*positions, *names])
        return f"{name}{self._blank()}({self._blank()}{inner}{self._blank()})"

    def _argument(self, made: Made) -> str:
        """Make what casts and ``choice`` take: a value, a container or a sweep of such values."""
        pick = self.random.random()
        if pick < 0.1:
            return made()
        if pick < 0.28:
            return self._list(made)
        if pick < 0.46:
            return self._mapping(made)
        return self._listed(made)

    def _listed(self, made: Made) -> str:
        """Make a choice over such values, called or not."""
        items = self._counted(made, 1)
        return self.random.choice(
            [
                lambda: self._written("choice", items),
                lambda: self._written("sort", self._numbers(2)),
                lambda: self._written("shuffle", [*items, made()]),
            ]
        )()

    def _cast(self) -> str:
        pick = self.random
        name = pick.choice(["int", "float", "str", "bool"])
        pools = {"int": _WHOLE, "float": _NUMBERS, "bool": _TRUTHS, "str": _WORDS}
        made = self._from(pools[name])
        if name == "str" and pick.random() < 0.3:
            made = self._from([*_NUMBERS, *_TRUTHS, "1e-5", "1e22"])
        kind = pick.random()
        if kind < 0.16:
            return self._written(name, [made() for _ in range(pick.choice([2, 3]))])
        if kind < 0.28:
            return self._written(name, [], value=self._argument(made))
        if name in {"int", "float"} and kind < 0.5:
            return self._written(name, [pick.choice([self._range, self._interval])()])
        return self._written(name, [self._argument(made)])

    def _choice(self) -> str:
        pick = self.random
        if pick.random() < 0.4:
            simple = pick.choice(["sort", "shuffle", "int"])
            return self._written("choice", [self._written(simple, self._numbers(2))])
        made = self._from([*_WORDS, *_NUMBERS, *_TRUTHS])
        items = [self._argument(made) if pick.random() < 0.2 else made() for _ in range(3)]
        return self._written("choice", items[: pick.choice([1, 2, 3])])

    def _numbers(self, least: int) -> list[str]:
        return [self.random.choice(_NUMBERS) for _ in range(least + self.random.choice([0, 1, 2]))]

    def _range(self) -> str:
        pick = self.random
        start, stop = (pick.choice(_NUMBERS) for _ in range(2))
        step = pick.choice(["1", "2", "3", "0.1", "0.25", "0.3", "-1", "-0.5", "1e-1", "10", "7."])
        return pick.choice(
            [
                lambda: self._written("range", [stop]),
                lambda: self._written("range", [start, stop]),
                lambda: self._written("range", [start, stop, step]),
                lambda: self._written("range", [start, stop], step=step),
                lambda: self._written("range", [start], stop=stop),
                lambda: self._written("range", [], start=start, stop=stop, step=step),
                lambda: self._written("range", [], start=start),
            ]
        )()

    def _interval(self) -> str:
        start, end = (self.random.choice(_NUMBERS) for _ in range(2))
        return self.random.choice(
            [
                lambda: self._written("interval", [start, end]),
                lambda: self._written("interval", [start], end=end),
                lambda: self._written("interval", [], start=start, end=end),
            ]
        )()

    def _glob(self) -> str:
        pick = self.random
        one = self._from(["*", "a*", "'*b'", "resnet?", "x_1", '"it\'s"'])
        some = self._either(lambda: self._list(one), one)
        return pick.choice(
            [
                lambda: self._written("glob", [some()]),
                lambda: self._written("glob", [some(), some()]),
                lambda: self._written("glob", [some()], exclude=some()),
                lambda: self._written("glob", [], include=some(), exclude=some()),
            ]
        )()

    def _ordered(self) -> str:
        """Make a call of ``sort`` or ``shuffle``."""
        pick = self.random
        name = pick.choice(["sort", "shuffle"])
        if name == "shuffle" and pick.random() < 0.15:
            return self._written(name, [])
        pool = pick.choice([_NUMBERS, ["a", "b", "B", "a-b", "'c'", "zz", "''"]])
        one = self._from(pool)
        bare = self._from([item for item in pool if "'" not in item])
        sweep = self._either(self._range, lambda: self._written("choice", self._counted(one, 1)))
        turned = {"reverse": pick.choice(["true", "false"])} if name == "sort" else {}
        named = turned if pick.random() < 0.5 else {}
        return pick.choice(
            [
                lambda: self._written(name, [one()], **named),
                lambda: self._written(name, self._counted(one, 2), **named),
                lambda: self._written(name, [self._list(bare)], **named),
                lambda: self._written(name, [sweep()], **named),
                lambda: self._written(name, [sweep()], **named),
                lambda: self._written(name, [], list=self._list(bare), **named),
                lambda: self._written(name, [], sweep=sweep(), **named),
            ]
        )()

    def _sweep(self) -> str:
        """Make a sweep that a tag takes."""
        pick = self.random
        kind = pick.randrange(5)
        if kind == 0:
            return self._written(pick.choice(["sort", "shuffle"]), self._numbers(2))
        if kind == 1:
            return self._written("choice", self._counted(self._from([*_WORDS, *_NUMBERS]), 1))
        return [self._range, self._interval, self._cast_of_sweep][kind - 2]()

    def _cast_of_sweep(self) -> str:
        inner = self.random.choice([self._range, lambda: self._written("sort", self._numbers(2))])
        return self._written(self.random.choice(["int", "float"]), [inner()])

    def _tag(self) -> str:
        pick = self.random
        tags = [pick.choice(["a", "b", "'c d'", "x_1"]) for _ in range(pick.choice([0, 1, 2]))]
        if tags and pick.random() < 0.3:
            return self._written("tag", tags, sweep=self._sweep())
        return self._written("tag", [*tags, self._sweep()])

    def _json(self) -> str:
        made = self._from([*_WORDS, *_NUMBERS, *_TRUTHS])
        if self.random.random() < 0.3:
            return self._written("json_str", [made(), made()])
        return self._written("json_str", [self._argument(made)])

    def _extend(self) -> str:
        if self.random.random() < 0.25:
            return self._written("extend_list", [])
        return self._written("extend_list", self._counted(self.primitive, 1))
