"""Running one job in this process as Hydra's `run_job` does, with the copies that it needs.

Hydra copies a job's whole config five times and writes its files with the slow emitter. Here the
`hydra` node is shared by what Hydra and the task see of it, which both may only read. A job with
callbacks, which may hold on to anything, goes through Hydra's own function.
"""

from __future__ import annotations

import contextlib
import logging.config
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import hydra.core.utils as running
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from omegaconf.basecontainer import BaseContainer

from runcube.launch.base import hydra_value, set_value
from runcube.launch.config_text import config_text, list_text
from runcube.launch.hydra import IS_1_3, JobContext, telling
from runcube.launch.hydra_compose import Composed, runs_plainly, without_hydra
from runcube.launch.hydra_place import job_place, shown
from runcube.launch.kept_text import whole_hydra_text
from runcube.launch.returns import StoredJobReturn, light

__all__ = [
    "configure_launch_log",
    "filtered_lines",
    "is_usual_log",
    "run_job",
    "setup_resolvers",
    "shared_state",
    "sweep_directory",
    "take_state",
]

_LINE_LIMIT: Final = 300
# Of handlers of these kinds Hydra has nothing to ask; others go through its own configurator.
_USUAL_HANDLERS: Final = frozenset({"logging.StreamHandler", "logging.FileHandler"})
_USUAL_KEYS: Final = frozenset(
    {"class", "formatter", "level", "stream", "filename", "mode", "encoding"}
)
_STREAM = re.compile(r"'ext://sys\.(?:stdout|stderr)'")
# Hydra 1.3 up to 1.3.2 hands its settings to the standard library as they are.
try:
    from hydra._internal.logging_config import configure_logging as _configure_logging
except ImportError:
    _configure_logging = None


def setup_resolvers() -> None:
    """Register the resolvers that Hydra's configs use."""
    running.setup_globals()


def shared_state() -> tuple[Any, dict[str, Any]]:
    """Give Hydra's global state and the user's resolvers, for another process."""
    import cloudpickle  # type: ignore[import-untyped]

    resolvers = {}
    for name, resolver in BaseContainer._resolvers.items():
        # A resolver that cannot be sent is missed only by a job that uses it.
        with contextlib.suppress(Exception):
            cloudpickle.dumps(resolver)
            resolvers[name] = resolver
    return Singleton.get_state(), resolvers


def take_state(singletons: Any, resolvers: dict[str, Any]) -> None:
    """Take the state of the process that launched this one."""
    setup_resolvers()
    Singleton.set_state(singletons)
    for name, resolver in resolvers.items():
        BaseContainer._resolvers.setdefault(name, resolver)


def configure_launch_log(context: Any, sweep: DictConfig) -> None:
    """Set up logging for what the launcher says, between jobs."""
    _configure_log(context, sweep.hydra.hydra_logging, sweep.hydra.verbose)


def sweep_directory(sweep: DictConfig) -> Path:
    """Make the sweep's directory."""
    directory = Path(str(sweep.hydra.sweep.dir))
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def filtered_lines(lines: Sequence[str]) -> str:
    """Give a job's lines as Hydra shows them: without Hydra's own, and not without end."""
    text = " ".join(running.filter_overrides(lines))
    return text if len(text) <= _LINE_LIMIT else f"{text[:_LINE_LIMIT]}..."


def run_job(context: Any, task: Callable[[Any], Any], composed: Composed) -> StoredJobReturn:
    """Run a numbered job, and give what it returned without the weight of its config.

    What the task raises is in the job return, as in Hydra; `KeyboardInterrupt`, `SystemExit` and
    errors of Hydra itself pass.
    """
    if _needs_hydra(context, composed):
        returned = running.run_job(
            hydra_context=context,
            task_function=task,
            config=composed.config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        return light(returned)
    with _allowed(context), shown(composed.config), _working_directory():
        return _run(context, task, composed)


def _needs_hydra(context: Any, composed: Composed) -> bool:
    if getattr(context.callbacks, "callbacks", True):
        return True
    if composed.base is not None and composed.is_usual:
        return not composed.base.runs_plainly
    return not runs_plainly(composed.config)


def _run(context: Any, task: Callable[[Any], Any], composed: Composed) -> StoredJobReturn:
    config, place = composed.config, job_place(composed)
    output_dir = str(os.path.abspath(place))  # noqa: PTH100  the text of Hydra
    _set_output_directory(composed, output_dir)
    task_config = without_hydra(composed)
    os.makedirs(place, exist_ok=True)  # noqa: PTH103
    changes_directory = bool(hydra_value(config, "job", "chdir"))
    if changes_directory:
        os.chdir(place)
    returned = StoredJobReturn(
        overrides=composed.lines,
        working_dir=sys.intern(place if changes_directory else os.getcwd()),  # noqa: PTH109
    )
    returned.directory = Path(output_dir)
    _configure_job_log(context, composed)
    _write_files(composed, task_config, returned.directory)
    try:
        with (
            running.env_override(hydra_value(config, "job", "env_set")),
            _context_told(composed, task_config, returned.directory),
        ):
            _call(task, task_config, returned)
    finally:
        running._flush_loggers()
    return returned


def _context_told(
    composed: Composed, task_config: DictConfig, directory: Path
) -> contextlib.AbstractContextManager[None]:
    config = composed.config
    context = JobContext(
        directory=directory,
        num=hydra_value(config, "job", "num"),
        id=hydra_value(config, "job", "id"),
        overrides=composed.lines,
        launcher=hydra_value(config, "runtime", "choices").get("hydra/launcher"),
        config=task_config,
        signature=composed.signature(),
    )
    return telling(config.__dict__["_content"]["hydra"], context)


def _set_output_directory(composed: Composed, path: str) -> None:
    node = composed.config.hydra
    OmegaConf.set_readonly(node, value=True)
    if composed.base is not None:
        set_value(composed.config, ("runtime", "output_dir"), path)
        return
    with read_write(node.runtime), open_dict(node.runtime):
        node.runtime.output_dir = path


def _write_files(composed: Composed, task_config: DictConfig, directory: Path) -> None:
    config, base = composed.config, composed.base
    output = directory / hydra_value(config, "output_subdir")
    output.mkdir(parents=True, exist_ok=True)
    texts = {
        "config.yaml": config_text(task_config)
        if base is None
        else base.task_text.of(task_config, composed.changed),
        "hydra.yaml": whole_hydra_text(config) if base is None else base.hydra_text.of(config),
        "overrides.yaml": list_text(composed.lines),
    }
    for name, text in texts.items():
        with open(output / name, "wb", buffering=0) as file:  # noqa: PTH123  in one call
            file.write(text.encode())


def _configure_job_log(context: Any, composed: Composed) -> None:
    """Set up logging for a job, with the two names that its settings hold put in as text."""
    config = composed.config
    plain: Any = composed.base.job_logging if composed.base is not None else None
    if isinstance(plain, dict) and hydra_value(config, "verbose") is False:
        names = {
            "${hydra.runtime.output_dir}": hydra_value(config, "runtime", "output_dir"),
            "${hydra.job.name}": hydra_value(config, "job", "name"),
        }
        plain = _replaced(plain, names)
        text = str(plain)
        # An escape or another interpolation is for OmegaConf to read.
        if "${" not in text and "\\" not in text:
            _apply_log(context, plain)
            return
    node = config.hydra
    _configure_log(context, node.job_logging, node.verbose)


def _apply_log(context: Any, settings: dict[str, Any]) -> None:
    if settings.get("root") is None:
        return
    if _configure_logging is None or is_usual_log(settings):
        logging.config.dictConfig(settings)
    elif IS_1_3:
        _configure_logging(settings)
    else:
        _configure_logging(settings, context.execution_whitelist)


def is_usual_log(settings: dict[str, Any]) -> bool:
    """Tell whether settings name nothing but the usual handlers and streams."""
    if logging.config.dictConfigClass is not logging.config.DictConfigurator:
        return False
    handlers = list(settings.get("handlers", {}).values())
    formatters = list(settings.get("formatters", {}).values())
    return (
        not settings.get("filters")
        and all(handler.get("class") in _USUAL_HANDLERS for handler in handlers)
        and all(set(handler) <= _USUAL_KEYS for handler in handlers)
        and all(set(formatter) <= {"format", "datefmt"} for formatter in formatters)
        and "://" not in _STREAM.sub("", str([handlers, formatters]))
    )


def _replaced(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, names) for item in value]
    if isinstance(value, str) and "${" in value:
        for name, text in names.items():
            value = value.replace(name, text)
    return value


def _call(task: Callable[[Any], Any], config: DictConfig, returned: JobReturn) -> None:
    try:
        returned.return_value = task(config)
        returned.status = JobStatus.COMPLETED
    except Exception as error:  # noqa: BLE001  it is the job return's, as in Hydra
        returned.return_value = error
        returned.status = JobStatus.FAILED
        if not IS_1_3:
            _keep_traceback(returned, error)
            with contextlib.suppress(Exception):
                running._log_job_error_to_file()
    returned.task_name = JobRuntime.instance().get("name")


def _keep_traceback(returned: JobReturn, error: BaseException) -> None:
    """Keep an exception's frames in the form in which Hydra 1.4 sends them to another process."""
    with contextlib.suppress(Exception):
        returned._remote_traceback = running._serialize_traceback(error.__traceback__)
        returned._remote_exception_chain = running._serialize_exception_chain(error)
        returned._remote_exception_group = running._serialize_exception_group(error)


@contextlib.contextmanager
def _working_directory() -> Iterator[None]:
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def _allowed(context: Any) -> contextlib.AbstractContextManager[Any]:
    """Enter the list of targets that this run of Hydra 1.4 may instantiate."""
    if IS_1_3:
        return contextlib.nullcontext()
    from hydra._internal.execution_policy import execution_whitelist

    policy: contextlib.AbstractContextManager[Any] = execution_whitelist(
        context.execution_whitelist, reset=True
    )
    return policy


def _configure_log(context: Any, settings: DictConfig, verbose: Any) -> None:
    if IS_1_3:
        running.configure_log(settings, verbose)
    else:
        running.configure_log(settings, verbose, execution_whitelist=context.execution_whitelist)
