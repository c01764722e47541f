"""How the jobs of a sweep stand at one moment, as `runcube status` and `runcube watch` tell it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from runcube.cli.refusal import Refusal
from runcube.errors import NoJobsError
from runcube.launch.sweeper.plan_file import read_plan
from runcube.record import ERROR_NAME, RECORD_NAME, JobRecord
from runcube.results.opening import open_sweep
from runcube.results.problem import Problem

BAD = ("error", "timeout", "stopped", "stale")
OPEN = frozenset({"registered", "running", "requeue"})
# The last line of a traceback is looked for in so many bytes.
_TAIL_BYTES = 65536


@dataclass(frozen=True)
class Standing:
    """How each job of a sweep stands.

    Attributes
    ----------
    sweep : pathlib.Path
        Its directory.
    jobs : dict
        Directory of a job, relative to the sweep's → its status, in job order.
    missing : int
        How many jobs were planned, or are promised by the sweep's definition, without a directory.
    problems : tuple of Problem
        What was unusable of overrides and records.
    """

    sweep: Path
    jobs: dict[str, str]
    missing: int
    problems: tuple[Problem, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many jobs stand how; `missing` comes last."""
        counts = dict(Counter(self.jobs.values()).most_common())
        return counts | ({"missing": self.missing} if self.missing else {})

    @property
    def bad(self) -> list[str]:
        """The jobs that failed, were ended, or give no sign of life."""
        return [name for name, status in self.jobs.items() if status in BAD]

    @property
    def is_open(self) -> bool:
        """Whether a job runs, or has been registered to run."""
        return not OPEN.isdisjoint(self.counts)


def standing(path: Path) -> Standing:
    """Ask how the jobs of a sweep stand; one whose plan is all there is has missing jobs alone."""
    try:
        sweep = open_sweep(path, metrics=[])
    except NoJobsError:
        planned = [line for line in read_plan(path).values() if line.superseded is None]
        if not planned:
            raise
        return Standing(path, {}, len(planned), ())
    root = sweep.path.absolute()
    jobs = {job.path.relative_to(root).as_posix(): job.status for job in sweep.jobs}
    problems = (*sweep.problems, *sweep.jobs.problems)
    return Standing(path, jobs, sweep.status.get("missing", 0), problems)


def reason(directory: Path, status: str) -> str:
    """Say in a line why a job ended badly: the last line of its traceback, or what is known."""
    record = _record(directory)
    if status == "stale":
        try:
            last = (directory / RECORD_NAME).stat().st_mtime
        except OSError:
            return ""
        where = f" on {record.host}" if record is not None and record.host else ""
        moment = datetime.fromtimestamp(last).isoformat(sep=" ", timespec="seconds")
        return f"no sign of life since {moment}{where}"
    line = _last_line(directory / ERROR_NAME)
    if line or record is None or record.error is None:
        return line
    return f"{record.error.type}: {record.error.message}".splitlines()[0]


def _record(directory: Path) -> JobRecord | None:
    try:
        return JobRecord.read(directory)
    except (OSError, ValueError, TypeError):
        return None


def _last_line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(size - _TAIL_BYTES, 0))
            lines = opened.read(_TAIL_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def job_named(path: Path, name: str) -> Path:
    """Give the directory of a job, by its path relative to the sweep's.

    Raises
    ------
    Refusal
        The sweep has no such job.
    """
    jobs = standing(path).jobs
    wanted = Path(name).as_posix()
    if wanted in jobs:
        return path / wanted
    message = f"{path}: no job `{name}`; {_there_are(list(jobs), wanted)}"
    raise Refusal(message)


def _there_are(names: Sequence[str], wanted: str) -> str:
    import difflib

    close = difflib.get_close_matches(wanted, names, n=3)
    shown = close or names[:3]
    listed = ", ".join(f"`{name}`" for name in shown)
    if close:
        return f"did you mean {listed}?"
    return f"there are {listed}" + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004
