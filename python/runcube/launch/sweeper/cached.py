"""The setting `cache_dir`: jobs that another sweep has finished, found by what identifies them.

::

    cache_dir/**/.runcube/jobs.jsonl    the plans of the sweeps there
      <dir>/job.json                    finished; signature, repetition and task hash are equal
      <dir>/metrics.arrow               its numbers, whatever its overrides were called

Whatever is in doubt is no hit: the job then runs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runcube import _core
from runcube.encoding import save_metrics
from runcube.errors import RuncubeError
from runcube.launch.place import SWEEP_FOLDER_NAME
from runcube.launch.returns import read_config
from runcube.launch.signature import config_signature
from runcube.launch.sweeper.plan_file import PlanLine, read_plan
from runcube.launch.sweeper.standing import read_overrides
from runcube.record import METRICS_NAME, JobRecord

# Signature, repetition.
Key = tuple[str, int]


@dataclass(frozen=True)
class Finished:
    """A finished job of another sweep.

    Attributes
    ----------
    directory : Path
        Where it lies.
    record : JobRecord
        Its record.
    has_metrics : bool
        Whether it recorded numbers.
    """

    directory: Path
    record: JobRecord
    has_metrics: bool


@dataclass(frozen=True)
class Cache:
    """The sweeps below a directory.

    Attributes
    ----------
    directory : Path
        The directory.
    source : str or None
        The hash of the task now.
    excluded : sequence of str
        Keys that signatures leave out: they are then worked out from `config.yaml`.
    """

    directory: Path
    source: str | None
    excluded: Sequence[str] = ()

    def find(self, wanted: Mapping[Key, int | None], *, apart_from: Path) -> dict[Key, Finished]:
        """Find finished jobs.

        Parameters
        ----------
        wanted : mapping
            What they are looked up by -> the seed of the repetition.
        apart_from : Path
            The sweep that asks.

        Returns
        -------
        dict
            What was found. Nothing where the directory is not there yet.
        """
        found: dict[Key, Finished] = {}
        for sweep, plan in _sweeps(self.directory):
            if sweep.resolve() == apart_from.resolve():
                continue
            for line in plan.values():
                # What the plan says leaves out most of them before anything is opened.
                may_fit = self.excluded or (line.signature, line.repetition) in wanted
                if may_fit and line.is_inside:
                    found |= self._finished(sweep / line.dir, wanted, found)
            if len(found) == len(wanted):
                break
        return found

    def _finished(
        self, directory: Path, wanted: Mapping[Key, int | None], found: Mapping[Key, Finished]
    ) -> dict[Key, Finished]:
        """Give the job of a directory with what it is looked up by, where it is a hit."""
        try:
            record = JobRecord.read(directory)
        except (OSError, ValueError, TypeError):
            return {}
        if record.status != "finished" or None in (record.task.source, self.source):
            return {}
        signature = self._signature(directory) if self.excluded else record.signature
        key = (signature or "", record.repetition)
        if record.task.source != self.source or key not in wanted or key in found:
            return {}
        if None not in (record.seed, wanted[key]) and record.seed != wanted[key]:
            return {}
        overrides = read_overrides(directory)
        has_metrics = (directory / METRICS_NAME).exists()
        if has_metrics and not _can_be_told(directory / METRICS_NAME, overrides):
            return {}
        return {key: Finished(directory, record, has_metrics)}

    def _signature(self, directory: Path) -> str:
        config = read_config(directory)
        return "" if config is None else config_signature(config, exclude=self.excluded)


def _sweeps(root: Path) -> Iterator[tuple[Path, Mapping[str, PlanLine]]]:
    """Walk to the sweeps that have a plan; what lies in their jobs is left alone."""
    for parent, folders, _files in os.walk(root):
        sweep = Path(parent)
        plan = read_plan(sweep) if SWEEP_FOLDER_NAME in folders else {}
        if plan:
            yield sweep, plan
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in plan
        )


def _can_be_told(path: Path, overrides: Sequence[str]) -> bool:
    """Tell whether the numbers can be written again, to the last bit, under other overrides.

    They can where writing what was read gives the file that was read.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / METRICS_NAME
        try:
            save_metrics(copy, _core.load_metrics(str(path)), overrides=overrides)
            return copy.read_bytes() == path.read_bytes()
        except (OSError, ValueError, TypeError, RuncubeError):
            return False
