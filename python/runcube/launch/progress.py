"""How far a launch has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

_FIRST_PAUSE = 1.0
# A long launch needs fewer lines: the pause between two is this part of the time so far.
_PAUSE_PART = 0.05


class Progress:
    """Says how many jobs are done, running and failed, how fast, and how long it will take.

    Parameters
    ----------
    total : int
        How many jobs there are.
    say : callable
        Writes a line, through Hydra's log.
    is_terminal : bool, optional
        Whether a bar can be drawn; by default, whether standard error is a terminal.
    """

    def __init__(
        self, total: int, say: Callable[[str], None], *, is_terminal: bool | None = None
    ) -> None:
        self._total, self._say = total, say
        self._start = self._last = time.monotonic()
        self._done = self._failed = self._running = 0
        shows_bar = sys.stderr.isatty() if is_terminal is None else is_terminal
        self._bar: Any = _bar(total) if shows_bar else None

    def changed(self, *, done: int, failed: int, running: int) -> None:
        """Take the new counts, and say them if it is time to."""
        self._done, self._failed, self._running = done, failed, running
        now = time.monotonic()
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, what=self.line(), refresh=True)
        elif done < self._total and now - self._last >= max(
            _FIRST_PAUSE, _PAUSE_PART * (now - self._start)
        ):
            self._last = now
            self._say(self.line())

    def end(self) -> None:
        """Say how it ended."""
        if self._bar is not None:
            self._bar.stop()
        self._running = 0
        self._say(self.line())

    def line(self) -> str:
        """Give the counts as text."""
        parts = [f"{self._done} of {self._total} jobs done"]
        parts += [f"{self._running} running"] if self._running else []
        parts += [f"{self._failed} failed"] if self._failed else []
        seconds = time.monotonic() - self._start
        if self._done and seconds > 0:
            rate = self._done / seconds
            parts.append(f"{rate:.3g} jobs/s" if rate >= 1 else f"{1 / rate:.3g} s/job")
            left = (self._total - self._done) / rate
            parts += [f"{duration(left)} left"] if self._done < self._total else []
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Write a duration as a clock does.

    Examples
    --------
    >>> duration(75), duration(7384)
    ('1:15', '2:03:04')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _bar(total: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    # Jobs write to the terminal themselves, so nothing is drawn but when a job ends.
    bar = Bar(
        BarColumn(),
        TextColumn("{task.fields[what]}"),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
    )
    bar.start()
    bar.add_task("jobs", total=total, what="")
    return bar
