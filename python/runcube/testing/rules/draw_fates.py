"""What happens to jobs: records that are lost, broken or older, and lines that say otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from runcube.testing.cases import Axis, Fixed
from runcube.testing.rules.model import Folder, Line, Lines
from runcube.testing.strategies import damages

REUSED = ("older values", "older number", "older metrics", "older both")
_ANY = (
    "no metrics",
    "damaged",
    "cut",
    "cut alone",
    "not carried",
    "asked otherwise",
    "no asked",
    "two lines",
)
_FREE = (
    "new value",
    "lacks a key",
    "taken out",
    "more keys",
    "recorded repetition",
    "interpolation",
)
_OLD = 77


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
    more = REUSED if base == "numbered" else (*_FREE, *_FREE)
    fate = draw(st.sampled_from(["", *[""] * (len(more) + len(_ANY)), *_ANY, *more]))
    lines = folder.asked or ()
    swept = [item for item in items if isinstance(item, Axis)]
    if fate == "no metrics":
        return replace(folder, metrics=None)
    if fate == "damaged":
        return replace(folder, damage=draw(damages()))
    if fate.startswith("cut"):
        where = draw(st.floats(0, 1, exclude_max=True))
        left = replace(folder, cut=where if lines else None)
        return replace(left, metrics=None) if fate == "cut alone" else left
    if fate == "not carried":
        return replace(folder, carried=None)
    if fate == "no asked":
        return replace(folder, asked=None, bare=recorded and draw(st.booleans()))
    if fate == "asked otherwise" and recorded:
        return replace(folder, asked=(Line("other", 1),))
    if fate == "recorded repetition":
        return replace(folder, repetition=draw(st.integers(0, 3)))
    if not swept:
        return folder
    axis = draw(st.sampled_from(swept))
    if fate == "older number" and len(axis.labels) > 1:
        label = draw(st.sampled_from(range(len(axis.labels))))
        return _said(folder, [_replaced(lines, axis, axis.labels[label], axis.texts[label])] * 2)
    old = _replaced(lines, axis, _OLD, "")
    if fate in ("older values", "new value"):
        return _said(folder, [old, old])
    if fate == "older metrics" and recorded:
        return _said(folder, [lines, old])
    if fate == "older both" and recorded:
        return _said(folder, [_replaced(lines, axis, _OLD + 1, ""), old])
    if fate == "interpolation":
        return _said(folder, [_replaced(lines, axis, "${f}", draw(st.sampled_from(["${f}"])))] * 2)
    changed = {
        "two lines": (Line(axis.key, _OLD, prefix=axis.prefix), *lines),
        "lacks a key": tuple(line for line in lines if line.key != axis.key),
        "taken out": (
            *(line for line in lines if line.key != axis.key),
            Line(axis.key, prefix="~"),
        ),
        "more keys": (*lines, Line("extra", draw(st.integers(0, 1)), prefix="+")),
    }.get(fate)
    if changed is None:
        return folder
    return _said(folder, [changed, changed])


def _said(folder: Folder, records: Sequence[Lines]) -> Folder:
    """Let both records say other things."""
    asked, carried = records
    carried_too = carried if folder.carried is not None else None
    return replace(folder, asked=asked, carried=carried_too)


def _replaced(lines: Lines, axis: Axis, value: object, text: str) -> Lines:
    return tuple(
        replace(line, value=value, text=text) if line.key == axis.key else line for line in lines
    )
