"""The local launcher: jobs of one machine, in this process or in workers of their own.

::

    waiting ──► running ──► ended          what the task returned or raised
       ▲           ├──────► died, timeout  the launcher writes the record
       └─ retries ─┘

Workers are used where one process cannot do: for several jobs at once, for a limit of time, for
devices of their own, and where a task may take its process down (`isolate`).
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcube.launch.failure import Failure
from runcube.launch.hydra import JobStatus
from runcube.launch.hydra_compose import JobComposer
from runcube.launch.hydra_job import (
    configure_launch_log,
    filtered_lines,
    run_job,
    setup_resolvers,
    shared_state,
    sweep_directory,
)
from runcube.launch.hydra_place import job_place, number_job
from runcube.launch.lost import JobTimeoutError, death, record_lost
from runcube.launch.pool import GRACE_SECONDS, Event, Job, Slot, wait_for
from runcube.launch.progress import Progress
from runcube.launch.returns import StoredJobReturn, kept, lost
from runcube.launch.worker import Work
from runcube.launch.wrapper import LaunchPolicy, Skipped

log = logging.getLogger(__name__)
_MAX_UNBORN = 3


@dataclass(frozen=True)
class LocalSettings:
    """What `hydra.launcher` holds.

    Attributes
    ----------
    n_jobs : int
        How many jobs run at once; -1 stands for the processors that this process may use.
    isolate : bool
        Whether even one job at a time gets a process of its own kind.
    timeout_s : float or None
        How long a job may run.
    devices : list or None
        For each worker in turn, what `CUDA_VISIBLE_DEVICES` is: a number, a text, or a list.
    retries : int
        How often a job that failed, was killed or ran too long is started again.
    """

    n_jobs: int = 1
    isolate: bool = False
    timeout_s: float | None = None
    devices: Sequence[Any] | None = None
    retries: int = 0

    def __post_init__(self) -> None:
        if self.n_jobs < 1 and self.n_jobs != -1:
            msg = f"`n_jobs` is {self.n_jobs}; expected a number of jobs, or -1 for one a processor"
            raise ValueError(msg)
        if self.timeout_s is not None and not self.timeout_s > 0:
            msg = f"`timeout_s` is {self.timeout_s}; expected a number of seconds above 0, or null"
            raise ValueError(msg)
        if self.retries < 0:
            msg = f"`retries` is {self.retries}; expected 0 or more"
            raise ValueError(msg)

    @property
    def needs_workers(self) -> bool:
        """Whether jobs cannot run in this process."""
        return self.n_jobs != 1 or self.isolate or self.timeout_s is not None or bool(self.devices)

    def slots(self, jobs: int, work: bytes) -> list[Slot]:
        """Give as many slots as jobs can use."""
        count = self.n_jobs if self.n_jobs > 0 else len(os.sched_getaffinity(0))
        devices = [_device(item) for item in self.devices or []]
        return [
            Slot(work, devices[i % len(devices)] if devices else None, self.timeout_s)
            for i in range(min(count, jobs))
        ]


class LocalLauncher:
    """Launches batches of jobs, as `hydra.plugins.launcher.Launcher` asks for.

    Parameters
    ----------
    settings : LocalSettings
        From `hydra.launcher`.
    context, task, sweep
        What Hydra sets a launcher up with: its context, the task function, the sweep's config.
    """

    def __init__(self, settings: LocalSettings, context: Any, task: Any, sweep: Any) -> None:
        self._settings = settings
        self._context, self._task, self._sweep = context, task, sweep
        self._composer = JobComposer(context.config_loader, sweep)

    def launch(self, lines: Sequence[Sequence[str]], first: int) -> list[StoredJobReturn]:
        """Run the jobs with these override lines, numbered from `first`; give them in order.

        A job that fails stops no other, unless its workflow says so.
        """
        setup_resolvers()
        configure_launch_log(self._context, self._sweep)
        sweep_directory(self._sweep)
        log.info(f"Launching {len(lines)} jobs locally")
        batch = _Batch(self, [Job(first + i, job) for i, job in enumerate(lines)])
        try:
            if self._settings.needs_workers:
                batch.run_in_workers(self._settings)
            else:
                batch.run_here()
        finally:
            configure_launch_log(self._context, self._sweep)
            batch.progress.end()
        return [batch.returned[number] for number in sorted(batch.returned)]

    def say(self, text: str) -> None:
        """Write a line to Hydra's log; between jobs, the log is that of the last one."""
        configure_launch_log(self._context, self._sweep)
        log.info(text)

    def work(self) -> bytes:
        """Pack what workers need."""
        singletons, resolvers = shared_state()
        return Work(self._context, self._sweep, self._task, singletons, resolvers).packed()

    def run_here(self, job: Job) -> StoredJobReturn:
        """Run a job in this process."""
        composed = self._composer.composed(job.lines)
        number_job(composed, job.number)
        return run_job(self._context, self._task, composed)

    def place(self, job: Job) -> Path:
        """Give the directory of a job, asking the config where its worker had not said it."""
        if job.place is None:
            composed = self._composer.composed(job.lines)
            number_job(composed, job.number)
            job.place = Path(job_place(composed)).absolute()
        return job.place

    def failed(self, job: Job, error: Exception) -> StoredJobReturn:
        """Give the job return of a job that its launcher has to speak for."""
        policy = getattr(self._task, "policy", None)
        known = policy if isinstance(policy, LaunchPolicy) else None
        return lost(error, self.place(job), job.lines, known)

    def skipped(self, job: Job) -> StoredJobReturn:
        """Give the job return of a job that is not launched: the others keep their places."""
        returned = StoredJobReturn(overrides=list(job.lines), working_dir=str(self.place(job)))
        returned.directory = self.place(job)
        returned.status, returned.return_value = JobStatus.COMPLETED, Skipped()
        return returned


class _Batch:
    """The jobs of one call, and what came of them so far."""

    def __init__(self, launcher: LocalLauncher, jobs: Sequence[Job]) -> None:
        self._launcher = launcher
        self._waiting = deque(jobs)
        self._retries = launcher._settings.retries
        self._failures = self._skipped = 0
        self._unborn = 0
        self.returned: dict[int, StoredJobReturn] = {}
        self.progress = Progress(len(jobs), launcher.say)

    def run_here(self) -> None:
        while self._waiting:
            job = self._waiting.popleft()
            self._take(job, self._launcher.run_here(job))
            self._show(running=0)

    def run_in_workers(self, settings: LocalSettings) -> None:
        slots = settings.slots(len(self._waiting), self._launcher.work())
        try:
            while self._waiting or any(slot.job for slot in slots):
                for slot in slots:
                    if slot.job is None and self._waiting:
                        slot.give(self._waiting.popleft())
                wait_for(slots)
                for event in [event for slot in slots if (event := slot.event()) is not None]:
                    self._happened(event)
                    self._show(running=sum(slot.job is not None for slot in slots))
        except BaseException as error:
            self._stop(slots, error)
            raise
        for slot in slots:
            slot.close()

    def _happened(self, event: Event) -> None:
        job, value = event.job, event.value
        if job is None:
            return
        if event.kind in {"broken", "raised"}:
            raise value.original()
        if event.kind == "unborn":
            self._unborn += 1
            if self._unborn == _MAX_UNBORN:
                msg = f"no worker could be started: {death(value)}; see what it wrote above"
                raise RuntimeError(msg)
            self._waiting.appendleft(job)
        elif event.kind == "ended":
            self._take(job, value)
        elif event.kind == "unread":
            msg = (
                f"the job finished, and its records are in {self._launcher.place(job)}, but what "
                f"it returned cannot be sent here ({value}); return plain data, or use `n_jobs=1`"
            )
            self._take(job, self._launcher.failed(job, TypeError(msg)), is_final=True)
        else:
            self._lost(event, job)

    def _lost(self, event: Event, job: Job) -> None:
        error: Exception
        if event.kind == "timeout":
            status = "timeout"
            error = JobTimeoutError(f"it ran longer than `timeout_s`, {event.value:g} s")
        else:
            status, error = "error", death(event.value)
        place = self._launcher.place(job)
        if record_lost(place, status, error, pid=event.pid, number=job.number):
            self._take(job, self._launcher.failed(job, error))
        else:
            # It had returned before its process ended, and is never run again.
            self._take(job, kept(place, overrides=job.lines, is_finished=True))

    def _take(self, job: Job, returned: StoredJobReturn, *, is_final: bool = False) -> None:
        value = returned._return_value
        is_failed = returned.status == JobStatus.FAILED or isinstance(value, Failure)
        if is_failed and not is_final and job.attempt <= self._retries:
            self._launcher.say(f"#{job.number} failed, and is started again")
            self._waiting.append(Job(job.number, job.lines, job.attempt + 1))
            return
        self.returned[job.number] = returned
        if is_failed:
            self._failures += 1
            self._launcher.say(f"#{job.number} failed : {filtered_lines(job.lines)}")
        if isinstance(value, Failure) and value.stops:
            left = {left.number: self._launcher.skipped(left) for left in self._waiting}
            self._waiting.clear()
            self.returned |= left
            self._skipped += len(left)
        self._skipped += isinstance(value, Skipped)

    def _show(self, *, running: int) -> None:
        done = len(self.returned) - self._skipped
        self.progress.changed(done=done, failed=self._failures, running=running)

    def _stop(self, slots: Sequence[Slot], error: BaseException) -> None:
        """Interrupt what still runs, and write down that it was stopped."""
        running = [(slot, slot.job, slot.pid) for slot in slots if slot.job is not None]
        for slot, _, _ in running:
            slot.interrupt()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(slot.is_alive for slot, _, _ in running) and time.monotonic() < deadline:
            time.sleep(0.02)
        for slot in slots:
            slot.kill()
        for _, job, pid in running:
            if job is not None:
                place = self._launcher.place(job)
                record_lost(place, "stopped", error, pid=pid, number=job.number)


def _device(item: Any) -> str:
    if isinstance(item, Sequence) and not isinstance(item, str):
        return ",".join(str(part) for part in item)
    return str(item)
