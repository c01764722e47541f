"""`launch.json`: what whoever planned or submitted a job says of it, until the job speaks itself.

::

    {"v": 1, "status": "registered", "scheduler": {"kind": "slurm", "id": "7_3"},
     "time": 1700000000.0, "sweep": "…", "num": 3}

A job that waits in a scheduler's queue has no record of its own yet; `job.json` outranks this. A
queue keeps a job when the process that launched it is gone: what a resume finds here it asks the
queue about, so that no job that still waits there is launched a second time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcube.record import (
    ENDED,
    LAUNCH_NAME,
    LAUNCH_STATUSES,
    JobRecord,
    Scheduler,
    write_atomically,
)

_VERSION = 1
# Launchers whose jobs start in this process, or in workers of this machine.
_AT_ONCE = frozenset({"basic", "runcube", "joblib"})


def is_queued(launcher: str | None) -> bool:
    """Tell whether a launcher hands its jobs to something that may start them much later."""
    return launcher is not None and launcher not in _AT_ONCE


@dataclass(frozen=True, slots=True)
class LaunchRecord:
    """The contents of `launch.json`.

    Attributes
    ----------
    status : {"registered", "skipped"}
        Whether the job is going to run.
    scheduler : Scheduler
        To whom it was handed, and its id there where that is known.
    time : float
        When, in UTC seconds since the epoch.
    sweep : str or None
        The id of its sweep.
    num : int or None
        Its number.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     LaunchRecord("registered", num=3).write(Path(folder))
    ...     LaunchRecord.read(Path(folder)).num
    3
    """

    status: str
    scheduler: Scheduler = field(default_factory=Scheduler)
    time: float = field(default_factory=time.time)
    sweep: str | None = None
    num: int | None = None

    def __post_init__(self) -> None:
        if self.status not in LAUNCH_STATUSES:
            expected = ", ".join(sorted(LAUNCH_STATUSES))
            msg = f"`status` is {self.status!r}; expected one of {expected}"
            raise ValueError(msg)

    def write(self, directory: Path) -> None:
        """Write the record into a job's directory, in one step; the directory is made."""
        data: dict[str, Any] = {"v": _VERSION} | dataclasses.asdict(self)
        text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
        write_atomically(directory / LAUNCH_NAME, f"{text}\n")

    @classmethod
    def read(cls, directory: Path) -> LaunchRecord | None:
        """Read the record of a job; None where there is none that can be read."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            data = json.loads((directory / LAUNCH_NAME).read_bytes())
            if data.get("v") == _VERSION:
                known = {item.name for item in dataclasses.fields(cls)}
                values = {key: value for key, value in data.items() if key in known}
                scheduler = values.pop("scheduler", None) or {}
                place = Scheduler(scheduler.get("kind"), scheduler.get("id"))
                return cls(**values, scheduler=place)
        return None

    def is_over(self, record: JobRecord | None) -> bool:
        """Tell whether the job's own record says that what was handed over here has ended."""
        if record is None or record.scheduler.id != self.scheduler.id:
            return False
        return record.status in ENDED


def withdraw(directory: Path) -> None:
    """Remove the record of a job that waits no more, and its directory where nothing else is."""
    (directory / LAUNCH_NAME).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        directory.rmdir()
