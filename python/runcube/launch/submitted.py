"""`launch.json`: which queue was given a job, and as what; `job.json` outranks it once it runs.

::

    {"v": 1, "status": "registered", "time": 1700000000.0,
     "scheduler": {"kind": "slurm", "id": "7_3"}}

A queue keeps a job when the process that launched it is gone. What a resume finds here it asks the
queue about, so that no job that still waits there is launched a second time.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from runcube.record import ENDED, JobRecord, Scheduler, write_atomically

LAUNCH_NAME = "launch.json"
_VERSION = 1


@dataclass(frozen=True)
class Submission:
    """What a queue was given.

    Attributes
    ----------
    scheduler : Scheduler
        The kind of the queue, and the job's id there.
    time : float
        When, in UTC seconds since the epoch.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     Submission(Scheduler("slurm", "7_3")).write(Path(directory))
    ...     Submission.read(Path(directory)).scheduler.id
    '7_3'
    """

    scheduler: Scheduler
    time: float = field(default_factory=time.time)

    def write(self, directory: Path) -> None:
        """Write it into the directory of the job, which is made where it is missing."""
        scheduler = {"kind": self.scheduler.kind, "id": self.scheduler.id}
        data = {"v": _VERSION, "status": "registered", "scheduler": scheduler, "time": self.time}
        write_atomically(directory / LAUNCH_NAME, json.dumps(data) + "\n")

    @classmethod
    def read(cls, directory: Path) -> Submission | None:
        """Read what stands in the directory of a job; None where there is nothing usable."""
        try:
            data = json.loads((directory / LAUNCH_NAME).read_bytes())
            if data["v"] != _VERSION or data["status"] != "registered":
                return None
            scheduler = Scheduler(kind=data["scheduler"]["kind"], id=data["scheduler"]["id"])
            return cls(scheduler, float(data["time"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def is_over(self, record: JobRecord | None) -> bool:
        """Tell whether the job's own record says that this submission has ended."""
        if record is None or record.scheduler.id != self.scheduler.id:
            return False
        return record.status in ENDED
