"""`runcube watch`: the jobs of a sweep while they run."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from runcube.cli.problems import report_problems
from runcube.cli.refusal import Refusal
from runcube.cli.standing import OPEN, Standing, reason, standing
from runcube.cli.status import exit_code
from runcube.cli.tables import STYLES, counted
from runcube.launch.place import SWEEP_FOLDER_NAME
from runcube.launch.sweeper.lock import LOCK_NAME

if TYPE_CHECKING:
    from rich.console import Group

_FAILURES_SHOWN = 10


def watch(
    path: Path,
    /,
    *,
    interval: Annotated[float, Parameter(negative="")] = 2.0,
) -> int:
    """Watch the jobs of a sweep until all have ended, or until Ctrl-C.

    On a terminal it is a table that changes. A pipe gets a line for each job that changes, with a
    tab between its directory and its status, after a first and before a last line with the
    counts. The exit code is that of `runcube status`.

    Jobs that have no directory yet are waited for, unless the process that launched the sweep on
    this machine has ended. Of jobs without a record nothing tells whether they run: they are not
    waited for.

    Parameters
    ----------
    path
        The directory of a sweep, or of a single run.
    interval
        So many seconds lie between two looks.
    """
    if not interval > 0:
        message = f"`--interval`: expected seconds above 0, got {interval}"
        raise Refusal(message)
    now = _live(path, interval) if sys.stdout.isatty() else _lines(path, interval)
    report_problems(now.problems, listing=f"runcube status {path} --json")
    return exit_code(now)


def looks(path: Path, interval: float) -> Iterator[Standing]:
    """Look at the sweep again and again; the last look is the one at which all had ended."""
    while True:
        # First: a launcher that ends in between has launched what is seen afterwards.
        launches = is_launching(path)
        now = standing(path)
        yield now
        if not now.is_open and not (now.missing and launches):
            return
        time.sleep(interval)


def is_launching(path: Path) -> bool:
    """Whether a process may still launch into a sweep; of other machines' it is not known."""
    try:
        holder = json.loads((path / SWEEP_FOLDER_NAME / LOCK_NAME).read_bytes())
        pid, host = int(holder["pid"]), holder["host"]
    except (OSError, ValueError, KeyError, TypeError):
        # Only our sweeper keeps a lock; whoever launched this one may go on.
        return True
    if host != platform.node():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _lines(path: Path, interval: float) -> Standing:
    before: Standing | None = None
    for now in looks(path, interval):
        if before is None:
            print(_total(now), flush=True)
        else:
            changed = now.jobs.items() - before.jobs.items()
            # In job order, which a set has not.
            names = {name for name, _ in changed}
            for name in filter(names.__contains__, now.jobs):
                print(f"{name}\t{now.jobs[name]}", flush=True)
        before = now
    assert before is not None  # noqa: S101  it looks at least once
    print(_total(before), flush=True)
    return before


def _live(path: Path, interval: float) -> Standing:
    from rich.live import Live

    with Live(auto_refresh=False) as screen:
        for now in looks(path, interval):
            screen.update(_picture(now), refresh=True)
    return now


def _picture(now: Standing) -> Group:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    count = len(now.jobs) + now.missing
    ended = sum(n for status, n in now.counts.items() if status not in {*OPEN, "missing"})
    counts = Table(box=None, show_header=False)
    for status, number in now.counts.items():
        counts.add_row(Text(str(number), justify="right"), Text(status, STYLES.get(status, "")))
    parts: list[Any] = [
        Text.assemble((str(now.sweep), "bold"), f"  {ended} of {count} jobs have ended"),
        ProgressBar(total=max(count, 1), completed=ended, width=60),
        counts,
    ]
    if now.bad:
        table = Table("job", "status", "why", box=None)
        for name in now.bad[-_FAILURES_SHOWN:]:
            status = now.jobs[name]
            why = reason(now.sweep / name, status)
            table.add_row(Text(name), Text(status, STYLES[status]), Text(why))
        parts.append(table)
    return Group(*parts)


def _total(now: Standing) -> str:
    count = len(now.jobs) + now.missing
    return f"{count} job{'' if count == 1 else 's'}: {counted(now.counts)}"
