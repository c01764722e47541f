"""A grid, or one dimension of jobs: rule 10."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runcube.testing.rules.jobs import Job, produces
from runcube.testing.rules.model import SweepTree, identity


def is_grid(tree: SweepTree, jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> bool:
    """Say whether the layout `auto` is a grid."""
    given = [job.parameters for job in jobs if job.parameters is not None]
    defined = tree.definition is not None or tree.record is not None
    if defined and all(produces(tree, parameters) for parameters in given):
        return tree.record is None or tree.record.kind == "product"
    if missing_label(jobs, axes) is not None:
        return False
    cells = {tuple(identity(parameters[key]) for key in axes) for parameters in given}
    return 2 * len(cells) >= math.prod(len(labels) for labels in axes.values())


def missing_label(jobs: Sequence[Job], axes: Mapping[str, Sequence[Any]]) -> str | None:
    """Give the first axis on which a job has no label."""
    for job in jobs:
        for key in axes:
            if job.parameters is not None and key not in job.parameters:
                return key
    return None
