"""Handing jobs to a launcher: in batches, again where they failed, and no further than allowed."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from runcube.launch import wrapper
from runcube.launch.failure import Failure
from runcube.launch.gate import Gate
from runcube.launch.hydra import JobReturn, JobStatus
from runcube.launch.registered import LaunchRecord, withdraw
from runcube.launch.sweeper.placing import Placed, first_index
from runcube.launch.watching import Expected, watched
from runcube.launch.wrapper import LaunchPolicy, Skipped
from runcube.record import ENDED, RECORD_NAME, JobRecord, Scheduler


@dataclass
class Launch:
    """One launch of a sweep's jobs, by any launcher.

    Attributes
    ----------
    launcher
        Hydra's launcher.
    gate : Gate
        What ends it early.
    batch_size : int or None
        How many jobs the launcher gets at once; None for all.
    retries : int
        How often a failed job is tried again.
    is_sequential : bool
        Whether the launcher runs one job after the other in this process: jobs are then handed to
        it singly where the gate may close, so that none starts behind it.
    policy : LaunchPolicy or None
        How a job that is gone without a word is handed back.
    queue : str or None
        The launcher's name, where jobs may wait before they start: until then they are registered.
    """

    launcher: Any
    sweep: Path
    identifier: str | None
    gate: Gate
    batch_size: int | None
    retries: int
    is_sequential: bool
    policy: LaunchPolicy | None = None
    queue: str | None = None
    _failed: dict[int, Any] = field(default_factory=dict)

    def run(self, jobs: Sequence[Placed]) -> list[list[Any]]:
        """Launch the jobs; give what the launcher returned, by batches."""
        size = 1 if self.is_sequential and self.gate.is_needed else self.batch_size
        returned: list[list[Any]] = []
        for place, batch in _batches(jobs, size or max(len(jobs), 1)):
            if self.gate.is_closed():
                if self.gate.is_late():
                    self._skip(jobs[place:])
                break
            returned.append(self._batch(place, batch))
        return returned

    def first_failed(self) -> Any:
        """Give the return of the first failed job, whose `return_value` raises as Hydra's do."""
        if not self._failed:
            return None
        job = self._failed[min(self._failed)]
        value = job._return_value
        error = value.original() if isinstance(value, Failure) else value
        if isinstance(error, BaseException):
            error.__traceback__ = _without_wrapper(error.__traceback__)
        job.status, job.return_value = JobStatus.FAILED, error
        return job

    def _batch(self, place: int, batch: Sequence[Placed]) -> list[Any]:
        results: dict[int, Any] = {}
        pending, tries = list(range(len(batch))), [0] * len(batch)
        while pending:
            chosen = [batch[at] for at in pending]
            index = first_index([job.line.num for job in chosen])
            for at in pending:
                tries[at] += 1
            try:
                self._register(chosen)
                expected = functools.partial(self._expected, chosen)
                with watched(self.launcher, expected, self.policy):
                    lines = [list(job.launch_lines) for job in chosen]
                    found = list(self.launcher.launch(lines, index))
                self._withdraw(chosen)
            except Exception:
                # A launcher that lost a worker tells nothing of the other jobs; their records do.
                left = [at for at in pending if not self._has_ended(batch[at])]
                if not left or any(tries[at] > self.retries for at in left):
                    raise
                pending = left
                continue
            results.update(zip(pending, found, strict=True))
            failed = [at for at in pending if is_failed(results[at])]
            again = [at for at in failed if tries[at] <= self.retries]
            if again:
                self.gate.forgive(len(again))
                skipped = [at for at in pending if _is_skipped(results[at])]
                pending = sorted([*again, *skipped])
                for at in skipped:
                    tries[at] -= 1
            else:
                pending = []
        for at, result in results.items():
            if is_failed(result):
                self._failed[place + at] = result
        return [results[at] for at in sorted(results)]

    def _expected(self, jobs: Sequence[Placed]) -> list[Expected]:
        return [
            Expected(self.sweep / job.line.dir, job.line.overrides, self._record(job, "running"))
            for job in jobs
        ]

    def _record(self, job: Placed, status: str) -> JobRecord:
        return JobRecord(
            status=status,
            sweep=self.identifier,
            num=job.line.num,
            repetition=job.line.repetition,
            seed=job.line.seed,
            signature=job.line.signature,
        )

    def _register(self, jobs: Sequence[Placed]) -> None:
        if self.queue is None:
            return
        for job in jobs:
            record = LaunchRecord(
                "registered",
                scheduler=Scheduler(kind=self.queue),
                sweep=self.identifier,
                num=job.line.num,
            )
            record.write(self.sweep / job.line.dir)

    def _withdraw(self, jobs: Sequence[Placed]) -> None:
        """Take back what was registered: a launcher that returned has no job waiting any more.

        Of one that raised nobody knows: its jobs may still be in a queue.
        """
        for job in jobs if self.queue is not None else ():
            withdraw(self.sweep / job.line.dir)

    def _has_ended(self, job: Placed) -> bool:
        with contextlib.suppress(OSError, ValueError, TypeError):
            return JobRecord.read(self.sweep / job.line.dir).status in ENDED
        return False

    def _skip(self, jobs: Sequence[Placed]) -> None:
        """Record that these jobs were planned, and that the time was spent before they started."""
        for job in jobs:
            directory = self.sweep / job.line.dir
            if (directory / RECORD_NAME).exists():
                continue
            directory.mkdir(parents=True, exist_ok=True)
            self._record(job, "skipped").write(directory)


def _without_wrapper(found: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of the wrapper around a task: they tell a user nothing."""
    if found is None:
        return None
    rest = _without_wrapper(found.tb_next)
    if found.tb_frame.f_globals.get("__name__") == wrapper.__name__:
        return rest
    return TracebackType(rest, found.tb_frame, found.tb_lasti, found.tb_lineno)


def is_failed(job: Any) -> bool:
    """Tell whether a job return is that of a failed job."""
    if not isinstance(job, JobReturn):
        return False
    return job.status is JobStatus.FAILED or isinstance(job._return_value, Failure)


def _is_skipped(job: Any) -> bool:
    return isinstance(job, JobReturn) and isinstance(job._return_value, Skipped)


def _batches(jobs: Sequence[Placed], size: int) -> Iterator[tuple[int, Sequence[Placed]]]:
    for place in range(0, len(jobs), size):
        yield place, jobs[place : place + size]
