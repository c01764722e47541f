"""What happens to jobs: records that are lost, broken or older, and lines that say otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from runcube.testing.cases import Axis, Fixed
from runcube.testing.rules.model import OLD, Folder, Line, Lines
from runcube.testing.strategies import damages

_REUSED = ("older values", *["older number"] * 2, *["older metrics"] * 3, "older both") * 3
_LOST = (
    *("no metrics", "no metrics", "damaged", "damaged", "damaged", "cut", "cut alone"),
    *("not carried", "asked otherwise", "no asked", "no asked"),
)
_LINES = ("new value", "lacks a key", "taken out", "more keys", "interpolation", "two lines")
_REPEATED = ("repetition",) * 4


def lines_of(items: Sequence[Axis | Fixed], cell: Mapping[str, int]) -> Lines:
    """Give the overrides of a cell."""
    lines = []
    for item in items:
        if isinstance(item, Axis):
            at = cell[item.key]
            lines.append(Line(item.key, item.labels[at], item.texts[at], item.prefix))
        else:
            lines.append(Line(item.key, item.value, item.text, item.prefix))
    return tuple(lines)


@st.composite
def altered(
    draw: st.DrawFn, folder: Folder, items: Sequence[Axis | Fixed], *, base: str, recorded: bool
) -> Folder:
    """Draw what happens to a job, more often than not nothing."""
    more = (*_REUSED, "two lines") if base == "numbered" else (*_LINES, *_LINES, *_REPEATED)
    fate = draw(st.sampled_from([*[""] * (len(more) + len(_LOST)), *_LOST, *more]))
    if fate in _LOST:
        return draw(_lost(folder, fate, recorded=recorded))
    if fate == "repetition":
        return replace(folder, repetition=draw(st.integers(0, 3)))
    swept = [item for item in items if isinstance(item, Axis)]
    if fate and swept:
        axis = max(draw(st.permutations(swept)), key=lambda axis: len(axis.labels) > 1)
        return _said(folder, *draw(_other_lines(folder.asked or (), axis, fate)))
    return folder


@st.composite
def _lost(draw: st.DrawFn, folder: Folder, fate: str, *, recorded: bool) -> Folder:
    if fate == "no metrics":
        return replace(folder, metrics=None)
    if fate == "damaged":
        return replace(folder, damage=draw(damages()))
    if fate == "not carried":
        return replace(folder, carried=None)
    if fate == "no asked":
        return replace(folder, asked=None, bare=recorded and draw(st.booleans()))
    if fate == "asked otherwise":
        return replace(folder, asked=(Line("other", 1),)) if recorded else folder
    where = draw(st.floats(0, 1, exclude_max=True))
    metrics = None if fate == "cut alone" else folder.metrics
    return replace(folder, cut=where if folder.asked else None, metrics=metrics)


@st.composite
def _other_lines(draw: st.DrawFn, lines: Lines, axis: Axis, fate: str) -> tuple[Lines, Lines]:
    """Draw what `overrides.yaml` and `metrics.arrow` say instead."""
    old = replaced(lines, axis, OLD, "")
    if fate == "older metrics":
        return lines, old
    if fate == "older both":
        return replaced(lines, axis, OLD + 1, ""), old
    if fate == "older number":
        own = next(line.text for line in lines if line.key == axis.key)
        at = ([*axis.texts, own].index(own) + 1) % len(axis.labels)
        old = replaced(lines, axis, axis.labels[at], axis.texts[at])
    others = tuple(line for line in lines if line.key != axis.key)
    changed = {
        "interpolation": replaced(lines, axis, "${f}", "${f}"),
        "two lines": (Line(axis.key, OLD, prefix=axis.prefix), *lines),
        "lacks a key": others,
        "taken out": (*others, Line(axis.key, prefix="~")),
        "more keys": (*lines, Line("extra", draw(st.integers(0, 1)), prefix="+")),
    }.get(fate, old)
    return changed, changed


def _said(folder: Folder, asked: Lines, carried: Lines) -> Folder:
    """Let both records say other things."""
    return replace(folder, asked=asked, carried=None if folder.carried is None else carried)


def replaced(lines: Lines, axis: Axis, value: object, text: str) -> Lines:
    """Give the lines with another value for an axis."""
    return tuple(
        replace(line, value=value, text=text) if line.key == axis.key else line for line in lines
    )
