"""Waiting for jobs that submitit handed to a queue, until each of them has ended.

submitit's launcher collects its jobs in order and raises at the first without a result: the ones
behind it run on with nobody waiting for them. And where Slurm keeps no accounting, it waits for
ever for a job that was cancelled. Here every job is waited for, and one that is gone without a word
gets its record, and a return that says how it ended.

::

    submit       launch.json in each job's directory
    result       the job return that the job left
    none, gone   asked of the queue: job.json and a failed return
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcube.launch import slurm
from runcube.launch.lost import JobLostError, JobTimeoutError, record_end
from runcube.launch.registered import LaunchRecord
from runcube.launch.returns import StoredJobReturn, kept, lost
from runcube.launch.wrapper import LaunchPolicy
from runcube.record import JobRecord, Scheduler

log = logging.getLogger(__name__)

_LAUNCHERS = "hydra_plugins.hydra_submitit_launcher"
_POLL_SECONDS = 0.5
# How often the queue is asked grows with the time that a launch takes, up to this.
_MAX_ASK_SECONDS = 30.0
# What a job wrote last may take so long to be seen from another machine, and from this one.
_RESULT_SECONDS = {"slurm": 10.0, "local": 1.0}


@dataclass(frozen=True)
class Expected:
    """A job that is about to be launched: its directory, and what its record starts from."""

    directory: Path
    overrides: Sequence[str]
    record: JobRecord


@contextlib.contextmanager
def watched(
    launcher: Any, expected: Callable[[], Sequence[Expected]], policy: LaunchPolicy | None
) -> Iterator[None]:
    """Let nothing get lost of what `launcher` launches within, if it is one of submitit's.

    Which jobs it is given, is asked for only then.
    """
    if not any(kind.__module__.startswith(_LAUNCHERS) for kind in type(launcher).__mro__):
        yield
        return
    import submitit

    plain, jobs = submitit.AutoExecutor, expected()

    def watching(*arguments: Any, **settings: Any) -> Any:
        executor = plain(*arguments, **settings)
        submit = executor.map_array

        def map_array(*given: Any) -> list[_Watched]:
            watch = _Watch(submit(*given), jobs, policy, executor.cluster)
            return [_Watched(watch, place) for place in range(len(jobs))]

        executor.map_array = map_array
        return executor

    submitit.AutoExecutor = watching
    try:
        yield
    finally:
        submitit.AutoExecutor = plain


@dataclass(frozen=True)
class _Watched:
    """What submitit's launcher takes for one of submitit's jobs."""

    watch: _Watch
    place: int

    def results(self) -> list[Any]:
        return [self.watch.outcome(self.place)]


class _Watch:
    """The jobs of one call of a launcher, all looked at together."""

    def __init__(
        self,
        handed: Sequence[Any],
        jobs: Sequence[Expected],
        policy: LaunchPolicy | None,
        cluster: str,
    ) -> None:
        self._handed, self._jobs, self._policy = list(handed), list(jobs), policy
        self._cluster, self._patience = cluster, _RESULT_SECONDS.get(cluster, 10.0)
        self._began = self._asked = time.monotonic()
        # Place of a job that is gone -> how the queue says that it ended, and since when it is so.
        self._gone: dict[int, tuple[str, float]] = {}
        self._left = set(range(len(self._jobs)))
        for job, expected in zip(self._handed, self._jobs, strict=True):
            record = LaunchRecord(
                "registered",
                scheduler=self._scheduler(job),
                sweep=expected.record.sweep,
                num=expected.record.num,
            )
            record.write(expected.directory)

    def outcome(self, place: int) -> Any:
        """Wait for a job; give the job return that it left, or one that speaks for it."""
        job = self._handed[place]
        try:
            is_there = self._wait(place)
        except KeyboardInterrupt:
            self._say_what_is_left()
            raise
        self._left.discard(place)
        if not is_there:
            return self._lost(place, self._gone[place][0])
        try:
            return job.results()[0]
        except Exception as error:  # noqa: BLE001  submitit raises what the job raised, as text
            return self._failed(place, "error", error)

    def _wait(self, place: int) -> bool:
        """Wait until a job has left its result, or is gone; tell whether there is one."""
        job = self._handed[place]
        # A job of several tasks is over when all of them are.
        results = [job.task(number).paths.result_pickle for number in range(job.num_tasks)]
        while not all(path.exists() for path in results):
            if place not in self._gone:
                self._look()
            elif time.monotonic() - self._gone[place][1] > self._patience:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _say_what_is_left(self) -> None:
        if self._cluster == "slurm":
            names = sorted({self._handed[at].job_id.partition("_")[0] for at in self._left})
            log.warning(
                "%d jobs may still wait or run in Slurm: a resume leaves those alone, and "
                "`scancel %s` ends them",
                len(self._left),
                " ".join(names),
            )

    def _look(self) -> None:
        """Find out which jobs are gone."""
        now = time.monotonic()
        if self._cluster != "slurm":
            found = {at: self._handed[at].state for at in self._left if self._handed[at].done()}
        else:
            patience = min(max(2.0, (now - self._began) / 10), _MAX_ASK_SECONDS)
            if now - self._asked < patience:
                return
            self._asked = now
            states = slurm.states([self._handed[at].job_id for at in sorted(self._left)])
            if states is None:
                return
            named = {at: states[self._handed[at].job_id] for at in self._left}
            found = {at: state for at, state in named.items() if not slurm.is_live(state)}
        for at, state in found.items():
            self._gone.setdefault(at, (state, now))

    def _lost(self, place: int, state: str) -> StoredJobReturn:
        name = f"its job {self._handed[place].job_id}"
        if self._cluster != "slurm":
            error = JobLostError(f"{name} of submitit ended without a result: its process is gone")
            return self._failed(place, "error", error)
        status = slurm.status_of(state)
        if state == slurm.GONE:
            error = JobLostError(f"{name} has left the queue of Slurm without a result")
        elif status == "timeout":
            return self._failed(place, status, JobTimeoutError(f"{name} of Slurm ended: {state}"))
        else:
            error = JobLostError(f"{name} of Slurm ended without a result: {state}")
        return self._failed(place, status, error)

    def _failed(self, place: int, status: str, error: Exception) -> StoredJobReturn:
        job, expected = self._handed[place], self._jobs[place]
        scheduler = self._scheduler(job)
        is_failed = record_end(
            expected.directory,
            status,
            error,
            found=self._own_record(expected, scheduler),
            unrecorded=expected.record,
        )
        if is_failed:
            return lost(error, expected.directory, expected.overrides, self._policy)
        log.warning("the job in %s finished, but left no return: %s", expected.directory, error)
        return kept(expected.directory, overrides=expected.overrides, is_finished=True)

    @staticmethod
    def _own_record(expected: Expected, scheduler: Scheduler) -> JobRecord | None:
        try:
            record = JobRecord.read(expected.directory)
        except (OSError, ValueError, TypeError):
            return None
        return record if record.scheduler.id == scheduler.id else None

    def _scheduler(self, job: Any) -> Scheduler:
        return Scheduler(kind=self._cluster, id=str(job.job_id))
