"""Jobs that wait in a queue, or run there, although the process that launched them is gone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from runcube.errors import ConflictError
from runcube.launch import slurm
from runcube.launch.registered import LaunchRecord
from runcube.record import LAUNCH_NAME, JobRecord

if TYPE_CHECKING:
    from runcube.launch.sweeper.standing import Standing


def with_queued(jobs: Iterable[Standing], sweep: Path) -> list[Standing]:
    """Give the jobs, with the status `running` where a queue still has them.

    Raises
    ------
    runcube.errors.ConflictError
        A queue was given jobs whose end is not recorded, and it does not answer.
    """
    found = list(jobs)
    asked = {}
    for place, job in enumerate(found):
        handed = LaunchRecord.read(sweep / job.line.dir) if job.status != "finished" else None
        if handed is None or handed.status != "registered" or handed.scheduler.kind != "slurm":
            continue
        if not handed.is_over(_record(sweep / job.line.dir)):
            asked[place] = str(handed.scheduler.id)
    if not asked:
        return found
    states = slurm.states(asked.values())
    if states is None:
        raise ConflictError(
            f"{len(asked)} jobs of {sweep} were given to Slurm, and `squeue` does not say "
            "whether they still wait there: resume where it works, or remove "
            f"`{LAUNCH_NAME}` from the directories of jobs that are gone",
            path=str(sweep),
        )
    for place, name in asked.items():
        if slurm.is_live(states[name]):
            found[place] = dataclasses.replace(found[place], status="running")
    return found


def _record(directory: Path) -> JobRecord | None:
    try:
        return JobRecord.read(directory)
    except (OSError, ValueError, TypeError):
        return None
