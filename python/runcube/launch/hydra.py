"""Everything of Hydra that is not its public interface; no other file reaches for it.

Hydra keeps its state in singletons and in the logging module. A workflow may run inside a function
that `hydra.main` decorates, in a notebook or in a job of another sweep, so `isolated` saves all of
it before a launch and puts it back afterwards.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import itertools
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, Final

# hydra-zen goes first: with hydra-core 1.3 on Python 3.14 Hydra imports only after it.
import hydra_zen
from hydra import __version__ as hydra_version
from hydra import initialize
from hydra._internal.callbacks import Callbacks
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from hydra.types import RunMode
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf

from runcube.launch.hydra_compose import Composed as ComposedJob
from runcube.launch.hydra_compose import JobComposer, without_hydra
from runcube.launch.hydra_place import number_job, subdirectory
from runcube.launch.kept_fields import fields_kept
from runcube.launch.signature import config_signature

__all__ = [
    "VERSION_BASE_DEFAULT",
    "Composer",
    "Expanded",
    "JobContext",
    "JobReturn",
    "JobStatus",
    "SweepComposer",
    "composer",
    "isolated",
    "job_context",
    "job_directory",
    "launch",
    "parsed_lines",
    "telling",
]


class _Default:
    """The type of `VERSION_BASE_DEFAULT`."""

    def __repr__(self) -> str:
        return "VERSION_BASE_DEFAULT"

    def __reduce__(self) -> str:
        return "VERSION_BASE_DEFAULT"


VERSION_BASE_DEFAULT: Final = _Default()
"""Stands for the `version_base` that behaves alike on every supported Hydra, without a warning."""

IS_1_3: Final = hydra_version.startswith("1.3.")


def _version_arguments(version_base: Any) -> dict[str, Any]:
    if version_base is not VERSION_BASE_DEFAULT:
        return {"version_base": version_base}
    # Hydra 1.3 warns if nothing is given, Hydra 1.4 if anything is; both then behave as 1.3.
    return {"version_base": "1.3"} if IS_1_3 else {}


@dataclass(frozen=True)
class JobContext:
    """What Hydra knows of the job that this process is running."""

    directory: Path
    num: int | None
    id: str | None
    overrides: list[str]
    launcher: str | None
    config: Any = None
    signature: str | None = None

    def signature_of(self, config: Any, *, exclude: Sequence[str] = ()) -> str:
        """Give the signature of the config that a task is called with."""
        if self.signature is not None and config is self.config and not exclude:
            return self.signature
        return config_signature(config, exclude=exclude)


# Hydra's node of the job that our launcher is running here, and what it knows of the job.
_told: contextvars.ContextVar[tuple[Any, JobContext] | None] = contextvars.ContextVar(
    "runcube_job", default=None
)


@contextlib.contextmanager
def telling(node: Any, context: JobContext) -> Iterator[None]:
    """Let `job_context` give what is known already, while `HydraConfig` shows this very node."""
    token = _told.set((node, context))
    try:
        yield
    finally:
        _told.reset(token)


def job_context() -> JobContext:
    """Ask Hydra for the job that is running now."""
    node = HydraConfig.get()
    told = _told.get()
    # A task may launch jobs of its own, by any launcher.
    if told is not None and told[0] is node:
        return told[1]
    num = OmegaConf.select(node, "job.num", throw_on_missing=False)
    job_id = OmegaConf.select(node, "job.id", throw_on_missing=False)
    return JobContext(
        directory=Path(node.runtime.output_dir),
        num=None if num is None else int(num),
        id=None if job_id is None else str(job_id),
        overrides=raw_lines(node.overrides.task),
        launcher=node.runtime.choices.get("hydra/launcher"),
    )


def job_directory(job: JobReturn) -> Path | None:
    """Give the directory of a finished job, by what Hydra returned for it."""
    output = OmegaConf.select(job.hydra_cfg, "hydra.runtime.output_dir") if job.hydra_cfg else None
    return None if output is None else Path(output)


def raw_lines(lines: Any) -> list[str]:
    r"""Give override lines as they stand in the config: no `${` in them is resolved.

    Reading them one by one would take `\\${` for an escape, and lose a backslash.
    """
    raw: Any = OmegaConf.to_container(lines, resolve=False)
    return [str(line) for line in raw]


def parsed_lines(lines: Sequence[str]) -> dict[str, Any]:
    """Give parameter -> value of override lines; of two lines for one key the later counts."""
    values: dict[str, Any] = {}
    for override in OverridesParser.create().parse_overrides(list(lines)):
        if override.is_delete():
            values.pop(override.key_or_group, None)
        else:
            values[override.key_or_group] = override.value()
    return values


@dataclass(frozen=True)
class Expanded:
    """One override of a sweep: the lines of its values, and whether it sweeps."""

    lines: list[str]
    is_sweep: bool


def expand(config_loader: Any, lines: Sequence[str]) -> dict[str, Expanded]:
    """Expand override lines as the basic sweeper does: key, with its `+`, -> its values.

    As there, a key that is given again keeps its place and takes the new values.
    """
    expanded: dict[str, Expanded] = {}
    parser = OverridesParser.create(config_loader=config_loader)
    for override in parser.parse_overrides(list(lines)):
        key, is_sweep = override.get_key_element(), bool(override.is_sweep_override())
        if not is_sweep:
            values = [override.get_value_element_as_str()]
        elif override.is_discrete_sweep():
            values = list(override.sweep_string_iterator())
        else:
            values = []
        expanded[key] = Expanded([f"{key}={value}" for value in values], is_sweep)
    return expanded


@dataclass(frozen=True)
class Planned:
    """What a sweep has to know of a job: its directory below the sweep, its signature."""

    subdirectory: str
    signature: str


class SweepComposer:
    """What a sweeper asks of Hydra: expanding lines, composing jobs, and the launcher.

    Parameters
    ----------
    context : HydraContext
        What Hydra gave the sweeper.
    config : DictConfig
        The config of the whole sweep.
    """

    def __init__(self, context: Any, config: DictConfig) -> None:
        self._context, self._config = context, config
        self._jobs = JobComposer(context.config_loader, config)

    def expand(self, lines: Sequence[str]) -> dict[str, Expanded]:
        """Expand override lines; see `expand`."""
        return expand(self._context.config_loader, list(lines))

    def planned(self, lines: Sequence[str], number: int, *, exclude: Sequence[str] = ()) -> Planned:
        """Compose a job for its directory and its signature, in which some keys do not count."""
        composed = self._jobs.composed(lines)
        number_job(composed, number)
        return Planned(subdirectory(composed), composed.signature(exclude=exclude))

    def config(self, lines: Sequence[str]) -> DictConfig:
        """Compose the config of one job, without Hydra's node."""
        return without_hydra(self._jobs.composed(lines))

    @property
    def quiet_context(self) -> Any:
        """What Hydra gave the sweeper, for jobs of which its callbacks are to hear nothing."""
        context = copy.copy(self._context)
        context.callbacks = Callbacks()
        return context

    def composed(self, lines: Sequence[str]) -> ComposedJob:
        """Compose one job, with what it takes to run it."""
        return self._jobs.composed(lines)

    def launcher(self, task: Callable[[Any], Any]) -> Any:
        """Make the launcher that the config chooses."""
        return Plugins.instance().instantiate_launcher(
            hydra_context=self._context, task_function=task, config=self._config
        )


class Composer:
    """Composes configs as a launch would; made by `composer`."""

    def __init__(self, config_name: str) -> None:
        self._config_name = config_name
        self._hydra = GlobalHydra.instance().hydra

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Compose the config of a whole sweep, with its `hydra` node."""
        config = self._hydra.compose_config(
            config_name=self._config_name,
            overrides=list(overrides),
            run_mode=RunMode.MULTIRUN,
            from_shell=False,
            with_log_configuration=False,
        )
        assert isinstance(config, DictConfig)  # noqa: S101  for the type checker
        return config

    def is_group(self, key: str) -> bool:
        """Tell whether `key` (without its package) names a config group."""
        exists: bool = self._hydra.config_loader.repository.group_exists(key.partition("@")[0])
        return exists

    def options(self, group: str) -> list[str]:
        """List the options of a config group."""
        return list(self._hydra.config_loader.get_group_options(group))

    def expand(self, lines: Sequence[str]) -> dict[str, Expanded]:
        """Expand override lines; see `expand`."""
        return expand(self._hydra.config_loader, lines)

    def sweeps(self, line: str) -> bool:
        """Tell whether an override line sweeps its parameter."""
        parser = OverridesParser.create(config_loader=self._hydra.config_loader)
        return any(bool(o.is_sweep_override()) for o in parser.parse_overrides([line]))

    def job_config(self, sweep: DictConfig, lines: Sequence[str]) -> DictConfig:
        """Compose the config of one job of a sweep, with its `hydra` node."""
        config: DictConfig = self._hydra.config_loader.load_sweep_config(sweep, list(lines))
        return config


@contextlib.contextmanager
def composer(
    config: Any,
    *,
    config_name: str,
    job_name: str,
    version_base: Any,
    to_dictconfig: bool,
) -> Iterator[Composer]:
    """Open Hydra for composing; to be used inside `isolated`.

    A warning about `version_base` is left to the launch that follows.
    """
    store = ConfigStore.instance()
    store.store(name=config_name, node=_node(config, to_dictconfig=to_dictconfig))
    with contextlib.ExitStack() as stack:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = initialize(
                config_path=None, job_name=job_name, **_version_arguments(version_base)
            )
        stack.enter_context(opened)
        yield Composer(config_name)
    GlobalHydra.instance().clear()
    # Hydra 1.4 warns of a name that is stored a second time, as the launch does.
    store.repo.pop(f"{config_name}.yaml", None)


def launch(
    config: Any,
    task: Callable[[Any], Any],
    *,
    overrides: Sequence[str],
    version_base: Any,
    to_dictconfig: bool,
    config_name: str,
    job_name: str,
    with_log_configuration: bool,
) -> list[JobReturn]:
    """Launch a sweep and give its job returns in job order, batches flattened.

    A sweeper that returns something else than Hydra's job returns gives an empty list.
    """
    with fields_kept(config):
        returned = hydra_zen.launch(
            config,
            task,
            overrides=list(overrides),
            multirun=True,
            to_dictconfig=to_dictconfig,
            config_name=config_name,
            job_name=job_name,
            with_log_configuration=with_log_configuration,
            **_version_arguments(version_base),
        )
    return list(_job_returns(returned))


def _job_returns(value: Any) -> Iterator[JobReturn]:
    if isinstance(value, JobReturn):
        yield value
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        yield from itertools.chain.from_iterable(map(_job_returns, value))


def _node(config: Any, *, to_dictconfig: bool) -> Any:
    if to_dictconfig and is_dataclass(config):
        return OmegaConf.create(OmegaConf.to_container(OmegaConf.structured(config)))
    return config


@contextlib.contextmanager
def isolated(config_name: str) -> Iterator[None]:
    """Save Hydra's global state, open the way for a launch, and put everything back."""
    instances: dict[Any, Any] = Singleton._instances
    hydra = GlobalHydra.instance().hydra if GlobalHydra in instances else None
    config = HydraConfig.instance().cfg
    runtime = JobRuntime.instance().conf.copy()
    base = VersionBase.instance().version_base
    store = ConfigStore.instance().repo
    stored_name = f"{config_name}.yaml"
    stored = store.pop(stored_name, None)
    directory = Path.cwd()
    with _logging_restored():
        GlobalHydra.instance().clear()
        try:
            yield
        finally:
            GlobalHydra.instance().hydra = hydra
            HydraConfig.instance().cfg = config
            JobRuntime.instance().conf = runtime
            VersionBase.instance().version_base = base
            if stored is None:
                store.pop(stored_name, None)
            else:
                store[stored_name] = stored
            os.chdir(directory)


@contextlib.contextmanager
def _logging_restored() -> Iterator[None]:
    root = logging.getLogger()
    loggers: Mapping[str, Any] = logging.Logger.manager.loggerDict
    before = {logger: _state(logger) for logger in [root, *_real(loggers)]}
    alive: list[Any] = logging._handlerList  # type: ignore[attr-defined]
    references = list(alive)
    names = dict(logging._handlers)  # type: ignore[attr-defined]
    disabled = root.manager.disable
    try:
        yield
    finally:
        kept = {id(handler) for state in before.values() for handler in state["handlers"]}
        for logger in [root, *_real(loggers)]:
            for handler in list(logger.handlers):
                if id(handler) not in kept:
                    logger.removeHandler(handler)
                    handler.close()
            for name, value in before.get(logger, {}).items():
                setattr(logger, name, value)
        root.manager.disable = disabled
        # `logging.config` empties both; a handler that is in neither is not flushed at exit.
        alive[:] = [*references, *(item for item in alive if item not in references)]
        logging._handlers.update(names)  # type: ignore[attr-defined]
        root.manager._clear_cache()  # type: ignore[attr-defined]


def _real(loggers: Mapping[str, Any]) -> list[logging.Logger]:
    return [logger for logger in list(loggers.values()) if isinstance(logger, logging.Logger)]


def _state(logger: logging.Logger) -> dict[str, Any]:
    return {
        "handlers": list(logger.handlers),
        "level": logger.level,
        "propagate": logger.propagate,
        "disabled": logger.disabled,
        "filters": list(logger.filters),
    }
