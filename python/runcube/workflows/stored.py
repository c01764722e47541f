"""What a workflow shows of a sweep on disk: configs, overrides, failures, targets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from hydra_zen import multirun

from runcube.errors import NoJobsError
from runcube.launch.failure import JobFailure
from runcube.launch.returns import StoredJobReturn, kept, read_config
from runcube.launch.sweeper.plan_file import read_plan
from runcube.launch.sweeper.standing import read_overrides
from runcube.record import ERROR_NAME, JobRecord

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep
    from runcube.results.jobs import Job

_FAILED = frozenset({"error", "stopped", "timeout"})


class StoredConfigs(Sequence[Any]):
    """The configs of jobs, each read from its directory when it is asked for."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = list(directories)

    def __len__(self) -> int:
        return len(self._directories)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> StoredConfigs: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return StoredConfigs(self._directories[index])
        return read_config(self._directories[index])

    def __iter__(self) -> Iterator[Any]:
        return map(read_config, self._directories)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<configs of {len(self)} jobs>"


def overrides_in(sweep: Sweep) -> dict[str, Any]:
    """Give parameter -> value of a sweep; a swept one is a `multirun` list, in its order."""
    aliases = [line.aliases for line in read_plan(sweep.path).values() if line.aliases]
    named = {name for found in aliases for name in found}
    swept = {}
    for name, labels in sweep.axes.items():
        values = _behind_aliases(sweep, name) if name in named else {}
        plain = [values.get(_key(label), label) for label in labels]
        swept[name] = multirun(_values(sweep, name, plain))
    return swept | {name: value for name, value in sweep.fixed.items() if name not in swept}


def _behind_aliases(sweep: Sweep, name: str) -> dict[tuple[str, str], Any]:
    """Give label -> value of an axis whose values have aliases; nothing where two are alike."""
    plan = read_plan(sweep.path)
    shown: dict[tuple[str, str], Any] = {}
    for job in sweep.jobs:
        line = plan.get(job.path.relative_to(sweep.path).as_posix())
        if line is None or name not in job.parameters:
            continue
        value = job.parameters[name]
        label = _key(line.aliases.get(name, value))
        if _key(shown.setdefault(label, value)) != _key(value):
            return {}
    return shown


def _key(value: Any) -> tuple[str, str]:
    # As keys `1`, `1.0` and `True` would be one.
    return type(value).__name__, repr(value)


def _values(sweep: Sweep, name: str, labels: Sequence[Any]) -> list[Any]:
    """Give the values behind labels: a list or mapping is labelled by its text."""
    # By text alone: as keys `1`, `1.0` and `True` would be one.
    waiting = {label for label in labels if isinstance(label, str) and label[:1] in tuple("[{")}
    found: dict[str, Any] = {}
    for job in sweep.jobs:
        if not waiting:
            break
        value = job.parameters.get(name)
        if str(value) in waiting:
            waiting.discard(str(value))
            found[str(value)] = value
    return [found.get(label, label) if isinstance(label, str) else label for label in labels]


def jobs_in(directory: Path, launched: Sequence[StoredJobReturn]) -> list[StoredJobReturn]:
    """Give the job returns of a whole sweep: of what was launched, and of what it holds besides."""
    from runcube.results.opening import open_sweep

    waiting = {job.directory: job for job in launched}
    try:
        sweep = open_sweep(directory, metrics=[])
    except NoJobsError:
        return list(launched)
    jobs = [waiting.pop(job.path) if job.path in waiting else _kept(job) for job in sweep.jobs]
    return [*jobs, *waiting.values()]


def _kept(job: Job) -> StoredJobReturn:
    overrides = read_overrides(job.path)
    return kept(job.path, overrides=overrides, is_finished=job.status == "finished")


def failures_in(sweep: Sweep, jobs: Sequence[Any]) -> list[JobFailure]:
    """List the jobs that ended badly, with what is known of why; exceptions are those of `jobs`."""
    failures = [job.failure for job in jobs if job.failure is not None]
    exceptions = {Path(failure.directory): failure.exception for failure in failures}
    return [
        JobFailure(
            job=job.path,
            parameters=dict(job.parameters),
            exception=exceptions.get(job.path),
            message=_message(job.path),
            traceback=_text(job.path / ERROR_NAME),
        )
        for job in sweep.jobs
        if job.status in _FAILED
    ]


def _message(directory: Path) -> str:
    with contextlib.suppress(OSError, ValueError, TypeError):
        error = JobRecord.read(directory).error
        if error is not None:
            return f"{error.type}: {error.message}" if error.message else error.type
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
