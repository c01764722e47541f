"""What opening and gathering a sweep must give: rules 6 to 8, 11 and 12, over the others.

Where the rules leave a choice, this is the one that was made:

- `repeat` stands after the axes, `job` alone; the joined coordinate of series stands after them.
- In the jobs layout no job gives way, and every one has a row.
- A job without identity has no place in a grid, and a row in the jobs layout; metrics that only
  such jobs have are left out, unless there are no others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from runcube.testing.columns import (
    Columns,
    attribute,
    column,
    coordinate,
    free_name,
    variable,
)
from runcube.testing.oracle import Expected
from runcube.testing.promote import hole, label_array, objects, strings, with_holes
from runcube.testing.rules.arrays import Frame, NoCoordinateError, arrays_of
from runcube.testing.rules.axes import axes_of, fixed_of, shown
from runcube.testing.rules.jobs import CONFLICT, Job, belonging, met_names, plan
from runcube.testing.rules.layout import is_grid, missing_label
from runcube.testing.rules.model import Call, SweepTree, identity
from runcube.testing.rules.share import SharedCellError, cells_of, giving_way, placed, repeated


@dataclass(frozen=True)
class Refused:
    """Gathering must raise `ValueError`, with words that the message holds."""

    words: str


@dataclass(frozen=True)
class Expectation:
    """What must come out.

    Attributes
    ----------
    dataset
        The dataset, or the refusal.
    axes
        Parameter → labels.
    jobs
        The jobs' directories, in job order.
    problems
        What is reported on opening.
    warnings
        How many series are no series of their coordinate.
    """

    dataset: xr.Dataset | Refused
    axes: Mapping[str, Sequence[Any]]
    jobs: Sequence[str]
    problems: Sequence[Expected]
    warnings: int = 0


def expected(tree: SweepTree, call: Call, root: str = "") -> Expectation:
    """Give what opening a sweep and gathering it must give.

    Parameters
    ----------
    tree, call
        The sweep, and how it is gathered.
    root
        Its absolute directory, of which `working_subdir` is made.

    Examples
    --------
    >>> from runcube.testing.rules import Call, Folder, Line, SweepTree, expected
    >>> jobs = [Folder(f"j{x}", asked=(Line("x", x),), metrics={"m": x / 2}) for x in (1, 2)]
    >>> expected(SweepTree(tuple(jobs)), Call()).dataset["m"].values
    array([0.5, 1. ])
    """
    used, jobs, problems = belonging(tree, leftovers=call.leftovers)
    axes = axes_of(used, jobs)
    missing = missing_label(jobs, axes)
    if missing is None:
        jobs = repeated(jobs, axes)
    auto = is_grid(used, jobs, axes)
    if auto:
        for those in cells_of(jobs, axes).values():
            problems += [Expected(job.folder.name, CONFLICT) for job in giving_way(those)]
    names = [job.folder.name for job in jobs]
    seen = Expectation(Refused(""), shown(axes, jobs), names, problems)
    grid = auto if call.layout == "auto" else call.layout == "grid"
    if grid and missing is not None:
        return replace(seen, dataset=Refused(f"has no `{missing}`"))
    taken = {key for job in jobs for key in job.parameters or {}} | set(axes)
    stored = _stored(tree, call, jobs, taken)
    try:
        frame = _grid(used, call, jobs, axes, taken) if grid else _rows(jobs, axes, taken)
    except SharedCellError:
        return replace(seen, dataset=Refused("have the same parameters"))
    try:
        variables, coords, refused = arrays_of(tree, call, frame, stored, taken)
    except NoCoordinateError:
        return replace(seen, dataset=Refused("the coordinate"))
    for wanted, name in ((call.paths, "working_subdir"), (call.status, "status")):
        if wanted:
            texts = {place: _own(job, name, root) for place, job in frame.places.items()}
            arrays = {place: np.array(text) for place, text in texts.items()}
            variables[free_name(name, taken)] = (frame.dims, column(arrays, frame.shape)[2])
    dataset = xr.Dataset(
        {name: variable(*parts) for name, parts in variables.items()},
        coords={name: coordinate(name, *parts) for name, parts in coords.items()},
        attrs={key: attribute(value) for key, value in fixed_of(jobs, axes).items()},
    )
    return replace(seen, dataset=dataset, warnings=refused)


def _stored(tree: SweepTree, call: Call, jobs: Sequence[Job], taken: set[str]) -> dict[str, str]:
    """Give metric → the name of its variable; they are taken then."""
    known = [job for job in jobs if job.parameters is not None] or jobs
    met = dict.fromkeys(met_names(tree, leftovers=call.leftovers))
    names = [name for name in met if any(name in (job.metrics or {}) for job in known)]
    plain = [name for name in names if name not in taken]
    taken |= set(plain)
    return {name: name if name in plain else free_name(f"{name}_metric", taken) for name in names}


def _grid(
    tree: SweepTree,
    call: Call,
    jobs: Sequence[Job],
    axes: Mapping[str, Sequence[Any]],
    taken: set[str],
) -> Frame:
    planned = [
        line.repetition
        for line in plan(tree).values()
        if line.repetition is not None and line.superseded is None
    ]
    where = placed(jobs, axes, call.duplicates, planned)
    labels = shown(axes, jobs)
    coords: Columns = {key: ((key,), label_array(values)) for key, values in labels.items()}
    dims, shape = tuple(axes), tuple(len(values) for values in axes.values())
    places = {}
    numbers = {label: number for number, label in enumerate(where.repetitions)}
    for cell, those in where.jobs.items():
        for label, job in those.items():
            places[(*cell, numbers[label]) if numbers else cell] = job
    if numbers:
        name = free_name("repeat", taken)
        coords[name] = ((name,), np.array(where.repetitions, np.int64))
        dims, shape = (*dims, name), (*shape, len(numbers))
    return Frame(dims, shape, places, coords, jobs)


def _rows(jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]], taken: set[str]) -> Frame:
    name = free_name("job", taken)
    coords: Columns = {name: ((name,), strings([job.folder.name for job in jobs]))}
    met = {key for job in jobs for key in job.parameters or {}}
    every = {key: values for key, values in axes.items() if key in met}
    if any(job.parameters is None for job in jobs):
        every |= {key: [value] for key, value in fixed_of(jobs, axes).items()}
    for key, labels in shown(every, jobs).items():
        names = dict(zip(map(identity, every[key]), labels, strict=True))
        given = [
            (names[identity(job.parameters[key])],)
            if job.parameters is not None and key in job.parameters
            else ()
            for job in jobs
        ]
        coords[key] = ((name,), _labels_of_jobs(given))
    rows: dict[tuple[int, ...], Job] = {(number,): job for number, job in enumerate(jobs)}
    return Frame((name,), (len(jobs),), rows, coords, jobs)


def _labels_of_jobs(given: Sequence[tuple[Any, ...]]) -> np.ndarray:
    """Give the labels of all jobs in one dtype; an empty tuple is a hole."""
    labels = {identity(one[0]): one[0] for one in given if one}
    values = label_array(list(labels.values()))
    dtype = values.dtype if all(given) else with_holes(values.dtype, [values])
    listed = [one[0] if one else hole(dtype) for one in given]
    return objects(listed) if dtype.kind == "O" else np.array(listed, dtype)


def _own(job: Job, name: str, root: str) -> str:
    if name == "working_subdir":
        return f"{root}/{job.folder.name}"
    # Its record says so, or its metrics do.
    return "finished" if job.folder.repetition is not None or job.metrics else "unknown"
