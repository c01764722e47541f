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
from collections.abc import Iterator, Sequence
from typing import Any

from runcube.domain.form import Drawn, Form, Listed, Zipped, bare
from runcube.domain.planned import Planned
from runcube.domain.values import entry_text
from runcube.errors import LimitError

# As many as the core lists of one override.
MOST_LABELS = 1_000_000


def definition(planned: Planned, items: Sequence[int] | None = None) -> dict[str, Any]:
    """
    Give the definition of a domain, as plain data for JSON.

    Parameters
    ----------
    planned : Planned
        The domain.
    items : sequence of int, optional
        The configs that run, where they are a sample: an axis that has more labels than there are
        configs is then given with those that occur.

    Raises
    ------
    runcube.errors.LimitError
        An axis has more than a million labels.
    """
    form = planned.form
    axes = _axes(form, {} if items is None else _occurring(planned, items))
    kind = _kind(planned, axes) if items is None else "sample"
    found: dict[str, Any] = {"kind": kind, "axes": axes}
    if planned.stream.n_reps > 1:
        found["repetitions"] = planned.stream.n_reps
    if kind == "sample" or any(len(block.cubes) > 1 for block in form.blocks):
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


def _occurring(planned: Planned, items: Sequence[int]) -> dict[str, set[str]]:
    """Give name -> the texts that occur, for the options that have more values than there are."""
    long = {
        bare(option.key)
        for option in planned.form.options()
        if isinstance(option, Listed) and option.length > len(items)
    }
    found: dict[str, set[str]] = {name: set() for name in long}
    for item in items if long else ():
        for value in planned.chosen(item):
            name = bare(value.key)
            if name in found:
                found[name].add(entry_text(value.entry))
    return found


def _axes(form: Form, occurring: dict[str, set[str]]) -> list[dict[str, Any]]:
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
        else:
            known.update(dict.fromkeys(_texts(option, occurring.get(name))))
    return [{"name": name, "labels": list(texts), **extras[name]} for name, texts in labels.items()]


def _texts(option: Listed, occurring: set[str] | None) -> Iterator[str]:
    values = option.values
    if occurring is not None and isinstance(values, range):
        numbers = (int(text) for text in occurring if text.lstrip("-").isdecimal())
        inside = [number for number in numbers if number in values]
        return map(str, sorted(inside, reverse=values.step < 0))
    if occurring is not None:
        return (text for text in option.texts() if text in occurring)
    if option.length > MOST_LABELS:
        raise LimitError(
            f"`{bare(option.key)}` has {option.length} values, and a sweep's record holds at most "
            f"{MOST_LABELS} of an axis: take a part of the domain"
        )
    return option.texts()
