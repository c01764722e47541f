"""The wrapper that Hydra calls in place of a task: one call is one job, recorded in its directory.

::

    metrics.arrow of an older attempt is removed
    job.json        running
    pre_task(config), task(config)
    metrics.arrow   the mapping that the task returned, with the lines of overrides.yaml
    job.json        finished | error (error.txt) | stopped

Hydra runs no further job once one has raised, so a failed task hands back a `Failure` and the
workflow raises at the end. The wrapper pickles, which is how joblib and submitit carry it to
another process.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcube.domain.draws import seed_of_repetition
from runcube.encoding import save_metrics
from runcube.launch.failure import Failure, StopLaunchingError
from runcube.launch.gate import Gate
from runcube.launch.hydra import JobContext, job_context
from runcube.launch.literal import exact
from runcube.launch.scheduled import is_helper, scheduler_id, submitits_end
from runcube.launch.sweeper.domain_jobs import DomainJobs
from runcube.record import METRICS_NAME, JobRecord, JobRecorder, Scheduler, TaskIdentity

TASK_METRICS_NAME = "metrics_task.arrow"


@dataclass(frozen=True)
class LaunchPolicy:
    """What the wrapper does about a task that fails.

    Attributes
    ----------
    on_error : {"raise", "continue", "stop"}
        With "stop" the first failure launches no further job.
    hands_back : bool
        Whether a failure is returned, for the workflow to raise at the end. A sweeper that
        optimises must see the exception itself.
    hands_back_exits : bool
        The same for a task that ends by `sys.exit`, which no launcher of Hydra's catches.
    mappings_only : bool
        Whether a task must return a mapping or None. Otherwise it may return anything, and a
        mapping is recorded.
    """

    on_error: str = "raise"
    hands_back: bool = True
    hands_back_exits: bool = False
    mappings_only: bool = True


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that ended in this process: its directory, its overrides, what it returned."""

    directory: str
    overrides: list[str]
    value: Any


@dataclass(frozen=True)
class Skipped:
    """What a job returns that found the gate of its launch closed: its task was not started."""


@dataclass
class TaskWrapper:
    """A task with all that its jobs need to keep their record.

    Attributes
    ----------
    task, pre_task : callable
        Called with the config, one after the other; `pre_task` may be None.
    name : str
        What messages call the task.
    identity : TaskIdentity
        Which code it is.
    sweep : str
        The sweep's id.
    targets : mapping
        Directory of a target job -> the lines of its overrides.
    gate : Gate or None
        What ends the launch early, where our sweeper launches.
    repetitions : mapping
        Number of a job -> which repetition of its config it is, where that is not the first.
    seed : int or None
        What the seeds of repetitions come from, where they have any.
    excluded : sequence of str
        Keys of the config that do not count in a job's signature.
    domain : DomainJobs or None
        What says which jobs there are, where a workflow was given a domain.
    ended : list of EndedJob or None
        The jobs that ended in this process, for whom asks for them: where a launch is cut short,
        Hydra returns none.
    has_failed : bool
        Whether one of them failed.
    """

    task: Callable[[Any], Any]
    pre_task: Callable[[Any], Any] | None
    name: str
    identity: TaskIdentity = field(default_factory=TaskIdentity)
    sweep: str | None = None
    policy: LaunchPolicy = field(default_factory=LaunchPolicy)
    targets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    gate: Gate | None = None
    repetitions: Mapping[int, int] = field(default_factory=dict)
    seed: int | None = None
    excluded: Sequence[str] = ()
    domain: DomainJobs | None = field(default=None, repr=False)
    ended: list[EndedJob] | None = field(default=None, repr=False)
    has_failed: bool = field(default=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # What ran in this process is of no use in another, nor is what else is to run.
        return self.__dict__ | {"ended": None, "has_failed": False, "domain": None}

    def __call__(self, config: Any) -> Any:
        """Run one job: called by Hydra, with the job's config."""
        if is_helper():
            return self._run(config)
        context = job_context()
        directory = context.directory
        self._check_free(directory)
        recorder = JobRecorder(directory, self._record(config, context))
        if self.gate is not None and self.gate.is_closed():
            recorder.skip()
            return Skipped()
        (directory / METRICS_NAME).unlink(missing_ok=True)
        recorder.start()
        try:
            value = self._run(config)
            self._keep(directory, value, context.overrides)
            recorder.finish()
        except (Exception, SystemExit) as error:
            end = submitits_end(error)
            if end == "requeue":
                recorder.requeue()
                raise
            recorder.fail(error, status=end or "error")
            return self._failed(error, context)
        except BaseException as error:
            recorder.stop(error)
            raise
        self._keep_end(context, value)
        return value

    def _check_free(self, directory: Path) -> None:
        """Refuse to write over a job of this sweep that has finished, whoever sent us here."""
        try:
            record = JobRecord.read(directory)
        except (OSError, ValueError, TypeError):
            return
        if self.sweep is not None and record.sweep == self.sweep and record.status == "finished":
            msg = (
                f"the job in {directory} has finished, and a launcher started another one there: "
                "its directory is never written again"
            )
            raise FileExistsError(msg)

    def _record(self, config: Any, context: JobContext) -> JobRecord:
        repetition = self.repetitions.get(-1 if context.num is None else context.num, 0)
        return JobRecord(
            status="registered",
            sweep=self.sweep,
            num=context.num,
            repetition=repetition,
            seed=None if self.seed is None else seed_of_repetition(self.seed, repetition),
            scheduler=Scheduler(kind=context.launcher, id=scheduler_id() or context.id),
            # Before the task sees the config: `zen` resolves it in place.
            signature=context.signature_of(config, exclude=self.excluded),
            task=self.identity,
            targets=self._target(config),
        )

    def _target(self, config: Any) -> list[str] | None:
        if not self.targets:
            return None
        lines = self.targets.get(str(config.get("job_dir")))
        return None if lines is None else list(lines)

    def _run(self, config: Any) -> Any:
        # Chosen before either runs: the first of them resolves the config in place.
        pre_task, task = exact(self.pre_task, config), exact(self.task, config)
        if pre_task is not None:
            pre_task(config)
        return task(config)

    def _keep(self, directory: Path, value: Any, overrides: Sequence[str]) -> None:
        if not isinstance(value, Mapping):
            if value is not None and self.policy.mappings_only:
                msg = (
                    f"`{self.name}` returned {_kind(value)}; expected a mapping of metric names "
                    "to values, or None: return `{'name': value}`"
                )
                raise WrongReturnError(msg)
            return
        own = directory / METRICS_NAME
        # The task may have removed its own directory.
        directory.mkdir(parents=True, exist_ok=True)
        if own.exists():
            own.replace(directory / TASK_METRICS_NAME)
            warnings.warn(
                f"`{self.name}` wrote `{METRICS_NAME}` and also returned metrics; the file that "
                f"it wrote is kept as `{TASK_METRICS_NAME}`",
                stacklevel=2,
            )
        try:
            save_metrics(own, value, overrides=overrides)
        except (TypeError, ValueError) as error:
            if self.policy.mappings_only:
                raise
            warnings.warn(f"what `{self.name}` returned is not recorded: {error}", stacklevel=2)

    def _keep_end(self, context: JobContext, value: Any) -> None:
        if self.ended is not None:
            self.ended.append(EndedJob(str(context.directory), context.overrides, value))

    def _failed(self, error: BaseException, context: JobContext) -> Failure:
        stops = isinstance(error, WrongReturnError) or self.policy.on_error == "stop"
        failure = Failure.of(error, str(context.directory), stops=stops)
        if self.has_failed:
            # Its frames hold whatever the task had in memory, and only the first is raised again.
            failure.drop_frames()
        self.has_failed = True
        self._keep_end(context, failure)
        if self.gate is not None:
            self.gate.count_failure()
        is_exit = isinstance(error, SystemExit)
        if not (self.policy.hands_back or (is_exit and self.policy.hands_back_exits)):
            raise error
        # A gate ends a launch without losing what Hydra returns; a wrong return ends it at once.
        is_immediate = self.gate is None or isinstance(error, WrongReturnError)
        if stops and is_immediate and context.launcher == "basic":
            raise StopLaunchingError(failure) from error
        return failure


class WrongReturnError(TypeError):
    """A task returned something that is neither a mapping nor None."""


def _kind(value: Any) -> str:
    kind = type(value)
    article = "an" if kind.__qualname__[:1].lower() in "aeiou" else "a"
    return f"{article} `{kind.__qualname__}`"
