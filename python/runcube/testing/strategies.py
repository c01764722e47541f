"""Hypothesis strategies for whole sweeps; the only part of `runcube.testing` that needs it."""

import math
import re
import string
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from runcube.testing.cases import (
    NUMBERED,
    Axis,
    Damage,
    DamageKind,
    Fixed,
    Job,
    SweepCase,
    path_safe,
)
from runcube.testing.text import KEYWORDS, override_text
from runcube.testing.values import metric_records

AXIS_NAMES = ("lr", "x", "model", "seed", "optim.lr", "db/size", "_", "a-b", "job", "repeat", "l0")
# fmt: off
ODD_STRINGS = (
    "", " ", "a b", "null", "True", "false", "1", "1e5", "nan", "inf", "a,b", "a=b", "[1]",
    "{a: 1}", 'say "x"', "it's", "back\\slash", "end\\", "tab\tb", "two\nlines", "#x", ": ",
    "- a", "é", "日本", "~", "*", "&a", "!!str", "%", "@", "(", "choice(1)", "???", "end\0",
    "two words", "word " * 40, "x" * 300, "\u2028", "𝄞",
)
# fmt: on
_WORDS = st.text(string.ascii_letters, min_size=1, max_size=6).filter(
    lambda text: override_text(text) == text
)
_INTS = st.integers(-100, 1000) | st.integers(-(2**63), 2**63 - 1)
_BIG = st.integers(2**63, 2**64 - 1) | st.integers(2**64, 2**80) | st.integers(-(2**80), -(2**63))
_FLOATS = st.sampled_from([0.1, 1e-3, 1e-7, 2.5, 1e22, 5e-324, float("inf")]) | st.floats(
    allow_nan=False
)
# PyYAML writes U+0085 raw and reads it back as a blank: no file of Hydra can hold it.
_ODD = st.sampled_from(ODD_STRINGS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="$\x85"), max_size=5
)
_LISTS = st.lists(st.integers(0, 9) | _WORDS, max_size=3)
_SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.floats(0, 3) | _WORDS
_KINDS = {
    "int": _INTS,
    "big int": _BIG | st.integers(0, 9),
    "float": _FLOATS,
    "number": st.integers(-(2**60), 2**60) | _FLOATS | st.sampled_from([0, 1, 0.0, 1.0]),
    "bool": st.booleans(),
    "word": _WORDS,
    "odd": _ODD,
    "list": _LISTS,
    "mixed": _SCALARS | st.sampled_from(["1", "True", "null", 1, 1.0, True]) | _ODD,
}


def _identity(label: Any) -> tuple[str, str]:
    """Tell labels apart as gathering does: -0.0 is 0.0, and `1`, `1.0`, `True`, `"1"` differ."""
    if isinstance(label, float):
        return "float", repr(label + 0.0)
    return type(label).__name__, str(label)


def labels(kind: str, *, max_size: int = 4) -> st.SearchStrategy[list[Any]]:
    """Draw the labels of one axis, of a kind such as `"int"`, `"odd"` or `"mixed"`."""
    least = min(max_size, 1 if kind == "bool" else 2)
    one, several = (
        st.lists(_KINDS[kind], min_size=size, max_size=max_size, unique_by=_identity)
        for size in (1, least)
    )
    return one | several


@st.composite
def axes(draw: st.DrawFn, key: str, *, max_size: int = 4) -> Axis:
    """Draw an axis, and one of the ways to define it: a comma list, a choice or a range."""
    prefix = draw(st.sampled_from(["", "", "+", "++"]))
    kind = draw(st.sampled_from(["range", "int", "float", "word", *_KINDS]))
    if kind == "range":
        start, step, count = (draw(st.integers(*ends)) for ends in ((-5, 5), (1, 3), (1, max_size)))
        stop = start + step * count
        return Axis(
            key, tuple(range(start, stop, step)), (), f"range({start},{stop},{step})", prefix
        )
    values = tuple(draw(labels(kind, max_size=max_size)))
    plain = all(_survives_choice(value) for value in values)
    if len(values) == 1 and not plain:
        values = (*values, "other")
    listed = draw(st.sampled_from([",", ", "])).join(draw(_spelling(value)) for value in values)
    if not plain or (len(values) > 1 and draw(st.booleans())):
        return Axis(key, values, (), listed, prefix)
    texts = tuple(override_text(value).strip('"').replace(" ", "\\ ") for value in values)
    return Axis(key, values, texts, f"choice({listed})", prefix)


def _survives_choice(value: Any) -> bool:
    """Say whether Hydra's `choice` keeps a value.

    It takes quotes away, so that `"1"` becomes `1`, and refuses null.
    """
    if value is None:
        return False
    if not isinstance(value, str) or override_text(value) == value:
        return True
    return re.fullmatch("[a-z]{4,}( [a-z]+)*", value) is not None and value.lower() not in KEYWORDS


def _spelling(value: Any) -> st.SearchStrategy[str]:
    """Draw a text of a definition that Hydra's grammar reads as the value."""
    if value is None:
        return st.sampled_from(["null", "NULL", "Null"])
    if isinstance(value, bool):
        return st.sampled_from([str(value), str(value).lower(), str(value).upper()])
    if isinstance(value, float) and np.isfinite(value):
        return st.sampled_from([repr(value), f"{value:.17e}"])
    return st.just(override_text(value))


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Draw what happens to a metric file."""
    where = st.floats(0, 1, exclude_max=True)
    kinds: tuple[DamageKind, ...] = ("truncated", "empty", "random", "flipped")
    kind = draw(st.sampled_from(kinds))
    content = draw(st.binary(min_size=1, max_size=200)) if kind == "random" else b""
    return Damage(kind, draw(where), content)


@st.composite
def sweep_cases(
    draw: st.DrawFn, *, recorded: bool | None = None, max_jobs: int = 18, damaged: bool = True
) -> SweepCase:
    """Draw a whole sweep.

    Parameters
    ----------
    recorded
        Metrics in a recorded `metrics.arrow`, or in npz; by default either.
    max_jobs
        Axes are left out where the product would have more cells.
    damaged
        Let directories and files be missing or broken.

    Examples
    --------
    >>> from hypothesis import find, settings
    >>> from runcube.testing import sweep_cases
    >>> case = find(
    ...     sweep_cases(recorded=False),
    ...     lambda case: len(case.jobs) > 1,
    ...     settings=settings(database=None),
    ... )
    >>> len(case.jobs)
    2
    """
    kept = draw(st.booleans()) if recorded is None else recorded
    params, arguments = draw(definitions(max_jobs=max_jobs))
    swept = [item for item in (*params, *arguments) if isinstance(item, Axis)]
    size = math.prod(len(axis.labels) for axis in swept)
    # A name made of parameters must be one that a file system takes, and tell the jobs apart.
    templates = (NUMBERED, "${hydra.job.override_dirname}", _nested(swept))
    blank = SweepCase(params, arguments, (Job(None),) * size, draw(st.sampled_from(templates)))
    subdir = blank.subdir if _nameable(blank) else NUMBERED
    records = draw(
        metric_records(
            size,
            taken=[item.key for item in (*params, *arguments)],
            recorded=kept,
            permuted=subdir == NUMBERED,
        )
    )
    fates = _job_fates(cut=subdir == NUMBERED) if damaged else st.just(Job({}))
    jobs = [_left(draw(fates), record) for record in records]
    if not any(job.present and job.cut is None for job in jobs):
        jobs[0] = Job(records[0])
    creation = tuple(draw(st.permutations(range(size))))
    return SweepCase(params, arguments, tuple(jobs), subdir, kept, creation)


@st.composite
def definitions(
    draw: st.DrawFn, *, max_jobs: int, sizes: tuple[int, int] = (1, 3)
) -> tuple[tuple[Axis | Fixed, ...], tuple[Axis | Fixed, ...]]:
    """Draw a definition of so many axes: `hydra.sweeper.params`, and the command line."""
    keys = draw(st.permutations(AXIS_NAMES))
    items: list[Axis | Fixed] = []
    size = 1
    for key in keys[: draw(st.integers(*sizes))]:
        axis = draw(axes(key, max_size=min(4, max_jobs // size)))
        size *= len(axis.labels)
        items.append(axis)
    items += [draw(fixed_items(key)) for key in keys[4 : draw(st.integers(4, 6))]]
    order = tuple(draw(st.permutations(items)))
    split = draw(st.just(0) | st.integers(0, len(order)))
    return order[:split], order[split:]


@st.composite
def fixed_items(draw: st.DrawFn, key: str) -> Fixed:
    """Draw a parameter that every job is given alike."""
    plain = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0, 1) | _WORDS
    value = draw(plain | st.sampled_from(ODD_STRINGS) | _LISTS)
    return Fixed(key, value, draw(st.sampled_from(["", "+"])))


@st.composite
def _job_fates(draw: st.DrawFn, *, cut: bool) -> Job:
    """Draw what becomes of a job, most often nothing."""
    fate = draw(st.sampled_from(["missing", "no file", "damaged", "damaged", "cut", *[""] * 9]))
    if fate == "missing":
        return Job({}, present=False)
    if fate == "damaged":
        return Job({}, damage=draw(damages()))
    if fate == "cut" and cut:
        return Job({}, cut=draw(st.floats(0, 1, exclude_max=True)))
    return Job(None if fate == "no file" else {})


def _left(fate: Job, record: dict[str, Any]) -> Job:
    return fate if fate.metrics is None else replace(fate, metrics=record)


def _nested(swept: list[Axis]) -> str:
    first, *others = (f"${{{axis.key}}}" for axis in swept)
    return "/".join([f"run-{first}", *(f"x{other}" for other in others)])


def _nameable(case: SweepCase) -> bool:
    names = [case.directory(number) for number in range(len(case.jobs))]
    parts = {part for name in names for part in name.split("/")}
    whole = all("/" not in axis.key for axis in case.axes) or "dirname" in case.subdir
    return whole and len(set(names)) == len(names) and all(path_safe(part) for part in parts)
