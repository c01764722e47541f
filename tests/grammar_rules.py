"""Which rules of the override grammar a text takes, read from Hydra's own parse tree.

A rule is an alternative of ``OverrideParser.g4``, a kind of token that a primitive or the key of a
mapping holds (with the spellings that the lexer has for it), or a function with one of the ways
in which its arguments may be given. A text counts once for each rule that it takes, and only if
Hydra accepts it, functions evaluated.
"""

from __future__ import annotations

from typing import Any

_PREFIX = {"": "key", "+": "+key", "++": "++key", "~": "~key"}
_TOKENS = ("ID", "NULL", "INT", "FLOAT", "BOOL", "UNQUOTED_CHAR", "ESC", "WS")
_CASTS = ("int", "float", "str", "bool")
_SHAPES = ("a primitive", "a list", "a mapping")

RULES = (
    *(f"override: {key}{rest}" for key in _PREFIX.values() for rest in ("=value", "=")),
    "override: ~key",
    "key: packageOrGroup",
    "key: packageOrGroup@package",
    "packageOrGroup: package",
    "packageOrGroup: two parts",
    "packageOrGroup: more parts",
    *(f"package: {kind}" for kind in ("nothing", "ID", "KEY_SPECIAL", "DOT_PATH")),
    "value: element",
    "value: simpleChoiceSweep",
    "simpleChoiceSweep: two elements",
    "simpleChoiceSweep: more elements",
    *(f"element: {kind}" for kind in ("primitive", "listContainer", "dictContainer", "function")),
    *(
        f"{container}: {count}"
        for container in ("listContainer", "dictContainer")
        for count in ("empty", "one", "more")
    ),
    "function: no argument",
    "function: one argument",
    "function: more arguments",
    "function: argName",
    "function: argName after a position",
    "primitive: QUOTED_VALUE with '",
    'primitive: QUOTED_VALUE with "',
    *(f"primitive: {token}" for token in (*_TOKENS[:5], "INTERPOLATION", *_TOKENS[5:-1])),
    "primitive: COLON",
    "primitive: more tokens",
    *(f"primitive: more tokens with {token}" for token in (*_TOKENS, "INTERPOLATION", "COLON")),
    *(f"dictKey: {token}" for token in _TOKENS[:-1]),
    "dictKey: more tokens",
    *(f"dictKey: more tokens with {token}" for token in _TOKENS),
    *(f"UNQUOTED_CHAR: {mark}" for mark in "/-\\+.$%*@?|"),
    *(f"ESC: \\{mark!r}" for mark in "\\()[]{}:=, \t"),
    *(f"FLOAT: {form}" for form in ("1.", ".1", "1.1", "1e1", "1.1e1", "inf", "nan")),
    *(f"{token}: {form}" for token in ("FLOAT", "INT") for form in ("+", "-", "_")),
    "INT: 0",
    *(f"BOOL: {word}" for word in ("true", "false")),
    *(
        f"{cast}: {how}"
        for cast in _CASTS
        for how in ("one position", "more positions", "value=", *(f"of {kind}" for kind in _SHAPES))
    ),
    *(f"{cast}: of {sweep}" for cast in _CASTS for sweep in ("choice", "sort", "shuffle")),
    *(f"{cast}: of {sweep}" for cast in _CASTS[:2] for sweep in ("range", "interval")),
    "choice: one position",
    "choice: more positions",
    *(f"choice: of {inner}" for inner in ("sort", "shuffle", "int")),
    *(f"range: {count}" for count in ("one position", "two positions", "three positions")),
    *(f"range: {name}=" for name in ("start", "stop", "step")),
    *(f"interval: {how}" for how in ("two positions", "start=", "end=")),
    *(f"glob: {how}" for how in ("one position", "two positions", "include=", "exclude=")),
    *(f"glob: of {kind}" for kind in _SHAPES[:2]),
    *(
        f"{call}: {how}"
        for call in ("sort", "shuffle")
        for how in ("one position", "more positions", "list=", "sweep=", "of a list")
    ),
    *(f"{call}: of {sweep}" for call in ("sort", "shuffle") for sweep in ("choice", "range")),
    "sort: reverse=",
    "shuffle: no argument",
    *(f"tag: {count}" for count in ("one position", "two positions", "more positions", "sweep=")),
    *(f"tag: of {sweep}" for sweep in ("choice", "range", "interval", "sort", "shuffle")),
)
"""The rules of both Hydras."""

NEW_RULES = (
    "key: VALUE_PATH",
    "VALUE_PATH: brackets",
    "VALUE_PATH: escapes",
    "json_str: one position",
    "json_str: more positions",
    *(f"json_str: of {kind}" for kind in (*_SHAPES, "choice")),
    *(f"extend_list: {count}" for count in ("no argument", "one position", "more positions")),
)
"""The rules that Hydra 1.4 has besides."""

_COUNTS = {0: "no argument", 1: "one position", 2: "two positions", 3: "three positions"}
_KINDS = {"primitive": "a primitive", "listContainer": "a list", "dictContainer": "a mapping"}
_EXACT = ("range", "interval", "glob", "tag")


class Counter:
    """Reads the rules of parse trees of one Hydra."""

    def __init__(self, parser: Any, *, new: bool) -> None:
        self.names = parser.ruleNames
        self.tokens = parser.symbolicNames
        self.expected = (*RULES, *NEW_RULES) if new else RULES
        self.readers = {
            "override": self._override,
            "key": self._key,
            "packageOrGroup": self._package_or_group,
            "package": self._package,
            "value": self._alternative,
            "element": self._alternative,
            "simpleChoiceSweep": self._simple_choice_sweep,
            "listContainer": self._container,
            "dictContainer": self._container,
            "primitive": self._primitive,
            "dictKey": self._primitive,
            "function": self._function,
        }

    def rules(self, tree: Any) -> set[str]:
        """Give the rules that the tree of one text takes."""
        found: set[str] = set()
        waiting = [tree]
        while waiting:
            node = waiting.pop()
            children = [child for child in node.getChildren() if hasattr(child, "getRuleIndex")]
            waiting.extend(children)
            if (reader := self.readers.get(self.names[node.getRuleIndex()])) is not None:
                found.update(reader(node, children))
        return found

    def _kind(self, node: Any) -> str:
        """Name a rule or a token."""
        if hasattr(node, "getRuleIndex"):
            return str(self.names[node.getRuleIndex()])
        return str(self.tokens[node.symbol.type]) if node.symbol.type > 0 else "EOF"

    def _override(self, node: Any, children: list[Any]) -> list[str]:
        marks = [self._kind(child) for child in node.getChildren()]
        prefix = "~" if "TILDE" in marks else "+" * marks.count("PLUS")
        rest = ("=value" if len(children) > 1 else "=") if "EQUAL" in marks else ""
        return [f"override: {_PREFIX[prefix]}{rest}"]

    def _key(self, node: Any, children: list[Any]) -> list[str]:
        if not children:
            text = node.getText()
            marks = {"[": "VALUE_PATH: brackets", "\\": "VALUE_PATH: escapes"}
            return ["key: VALUE_PATH", *(rule for mark, rule in marks.items() if mark in text)]
        return ["key: packageOrGroup@package" if len(children) > 1 else "key: packageOrGroup"]

    def _package_or_group(self, node: Any, children: list[Any]) -> list[str]:
        if children:
            return ["packageOrGroup: package"]
        return [f"packageOrGroup: {'two' if node.getChildCount() == 3 else 'more'} parts"]

    def _package(self, node: Any, _: list[Any]) -> list[str]:
        return [f"package: {self._kind(node.getChild(0)) if node.getChildCount() else 'nothing'}"]

    def _alternative(self, node: Any, children: list[Any]) -> list[str]:
        return [f"{self._kind(node)}: {self._kind(children[0])}"]

    def _simple_choice_sweep(self, _: Any, children: list[Any]) -> list[str]:
        return [f"simpleChoiceSweep: {'two' if len(children) == 2 else 'more'} elements"]

    def _container(self, node: Any, children: list[Any]) -> list[str]:
        count = {0: "empty", 1: "one"}.get(len(children), "more")
        return [f"{self._kind(node)}: {count}"]

    def _primitive(self, node: Any, _: list[Any]) -> list[str]:
        rule = self._kind(node)
        children = list(node.getChildren())
        kinds = [self._kind(child) for child in children]
        if kinds == ["QUOTED_VALUE"]:
            return [f"{rule}: QUOTED_VALUE with {node.getText()[0]}"]
        spelt = [
            f"{kind}: {form}"
            for kind, child in zip(kinds, children, strict=True)
            for form in _spelling(kind, child.getText())
        ]
        if len(kinds) == 1:
            return [f"{rule}: {kinds[0]}", *spelt]
        mixed = f"{rule}: more tokens"
        return [mixed, *(f"{mixed} with {kind}" for kind in kinds), *spelt]

    def _function(self, node: Any, children: list[Any]) -> list[str]:
        name = node.getChild(0).getText()
        named = [child.getChild(0).getText() for child in children if self._is_name(child)]
        count = len(children) - 2 * len(named)
        total = {0: "no argument", 1: "one argument"}.get(count + len(named), "more arguments")
        found = [f"function: {total}", *(f"{name}: {one}=" for one in named)]
        if named:
            found.append("function: argName" + (" after a position" if count else ""))
        if count or not named:
            most = 3 if name == "range" else 2 if name in _EXACT else 1
            found.append(f"{name}: {_COUNTS[count] if count <= most else 'more positions'}")
        for child in children:
            if not self._is_name(child):
                inner = child.getChild(0)
                kind = self._kind(inner)
                of = inner.getChild(0).getText() if kind == "function" else _KINDS[kind]
                found.append(f"{name}: of {of}")
        return found

    def _is_name(self, node: Any) -> bool:
        return self._kind(node) == "argName"


def _spelling(kind: str, text: str) -> list[str]:
    """Tell how a token is spelt, where its kind has several spellings."""
    if kind not in {"INT", "FLOAT"}:
        spelt = {"UNQUOTED_CHAR": [text], "BOOL": [text.lower()]}
        escaped = [f"\\{mark!r}" for mark in text[1::2]] if kind == "ESC" else []
        return spelt.get(kind, escaped)
    plain = text.lower().lstrip("+-")
    marks = [mark for mark, held in (("_", "_" in text), (text[0], text[0] in "+-")) if held]
    if kind == "INT":
        return [*marks, plain] if plain == "0" else marks
    if plain in {"inf", "nan"}:
        return [*marks, plain]
    digits, *exponent = plain.split("e")
    whole, point, rest = digits.partition(".")
    form = f"{whole and '1'}{point}{rest and '1'}"
    return [*marks, f"{'1.1' if point else '1'}e1" if exponent else form]
