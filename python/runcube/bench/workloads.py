"""The sweeps that are gathered: made for the while, or given."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import xarray as xr

from runcube import open_sweep
from runcube.bench.turns import Say
from runcube.results.opening import SETTLED_SECONDS
from runcube.testing import Tree, make_tree
from runcube.testing.trees import METRICS, Format

OVERRIDES = ".hydra/overrides.yaml"
RECORDED = "metrics.arrow"


@dataclass
class Workload:
    """A sweep, and what a gather of it must open.

    Attributes
    ----------
    path
        Its directory.
    format
        The kind of its metric files.
    directories
        Its jobs, relative to `path`.
    metrics
        The metric file of each job.
    is_recorded
        Whether runcube wrote these, with the overrides inside.
    tree
        What it holds, where it was made here.
    written
        When it was changed last, as `time.time` tells.
    """

    path: Path
    format: str
    directories: tuple[str, ...]
    metrics: str
    is_recorded: bool = False
    tree: Tree | None = None
    written: float = field(default_factory=time.time)

    @property
    def jobs(self) -> int:
        """How many jobs it has."""
        return len(self.directories)

    @property
    def two_files(self) -> tuple[str, ...]:
        """The two files of a job of any other tool."""
        return (OVERRIDES, self.metrics)

    @property
    def needed(self) -> tuple[str, ...]:
        """The files of a job that a gather must open: a recorded one carries its own overrides."""
        return (self.metrics,) if self.is_recorded else self.two_files

    def gather(self) -> xr.Dataset:
        """Gather it from its files, from the path to the dataset."""
        return open_sweep(self.path, metrics=self.asked, cache=False, progress=False).to_xarray()

    def reopen(self, cache: Literal["checked", "trust", "refresh"] = "checked") -> xr.Dataset:
        """Gather it through the cache."""
        use = True if cache == "checked" else cache
        return open_sweep(self.path, metrics=self.asked, cache=use, progress=False).to_xarray()

    def note_change(self) -> None:
        """Say that something of it was changed just now."""
        self.written = time.time()

    def settle(self) -> None:
        """Wait until all of it stood unchanged for so long that a cache relies on it."""
        left = self.written + SETTLED_SECONDS + 0.1 - time.time()
        if left > 0:
            time.sleep(left)

    @property
    def asked(self) -> str | None:
        """The `metrics` of its loads: a recorded sweep is found as such."""
        return None if self.is_recorded else self.metrics


class Workloads:
    """Makes each sweep when it is first asked for.

    Parameters
    ----------
    folder
        Where they are made.
    say
        Is told what is being made.
    """

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._made: dict[tuple[str, int], Workload] = {}

    def get(self, format: Format, jobs: int) -> Workload:  # noqa: A002 - the word of `make_tree`
        """Give a sweep of so many jobs with metric files of this kind."""
        key = (format, jobs)
        if key not in self._made:
            self._made[key] = self.make(f"{format}-{jobs}", format, jobs)
        return self._made[key]

    def make(
        self,
        name: str,
        format: Format,  # noqa: A002
        jobs: int,
        *,
        configs: bool = False,
        shapes: Mapping[str, tuple[int, ...]] = METRICS,
    ) -> Workload:
        """Make a sweep in a folder of this name.

        Parameters
        ----------
        name
            The name of the folder.
        format
            The kind of metric files.
        jobs
            How many jobs.
        configs
            Write each job's `config.yaml` and `hydra.yaml` too.
        shapes
            Metric → shape.
        """
        self._say(f"writing {jobs} jobs of {format}")
        tree = make_tree(
            self._folder / name,
            jobs=jobs,
            metrics=shapes,
            format=format,
            config=configs,
            hydra=configs,
        )
        is_recorded = format == "recorded"
        metrics = RECORDED if is_recorded else f"metrics.{format}"
        return Workload(tree.path, format, tree.directories, metrics, is_recorded, tree)
