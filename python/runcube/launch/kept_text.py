"""What the files of jobs of one base have in common, kept as text.

Of `config.yaml` each key of the top is kept by itself, and only those that a job changes are
written for it. Of `hydra.yaml` all is kept but the few values that may differ from job to job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from omegaconf import DictConfig

from runcube.launch.config_text import (
    config_text,
    entry_text,
    is_data,
    partly,
    plain_content,
)

_VARYING: Final[Mapping[str, Any]] = {
    "hydra": {
        "job": {
            "id": None,
            "num": None,
            "override_dirname": None,
            "chdir": None,
            "env_set": None,
        },
        "output_subdir": None,
        "overrides": {"hydra": None, "task": None},
        "runtime": {"cwd": None, "output_dir": None},
        "sweep": {"dir": None, "subdir": None},
    }
}
_USUAL: Final = frozenset({int, float, bool})
_UNUSUAL: Final = object()


@dataclass(frozen=True)
class _Hole:
    """Where a value goes: below which keys, and under which."""

    parents: tuple[str, ...]
    key: str


class HydraText:
    """The text of `hydra.yaml`.

    Parameters
    ----------
    config : DictConfig
        A config with its `hydra` node, whose values are those of every job but for some.
    """

    def __init__(self, config: DictConfig) -> None:
        with partly(config, ["hydra"]) as shown:
            content = plain_content(shown)
        # An object that stands in two places is written once, with a reference to it.
        self._parts = list(_parts(content, _VARYING, ())) if is_data(content) else None

    def of(self, config: DictConfig) -> str:
        """Give the text for the `hydra` node of a job's config."""
        if self._parts is None:
            return whole_hydra_text(config)
        texts = []
        for part in self._parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            node: Any = config
            for name in part.parents:
                node = node.__dict__["_content"][name]
            texts.append(entry_text(part.parents, part.key, _plain_value(node, part.key)))
        return "".join(texts)


def whole_hydra_text(config: DictConfig) -> str:
    """Give the text of `hydra.yaml` for a job's config, with nothing kept."""
    with partly(config, ["hydra"]) as shown:
        return config_text(shown)


class TaskText:
    """The text of `config.yaml`, for jobs whose configs differ in few keys of the top."""

    def __init__(self) -> None:
        self._kept: dict[Any, str] = {}

    def of(self, config: DictConfig, changed: frozenset[str] | None) -> str:
        """Give the text of a job's config, in which no keys but `changed` differ from the base.

        None stands for any key.
        """
        content: Any = config.__dict__["_content"]
        if changed is None or not isinstance(content, dict) or not content:
            return config_text(config)
        texts = []
        for key in content:
            text = None if key in changed else self._kept.get(key)
            if text is None:
                value = _plain_value(config, key)
                if not isinstance(key, str) or not is_data(value):
                    return config_text(config)
                text = entry_text((), key, value)
                if key not in changed:
                    self._kept[key] = text
            texts.append(text)
        return "".join(texts)


def _parts(
    content: Mapping[str, Any], varying: Mapping[str, Any], parents: tuple[str, ...]
) -> Iterator[str | _Hole]:
    fixed = ""
    for key, value in content.items():
        if key not in varying:
            fixed += entry_text(parents, key, value)
            continue
        inner = varying[key]
        if inner is None or not isinstance(value, dict):
            yield fixed
            yield _Hole(parents, key)
        else:
            yield f"{fixed}{'  ' * len(parents)}{key}:\n"
            yield from _parts(value, inner, (*parents, key))
        fixed = ""
    yield fixed


def _plain_value(config: DictConfig, key: Any) -> Any:
    """Give the value of a key as plain data, for one of the usual kinds without ceremony."""
    content: Any = config.__dict__["_content"]
    state = content[key].__dict__
    inner = state.get("_content")
    if "_val" in state:
        if is_usual(state["_val"]):
            return state["_val"]
    elif isinstance(inner, dict | list) and not inner:
        return type(inner)()
    elif isinstance(inner, list):
        values = [item.__dict__.get("_val", _UNUSUAL) for item in inner]
        if all(map(is_usual, values)):
            return values
    with partly(config, [key]):
        (value,) = plain_content(config).values()
    return value


def is_usual(value: Any) -> bool:
    """Tell whether the value of a node is what OmegaConf gives as plain data."""
    if type(value) is str:
        # A missing value, and what looks like one, have a way of their own.
        return "?" not in value
    return value is None or type(value) in _USUAL
