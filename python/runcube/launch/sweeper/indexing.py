"""The index that a sweep leaves beside its records: its first load reads what changed since.

It depends on no cache of any user, and moves with the tree. An older one goes before anything is
launched, since it speaks of jobs that are about to run again.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

from runcube.launch import interpreter
from runcube.launch.place import SWEEP_FOLDER_NAME

INDEX_NAME = "index-v1.arrow"
# A job whose files are younger when the sweep ends may still change unseen: it is not in the index.
SETTLED_SECONDS = 2.0
# Fewer jobs are read as fast from their files.
FEWEST_JOBS = 32
_CODE = (
    "from pathlib import Path; from runcube import _core; "
    "use = ('beside', float(sys.argv[2]), int(sys.argv[3])); "
    "_core.open_sweep(Path(sys.argv[1]), None, None, leftovers=False, workers=None, cache=use)"
)


def remove_index(sweep: Path) -> None:
    """Remove the index beside a sweep, where there is one."""
    (sweep / SWEEP_FOLDER_NAME / INDEX_NAME).unlink(missing_ok=True)


def leave_index(sweep: Path, *, jobs: int) -> None:
    """Put an index beside a sweep of so many jobs, where it is of use and can be.

    A process of its own makes it: whatever hinders that costs the next load its time, and the sweep
    nothing, and the memory that it takes goes with it.
    """
    if jobs < FEWEST_JOBS:
        return
    with contextlib.suppress(OSError):
        subprocess.run(  # noqa: S603  this interpreter, our own code
            interpreter.command(_CODE, str(sweep), str(SETTLED_SECONDS), str(FEWEST_JOBS)),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
