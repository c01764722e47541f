"""What a sweep varies: rules 2 and 3.

Where the rules leave a choice, this is the one that was made:

- A parameter that only some jobs have is an axis, even with one value.
- Labels that a shuffle lists and no job has follow those of the jobs.
- What the definition sweeps and no job was given at all is no axis, unless there are no jobs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from runcube.testing.rules.jobs import Job
from runcube.testing.rules.model import SweepTree, identity


def axes_of(tree: SweepTree, jobs: Sequence[Job]) -> dict[str, list[Any]]:
    """Give parameter → labels: the definition's order first, then the first job's."""
    given = [job.parameters for job in jobs if job.parameters is not None]
    keys = dict.fromkeys([axis.key for axis in tree.axes])
    keys |= dict.fromkeys(key for parameters in given for key in parameters)
    defined = {axis.key: axis for axis in tree.axes}
    axes = {}
    for key in keys:
        seen = [parameters[key] for parameters in given if key in parameters]
        axis = defined.get(key)
        if axis is not None:
            labels = [*axis.labels, *seen] if axis.listed else [*seen, *axis.labels]
        else:
            labels = seen
        distinct = list({identity(label): label for label in reversed(labels)}.values())
        order = {identity(label): place for place, label in reversed(list(enumerate(labels)))}
        distinct.sort(key=lambda label: order[identity(label)])
        if given and not seen:
            continue
        if axis is not None or len(distinct) > 1 or len(seen) < len(given):
            axes[key] = distinct
    return axes


def fixed_of(jobs: Sequence[Job], axes: Mapping[str, Any]) -> dict[str, Any]:
    """Give what all jobs were given alike."""
    given = [job.parameters for job in jobs if job.parameters is not None]
    return {key: value for key, value in (given[0] if given else {}).items() if key not in axes}


def shown(axes: Mapping[str, Sequence[Any]], jobs: Sequence[Job]) -> dict[str, list[Any]]:
    """Give the labels as they are shown: aliases if all stay distinct, and lists as text."""
    result = {}
    for key, labels in axes.items():
        named = {
            identity(job.parameters[key]): job.aliases[key]
            for job in jobs
            if job.parameters is not None and key in job.parameters and key in job.aliases
        }
        aliased = [named.get(identity(label), label) for label in labels]
        if len({identity(label) for label in aliased}) < len(aliased):
            aliased = list(labels)
        result[key] = [str(it) if isinstance(it, list | dict) else it for it in aliased]
    return result
