"""Hypothesis strategies for sweeps of any history; they and `draw_*` alone need Hypothesis.

A base is drawn first: what is defined and how directories are named. Then each job gets its cell,
and now and then one of the things that happen to jobs (`draw_fates`), and the sweep a plan.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from hypothesis import strategies as st

from runcube.testing.cases import NUMBERED, Axis, Fixed
from runcube.testing.rules.draw_fates import altered, lines_of, replaced
from runcube.testing.rules.draw_metrics import records, series_records
from runcube.testing.rules.draw_plan import plans
from runcube.testing.rules.model import OLD, Call, Definition, Folder, Record, SweepTree
from runcube.testing.strategies import axes, definitions

NAMES = ("a", "b10", "b9", "run-1", "run-02", "z/1", "z/a", "z/10", "q", "é", "x=1,y=2", "7", "11")
COORDINATE = "epoch"
BASES = (*["numbered"] * 3, "otherwise", *["undefined"] * 3, "record")
_OTHERWISE = "${hydra.job.override_dirname}"


@st.composite
def sweep_trees(draw: st.DrawFn, *, max_jobs: int = 10) -> tuple[SweepTree, Call]:
    """Draw a sweep of any history, and how it is gathered.

    Examples
    --------
    >>> from hypothesis import find, settings
    >>> from runcube.testing.rules.draw import sweep_trees
    >>> unnamed = settings(database=None)
    >>> tree, call = find(sweep_trees(), lambda drawn: bool(drawn[0].plan), settings=unnamed)
    >>> tree.plan[0].directory in {folder.name for folder in tree.folders}
    True
    """
    base = draw(st.sampled_from(BASES))
    call = draw(calls())
    items, record = draw(_items(base, max_jobs=max_jobs))
    swept = [item for item in items if isinstance(item, Axis)]
    cells = draw(_cells(base, swept, record, max_jobs=max_jobs))
    recorded = draw(st.sampled_from([True, True, False]))
    keys = [item.key for item in items]
    if call.coordinate is not None and call.coordinate not in keys:
        metrics = draw(series_records(len(cells), COORDINATE))
    else:
        metrics = draw(records(len(cells), taken=keys, recorded=recorded))
    foreign = base == "numbered" and draw(st.sampled_from([True, *[False] * 9]))
    folders = []
    names = [str(n) for n in range(len(cells))] if base == "numbered" else _names(draw, len(cells))
    for (number, cell), left in zip(cells, metrics, strict=True):
        lines = lines_of(items, cell)
        if foreign:
            lines = replaced(lines, swept[0], OLD, "")
        folder = Folder(
            str(number) if base == "numbered" else names.pop(),
            lines,
            carried=lines if recorded else None,
            metrics=left,
        )
        folders.append(draw(altered(folder, items, base=base, recorded=recorded)))
    plan = draw(plans(folders, swept, always=base == "record"))
    definition = None
    if base in ("numbered", "otherwise"):
        split = draw(st.just(0) | st.integers(0, len(items)))
        named = NUMBERED if base == "numbered" else _OTHERWISE
        definition = Definition(tuple(items[:split]), tuple(items[split:]), named)
    if record is not None and draw(st.booleans()):
        # Of a parameter with one value `multirun.yaml` cannot say that it is swept.
        spelled = [
            Fixed(axis.key, axis.labels[0], axis.prefix) if len(axis.labels) == 1 else axis
            for axis in swept
        ]
        definition = Definition((), tuple(spelled), _OTHERWISE)
    nested = draw(st.sampled_from([(), (), (), ("older",), ("0/nested", "older")]))
    # Without a mark of its own, a directory that holds a sweep is the parent of several.
    is_marked = definition is not None or record is not None or plan
    tree = SweepTree(
        tuple(draw(st.permutations(folders))),
        definition,
        record,
        tuple(plan),
        recorded,
        nested if is_marked else (),
    )
    return tree, call


def _names(draw: st.DrawFn, count: int) -> list[str]:
    return list(draw(st.permutations(NAMES)))[:count]


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Draw how a sweep is gathered."""
    rarely = st.sampled_from([False, False, False, True])
    return Call(
        draw(st.sampled_from(["auto", "auto", "auto", "grid", "jobs"])),
        draw(st.sampled_from(["repeat", "repeat", "last", "first", "error", "error"])),
        draw(st.sampled_from([None, None, None, COORDINATE])),
        draw(rarely),
        draw(rarely),
        draw(rarely),
    )


@st.composite
def _items(
    draw: st.DrawFn, base: str, *, max_jobs: int
) -> tuple[list[Axis | Fixed], Record | None]:
    if base != "record":
        params, arguments = draw(
            definitions(max_jobs=max_jobs, sizes=(0, 3) if base == "undefined" else (1, 3))
        )
        return [draw(_shuffled(item)) for item in (*params, *arguments)], None
    kind: Literal["product", "zip"] = draw(st.sampled_from(["product", "zip"]))
    first = draw(axes("x", max_size=4))
    items = [first]
    for key in draw(st.sampled_from([(), ("lr",), ("lr", "a-b")])):
        other = draw(axes(key, max_size=4 if kind == "zip" else 2))
        size = min(len(first.labels), len(other.labels))
        if kind == "zip":
            items = [_cut(axis, size) for axis in items]
            other, first = _cut(other, size), _cut(first, size)
        items.append(other)
    if kind == "product" and math.prod(len(axis.labels) for axis in items) > max_jobs:
        items = items[:1]
    return list(items), Record(kind, tuple(items))


@st.composite
def _shuffled(draw: st.DrawFn, item: Axis | Fixed) -> Axis | Fixed:
    """Now and then let the definition leave the order of a range open."""
    if isinstance(item, Fixed) or not item.sweep.startswith("range") or draw(st.booleans()):
        return item
    return replace(item, sweep=f"shuffle({item.sweep})", listed=False)


def _cut(axis: Axis, size: int) -> Axis:
    return Axis(axis.key, axis.labels[:size], axis.texts[:size])


@st.composite
def _cells(
    draw: st.DrawFn, base: str, swept: list[Axis], record: Record | None, *, max_jobs: int
) -> list[tuple[int, Mapping[str, int]]]:
    """Draw numbers and cells: each once, less those that never ran, more those that ran again."""
    sizes = [len(axis.labels) for axis in swept]
    if record is not None and record.kind == "zip":
        places: list[dict[str, int]] = [
            {axis.key: n for axis in swept} for n in range(len(swept[0].labels))
        ]
    else:
        places = [
            {
                axis.key: n // math.prod(sizes[at + 1 :]) % len(axis.labels)
                for at, axis in enumerate(swept)
            }
            for n in range(math.prod(sizes))
        ]
    numbered = list(enumerate(places))
    lost = draw(st.sampled_from([0, 0, 1, 3]))
    kept = draw(st.permutations(numbered))[: max(1, len(numbered) - lost)]
    if base != "numbered":
        more = draw(st.lists(st.sampled_from(kept), max_size=draw(st.sampled_from([0, 2, 4]))))
        kept = [*kept, *more][:max_jobs]
    return sorted(kept, key=lambda it: it[0])
