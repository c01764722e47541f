"""What ends a launch before all of its jobs have started: failures, or the time that it may take.

A launcher takes many jobs at once and runs them where it likes, so every job asks the gate before
its task starts. Failures are counted in a file beside the plan, one byte for each, which processes
on other machines append to as well; the clock is compared on the launching machine alone.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

FAILURES_NAME = "failures"


def _boot() -> str | None:
    """Tell apart machines, and starts of one machine: a monotonic clock is of one start alone."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


@dataclass(frozen=True)
class Gate:
    """The gate of one launch.

    Attributes
    ----------
    folder : Path
        Where the failures are counted.
    most_failures : int or None
        So many failures close the gate.
    deadline : float or None
        When it closes, by the monotonic clock of the machine that `boot` names.
    """

    folder: Path
    most_failures: int | None = None
    deadline: float | None = None
    boot: str | None = field(default_factory=_boot)

    @property
    def is_needed(self) -> bool:
        """Whether anything can close the gate."""
        return self.most_failures is not None or self.deadline is not None

    def is_closed(self) -> bool:
        """Tell whether no further job may start."""
        if self.is_late():
            return True
        return self.most_failures is not None and self._count() >= self.most_failures

    def is_late(self) -> bool:
        """Tell whether the time is spent."""
        if self.deadline is None or time.monotonic() < self.deadline:
            return False
        return self.boot == _boot()

    def count_failure(self) -> None:
        """Count the failure of a job."""
        if self.most_failures is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self.folder / FAILURES_NAME, flags, 0o666)
            try:
                os.write(descriptor, b"x")
            finally:
                os.close(descriptor)

    def forgive(self, failures: int) -> None:
        """Take back failures of jobs that are tried once more."""
        if self.most_failures is not None and failures:
            os.truncate(self.folder / FAILURES_NAME, max(self._count() - failures, 0))

    def reset(self) -> None:
        """Forget all failures: at the start and the end of a launch."""
        (self.folder / FAILURES_NAME).unlink(missing_ok=True)

    def _count(self) -> int:
        try:
            return (self.folder / FAILURES_NAME).stat().st_size
        except FileNotFoundError:
            return 0
