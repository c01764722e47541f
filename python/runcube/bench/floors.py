"""The loops in Rust that no gather and no reopening can beat, at several numbers of threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from runcube import _core
from runcube.bench.turns import Contender
from runcube.bench.workloads import Workload

FLOOR = "floor"
STAT_FLOOR = "stat floor"
COLD_THREADS = (1, 8, 32, 128)


def warm_threads() -> tuple[int, ...]:
    """Give the numbers of threads for work that the page cache answers.

    Examples
    --------
    >>> warm_threads()[:2]
    (1, 2)
    """
    return tuple(sorted({1, 2, os.cpu_count() or 1}))


def reading(
    workload: Workload,
    names: tuple[str, ...],
    *,
    name: str = FLOOR,
    threads: Iterable[int] | None = None,
    prepare: Callable[[], object] | None = None,
) -> list[Contender]:
    """Open, read and close these files of every job."""

    def run(workers: int) -> float:
        return _core.read_floor(workload.path, workload.directories, names, workers)[1]

    counts = warm_threads() if threads is None else threads
    return [
        Contender(titled(name, n), lambda n=n: run(n), workload.jobs, prepare)  # type: ignore[misc]
        for n in counts
    ]


def asking(workload: Workload, names: tuple[str, ...]) -> list[Contender]:
    """Ask for the stamps of these files of every job."""

    def run(workers: int) -> float:
        return _core.stat_floor(workload.path, workload.directories, names, workers)

    return [
        Contender(titled(STAT_FLOOR, n), lambda n=n: run(n), workload.jobs)  # type: ignore[misc]
        for n in warm_threads()
    ]


def titled(name: str, threads: int) -> str:
    """Name a floor at a number of threads; those of one floor start alike.

    Examples
    --------
    >>> titled("floor", 1), titled("floor", 2)
    ('floor, 1 thread', 'floor, 2 threads')
    """
    return f"{name}, {threads} thread{'' if threads == 1 else 's'}"
