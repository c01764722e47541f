"""Jobs that share a cell: rule 9.

Where the rules leave a choice, this is the one that was made:

- Two jobs of one cell and one recorded repetition are duplicates of each other; those without a
  record are duplicates of each other. A policy chooses within each such group.
- A job gives way to one of its own group; one without a recorded repetition to any.
- With `"error"`, a job without a recorded repetition may not share its cell with one that has one.
- There is a `repeat` dimension where any label is not 0; a job that gave way keeps its label.
- `job.json` is opened for all jobs where any of them share a cell: a repetition whose fellows are
  missing stands at its own label too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runcube.testing.rules.jobs import Job
from runcube.testing.rules.model import identity

Cell = tuple[int, ...]


class SharedCellError(Exception):
    """Two jobs are duplicates, and `duplicates="error"`."""


@dataclass(frozen=True)
class Placed:
    """Where jobs stand on the axes.

    Attributes
    ----------
    jobs
        Cell → repetition → job.
    repetitions
        The labels of `repeat`; empty if there is no such dimension.
    """

    jobs: Mapping[Cell, Mapping[int, Job]]
    repetitions: Sequence[int]


def cells_of(jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> dict[Cell, list[Job]]:
    """Give cell → jobs, in job order."""
    places = {
        key: {identity(label): place for place, label in enumerate(labels)}
        for key, labels in axes.items()
    }
    cells: dict[Cell, list[Job]] = {}
    for job in jobs:
        if job.parameters is not None:
            cell = tuple(places[key][identity(job.parameters[key])] for key in axes)
            cells.setdefault(cell, []).append(job)
    return cells


def giving_way(jobs: Sequence[Job]) -> list[Job]:
    """Give those jobs of one cell that give way to another."""
    return [
        job
        for job in jobs
        if not job.metrics
        and any(other.metrics and job.repetition in (None, other.repetition) for other in jobs)
    ]


def placed(
    jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]], policy: str, planned: Sequence[int]
) -> Placed:
    """Give each job's place under a policy."""
    given = [job for job in jobs if job.parameters is not None]
    cells = {cell: _labelled(those, policy) for cell, those in cells_of(given, axes).items()}
    labels = {label for those in cells.values() for label in those}
    labels |= {job.repetition for job in given if job.repetition is not None}
    labels |= set(planned)
    return Placed(cells, sorted(labels) if labels - {0} else [])


def repeated(jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> list[Job]:
    """Give the jobs with the repetitions of their own records, where these are needed."""
    if all(len(those) == 1 for those in cells_of(jobs, axes).values()):
        return list(jobs)
    return [
        replace(job, repetition=job.folder.repetition) if job.repetition is None else job
        for job in jobs
    ]


def _labelled(jobs: Sequence[Job], policy: str) -> dict[int, Job]:
    gone = giving_way(jobs)
    left = [job for job in jobs if not any(job is other for other in gone)]
    groups: dict[int | None, list[Job]] = {}
    for job in left:
        groups.setdefault(job.repetition, []).append(job)
    if policy == "error" and len(left) > 1 and (None in groups or len(groups) < len(left)):
        raise SharedCellError
    choose: dict[str, Callable[[list[Job]], list[Job]]] = {
        "last": lambda group: group[-1:],
        "first": lambda group: group[:1],
    }
    if policy in choose:
        chosen = {id(job) for group in groups.values() for job in choose[policy](group)}
        left = [job for job in left if id(job) in chosen]
    labelled: dict[int, Job] = {}
    others = []
    for job in left:
        if job.repetition is not None and job.repetition not in labelled:
            labelled[job.repetition] = job
        else:
            others.append(job)
    for job in others:
        free = next(number for number in range(len(jobs) + 1) if number not in labelled)
        labelled[free] = job
    return labelled
