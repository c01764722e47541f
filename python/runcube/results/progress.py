"""A bar for loads that take long: jobs, rate and time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

Told = Callable[[int, int], object]
"""Called with the number of jobs that were read, and of all."""

Watch = bool | Literal["auto"] | Told
"""What a caller may say of the progress of a load."""

PATIENCE_SECONDS = 0.5
_SECONDS_BETWEEN = 0.1


@contextmanager
def watching(progress: Watch) -> Iterator[Told | None]:
    """Give what a load tells how far it has come; None where nobody asks.

    Raises
    ------
    TypeError
        `progress` is neither a bool, `"auto"` nor a callable.
    """
    given: object = progress
    if callable(progress):
        yield progress
    elif given is True or given == "auto":
        bar = Bar(patience=0.0 if progress is True else PATIENCE_SECONDS, always=progress is True)
        try:
            yield bar
        finally:
            bar.close()
    elif given is False:
        yield None
    else:
        message = f"`progress`: expected True, False, 'auto' or a callable, got {progress!r}"
        raise TypeError(message)


class Bar:
    """A bar that appears once a load has taken a while, where somebody can see it."""

    def __init__(
        self, *, patience: float, always: bool, console: Callable[[], Console] | None = None
    ) -> None:
        self._begun = self._told = time.monotonic()
        self._patience = patience
        self._always = always
        self._console = console or _console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._seen = True

    def __call__(self, done: int, total: int) -> None:
        """Show how far the load has come."""
        now = time.monotonic()
        soon = now - self._told < _SECONDS_BETWEEN and done < total
        if not self._seen or now - self._begun < self._patience or (self._bar and soon):
            return
        self._told = now
        # A load that ends as the bar would appear needs none.
        if self._bar is None and (self._always or done < total):
            self._show(total)
        if self._bar is not None and self._task is not None:
            rate = f"{done / max(now - self._begun, 1e-3):,.0f}"
            self._bar.update(self._task, completed=done, total=total, rate=rate, refresh=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def _show(self, total: int) -> None:
        console = self._console()
        self._seen = self._always or console.is_terminal or console.is_jupyter
        if not self._seen:
            return
        from rich import progress

        self._bar = progress.Progress(
            progress.TextColumn("reading jobs"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]} a second"),
            progress.TimeRemainingColumn(),
            console=console,
            auto_refresh=False,
            # Elsewhere its last state is all that is printed.
            transient=console.is_terminal,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total, rate="0")


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)
