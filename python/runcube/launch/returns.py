"""Hydra's job returns without the weight of their configs.

A job return holds the whole composed config, 110 KB of memory for each job; it is on disk anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runcube import _core
from runcube.launch.failure import Failure
from runcube.launch.hydra import JobReturn, JobStatus, job_directory
from runcube.launch.wrapper import EndedJob, LaunchPolicy
from runcube.record import METRICS_NAME

CONFIG_FILES = ("config.yaml", "hydra.yaml", "overrides.yaml")


class StoredJobReturn(JobReturn):  # type: ignore[misc]
    """A job return whose `cfg` and `hydra_cfg` are read from the job's directory when asked for."""

    failure: Failure | None = None
    # A path takes four times the memory of its text.
    _place: str | None = None
    _kept: Mapping[str, Any] = MappingProxyType({})

    @property
    def directory(self) -> Path | None:
        """The directory of the job."""
        return None if self._place is None else Path(self._place)

    @directory.setter
    def directory(self, value: Path | None) -> None:
        self._place = None if value is None else str(value)

    @property
    def cfg(self) -> Any:
        """The config that the task got."""
        return self._config("cfg", "config.yaml")

    @cfg.setter
    def cfg(self, value: Any) -> None:
        self._keep("cfg", value)

    @property
    def hydra_cfg(self) -> Any:
        """Hydra's own config of the job."""
        return self._config("hydra_cfg", "hydra.yaml")

    @hydra_cfg.setter
    def hydra_cfg(self, value: Any) -> None:
        self._keep("hydra_cfg", value)

    def __getstate__(self) -> dict[str, Any]:
        if self.failure is None:
            state: Any = super().__getstate__()
            return dict(state)
        # The failure knows how to pickle its exception; the exception itself may not.
        return self.__dict__ | {"_return_value": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        restore: Any = getattr(super(), "__setstate__", self.__dict__.update)
        restore(state)
        if self.failure is not None:
            self.take(self.failure)

    def take(self, value: Any) -> None:
        """Set what the job returned; a failed one looks as in Hydra: its return value raises."""
        if isinstance(value, Failure):
            self.failure = value
            self.status, value = JobStatus.FAILED, value.original()
        self.return_value = value

    def failed(self, error: BaseException) -> None:
        """Set what the job raised, in a form that survives the way between two processes.

        Where Hydra has such a form of its own, with the frames of the traceback, that is kept.
        """
        if getattr(self, "_remote_traceback", None) is None:
            self.take(Failure.of(error, str(self.directory or self.working_dir)))

    def exception(self) -> BaseException | None:
        """Give what the task raised, if that reached Hydra."""
        value = self._return_value
        return value if self.status == JobStatus.FAILED else None

    def _keep(self, name: str, value: Any) -> None:
        if value is not None or name in self._kept:
            self._kept = {**self._kept, name: value}

    def _config(self, name: str, file: str) -> Any:
        kept = self._kept.get(name)
        if kept is not None or self.directory is None:
            return kept
        return read_config(self.directory, file)


class KeptJobReturn(StoredJobReturn):
    """The job return of a job that was not launched this time: all of it is read from its record.

    Its return value is the metrics that it recorded, and None where it recorded none.
    """

    @property
    def _return_value(self) -> Any:
        path = None if self.directory is None else self.directory / METRICS_NAME
        return _core.load_metrics(str(path)) if path is not None and path.exists() else None

    @_return_value.setter
    def _return_value(self, value: Any) -> None:
        del value

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)


def kept(directory: Path, *, overrides: Sequence[str], is_finished: bool) -> KeptJobReturn:
    """Give the job return of a job that stands in its directory, launched or not."""
    job = KeptJobReturn(overrides=list(overrides), working_dir=str(directory))
    job.directory = directory
    job.status = JobStatus.COMPLETED if is_finished else JobStatus.UNKNOWN
    return job


def stored(job: JobReturn) -> StoredJobReturn:
    """Give the light form of a job return, where a failed job looks as in Hydra."""
    shown = job if isinstance(job, StoredJobReturn) else light(job)
    if isinstance(shown._return_value, Failure):
        shown.take(shown._return_value)
    return shown


def light(job: JobReturn) -> StoredJobReturn:
    """Give the light form of a job return, with what it returned as it is.

    It keeps its own configs where the directory holds none.
    """
    directory = job_directory(job)
    kept = StoredJobReturn(
        overrides=job.overrides,
        working_dir=job.working_dir,
        task_name=job.task_name,
        status=job.status,
    )
    kept.directory = directory
    kept.__dict__.update(
        {name: value for name, value in job.__dict__.items() if name.startswith("_remote_")}
    )
    # Not `return_value`, which raises where the job has failed.
    kept.return_value = job._return_value
    if directory is None or config_file(directory, "config.yaml") is None:
        kept.cfg, kept.hydra_cfg = job.cfg, job.hydra_cfg
    return kept


def ended(job: EndedJob) -> StoredJobReturn:
    """Give the job return of a job of this process for which Hydra returned none."""
    light = StoredJobReturn(
        overrides=list(job.overrides),
        working_dir=job.directory,
        status=JobStatus.COMPLETED,
    )
    light.directory = Path(job.directory)
    light.take(job.value)
    return light


def lost(
    error: BaseException, directory: Path, overrides: Sequence[str], policy: LaunchPolicy | None
) -> StoredJobReturn:
    """Give the return of a job for which whoever waited for it has to speak."""
    returned = StoredJobReturn(overrides=list(overrides), working_dir=str(directory))
    returned.directory = directory
    if policy is not None and policy.hands_back:
        # The workflow raises at the end; what raises here would end the launch.
        returned.status = JobStatus.COMPLETED
        stops = policy.on_error == "stop"
        returned.return_value = Failure.of(error, str(directory), stops=stops)
    else:
        returned.failed(error)
    return returned


def config_file(directory: Path, name: str) -> Path | None:
    """Find one of Hydra's three files of a job, whatever `hydra.output_subdir` is called."""
    usual = directory / ".hydra" / name
    if usual.is_file():
        return usual
    try:
        folders = sorted(path for path in directory.iterdir() if path.is_dir())
    except OSError:
        return None
    for folder in folders:
        if all((folder / file).is_file() for file in CONFIG_FILES):
            return folder / name
    return None


def read_config(directory: Path, name: str = "config.yaml") -> Any:
    """Read one of Hydra's files of a job as a config; None where it has none."""
    from omegaconf import OmegaConf

    file = config_file(directory, name)
    return None if file is None else OmegaConf.load(file)
