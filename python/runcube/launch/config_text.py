"""The text of Hydra's three files of a job, byte for byte as `OmegaConf.to_yaml` writes it.

OmegaConf 2.3 writes with the emitter in Python, seven times slower than the one in C. The two give
the same bytes for printable ASCII that needs no folding; all else is left to OmegaConf's own. What
means nothing to YAML, as most numbers and words do, needs no emitter at all.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml  # type: ignore[import-untyped]
from omegaconf import DictConfig
from omegaconf._utils import get_omega_conf_dumper
from omegaconf.basecontainer import BaseContainer

_DUMPER: Final[Any] = get_omega_conf_dumper()
# `yaml` has the emitter in C only where it was built with it.
_C_DUMPER: Final[Any] = getattr(yaml, "CDumper", None)
_IS_FAST: Final = _C_DUMPER is not None and not issubclass(_DUMPER, _C_DUMPER)
# OmegaConf 2.4 tells a missing value from the string `???`.
_MARKED: Final[dict[str, Any]] = (
    {"encode_missing_literals": True}
    if "encode_missing_literals" in inspect.signature(BaseContainer._to_content).parameters
    else {}
)
# Lines are folded at blanks beyond column 80; deeper than this a short text may stand there.
_SAFE_TEXT = re.compile(r"[!-~]{0,200}|[ -~]{0,40}")
_SAFE_KEY = re.compile(r"[\w./@-]{1,40}", re.ASCII)
_SAFE_DEPTH = 12
# What is never quoted or folded: it starts no number, and nothing in it is a sign of YAML's.
_PLAIN_TEXT = re.compile(r"[A-Za-z/][\w./@=+,-]{0,199}", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_QUOTED_WORDS: Final = frozenset(
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "infinity", "nan"]
)


def config_text(config: Any) -> str:
    """Give the text of a config."""
    return dumped(plain_content(config))


def list_text(lines: Sequence[str]) -> str:
    """Give the text of a list of texts."""
    plain = [plain_text(line) for line in lines]
    if not plain or None in plain:
        return dumped(list(lines))
    return "".join([f"- {line}\n" for line in plain])


def entry_text(parents: tuple[str, ...], key: Any, value: Any) -> str:
    r"""Give the lines that say `key: value` where they stand below the keys `parents`.

    Examples
    --------
    >>> entry_text(("hydra", "job"), "num", 3)
    '    num: 3\n'
    """
    plain, indent = plain_text(value), "  " * len(parents)
    if plain is not None and _is_plain_key(key):
        return f"{indent}{key}: {plain}\n"
    if isinstance(value, list) and _is_plain_key(key):
        lines = [plain_text(item) for item in value]
        if None not in lines:
            return "".join([f"{indent}{key}:\n", *[f"{indent}- {line}\n" for line in lines]])
    return (
        _text_below(parents, key, value) if isinstance(value, str) else _below(parents, key, value)
    )


def plain_text(value: Any) -> str | None:
    """Give a value as YAML writes it in its line; None for one that it may write another way.

    Examples
    --------
    >>> plain_text(True), plain_text("lr=0.1"), plain_text("two words"), plain_text("no")
    ('true', 'lr=0.1', None, None)
    """
    kind = type(value)
    if kind is str:
        is_plain = _PLAIN_TEXT.fullmatch(value) and value.lower() not in _QUOTED_WORDS
        return value if is_plain else None
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is float:
        text = repr(value)
        return text if _PLAIN_NUMBER.fullmatch(text) else None
    if kind is dict or kind is list:
        return None if value else repr(value)
    return "null" if value is None else None


def is_data(value: Any) -> bool:
    """Tell whether a value is plain data, which is written the same wherever it stands."""
    if isinstance(value, dict):
        return all(is_data(key) and is_data(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_data, value))
    return value is None or isinstance(value, str | bool | int | float)


def plain_content(node: Any) -> Any:
    """Give a config as it is written: interpolations as their text, enums as their name."""
    return BaseContainer._to_content(
        node, resolve=False, throw_on_missing=False, enum_to_str=True, **_MARKED
    )


@contextlib.contextmanager
def partly(config: DictConfig, keys: Iterable[Any]) -> Iterator[DictConfig]:
    """Leave all but some keys out of a config for a moment, and change nothing else."""
    content: Any = config.__dict__["_content"]
    config.__dict__["_content"] = {key: content[key] for key in keys}
    try:
        yield config
    finally:
        config.__dict__["_content"] = content


def dumped(content: Any) -> str:
    """Give the text of plain data, such as `plain_content` gives."""
    dumper = _fast_dumper() if _IS_FAST and _is_safe(content, 0) else _DUMPER
    text: str = yaml.dump(
        content, default_flow_style=False, allow_unicode=True, sort_keys=False, Dumper=dumper
    )
    return text


def _below(parents: tuple[str, ...], key: Any, value: Any) -> str:
    content: Mapping[Any, Any] = {key: value}
    for parent in reversed(parents):
        content = {parent: content}
    above = "".join([f"{'  ' * depth}{parent}:\n" for depth, parent in enumerate(parents)])
    return dumped(content).removeprefix(above)


_text_below = functools.lru_cache(512)(_below)


def _is_plain_key(key: Any) -> bool:
    return plain_text(key) == key and _SAFE_KEY.fullmatch(key) is not None


def _is_safe(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return depth <= _SAFE_DEPTH and _SAFE_TEXT.fullmatch(value) is not None
    if isinstance(value, dict):
        return all(_is_safe_key(key) and _is_safe(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_safe(item, depth + 1) for item in value)
    return value is None or isinstance(value, bool | int | float)


def _is_safe_key(key: Any) -> bool:
    return not isinstance(key, str) or _SAFE_KEY.fullmatch(key) is not None


_made: list[Any] = []


def _fast_dumper() -> Any:
    if not _made:
        representers = {"yaml_representers": _DUMPER.yaml_representers}
        _made.append(type("ConfigDumper", (_C_DUMPER,), representers))
    return _made[0]
