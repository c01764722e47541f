"""A domain as the definition of a sweep: what `.runcube/sweep.json` holds of it.

::

    {"kind": "product", "axes": [{"name": "lr", "labels": ["0.1", "0.2"]}]}

`kind` is `product` only where the jobs are exactly the product of the axes, in their order; each
of the others says that the jobs themselves have to be looked at:

    sample    something is drawn
    list      the configs are cut short or started over, or a value is listed twice
    sum       several cubes
    zip       one cube, with a zip in it
"""

from __future__ import annotations

import math
from typing import Any

from runcube.domain.form import Drawn, Form, Zipped, bare
from runcube.domain.planned import Planned
from runcube.errors import LimitError

# As many as the core lists of one override.
MOST_LABELS = 1_000_000


def definition(planned: Planned) -> dict[str, Any]:
    """
    Give the definition of a domain, as plain data for JSON.

    Raises
    ------
    runcube.errors.LimitError
        An axis has more than a million labels.
    """
    form = planned.form
    axes = _axes(form)
    found: dict[str, Any] = {"kind": _kind(planned, axes), "axes": axes}
    if planned.stream.n_reps > 1:
        found["repetitions"] = planned.stream.n_reps
    if found["kind"] == "sample" or any(len(block.cubes) > 1 for block in form.blocks):
        found["seed"] = planned.seed
    return found


def _kind(planned: Planned, axes: list[dict[str, Any]]) -> str:
    form = planned.form
    if any(isinstance(option, Drawn) for option in form.options()):
        return "sample"
    if planned.items != form.length:
        return "list"
    if len(form.cubes) != 1:
        return "sum"
    if any(isinstance(factor, Zipped) for factor in form.cubes[0].factors):
        return "zip"
    return "product" if math.prod(len(axis["labels"]) for axis in axes) == form.length else "list"


def _axes(form: Form) -> list[dict[str, Any]]:
    labels: dict[str, dict[str, None]] = {}
    extras: dict[str, dict[str, str]] = {}
    for option in form.options():
        name = bare(option.key)
        known = labels.setdefault(name, {})
        extra = extras.setdefault(name, {})
        if option.label is not None:
            extra["alias"] = option.label
        if isinstance(option, Drawn):
            extra["sampler"] = repr(option.sampler)
            continue
        if option.length > MOST_LABELS:
            raise LimitError(
                f"`{name}` has {option.length} values, and a sweep's record holds at most "
                f"{MOST_LABELS} of an axis: take a part of the domain"
            )
        known.update(dict.fromkeys(option.texts()))
    return [{"name": name, "labels": list(texts), **extras[name]} for name, texts in labels.items()]
