"""The directory of a sweep: finding a free one, refusing a used one, clearing it on demand."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from runcube.record import METRICS_NAME, RECORD_NAME, JobRecord

SWEEP_CONFIG_NAME = "multirun.yaml"
SWEEP_FOLDER_NAME = ".runcube"
SWEEP_RECORD_NAME = "sweep.json"
_HYDRA_FILES = frozenset({"config.yaml", "hydra.yaml", "overrides.yaml"})


def free_directory(wanted: Path) -> Path:
    """Make a directory that did not exist: `wanted`, else `wanted_1`, `wanted_2`, ...

    Two runs that start in the same second each get their own, in one process or in two.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        directory = wanted.with_name(f"{wanted.name}_{number}") if number else wanted
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        return directory
    raise AssertionError  # pragma: no cover


def prepare_directory(directory: Path, *, overwrite: bool) -> None:
    """Make `directory` ready for a new sweep.

    Raises
    ------
    NotADirectoryError
        A file stands there.
    ValueError
        It already holds jobs and `overwrite` is false.
    """
    if directory.exists() and not directory.is_dir():
        msg = f"`working_dir` {directory} is a file; give a directory"
        raise NotADirectoryError(msg)
    jobs = list(job_directories(directory)) if directory.exists() else []
    marks = [
        path
        for path in (directory / SWEEP_CONFIG_NAME, directory / SWEEP_FOLDER_NAME)
        if path.exists()
    ]
    if (jobs or marks) and not overwrite:
        held = f"{len(jobs)} jobs" if jobs else f"`{marks[0].name}` of an earlier sweep"
        msg = (
            f"`working_dir` {directory} already holds {held}; give another directory, or "
            "`overwrite=True` to remove its jobs first"
        )
        raise ValueError(msg)
    for path in [*_own_jobs(directory, jobs), *marks]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    directory.mkdir(parents=True, exist_ok=True)


def _own_jobs(sweep: Path, jobs: Iterable[Path]) -> list[Path]:
    """Give the jobs that are this sweep's own: what else lies below is nobody's to remove.

    A job is the sweep's own if it is named by its number in a sweep that has a `multirun.yaml`, or
    if its record names the sweep that stands here.
    """
    numbered = (sweep / SWEEP_CONFIG_NAME).exists()
    identifier = sweep_identifier(sweep)
    return [
        path
        for path in jobs
        if (numbered and path.parent == sweep and path.name.isdecimal())
        or (identifier is not None and _sweep_of(path) == identifier)
    ]


def _sweep_of(job: Path) -> str | None:
    try:
        return JobRecord.read(job).sweep
    except (OSError, ValueError, TypeError, KeyError):
        return None


def sweep_identifier(sweep: Path) -> str | None:
    """Give the identifier in the sweep's record, None where there is none that can be read."""
    path = sweep / SWEEP_FOLDER_NAME / SWEEP_RECORD_NAME
    try:
        identifier = json.loads(path.read_text(encoding="utf-8"))["id"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return identifier if isinstance(identifier, str) else None


def job_directories(sweep: Path) -> Iterator[Path]:
    """Find the job directories below `sweep`, without those of a sweep nested in it.

    `sweep` itself is never one: a workflow may run inside the directory of another job.
    """
    for parent, folders, _files in os.walk(sweep):
        for name in sorted(folders):
            path = Path(parent, name)
            if name.startswith(".") or (path / SWEEP_CONFIG_NAME).exists():
                folders.remove(name)
            elif is_job(path):
                folders.remove(name)
                yield path


def is_job(directory: Path) -> bool:
    """Tell whether a directory holds a job."""
    if any((directory / name).is_file() for name in (RECORD_NAME, METRICS_NAME)):
        return True
    if (directory / ".hydra").is_dir():
        return True
    return any(
        folder.is_dir() and {path.name for path in folder.iterdir()} >= _HYDRA_FILES
        for folder in directory.iterdir()
    )
