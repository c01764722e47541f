"""A grid, or one dimension of jobs: rule 10.

Where the rules leave a choice, this is the one that was made: a recorded list produces the jobs
that were planned, and a recorded product without `multirun.yaml`, which alone names what is fixed,
is not known to produce any.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runcube.testing.rules.jobs import Job, planned_line, produces
from runcube.testing.rules.model import SweepTree, identity


def is_grid(tree: SweepTree, jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> bool:
    """Say whether the layout `auto` is a grid."""
    given = [job.parameters for job in jobs if job.parameters is not None]
    if tree.record is not None and tree.record.kind == "zip":
        if all(planned_line(tree, job.folder) is not None for job in jobs):
            return False
    elif tree.definition is not None and all(produces(tree, one) for one in given):
        return True
    if missing_label(jobs, axes) is not None:
        return False
    cells = {tuple(identity(parameters[key]) for key in axes) for parameters in given}
    return 2 * len(cells) >= math.prod(len(labels) for labels in axes.values())


def missing_label(jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> str | None:
    """Give the first axis on which a job has no label."""
    for key in axes:
        for job in jobs:
            if job.parameters is not None and key not in job.parameters:
                return key
    return None
