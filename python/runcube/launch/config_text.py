"""The text of Hydra's three files of a job, byte for byte as `OmegaConf.to_yaml` writes it.

OmegaConf 2.3 writes with the emitter in Python, seven times slower than the one in C. The two give
the same bytes for printable ASCII that needs no folding; all else is left to OmegaConf's own.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Iterable, Iterator
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
# The keys of Hydra's node that differ between the jobs of one base.
_CHANGING: Final = frozenset({"job", "output_subdir", "overrides", "runtime", "sweep"})


def config_text(config: Any) -> str:
    """Give the text of a config."""
    return _dumped(_content(config))


def hydra_text(node: DictConfig, kept: dict[str, str] | None) -> str:
    """Give the text of `hydra.yaml` for a job's `hydra` node.

    Parameters
    ----------
    node : DictConfig
        The node itself; the file has it under the key `hydra`.
    kept : dict or None
        Texts by key from an earlier job of the same base; filled where it lacks one.
    """
    keys = list(node.__dict__["_content"])
    if kept is None or not keys:
        return _dumped({"hydra": _content(node)})
    with partly(node, [key for key in keys if key not in kept]):
        content = _content(node)
    texts, waiting = ["hydra:\n"], {}
    for key in keys:
        if key in _CHANGING:
            # One call for neighbours: its price is in the call.
            waiting[key] = content[key]
            continue
        if waiting:
            texts.append(_below_hydra(waiting))
            waiting = {}
        if key not in kept:
            kept[key] = _below_hydra({key: content[key]})
        texts.append(kept[key])
    return "".join([*texts, _below_hydra(waiting) if waiting else ""])


def _below_hydra(content: Any) -> str:
    return _dumped({"hydra": content}).removeprefix("hydra:\n")


@contextlib.contextmanager
def partly(config: DictConfig, keys: Iterable[str]) -> Iterator[DictConfig]:
    """Leave all but some keys out of a config for a moment, and change nothing else."""
    content: Any = config.__dict__["_content"]
    config.__dict__["_content"] = {key: content[key] for key in keys}
    try:
        yield config
    finally:
        config.__dict__["_content"] = content


def _content(node: Any) -> Any:
    return BaseContainer._to_content(
        node, resolve=False, throw_on_missing=False, enum_to_str=True, **_MARKED
    )


def _dumped(content: Any) -> str:
    dumper = _fast_dumper() if _IS_FAST and _is_safe(content, 0) else _DUMPER
    text: str = yaml.dump(
        content, default_flow_style=False, allow_unicode=True, sort_keys=False, Dumper=dumper
    )
    return text


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
