"""A job of this sweep that is not run: what it leaves is taken from where it was run before.

Hydra makes its directory and writes its three files as for any other job, so they say what this
sweep asked for. In place of the task, what the earlier job left is copied, each file in one step.
The numbers are written under the overrides of this job, since they carry their own identity. Last
comes the record, which says that the job has finished, and where.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from runcube import _core
from runcube.encoding import save_metrics
from runcube.launch.hydra import JobReturn, JobStatus, SweepComposer, job_context
from runcube.launch.hydra_job import configure_launch_log, run_job, setup_resolvers
from runcube.launch.hydra_place import number_job
from runcube.launch.returns import config_file
from runcube.launch.sweeper.cached import Finished
from runcube.launch.sweeper.placing import Placed
from runcube.record import ERROR_NAME, LAUNCH_NAME, METRICS_NAME, RECORD_NAME, JobRecord, Origin

# What speaks of the earlier job alone.
_OWN = frozenset({RECORD_NAME, METRICS_NAME, ERROR_NAME, LAUNCH_NAME, "notes.jsonl"})


def take(
    job: Placed, found: Finished, *, composer: SweepComposer, sweep: DictConfig, identifier: str
) -> JobReturn | None:
    """Make a job's directory as the earlier job would have left it; None where that failed.

    Parameters
    ----------
    job : Placed
        The planned job.
    found : Finished
        The earlier one.
    sweep : DictConfig
        The config of the whole sweep.
    identifier : str
        The id of the sweep.
    """
    composed = composer.composed(job.launch_lines)
    number_job(composed, job.line.num)
    context = composer.quiet_context
    try:
        setup_resolvers()
        returned = run_job(context, _Take(found, job, identifier), composed)
    finally:
        configure_launch_log(context, sweep)
    return returned if returned.status is JobStatus.COMPLETED else None


@dataclass(frozen=True)
class _Take:
    """What stands in place of the task."""

    found: Finished
    job: Placed
    identifier: str

    def __call__(self, config: Any) -> Mapping[str, Any] | None:
        del config
        context = job_context()
        directory, source = context.directory, self.found.directory
        for path in _files(source):
            _copy(path, directory / path.relative_to(source))
        JobRecord.read(source)  # raises where the job has gone meanwhile
        metrics = None
        if self.found.has_metrics:
            metrics = _core.load_metrics(str(source / METRICS_NAME))
            save_metrics(directory / METRICS_NAME, metrics, overrides=context.overrides)
        self._record(directory).write(directory)
        return metrics

    def _record(self, directory: Path) -> JobRecord:
        ran, line = self.found.record, self.job.line
        place = os.path.relpath(self.found.directory.resolve(), directory.resolve())
        return dataclasses.replace(
            ran,
            sweep=self.identifier,
            num=line.num,
            signature=line.signature,
            origin=Origin(place, ran.sweep, ran.num),
        )


def _files(source: Path) -> Iterator[Path]:
    """Give the files of a job, but for its own records and Hydra's."""
    config = config_file(source, "config.yaml")
    hydra = None if config is None else config.parent
    for parent, folders, names in os.walk(source):
        here = Path(parent)
        folders[:] = sorted(name for name in folders if here / name != hydra)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in [*links, *sorted(names)]:
            if here != source or name not in _OWN:
                yield here / name


def _copy(source: Path, target: Path) -> None:
    if target.is_file() and target.stat().st_size:
        # Hydra has just written it.
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        shutil.copy2(source, temporary, follow_symlinks=False)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
