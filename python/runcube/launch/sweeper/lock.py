"""The lock of a sweep: one process at a time launches into its directory.

The operating system holds the lock for a process and lets go of it when that process ends, however
it ends: `SIGKILL` leaves nothing behind that anyone has to clear away. It is a POSIX record lock,
which forked workers do not inherit; so that two threads of one process do not both get it, each
process also keeps a set of what it holds.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import threading
from collections.abc import Iterator
from pathlib import Path

from runcube.errors import ConflictError
from runcube.launch.place import SWEEP_FOLDER_NAME

LOCK_NAME = "lock"

_held: set[Path] = set()
_guard = threading.Lock()


@contextlib.contextmanager
def sweep_lock(sweep: Path) -> Iterator[None]:
    """Hold the lock of the sweep in a directory.

    Raises
    ------
    runcube.errors.ConflictError
        Another process, or another thread of this one, holds it: the message names it.
    """
    folder = sweep.resolve() / SWEEP_FOLDER_NAME
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_NAME
    with _guard:
        if path in _held:
            raise _busy(sweep, f"process {os.getpid()}, this one,")
        _held.add(path)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _try_lock(descriptor):
                raise _busy(sweep, _holder(descriptor))
            holder = json.dumps({"pid": os.getpid(), "host": platform.node()}).encode()
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder, 0)
            yield
        finally:
            # Closing it lets go of the lock; the file stays, since another process may wait on it.
            os.close(descriptor)
    finally:
        with _guard:
            _held.discard(path)


def _try_lock(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _holder(descriptor: int) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        holder = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {holder['pid']} on {holder['host']}"
    return "another process"


def _busy(sweep: Path, holder: str) -> ConflictError:
    return ConflictError(
        f"{holder} is launching into {sweep}: wait until it has ended, then resume", path=str(sweep)
    )
