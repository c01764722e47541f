"""The caches of a bench: runcube's own folder is put elsewhere, and the page cache is dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "RUNCUBE_CACHE_DIR"
_DROP = Path("/proc/sys/vm/drop_caches")


@contextmanager
def cache_in(folder: Path) -> Iterator[None]:
    """Let runcube keep its indexes in a folder, for the while."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def can_drop_pages() -> bool:
    """Whether this process may drop the page cache of the machine."""
    return os.access(_DROP, os.W_OK)


def drop_pages() -> None:
    """Drop the page cache, and what is kept of directories, of the whole machine.

    Raises
    ------
    OSError
        The system does not permit it.
    """
    # What is not yet written stays.
    os.sync()
    _DROP.write_text("3")
