"""The sign of life of the jobs of this process: the time stamps of their records.

One thread gives it for all of them. It sleeps until the first is due, and ends where none is left
by then: jobs that follow one another within that time share it.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class _Beat:
    seconds: float
    due: float


class Heart:
    """Touches files, each as often as it is asked to."""

    def __init__(self) -> None:
        self._beats: dict[Path, _Beat] = {}
        # Also held while a file is touched: none is after `end` has returned.
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wakes = 0.0

    def begin(self, path: Path, *, seconds: float) -> None:
        """Touch a file every so many seconds from now on."""
        with self._changed:
            beat = self._beats[path] = _Beat(seconds, time.monotonic() + seconds)
            if self._thread is None:
                self._wakes = beat.due
                thread = threading.Thread(target=self._run, name="runcube-heartbeat", daemon=True)
                thread.start()
                self._thread = thread
            elif beat.due < self._wakes:
                self._wakes = beat.due
                self._changed.notify()

    def end(self, path: Path) -> None:
        """Touch a file no more."""
        with self._changed:
            self._beats.pop(path, None)

    def _run(self) -> None:
        with self._changed:
            self._sleep()
            while self._beats:
                self._touch()
                self._wakes = min(beat.due for beat in self._beats.values())
                self._sleep()
            self._thread = None

    def _sleep(self) -> None:
        while (left := self._wakes - time.monotonic()) > 0:
            self._changed.wait(min(left, threading.TIMEOUT_MAX))

    def _touch(self) -> None:
        now = time.monotonic()
        for path, beat in self._beats.items():
            if beat.due <= now:
                # A directory that was taken away must not end the job.
                with contextlib.suppress(OSError):
                    os.utime(path)
                beat.due = now + beat.seconds


_heart = Heart()


def heart() -> Heart:
    """Give the one of this process."""
    return _heart


def _renew() -> None:
    # The thread does not survive a fork, and its lock may be held for ever.
    global _heart  # noqa: PLW0603
    _heart = Heart()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
