"""Which jobs there are, who they are, and which belong: rules 1 and 5, and the order of rule 3.

Where the rules leave a choice, this is the one that was made:

- A plan's line counts where its directory's first line stands, with the last one's content.
- A directory that is empty but planned is a job; a planned one that was never made is none.
- A job whose overrides are cut has no identity, whatever its plan says.
- What lies below a job is not looked at, nor what no number names where numbers name the jobs; any
  other sweep below is reported.
- A definition that has none of the jobs speaks of another sweep: it is not used, and reported.
- A superseded job is left aside without a report: the plan says that another took its place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from runcube.testing.cases import NUMBERED
from runcube.testing.oracle import Expected
from runcube.testing.rules.model import (
    Folder,
    Lines,
    PlanLine,
    SweepTree,
    assigned,
    identity,
    same_parameters,
)

CONFLICT = frozenset({"conflict"})
_UNREADABLE = frozenset({"corrupt", "syntax"})


@dataclass(frozen=True)
class Job:
    """A job that belongs.

    Attributes
    ----------
    folder
        Its directory.
    parameters
        What it was given; `None` where nothing on disk tells.
    metrics
        What can be read of its metrics.
    repetition
        Its recorded repetition.
    aliases
        Parameter → alias.
    """

    folder: Folder
    parameters: Mapping[str, Any] | None
    metrics: Mapping[str, Any] | None
    repetition: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)


def belonging(tree: SweepTree, *, leftovers: bool) -> tuple[SweepTree, list[Job], list[Expected]]:
    """Give the jobs of a sweep in job order, and what is reported of them and of the others.

    The tree comes back too, without its definition where that speaks of none of the jobs.
    """
    problems = [Expected(name, CONFLICT) for name in tree.nested if _is_met(tree, name)]
    judged = [
        _judged(tree, folder, leftovers=leftovers)
        for folder in ordered(tree)
        if leftovers or _is_current(tree, folder)
    ]
    known = [it for it in judged if it.job.parameters is not None]
    if known and all(it.is_left_over for it in known):
        problems.append(Expected("multirun.yaml", CONFLICT))
        problems += [problem for it in judged for problem in it.problems]
        return replace(tree, definition=None), [it.job for it in judged], problems
    jobs = []
    for it in judged:
        if it.is_left_over and not leftovers:
            problems.append(Expected(it.job.folder.name, CONFLICT))
            continue
        jobs.append(it.job)
        problems += it.problems
    return tree, jobs, problems


@dataclass(frozen=True)
class _Judged:
    job: Job
    problems: list[Expected]
    is_left_over: bool


def _judged(tree: SweepTree, folder: Folder, *, leftovers: bool) -> _Judged:
    planned = planned_line(tree, folder)
    job, found = _identified(tree, folder, planned)
    aside = _is_left_over(tree, job, planned)
    if aside and not leftovers and job.metrics is not None and _carries(tree, folder):
        # The file may be older than the job that stands in its directory now.
        asked = replace(folder, metrics=None, carried=None)
        again, read = _identified(tree, asked, planned)
        if again.parameters is not None and not _is_left_over(tree, again, planned):
            file = Expected(f"{folder.name}/{tree.file_name}", CONFLICT)
            return _Judged(again, [file, *read], is_left_over=False)
    return _Judged(job, found, aside)


def _is_current(tree: SweepTree, folder: Folder) -> bool:
    line = planned_line(tree, folder)
    return line is None or line.superseded is None


def _is_met(tree: SweepTree, name: str) -> bool:
    """Say whether a sweep further down is seen at all."""
    numbered = tree.definition is not None and tree.definition.subdir == NUMBERED
    return not numbered and all(not name.startswith(f"{it.name}/") for it in tree.folders)


def met_names(tree: SweepTree, *, leftovers: bool) -> Iterator[str]:
    """Give the names of metrics as they are met, those of files that are left over too."""
    for folder in ordered(tree):
        if (leftovers or _is_current(tree, folder)) and folder.damage is None:
            yield from folder.metrics or {}


def ordered(tree: SweepTree) -> list[Folder]:
    """Give the directories in job order: the plan's, then by number, then as paths."""
    places = {name: place for place, name in enumerate(plan(tree))}

    def key(folder: Folder) -> tuple[Any, ...]:
        parts = re.findall(r"\d+|\D+", folder.name)
        natural = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
        return places.get(folder.name, len(places)), natural

    return sorted(tree.folders, key=key)


def plan(tree: SweepTree) -> dict[str, PlanLine]:
    """Give directory → the line that counts."""
    return {line.directory: line for line in tree.plan}


def planned_line(tree: SweepTree, folder: Folder) -> PlanLine | None:
    """Give a job's line in the plan."""
    return plan(tree).get(folder.name)


def _carries(tree: SweepTree, folder: Folder) -> bool:
    return tree.recorded and folder.carried is not None and folder.damage is None


def _identified(
    tree: SweepTree, folder: Folder, planned: PlanLine | None
) -> tuple[Job, list[Expected]]:
    problems: list[Expected] = []
    readable = folder.metrics is not None and folder.damage is None
    if folder.metrics is not None and folder.damage is not None:
        kinds = {"corrupt"}
        if folder.damage.kind == "random":
            kinds |= {"syntax", "unsupported"}
        problems.append(Expected(f"{folder.name}/{tree.file_name}", frozenset(kinds)))
    lines: Lines | None
    if readable and _carries(tree, folder):
        lines = folder.carried
    elif folder.asked is not None:
        lines = folder.asked if folder.cut is None else None
        if lines is None:
            problems.append(Expected(f"{folder.name}/.hydra/overrides.yaml", _UNREADABLE))
    else:
        lines = planned.overrides if planned is not None else None
        if lines is None:
            problems.append(Expected(folder.name, frozenset({"not-found", "no-match", "conflict"})))
    parameters = None if lines is None else assigned(lines)
    if (
        planned is not None
        and planned.overrides is not None
        and parameters is not None
        and not same_parameters(parameters, assigned(planned.overrides))
    ):
        problems.append(Expected(folder.name, CONFLICT))
    repetition = planned.repetition if planned is not None else None
    aliases = planned.aliases if planned is not None else {}
    metrics = folder.metrics if readable else None
    return Job(folder, parameters, metrics, repetition, aliases), problems


def _is_left_over(tree: SweepTree, job: Job, planned: PlanLine | None) -> bool:
    if planned is not None:
        return False
    if tree.definition is None or tree.definition.subdir != NUMBERED or job.parameters is None:
        return False
    if not produces(tree, job.parameters):
        return True
    # Numbers stand for cells only where nothing is shuffled.
    return all(axis.listed for axis in tree.axes) and not _stands_for(tree, job)


def _stands_for(tree: SweepTree, job: Job) -> bool:
    """Say whether a job's number is that of its place in the product."""
    sizes = [len(axis.labels) for axis in tree.axes]
    number = int(job.folder.name)
    if number >= int(np.prod(sizes, dtype=int)):
        return False
    cell = np.unravel_index(number, sizes) if sizes else ()
    given = job.parameters or {}
    return all(
        identity(axis.labels[int(place)]) == identity(given[axis.key])
        for axis, place in zip(tree.axes, cell, strict=True)
    )


def produces(tree: SweepTree, parameters: Mapping[str, Any]) -> bool:
    """Say whether the definition gives a job of these parameters."""
    items = {item.key: item for item in tree.items}
    if set(items) != set(parameters):
        return False
    for key, item in items.items():
        labels = getattr(item, "labels", None) or (getattr(item, "value", None),)
        if identity(parameters[key]) not in {identity(label) for label in labels}:
            return False
    if tree.record is not None and tree.record.kind == "zip":
        rows = zip(*(axis.labels for axis in tree.axes), strict=True)
        given = tuple(identity(parameters[axis.key]) for axis in tree.axes)
        return any(given == tuple(map(identity, row)) for row in rows)
    return True
