"""Jobs whose process ended without a word: what stands in their record, and what they return."""

from __future__ import annotations

import dataclasses
import signal
import time
from pathlib import Path

from runcube.record import (
    ERROR_NAME,
    METRICS_NAME,
    ErrorSummary,
    JobRecord,
    Scheduler,
    Times,
    write_atomically,
)


class JobLostError(RuntimeError):
    """The process of a job ended before the job did."""


class JobTimeoutError(TimeoutError):
    """A job ran longer than its launcher lets it."""


def death(code: int | None) -> JobLostError:
    """Describe how a process ended, by its exit code; a negative one is a signal.

    Examples
    --------
    >>> death(-9).args[0]
    'its process was ended by signal 9 (SIGKILL)'
    >>> death(3).args[0]
    'its process left with exit code 3'
    """
    if code is None:
        return JobLostError("its process closed its pipe")
    if code >= 0:
        return JobLostError(f"its process left with exit code {code}")
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:
        name = ""
    return JobLostError(f"its process was ended by signal {-code}{name}")


def record_lost(
    directory: Path, status: str, error: BaseException, *, pid: int | None, number: int
) -> bool:
    """Write into the record of a job how it ended; false where the job had finished before.

    Parameters
    ----------
    status : {"error", "timeout", "stopped"}
        How it ended.
    pid : int or None
        The process that ran it: a record of another one is of an earlier attempt.
    """
    found = _own_record(directory, pid)
    unrecorded = JobRecord(status="running", num=number, pid=pid, scheduler=Scheduler("runcube"))
    return record_end(directory, status, error, found=found, unrecorded=unrecorded)


def record_end(
    directory: Path,
    status: str,
    error: BaseException,
    *,
    found: JobRecord | None,
    unrecorded: JobRecord,
) -> bool:
    """Do as `record_lost`, for whoever knows which record is the job's own.

    Parameters
    ----------
    found : JobRecord or None
        The record that the job wrote itself.
    unrecorded : JobRecord
        What is known of a job that wrote none.
    """
    if found is not None and found.status == "finished":
        return False
    if found is not None and found.status != "running":
        # It said itself how it ended, before its process did.
        return True
    if found is not None and (directory / METRICS_NAME).exists():
        # It had returned: the wrapper removes an older file before it starts.
        _write(directory, found, "finished", None)
        return False
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / ERROR_NAME, f"{type(error).__name__}: {error}\n")
    _write(directory, found or unrecorded, status, ErrorSummary.of(error))
    return True


def _write(directory: Path, record: JobRecord, status: str, error: ErrorSummary | None) -> None:
    now = time.time()
    times = Times(record.times.created, record.times.start, record.times.last, now)
    ended = dataclasses.replace(record, status=status, times=times, error=error)
    ended.write(directory)


def _own_record(directory: Path, pid: int | None) -> JobRecord | None:
    try:
        record = JobRecord.read(directory)
    except (OSError, ValueError, TypeError):
        return None
    return record if record.pid == pid else None
