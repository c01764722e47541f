"""What a bench found, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from runcube.bench.figures import Figure
from runcube.bench.running import Outcome
from runcube.bench.turns import Times

_OURS = "runcube"
_REACHED = {True: ("yes", "green"), False: ("no", "bold red"), None: ("", "dim")}
_MANY = 1000.0


def tables(outcome: Outcome) -> RenderableType:
    """Draw where it ran, what is doubtful, the figures, and the times below them."""
    warnings = [Text(f"! {warning}", style="yellow") for warning in outcome.warnings]
    return Group(*_heading(outcome), *warnings, _figures(outcome), _times(outcome))


def document(outcome: Outcome) -> dict[str, Any]:
    """Give the same as plain data."""
    return {
        "about": dict(outcome.about),
        "warnings": outcome.warnings,
        "figures": [
            {
                "row": figure.row,
                "work": figure.work,
                "value": figure.value,
                "unit": figure.unit,
                "target": figure.target,
                "bound": figure.bound,
                "is_reached": figure.is_reached,
                "note": figure.note,
            }
            for figure in _all_figures(outcome)
        ],
        "times": [
            {
                "work": work,
                "contender": time.contender,
                "jobs": time.jobs,
                "seconds": time.seconds,
                "best_seconds": time.best,
                "microseconds_per_job": time.per_job,
            }
            for work, times in _all_times(outcome)
            for time in times.values()
        ],
    }


def number(value: float) -> str:
    """Write a figure with three digits that mean something.

    Examples
    --------
    >>> number(1.2345), number(44.38), number(36_123.4)
    ('1.23', '44.4', '36,123')
    """
    return f"{value:,.0f}" if abs(value) >= _MANY else f"{value:#.3g}".rstrip(".")


def _heading(outcome: Outcome) -> Iterator[Text]:
    about = outcome.about
    formats = ", ".join(about["formats"])
    yield Text(
        f"{about['jobs']:,} jobs, {formats}; page cache {about['page_cache']}; median of "
        f"{about['rounds']} rounds"
    )
    yield Text(
        f"{about['cores']} cores, {about['processor']}; {about['file_system']}; {about['machine']}"
    )
    versions = ", ".join(f"{name} {it}" for name, it in about["versions"].items())
    yield Text(f"Python {about['python']}, {versions}")


def _figures(outcome: Outcome) -> Table:
    table = Table()
    table.add_column("row", no_wrap=True, style="dim")
    table.add_column("work")
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("of what")
    table.add_column("reached", no_wrap=True)
    for figure in _all_figures(outcome):
        text, style = _REACHED[figure.is_reached]
        value = "-" if figure.value is None else number(figure.value)
        what = f"{figure.unit}\n({figure.note})" if figure.note else figure.unit
        table.add_row(figure.row, figure.work, value, _target(figure), what, Text(text, style))
    return table


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≤' if figure.bound == 'at most' else '≥'} {number(figure.target)}"


def _times(outcome: Outcome) -> Table:
    table = Table()
    table.add_column("times", no_wrap=True)
    for name in ("jobs", "ms", "best", "µs a job", f"times {_OURS}"):
        table.add_column(name, justify="right", no_wrap=True)
    for work, times in _all_times(outcome):
        table.add_row(Text(work, "bold"))
        ours = times.get(_OURS)
        for time in times.values():
            ratio = "" if ours is None else number(time.per_job / ours.per_job)
            milliseconds = [number(it * 1e3) for it in (time.seconds, time.best)]
            cells = (f"{time.jobs:,}", *milliseconds, number(time.per_job), ratio)
            table.add_row(f"  {time.contender}", *cells)
        table.add_section()
    return table


def _all_figures(outcome: Outcome) -> Iterator[Figure]:
    for measured in outcome.measured.values():
        yield from measured.figures


def _all_times(outcome: Outcome) -> Iterator[tuple[str, Times]]:
    for measured in outcome.measured.values():
        yield from measured.times.items()
