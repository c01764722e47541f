"""Files and folders that are complete, or not there at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced(path: Path, *, owned: Callable[[Path], bool] = Path.is_file) -> Iterator[Path]:
    """Give a new path in the same folder, which takes the place of `path` if all goes well.

    Parameters
    ----------
    path : pathlib.Path
        What is to be written; what is there stays until the new is complete.
    owned : callable
        Whether what is there may be replaced.

    Raises
    ------
    FileExistsError
        There is something else.
    """
    if os.path.lexists(path) and not path.is_symlink() and not owned(path):
        message = f"{path} is something else, and stays: choose another name"
        raise FileExistsError(message)
    path = path.resolve() if path.is_symlink() else path
    # The ending stays, since some writers choose their format by it.
    temporary = path.with_name(f".{secrets.token_hex(6)}.tmp{path.suffix}")
    try:
        yield temporary
        if path.is_dir():
            _swap(temporary, path)
        else:
            temporary.replace(path)
    finally:
        _remove(temporary)


def _swap(new: Path, path: Path) -> None:
    """Replace a folder: no call of the system does it at once where the old one has content."""
    old = new.with_suffix(".old")
    path.rename(old)
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
