"""The config of one job, composed once for each distinct choice of config groups.

Hydra composes every job from the files up. Here a job's override lines are split::

    db=large  +opt@alt=adam  ~log     choices of groups ──► base, by Hydra, kept
    lr=0.1  +note=x  ~seed            values            ──► Hydra's own application, on a copy

and what Hydra derives from the lines (`hydra.overrides`, `override_dirname`, copied environment
variables) is derived again. Whatever might not come out exactly as from Hydra (`hydra.searchpath`,
other keys of Hydra, settings that are interpolations) is composed by Hydra, and so is every job
that fails here: its error is Hydra's.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import hydra._internal.config_loader_impl as loading
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from runcube.launch.config_text import partly
from runcube.launch.signature import config_signature

# Keys of Hydra that are read only after composition, so a job may set them on a copy.
_LATE_KEYS: Final = frozenset(
    {"hydra.job.chdir", "hydra.output_subdir", "hydra.sweep.dir", "hydra.sweep.subdir"}
)
# What composition itself reads of Hydra's node; an interpolation there may see a job's values.
_READ_EARLY: Final = ("aliases", "job.config", "job.env_copy", "job.name")
# How an override line is handled; any other is Hydra's.
_GROUP, _VALUE = "group", "value"
_KEPT_BASES = 256
_KEPT_LINES = 4096
# Hydra 1.4 makes `override_dirname` a resolver, and has no such function.
_override_dirname: Any = getattr(loading, "get_overrides_dirname", None)


@dataclass(frozen=True, eq=False)
class Base:
    """A composed config from which jobs that choose the same groups are copied.

    Attributes
    ----------
    config : DictConfig
        As Hydra composed it for the choices alone; never handed out.
    texts : dict
        Key of Hydra's node -> its text in `hydra.yaml`, where it is the same for every job.
    job_logging : mapping or None
        `hydra.job_logging`, its interpolations as their text.
    """

    config: DictConfig
    pickled: bytes | None
    texts: dict[str, str] = field(default_factory=dict)
    job_logging: Any = None

    @classmethod
    def of(cls, config: DictConfig) -> Base:
        """Prepare a config for being copied: through pickle, six times faster, where exact."""
        logging = OmegaConf.to_container(config.hydra.job_logging)
        try:
            pickled = pickle.dumps(config, protocol=pickle.HIGHEST_PROTOCOL)
            exact = _equal(config, pickle.loads(pickled))  # noqa: S301  our own bytes
        except Exception:  # noqa: BLE001  a config may hold any object
            exact, pickled = False, None
        return cls(config, pickled if exact else None, job_logging=logging)

    def copied(self) -> DictConfig:
        """Give a copy of the config, for one job."""
        if self.pickled is None:
            return copy.deepcopy(self.config)
        config: DictConfig = pickle.loads(self.pickled)  # noqa: S301  our own bytes
        return config


@dataclass(frozen=True, eq=False)
class Composed:
    """The config of one job, with its `hydra` node; `base` is None where Hydra composed it."""

    config: DictConfig
    base: Base | None


class JobComposer:
    """Composes the jobs of one sweep; it stands alone, and holds no state of a launch.

    Parameters
    ----------
    loader : ConfigLoader
        Hydra's, as in `hydra_context.config_loader`.
    sweep : DictConfig
        The config of the whole sweep, which plugins are set up with.

    Attributes
    ----------
    shared, whole : int
        How many jobs were composed on a kept base, and how many by Hydra.
    """

    def __init__(self, loader: Any, sweep: DictConfig) -> None:
        self._loader = loader
        self._sweep = sweep
        self.shared = 0
        self.whole = 0
        node = sweep.hydra
        self._fixed_lines: list[str] = _lines(node.overrides.hydra)
        # Files that Hydra finds on a search path of the sweep may differ from job to job.
        self._is_regular = not node.get("searchpath")
        self._parser = OverridesParser.create()
        self._parsed = functools.lru_cache(_KEPT_LINES)(self._parse)
        self._base = functools.lru_cache(_KEPT_BASES)(self._compose_base)

    def compose(self, lines: Sequence[str]) -> tuple[DictConfig, str]:
        """Give the config of the job with these override lines, and its signature."""
        config = self.composed(lines).config
        with _hydra_hidden(config) as bare:
            signature = config_signature(bare)
        return config, signature

    def composed(self, lines: Sequence[str]) -> Composed:
        """Give the config of a job, with the base that it was made from.

        Raises
        ------
        ConfigCompositionException
            Hydra cannot compose it; other errors of Hydra's pass unchanged too.
        """
        try:
            composed = self._on_base(lines)
        except Exception:  # noqa: BLE001  Hydra's own path says what is wrong, in its own words
            composed = None
        if composed is not None:
            self.shared += 1
            return composed
        self.whole += 1
        return Composed(self._loader.load_sweep_config(self._sweep, list(lines)), None)

    def _on_base(self, lines: Sequence[str]) -> Composed | None:
        parsed = [self._parsed(line) for line in lines]
        if not self._is_regular or not all(kind for _, kind in parsed):
            return None
        groups = tuple(
            line for line, (_, kind) in zip(lines, parsed, strict=True) if kind == _GROUP
        )
        base = self._base(groups)
        if base is None:
            return None
        config = base.copied()
        overrides = [override for override, _ in parsed]
        values = [override for override, kind in parsed if kind == _VALUE]
        loading.ConfigLoaderImpl._apply_overrides_to_config(values, config)
        self._derive(config, overrides, values)
        OmegaConf.copy_cache(from_config=self._sweep, to_config=config)
        return Composed(config, base)

    def _derive(self, config: DictConfig, overrides: Sequence[Any], values: Sequence[Any]) -> None:
        """Set what Hydra works out from a job's lines and surroundings."""
        node = config.hydra
        task = [override for override in overrides if not override.is_hydra_override()]
        if any(override.is_hydra_override() for override in values):
            lines = [override.input_line for override in overrides if override.is_hydra_override()]
            node.overrides.hydra = [*self._fixed_lines, *lines]
        node.overrides.task = [override.input_line for override in task]
        copied = list(node.job.env_copy)
        # Flags are looked up the whole way down after such a change, so only where it is needed.
        with open_dict(node.job) if copied else contextlib.nullcontext():
            for name in copied:
                node.job.env_set[name] = os.environ[name]
        folder = os.getcwd()  # noqa: PTH109  the text that Hydra writes
        if node.runtime.cwd != folder:
            node.runtime.cwd = folder
        if _override_dirname is not None:
            options = node.job.config.override_dirname
            node.job.override_dirname = _override_dirname(
                overrides=task,
                kv_sep=options.kv_sep,
                item_sep=options.item_sep,
                exclude_keys=options.exclude_keys,
            )

    def _parse(self, line: str) -> tuple[Any, str]:
        """Parse a line, and say what it is; an empty text leaves the job to Hydra."""
        (override,) = self._parser.parse_overrides([line])
        key = override.key_or_group
        if override.is_sweep_override():
            return override, ""
        is_group = self._loader.repository.group_exists(key)
        if is_group and not isinstance(override.value(), dict):
            return override, _GROUP
        if override.package is not None:
            return override, ""
        is_hydra = key.startswith(("hydra", "["))
        changes = not (override.is_add() or override.is_force_add() or override.is_delete())
        return override, _VALUE if not is_hydra or (key in _LATE_KEYS and changes) else ""

    def _compose_base(self, groups: tuple[str, ...]) -> Base | None:
        config = self._loader.load_sweep_config(self._sweep, list(groups))
        if any("${" in str(_plain_at(config.hydra, path)) for path in _READ_EARLY):
            return None
        return Base.of(config)


def without_hydra(composed: Composed) -> DictConfig:
    """Copy a job's config without its `hydra` node: what the task gets."""
    with _hydra_hidden(composed.config) as bare:
        if composed.base is None or composed.base.pickled is None:
            return copy.deepcopy(bare)
        # The base came through pickle unchanged, and override lines add only plain values.
        data = pickle.dumps(bare, protocol=pickle.HIGHEST_PROTOCOL)
        copied: DictConfig = pickle.loads(data)  # noqa: S301  our own bytes
        return copied


def _hydra_hidden(config: DictConfig) -> contextlib.AbstractContextManager[DictConfig]:
    return partly(config, [key for key in config.__dict__["_content"] if key != "hydra"])


def _lines(node: Any) -> list[str]:
    plain: Any = OmegaConf.to_container(node)
    return list(plain)


def _plain_at(node: Any, path: str) -> Any:
    for key in path.split("."):
        content = node.__dict__["_content"]
        node = content.get(key) if isinstance(content, dict) else None
        if node is None:
            return content if isinstance(content, str) else None
    return OmegaConf.to_container(node) if OmegaConf.is_config(node) else node._value()


def _equal(one: Any, other: Any) -> bool:
    """Tell whether two nodes have the same types, flags and content, all the way down."""
    if type(one) is not type(other) or one._metadata != other._metadata:
        return False
    if not OmegaConf.is_config(one):
        return _same_value(one._value(), other._value())
    first, second = one.__dict__["_content"], other.__dict__["_content"]
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(_equal(first[k], second[k]) for k in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_equal, first, second))
    return _same_value(first, second)


def _same_value(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124
