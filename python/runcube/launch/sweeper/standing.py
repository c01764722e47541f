"""What stands in the directory of a sweep already: its jobs, and how each of them ended.

How a job ended is asked of the core, which knows when a running job is none any more. A job
without a record is one of plain Hydra's: it has finished where it left a metric file.
"""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runcube import _core
from runcube.errors import ConflictError, NoJobsError
from runcube.launch.place import job_directories
from runcube.launch.returns import config_file, read_config
from runcube.launch.signature import config_signature
from runcube.launch.sweeper import queued
from runcube.launch.sweeper.plan_file import PlanLine, read_plan
from runcube.record import ERROR_NAME, LAUNCH_NAME, METRICS_NAME, RECORD_NAME, JobRecord

# What the core reads metrics from.
_METRIC_ENDINGS = frozenset(
    [
        ".arrow",
        ".feather",
        ".npz",
        ".npy",
        ".json",
        ".jsonl",
        ".csv",
        ".parquet",
        ".pt",
        ".pth",
        ".pkl",
        ".pickle",
        ".safetensors",
    ]
)
_OWN = frozenset({RECORD_NAME, ERROR_NAME, LAUNCH_NAME, "history.jsonl", "notes.jsonl"})


@dataclass(frozen=True)
class Standing:
    """One job that a sweep's directory holds, or that was planned and never ran.

    Attributes
    ----------
    line : PlanLine
        What the plan says of it; made up from its own files where it says nothing.
    status : str
        `finished`, `running`, or anything else for a job that may run again.
    signature : str or None
        The signature of the config that it ran with; of a job of plain Hydra, and where keys are
        left out, that of its `config.yaml`.
    source : str or None
        The hash of the task that it ran.
    is_plain : bool
        Whether plain Hydra launched it.
    """

    line: PlanLine
    status: str
    signature: str | None
    source: str | None
    is_plain: bool = False

    @property
    def key(self) -> tuple[str | None, int]:
        """What a planned job has in common with it."""
        return self.signature, self.line.repetition


def standing_jobs(sweep: Path, *, exclude: Sequence[str] = ()) -> list[Standing]:
    """List the jobs of a sweep, in the order of its plan; those without a line come last.

    Parameters
    ----------
    exclude : sequence of str
        Keys that signatures leave out. As jobs may have run before they were, signatures are then
        worked out from what is on the disk.

    Raises
    ------
    runcube.errors.ConflictError
        Plain Hydra launched the sweep, and no job has left a metric file; or a queue that was
        given jobs does not answer.
    """
    plan = read_plan(sweep)
    statuses = _statuses(sweep)
    found = [
        _recorded(sweep, line, statuses.get(name, "unknown"), exclude)
        for name, line in plan.items()
        if line.superseded is None
    ]
    found += list(_without_line(sweep, set(plan), statuses, exclude))
    found = queued.with_queued(found, sweep)
    if found and all(job.is_plain and job.status != "finished" for job in found):
        raise ConflictError(
            f"no job of {sweep} has a record or a metric file, so nothing says which of them "
            "finished: launch into another directory, or set `overwrite`",
            path=str(sweep),
        )
    return found


def _statuses(sweep: Path) -> dict[str, str]:
    try:
        core = _core.open_sweep(sweep, [], None, True, None, None)  # noqa: FBT003
    except NoJobsError:
        return {}
    statuses, _ = core.statuses(socket.gethostname())
    return {path: status for (path, _), status in zip(core.jobs, statuses, strict=True)}


def _recorded(sweep: Path, line: PlanLine, status: str, exclude: Sequence[str]) -> Standing:
    record = _record(sweep / line.dir)
    if record is None:
        return Standing(line, "unknown", line.signature, None)
    line = dataclasses.replace(line, signature=record.signature or line.signature)
    signature = _signature(sweep / line.dir, exclude) if exclude else line.signature
    return Standing(line, status, signature, record.task.source)


def _without_line(
    sweep: Path, planned: set[str], statuses: dict[str, str], exclude: Sequence[str]
) -> Iterator[Standing]:
    """Describe the jobs that no line names, in the order of their numbers."""
    repetitions: dict[tuple[str, ...], int] = {}
    for directory in sorted(job_directories(sweep), key=_order):
        name = directory.relative_to(sweep).as_posix()
        if name in planned:
            continue
        record = _record(directory)
        overrides = read_overrides(directory)
        repetition = repetitions.get(tuple(overrides), 0)
        repetitions[tuple(overrides)] = repetition + 1
        number = int(directory.name) if directory.name.isdecimal() else -1
        if record is not None:
            line = PlanLine(number, name, tuple(overrides), repetition, signature=record.signature)
            signature = _signature(directory, exclude) if exclude else record.signature
            status = statuses.get(name, record.status)
            yield Standing(line, status, signature, record.task.source)
            continue
        status = "finished" if _has_metrics(directory) else "unknown"
        signature = _signature(directory, exclude)
        line = PlanLine(number, name, tuple(overrides), repetition, signature=signature)
        yield Standing(line, status, signature, None, is_plain=True)


def _order(directory: Path) -> tuple[bool, int, str]:
    is_number = directory.name.isdecimal()
    return not is_number, int(directory.name) if is_number else 0, str(directory)


def _record(directory: Path) -> JobRecord | None:
    try:
        return JobRecord.read(directory)
    except (OSError, ValueError, TypeError):
        return None


def read_overrides(directory: Path) -> list[str]:
    """Give the override lines of a job, as its own files say; none where they do not."""
    from omegaconf import OmegaConf

    file = config_file(directory, "overrides.yaml")
    if file is None:
        return []
    lines = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
    return list(map(str, lines)) if isinstance(lines, list) else []


def _signature(directory: Path, exclude: Sequence[str]) -> str | None:
    config = read_config(directory)
    return None if config is None else config_signature(config, exclude=exclude)


def _has_metrics(directory: Path) -> bool:
    return any(
        path.name == METRICS_NAME or (path.suffix in _METRIC_ENDINGS and path.name not in _OWN)
        for path in directory.iterdir()
        if path.is_file()
    )
