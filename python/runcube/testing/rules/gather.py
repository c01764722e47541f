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
    as_array,
    attribute,
    column,
    coordinate,
    free_name,
    variable,
)
from runcube.testing.oracle import Expected
from runcube.testing.promote import hole, label_array, objects, strings, with_holes
from runcube.testing.rules.axes import axes_of, fixed_of, shown
from runcube.testing.rules.jobs import CONFLICT, Job, belonging, met_names
from runcube.testing.rules.layout import is_grid, missing_label
from runcube.testing.rules.model import Call, SweepTree, identity
from runcube.testing.rules.series import is_series, joined, rows
from runcube.testing.rules.share import SharedCellError, cells_of, giving_way, placed, repeated

Place = tuple[int, ...]


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


@dataclass(frozen=True)
class _Frame:
    """The dimensions that jobs stand on, and where each job stands."""

    dims: tuple[str, ...]
    shape: Place
    places: Mapping[Place, Job]
    coords: Columns


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
    held = tree
    tree, jobs, problems = belonging(tree, leftovers=call.leftovers)
    axes = axes_of(tree, jobs)
    fixed = fixed_of(jobs, axes)
    labels = shown(axes, jobs)
    auto = is_grid(tree, jobs, axes)
    missing = missing_label(jobs, axes)
    if missing is None:
        jobs = repeated(jobs, axes)
    if auto:
        for those in cells_of(jobs, axes).values():
            problems += [Expected(job.folder.name, CONFLICT) for job in giving_way(those)]
    seen = Expectation(Refused(""), labels, [job.folder.name for job in jobs], problems)
    grid = auto if call.layout == "auto" else call.layout == "grid"
    if grid and missing is not None:
        return replace(seen, dataset=Refused(f"has no `{missing}`"))
    names = dict.fromkeys(met_names(held, leftovers=call.leftovers))
    known = [job for job in jobs if job.parameters is not None] or jobs
    names = {it: None for it in names if any(it in (job.metrics or {}) for job in known)}
    given = {key for job in jobs for key in job.parameters or {}} | set(axes)
    taken = set(given)
    plain = [name for name in names if name not in given]
    taken |= set(plain)
    stored = {name: name if name in plain else free_name(f"{name}_metric", taken) for name in names}
    try:
        frame = (
            _grid(tree, jobs, axes, labels, call, taken)
            if grid
            else _rows(jobs, axes, fixed, taken)
        )
    except SharedCellError:
        return replace(seen, dataset=Refused("have the same parameters"))
    return _gathered(tree, call, seen, frame, stored, fixed, taken, root)


def _grid(
    tree: SweepTree,
    jobs: Sequence[Job],
    axes: Mapping[str, Sequence[Any]],
    labels: Mapping[str, Sequence[Any]],
    call: Call,
    taken: set[str],
) -> _Frame:
    planned = [
        line.repetition
        for line in {line.directory: line for line in tree.plan}.values()
        if line.repetition is not None and line.superseded is None
    ]
    where = placed(jobs, axes, call.duplicates, planned)
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
    return _Frame(dims, shape, places, coords)


def _rows(
    jobs: Sequence[Job],
    axes: Mapping[str, Sequence[Any]],
    fixed: Mapping[str, Any],
    taken: set[str],
) -> _Frame:
    name = free_name("job", taken)
    coords: Columns = {name: ((name,), strings([job.folder.name for job in jobs]))}
    nameless = any(job.parameters is None for job in jobs)
    met = {key for job in jobs for key in job.parameters or {}}
    every = {key: values for key, values in axes.items() if key in met}
    every |= {key: [value] for key, value in fixed.items() if nameless}
    labels = shown(every, jobs)
    for key, own in every.items():
        names = dict(zip(map(identity, own), labels[key], strict=True))
        given = [
            (names[identity(job.parameters[key])],)
            if job.parameters is not None and key in job.parameters
            else ()
            for job in jobs
        ]
        coords[key] = ((name,), _labels_of_jobs(given))
    return _Frame((name,), (len(jobs),), {(n,): job for n, job in enumerate(jobs)}, coords)


def _labels_of_jobs(given: Sequence[tuple[Any, ...]]) -> np.ndarray:
    """Give the labels of all jobs in one dtype; an empty tuple is a hole."""
    labels = {identity(one[0]): one[0] for one in given if one}
    values = label_array(list(labels.values()))
    dtype = values.dtype if all(given) else with_holes(values.dtype, [values])
    if dtype.kind == "O":
        # Python floats stay what they are beside ints that float64 cannot hold.
        texts = (
            str(one[0]) if one and isinstance(one[0], list) else one[0] if one else None
            for one in given
        )
        return objects(list(texts))
    return np.array([one[0] if one else hole(dtype) for one in given], dtype)


def _gathered(
    tree: SweepTree,
    call: Call,
    seen: Expectation,
    frame: _Frame,
    stored: Mapping[str, str],
    fixed: Mapping[str, Any],
    taken: set[str],
    root: str,
) -> Expectation:
    coords = dict(frame.coords)
    variables: Columns = {}
    records = {place: job.metrics for place, job in frame.places.items() if job.metrics}
    labels = None
    refused = 0
    if call.coordinate is not None:
        labels = joined(list(records.values()), call.coordinate, recorded=tree.recorded)
        if labels is None:
            return replace(seen, dataset=Refused("the coordinate"))
        coords[call.coordinate] = ((call.coordinate,), labels)
    for name in stored:
        if name == call.coordinate:
            continue
        values = {
            place: as_array(record[name], recorded=tree.recorded)
            for place, record in records.items()
            if name in record
        }
        dims, shape, first = frame.dims, frame.shape, 0
        like = list(values.values())
        if labels is not None and is_series(values):
            own = {
                place: as_array(record[str(call.coordinate)], recorded=tree.recorded)
                for place, record in records.items()
                if call.coordinate in record
            }
            values, lost = rows(values, own, labels)
            refused += lost
            dims, shape, first = (*dims, str(call.coordinate)), (*shape, len(labels)), 1
        inner, lengths, whole = column(values, shape, like)
        extra = tuple(free_name(f"{stored[name]}_dim{k + first}", taken) for k in range(len(inner)))
        for dim, size in zip(extra, inner, strict=True):
            coords[dim] = ((dim,), np.arange(size, dtype=np.int64))
        for k, length in lengths.items():
            suffix = "_length" if len(lengths) == 1 else f"_dim{k + first}_length"
            coords[free_name(stored[name] + suffix, taken)] = (dims, length)
        variables[stored[name]] = ((*dims, *extra), whole)
    for wanted, name in ((call.paths, "working_subdir"), (call.status, "status")):
        if wanted:
            texts = {place: _own(job, name, root) for place, job in frame.places.items()}
            arrays = {place: np.array(text) for place, text in texts.items()}
            variables[free_name(name, taken)] = (frame.dims, column(arrays, frame.shape)[2])
    dataset = xr.Dataset(
        {name: variable(*parts) for name, parts in variables.items()},
        coords={name: coordinate(name, *parts) for name, parts in coords.items()},
        attrs={key: attribute(value) for key, value in fixed.items()},
    )
    return replace(seen, dataset=dataset, warnings=refused)


def _own(job: Job, name: str, root: str) -> str:
    if name == "working_subdir":
        return f"{root}/{job.folder.name}"
    return "finished" if job.folder.repetition is not None else "unknown"
