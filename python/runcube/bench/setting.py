"""What was asked for, and what the rows share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runcube.bench import usual
from runcube.bench.turns import Contender, Say, Times, in_turns
from runcube.bench.workloads import Workload, Workloads
from runcube.testing.trees import Format

MOST_CAREFUL_JOBS = 10_000
MOST_LIBRARY_JOBS = 1_000
MOST_COLD_JOBS = 10_000
_MANY_TO_WRITE = 10_000


@dataclass(frozen=True)
class Setting:
    """The setting of one bench.

    Attributes
    ----------
    jobs
        The size of the sweeps.
    rounds
        How often each contender is timed.
    formats
        The kinds of metric files; the first serves the rows that are of one kind.
    is_cold
        Whether the page cache may be dropped.
    folder
        Where sweeps, caches and other files are made for the while.
    say
        Is told what is being done.
    workloads
        The sweeps that are made.
    given
        The sweep that was given, instead of made ones. Nothing is written into it.
    """

    jobs: int
    rounds: int
    formats: tuple[Format, ...]
    is_cold: bool
    folder: Path
    say: Say
    workloads: Workloads
    given: Workload | None = None

    @property
    def first(self) -> Workload:
        """The sweep for the rows that are of one kind of file."""
        return self.given or self.workloads.get(self.formats[0], self.jobs)

    @property
    def each(self) -> Iterator[Workload]:
        """The sweep of each kind of file, made when its turn comes."""
        if self.given is not None:
            yield self.given
            return
        for format_ in self.formats:
            yield self.workloads.get(format_, self.jobs)

    @property
    def careful_jobs(self) -> int:
        """How many jobs the careful loop reads: 10,000 of 100,000, and as much less of fewer."""
        return _part(self.jobs, 10, MOST_CAREFUL_JOBS)

    @property
    def library_jobs(self) -> int:
        """How many jobs a workflow library reads: 1,000 of 100,000, and as much less of fewer."""
        return _part(self.jobs, 100, MOST_LIBRARY_JOBS)

    def doubt(self, name: str, per_job: float, usually: float) -> str | None:
        """Say that a baseline is too slow to compare with; nothing is usual for a given sweep."""
        return None if self.given else usual.doubt(name, per_job, usually)

    def in_turns(self, what: str, contenders: list[Contender], *, warm: bool = True) -> Times:
        """Time contenders in turns; where the sweeps are large, when they are on the disk.

        Else the system writes a hundred thousand files while they are timed.
        """
        if self.jobs >= _MANY_TO_WRITE and hasattr(os, "sync"):
            os.sync()
        return in_turns(contenders, rounds=self.rounds, say=self.say, what=what, warm=warm)


def _part(jobs: int, divisor: int, most: int) -> int:
    # A product of few jobs is dominated by what any dataset costs.
    return min(jobs, max(jobs // divisor, 100), most)
