"""What a sweep's record says of the jobs that it set out to run: their kind, and the axes.

Only of a `product` are the jobs every combination of the labels; of any other kind the jobs
themselves have to be looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runcube.domain.definition import definition
from runcube.launch.hydra import Expanded
from runcube.launch.sweeper.intended import Combinations
from runcube.launch.sweeper.settings import Settings


def definition_of(
    jobs: Combinations,
    explicit: Sequence[Sequence[str]],
    given: Mapping[str, Expanded],
    settings: Settings,
) -> dict[str, Any]:
    """Give what `.runcube/sweep.json` holds of the jobs of a sweep.

    Parameters
    ----------
    explicit : sequence
        The lines of the jobs that the settings list.
    given : mapping
        Key -> what the lines of the sweep expand to.
    """
    kind = "zip" if settings.zip else "product"
    axes: list[dict[str, Any]] = []
    details: dict[str, Any] = {}
    if jobs.domain is not None:
        items = None
        if settings.sample is not None:
            inner = math.prod(map(len, jobs.factors))
            items = sorted({number // inner for number in jobs.numbers})
        details = definition(jobs.domain.planned, items)
        axes = details.pop("axes")
        own = details.pop("kind")
        kind = own if own != "product" else kind
        details["domain"] = jobs.domain.text
    if explicit or settings.exclude:
        kind = "list"
    if settings.sample is not None:
        kind = "sample"
    labels: dict[str, dict[str, None]] = {}
    for key, texts in _explicit_values(explicit).items():
        # What all of them say alike is no axis.
        if len(explicit) > len(texts) or len(set(texts)) > 1:
            labels[key] = dict.fromkeys(texts)
    for key, found in given.items():
        if found.is_sweep:
            lines = dict.fromkeys(line.partition("=")[2] for line in found.lines)
            labels.setdefault(key.lstrip("+"), {}).update(lines)
    axes += [{"name": name, "labels": list(texts)} for name, texts in labels.items()]
    details = {"kind": kind, "axes": axes} | details
    if settings.zip:
        details["zip"] = [list(keys) for keys in settings.zip]
    if settings.exclude:
        details["exclude"] = list(settings.exclude)
    if settings.sample is not None:
        details |= {"sample": settings.sample, "seed": settings.sample_seed}
    if jobs.repeats > 1:
        details["repetitions"] = jobs.repeats
    return details


def _explicit_values(explicit: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for lines in explicit:
        for line in lines:
            key, _, text = line.partition("=")
            values.setdefault(key.lstrip("+"), []).append(text)
    return values
