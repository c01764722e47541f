"""The index that a sweep leaves beside its records: its first load reads what changed since.

It depends on no cache of any user, and moves with the tree. An older one goes before anything is
launched, since it speaks of jobs that are about to run again.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from runcube import _core
from runcube.errors import RuncubeError
from runcube.launch.place import SWEEP_FOLDER_NAME

INDEX_NAME = "index-v1.arrow"
# A job whose files are younger when the sweep ends may still change unseen: it is not in the index.
SETTLED_SECONDS = 2.0
# Fewer jobs are read as fast from their files.
FEWEST_JOBS = 32


def remove_index(sweep: Path) -> None:
    """Remove the index beside a sweep, where there is one."""
    (sweep / SWEEP_FOLDER_NAME / INDEX_NAME).unlink(missing_ok=True)


def leave_index(sweep: Path, *, jobs: int) -> None:
    """Put an index beside a sweep of so many jobs, where it is of use and can be.

    Whatever hinders it costs the next load its time, and the sweep nothing.
    """
    if jobs < FEWEST_JOBS:
        return
    use = ("beside", SETTLED_SECONDS, FEWEST_JOBS)
    with contextlib.suppress(RuncubeError):
        _core.open_sweep(sweep, None, None, leftovers=False, workers=None, cache=use)
