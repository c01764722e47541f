"""Worker processes for jobs, one job at a time in each; one that dies takes only its own job along.

Each slot holds one process and the devices that it sees. The end of a process shows in its pipe
and in its exit code; both are looked at, since a child that a task left behind keeps a pipe open.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from runcube.launch import interpreter

LOOK_SECONDS = 0.2
GRACE_SECONDS = 5.0
_CODE = "from runcube.launch.worker import main; main(int(sys.argv[1]))"


@dataclass(slots=True)
class Job:
    """A job that waits or runs."""

    number: int
    lines: Sequence[str]
    attempt: int = 1
    place: Path | None = None
    started: float = 0.0


@dataclass
class Event:
    """What a slot has to say: its job ended, could not start, ran too long, or died.

    `pid` is that of the process that ran the job.
    """

    kind: str
    pid: int | None
    job: Job | None
    value: Any = None


@dataclass
class Slot:
    """A place for one worker, which is replaced where it ends."""

    work: bytes
    devices: str | None = None
    timeout_s: float | None = None
    job: Job | None = None
    is_ready: bool = False
    _process: Any = field(default=None, repr=False)
    _pipe: Connection | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The id of the worker, None where there is none."""
        return None if self._process is None else int(self._process.pid)

    @property
    def is_alive(self) -> bool:
        """Whether the worker runs."""
        return self._process is not None and self._process.poll() is None

    def give(self, job: Job) -> None:
        """Hand a job to the worker; start one if need be."""
        if self._process is None:
            self._start()
        self.job, job.place, job.started = job, None, 0.0
        with contextlib.suppress(OSError):
            # A worker that just died says so through `event`.
            self._connection.send((job.number, job.lines))

    def event(self) -> Event | None:
        """Look whether something happened; never waits."""
        while self._process is not None:
            try:
                if not self._connection.poll():
                    break
                data = self._connection.recv_bytes()
            except (EOFError, OSError):
                return self._died()
            kind, value = _message(data)
            if kind == "ready":
                self._begin()
            elif kind == "place" and self.job is not None:
                self.job.place = Path(value)
            else:
                job, self.job = self.job, None
                return Event(kind, self.pid, job, value)
        if self._process is not None and self._process.poll() is not None:
            return self._died()
        if self.job is not None and self._is_late(self.job):
            job, self.job = self.job, None
            pid = self.pid
            self.kill()
            return Event("timeout", pid, job, self.timeout_s)
        return None

    def waitable(self) -> Connection | None:
        """Give what becomes readable once there may be an event."""
        return self._pipe

    def kill(self) -> None:
        """End the worker, and what its task started."""
        if self._process is None:
            return
        for name in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS if name is signal.SIGTERM else None)
        self._clear()

    def interrupt(self) -> None:
        """Interrupt the worker as Ctrl-C would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGINT)

    def close(self) -> None:
        """Let an idle worker end by itself."""
        if self._process is None:
            return
        self._connection.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._clear()

    @property
    def _connection(self) -> Connection:
        assert self._pipe is not None  # noqa: S101  for the type checker
        return self._pipe

    def _start(self) -> None:
        ours, theirs = Pipe()
        environment = dict(os.environ)
        if self.devices is not None:
            environment["CUDA_VISIBLE_DEVICES"] = self.devices
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, our own code
                interpreter.command(_CODE, str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                # A group of its own: it can be ended with all that its task started, and Ctrl-C
                # reaches it through the launcher alone.
                start_new_session=True,
            )
        self._pipe, self.is_ready = ours, False
        with contextlib.suppress(OSError):
            ours.send((os.getpid(), sys.argv, str(Path.cwd())))
            ours.send_bytes(self.work)

    def _begin(self) -> None:
        self.is_ready = True
        if self.job is not None:
            self.job.started = time.monotonic()

    def _is_late(self, job: Job) -> bool:
        if self.timeout_s is None or not self.is_ready:
            return False
        if not job.started:
            job.started = time.monotonic()
        return time.monotonic() - job.started > self.timeout_s

    def _died(self) -> Event:
        job, self.job = self.job, None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        pid, code = self._process.pid, self._process.poll()
        is_ready = self.is_ready
        self.kill()
        return Event("died" if is_ready else "unborn", pid, job, code)

    def _clear(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None
        self.is_ready = False


def wait_for(slots: Sequence[Slot]) -> None:
    """Wait until one of the slots may have an event, or it is time to look at all of them."""
    pipes = [pipe for slot in slots if (pipe := slot.waitable()) is not None]
    wait(pipes, timeout=LOOK_SECONDS)


def _message(data: bytes) -> tuple[str, Any]:
    try:
        message: tuple[str, Any] = pickle.loads(data)  # noqa: S301  from our own worker
    except Exception as error:  # noqa: BLE001  a value that pickles need not come back
        return "unread", error
    return message
