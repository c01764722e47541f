"""Running one job in this process as Hydra's `run_job` does, with the copies that it needs.

Hydra copies a job's whole config five times and writes its files with the slow emitter. Here the
`hydra` node is shared by what Hydra and the task see of it, which both may only read. A job with
callbacks, which may hold on to anything, goes through Hydra's own function.
"""

from __future__ import annotations

import contextlib
import logging.config
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import hydra.core.utils as running
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobRuntime, JobStatus
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from omegaconf.basecontainer import BaseContainer

from runcube.launch.config_text import config_text, hydra_text
from runcube.launch.hydra import IS_1_3, raw_lines
from runcube.launch.hydra_compose import Composed, without_hydra
from runcube.launch.returns import StoredJobReturn, light

__all__ = [
    "configure_launch_log",
    "filtered_lines",
    "job_place",
    "number_job",
    "run_job",
    "setup_resolvers",
    "shared_state",
    "sweep_directory",
    "take_state",
]

_LINE_LIMIT: Final = 300
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


def number_job(config: DictConfig, number: int) -> None:
    """Give a job its number, and its id as Hydra's basic launcher does."""
    job = config.hydra.job
    with open_dict(job):
        job.id = number if IS_1_3 else str(number)
        job.num = number


def job_place(config: DictConfig) -> str:
    """Work out the directory of a numbered job, as Hydra writes it."""
    with _shown(config):
        sweep = str(OmegaConf.select(config, "hydra.sweep.dir"))
        node = config.hydra
        if node.sweep._get_node("subdir")._value() == "${hydra.job.num}":
            # Hydra's default, and not worth a parser.
            return os.path.join(sweep, str(node.job.num))  # noqa: PTH118
        return os.path.join(sweep, str(OmegaConf.select(config, "hydra.sweep.subdir")))  # noqa: PTH118


def run_job(context: Any, task: Callable[[Any], Any], composed: Composed) -> StoredJobReturn:
    """Run a numbered job, and give what it returned without the weight of its config.

    What the task raises is in the job return, as in Hydra; `KeyboardInterrupt`, `SystemExit` and
    errors of Hydra itself pass.
    """
    if _needs_hydra(context, composed.config):
        returned = running.run_job(
            hydra_context=context,
            task_function=task,
            config=composed.config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        return light(returned)
    with _allowed(context), _shown(composed.config), _working_directory():
        return _run(context, task, composed)


def _needs_hydra(context: Any, config: DictConfig) -> bool:
    if getattr(context.callbacks, "callbacks", True) or config.hydra.output_subdir is None:
        return True
    job = config.hydra.job
    fixed = [OmegaConf.to_container(job.env_set), job._get_node("chdir")]
    if "${" in str(fixed):
        # Hydra 1.3 reads these where the job's own config is out of sight.
        return True
    if job.chdir is not None or not IS_1_3:
        return False
    # For an older `version_base` Hydra changes the directory, with a warning.
    return not running.version.base_at_least("1.2")


def _run(context: Any, task: Callable[[Any], Any], composed: Composed) -> StoredJobReturn:
    config = composed.config
    place = job_place(config)
    node = config.hydra
    OmegaConf.set_readonly(node, value=True)
    with read_write(node.runtime), open_dict(node.runtime):
        node.runtime.output_dir = str(os.path.abspath(place))  # noqa: PTH100  the text of Hydra
    task_config = without_hydra(composed)
    directory = Path(place)
    directory.mkdir(parents=True, exist_ok=True)
    if node.job.chdir:
        os.chdir(directory)
    returned = StoredJobReturn(
        overrides=raw_lines(node.overrides.task),
        working_dir=place if node.job.chdir else str(Path.cwd()),
    )
    returned.directory = Path(node.runtime.output_dir)
    _configure_job_log(context, composed)
    output = returned.directory / node.output_subdir
    output.mkdir(parents=True, exist_ok=True)
    kept = None if composed.base is None else composed.base.texts
    for name, text in (
        ("config.yaml", config_text(task_config)),
        ("hydra.yaml", hydra_text(node, kept)),
        ("overrides.yaml", config_text(node.overrides.task)),
    ):
        (output / name).write_text(text, encoding="utf-8")
    try:
        with running.env_override(node.job.env_set):
            _call(task, task_config, returned)
    finally:
        running._flush_loggers()
    return returned


def _configure_job_log(context: Any, composed: Composed) -> None:
    """Set up logging for a job, with the two names that its settings hold put in as text."""
    node = composed.config.hydra
    plain: Any = composed.base.job_logging if composed.base is not None else None
    if isinstance(plain, dict) and node.verbose is False:
        names = {
            "${hydra.runtime.output_dir}": node.runtime.output_dir,
            "${hydra.job.name}": node.job.name,
        }
        plain = _replaced(plain, names)
        text = str(plain)
        # An escape or another interpolation is for OmegaConf to read.
        if "${" not in text and "\\" not in text:
            _apply_log(context, plain)
            return
    _configure_log(context, node.job_logging, node.verbose)


def _apply_log(context: Any, settings: dict[str, Any]) -> None:
    if settings.get("root") is None:
        return
    if _configure_logging is None:
        logging.config.dictConfig(settings)
    elif IS_1_3:
        _configure_logging(settings)
    else:
        _configure_logging(settings, context.execution_whitelist)


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
def _shown(config: DictConfig) -> Iterator[None]:
    """Let `HydraConfig` show a job's `hydra` node, whose interpolations see the job's config."""
    instance = HydraConfig.instance()
    before, shown = instance.cfg, OmegaConf.create({})
    shown.__dict__["_content"]["hydra"] = config.__dict__["_content"]["hydra"]
    instance.cfg = shown
    try:
        yield
    finally:
        instance.cfg = before


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
