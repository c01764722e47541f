"""`runcube cache`: what is kept in the user's folder for reading sweeps again."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from runcube import _core

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


def cache(action: Literal["ls", "clear"], path: Path | None = None, /) -> int:
    """List or clear what is kept for reading sweeps again.

    Nothing is lost with it: sweeps are then read from their files.

    Parameters
    ----------
    action
        `ls` lists the sweeps that are kept, with the number of jobs and the size; `clear` removes
        them.
    path
        Only sweeps at this path and below it.
    """
    below = None if path is None else path.resolve()
    if action == "clear":
        count = _core.cache_clear(below)
        print(f"removed {count} {'index' if count == 1 else 'indexes'}")
        return 0
    rows = [
        (f"{jobs} jobs", _shown(size), sweep or f"{file} (damaged)")
        for file, size, sweep, jobs in _core.cache_list()
        if below is None or (sweep is not None and Path(sweep).is_relative_to(below))
    ]
    widths = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
    for jobs, size, sweep in rows:
        print(f"{jobs:>{widths[0]}}  {size:>{widths[1]}}  {sweep}")
    print(f"{len(rows)} in {_core.cache_directory()}")
    return 0


def _shown(size: float) -> str:
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:.0f} {unit}"
        size /= _STEP
    return f"{size:.0f} {_UNITS[-1]}"
