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
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import hydra._internal.config_loader_impl as loading
from hydra import version
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from omegaconf import DictConfig, OmegaConf, open_dict

from runcube.launch.base import Base, hydra_value, set_value
from runcube.launch.config_copy import copied
from runcube.launch.config_text import partly
from runcube.launch.plain_line import plain_line
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
_KEPT_LINES = 512
_SIMPLE_KEY = re.compile(r"[A-Za-z_][\w$-]*")
# Hydra 1.4 makes `override_dirname` a resolver, and has no such function.
_override_dirname: Any = getattr(loading, "get_overrides_dirname", None)


@dataclass(frozen=True, eq=False)
class Composed:
    """The config of one job.

    Attributes
    ----------
    config : DictConfig
        The config, with its `hydra` node.
    base : Base or None
        What it was copied from; None where Hydra composed it.
    lines : list of str
        Its override lines, without those of Hydra.
    changed : frozenset of str or None
        The keys of the top in which it differs from its base, `hydra` aside; None for any.
    is_usual : bool
        Whether Hydra's settings are those of the base.
    """

    config: DictConfig
    base: Base | None
    lines: list[str]
    changed: frozenset[str] | None = None
    is_usual: bool = False

    def signature(self, *, exclude: Sequence[str] = ()) -> str:
        """Give the signature of the config, in which the keys `exclude` do not count."""
        with _hydra_hidden(self.config) as bare:
            if self.base is None or exclude:
                return config_signature(bare, exclude=exclude)
            return self.base.signature.of(bare, self.changed)


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
        self._is_group = functools.lru_cache(_KEPT_LINES)(loader.repository.group_exists)
        self._base = functools.lru_cache(_KEPT_BASES)(self._compose_base)

    def compose(self, lines: Sequence[str]) -> tuple[DictConfig, str]:
        """Give the config of the job with these override lines, and its signature."""
        composed = self.composed(lines)
        return composed.config, composed.signature()

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
        config = self._loader.load_sweep_config(self._sweep, list(lines))
        return Composed(config, None, _lines(config.hydra.overrides.task))

    def _on_base(self, lines: Sequence[str]) -> Composed | None:
        if not self._is_regular:
            return None
        parsed = [self._plain(line) or self._parsed(line) for line in lines]
        if not all(kind for _, kind in parsed):
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
        changed = changed_keys(base.config, values)
        loading.ConfigLoaderImpl._apply_overrides_to_config(values, config)
        late = any(override.is_hydra_override() for override in values)
        task = [override for override in overrides if not override.is_hydra_override()]
        if late:
            own = [override.input_line for override in overrides if override.is_hydra_override()]
            base.set_lines(config, "hydra", [*self._fixed_lines, *own])
        self._derive(base, config, task)
        OmegaConf.copy_cache(from_config=self._sweep, to_config=config)
        task_lines = [override.input_line for override in task]
        return Composed(config, base, task_lines, changed, is_usual=not late)

    def _derive(self, base: Base, config: DictConfig, task: Sequence[Any]) -> None:
        """Set what Hydra works out from a job's lines and surroundings."""
        base.set_lines(config, "task", [override.input_line for override in task])
        copied = hydra_value(config, "job", "env_copy")
        if copied:
            job = config.hydra.job
            with open_dict(job):
                for name in copied:
                    job.env_set[name] = os.environ[name]
        set_value(config, ("runtime", "cwd"), os.getcwd())  # noqa: PTH109  the text of Hydra
        if _override_dirname is not None:
            names = ("kv_sep", "item_sep", "exclude_keys")
            place = ("job", "config", "override_dirname")
            options = {name: hydra_value(config, *place, name) for name in names}
            options["exclude_keys"] = list(options["exclude_keys"])
            text = _override_dirname(overrides=task, **options)
            set_value(config, ("job", "override_dirname"), text)

    def _plain(self, line: str) -> tuple[Any, str] | None:
        """Do as `_parse` for a line that needs no parser; None for any other."""
        found = plain_line(line)
        if found is None:
            return None
        key, value = found
        if key.startswith("hydra"):
            return None
        override = Override(
            type=OverrideType.CHANGE,
            key_or_group=key,
            value_type=ValueType.ELEMENT,
            _value=value,
            input_line=line,
        )
        return override, _GROUP if self._is_group(key) else _VALUE

    def _parse(self, line: str) -> tuple[Any, str]:
        """Parse a line, and say what it is; an empty text leaves the job to Hydra."""
        (override,) = self._parser.parse_overrides([line])
        key = override.key_or_group
        if override.is_sweep_override():
            return override, ""
        if self._is_group(key) and not isinstance(override.value(), dict):
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
        return Base.of(config, runs_plainly=runs_plainly(config))


def changed_keys(base: DictConfig, values: Sequence[Any]) -> frozenset[str] | None:
    """Name the keys of the top below which these overrides change a config; None for any.

    An override goes through an interpolation on its way, and changes what it stands for.
    """
    changed = set()
    for override in values:
        first, *rest = override.key_or_group.split(".")
        if not _SIMPLE_KEY.fullmatch(first):
            return None
        if rest and (len(values) > 1 and "${" in str([other.input_line for other in values])):
            return None
        node: Any = base
        for name in (first, *rest[:-1]) if rest else ():
            content = node.__dict__["_content"]
            node = content.get(name) if isinstance(content, dict) else None
            if node is None:
                break
            if node._is_interpolation():
                return None
        changed.add(first)
    return frozenset(changed)


def without_hydra(composed: Composed) -> DictConfig:
    """Copy a job's config without its `hydra` node: what the task gets."""
    with _hydra_hidden(composed.config) as bare:
        # Override lines add only plain values to what the base held.
        is_copied = composed.base is not None and composed.base.is_copied
        return copied(bare) if is_copied else copy.deepcopy(bare)


def runs_plainly(config: DictConfig) -> bool:
    """Tell whether a job needs nothing that only Hydra's own function to run a job does."""
    job = config.hydra.job
    if config.hydra.output_subdir is None:
        return False
    if "${" in str([OmegaConf.to_container(job.env_set), job._get_node("chdir")]):
        # Hydra 1.3 reads these where the job's own config is out of sight.
        return False
    # For a `version_base` before 1.2 Hydra 1.3 changes the directory, with a warning.
    return job.chdir is not None or _override_dirname is None or version.base_at_least("1.2")


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
