"""The arrays of all metrics, over the cells of a frame: rules 6 to 8."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from runcube.testing.columns import Columns, as_array, column, free_name
from runcube.testing.rules.jobs import Job
from runcube.testing.rules.model import Call, SweepTree
from runcube.testing.rules.series import is_series, joined, rows

Place = tuple[int, ...]


class NoCoordinateError(Exception):
    """No job has the labels that the series are to be joined on."""


@dataclass(frozen=True)
class Frame:
    """The dimensions that jobs stand on, where each job stands, and the coordinates so far."""

    dims: tuple[str, ...]
    shape: Place
    places: Mapping[Place, Job]
    coords: Columns
    jobs: Sequence[Job]


def arrays_of(
    tree: SweepTree, call: Call, frame: Frame, stored: Mapping[str, str], taken: set[str]
) -> tuple[Columns, Columns, int]:
    """Give the variables, all coordinates, and how many series are no series of their labels.

    Parameters
    ----------
    tree, call, frame
        The sweep, how it is gathered, and where its jobs stand.
    stored
        Metric → the name of its variable.
    taken
        Names that are taken; those of dimensions and lengths are added.
    """
    records = {
        place: {name: as_array(item, recorded=tree.recorded) for name, item in job.metrics.items()}
        for place, job in frame.places.items()
        if job.metrics
    }
    coords, variables = dict(frame.coords), Columns()
    label = call.coordinate
    own = {place: record[label] for place, record in records.items() if label in record}
    labels = None
    if label is not None:
        # What only jobs without a place recorded is no metric, unless there are no others.
        known = [job for job in frame.jobs if job.parameters is not None] or frame.jobs
        held = [job.metrics[label] for job in known if job.metrics and label in job.metrics]
        if not held:
            raise NoCoordinateError
        # A job that has labels may have lost its place to another: then there are none.
        none = as_array(held[0], recorded=tree.recorded)[:0]
        labels = joined(list(own.values()) or [none])
        coords[label] = ((label,), labels)
    refused = 0
    for name, variable in stored.items():
        if name == label:
            continue
        values = {place: record[name] for place, record in records.items() if name in record}
        like = [
            as_array(job.metrics[name], recorded=tree.recorded)
            for job in frame.jobs
            if job.metrics and name in job.metrics
        ]
        dims, shape, first = frame.dims, frame.shape, 0
        if label is not None and labels is not None and is_series(values):
            values, lost = rows(values, own, labels)
            refused += lost
            dims, shape, first = (*dims, label), (*shape, len(labels)), 1
        inner, lengths, whole = column(values, shape, like)
        extra = tuple(free_name(f"{variable}_dim{k + first}", taken) for k in range(len(inner)))
        for dim, size in zip(extra, inner, strict=True):
            coords[dim] = ((dim,), np.arange(size, dtype=np.int64))
        for k, length in lengths.items():
            suffix = "_length" if len(lengths) == 1 else f"_dim{k + first}_length"
            coords[free_name(variable + suffix, taken)] = (dims, length)
        variables[variable] = ((*dims, *extra), whole)
    return variables, coords, refused
