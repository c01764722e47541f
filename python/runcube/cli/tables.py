"""Tables for the terminal and for pipes.

Drawn here and not by rich, which takes a second for a thousand rows; its measure of text and its
colours are used.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from runcube.cli import cells

if TYPE_CHECKING:
    from runcube.cli.rows import Row
    from runcube.results.gathered import Sweep

STYLES = {
    "finished": "green",
    "error": "bold red",
    "stopped": "red",
    "timeout": "red",
    "stale": "yellow",
    "running": "cyan",
    "registered": "dim",
    "skipped": "dim",
    "requeue": "yellow",
    "unknown": "dim",
}
_GAP = "  "

Paint = Callable[[str, str], str]


class Column:
    """The heading of a column and its cells, as text; numbers stand at the right."""

    def __init__(
        self,
        name: str,
        values: Sequence[Any],
        *,
        exact: bool = False,
        style: str = "",
        styles: Mapping[str, str] | None = None,
        cut: bool = True,
    ) -> None:
        self.name = name
        self.texts = (
            [cells.as_text(value, exact=exact) for value in values] if cut else list(values)
        )
        self.style = style
        self.styles = styles or {}
        self.is_right = all(map(cells.is_number, values))
        self.width = max(map(cell_len, [name, *self.texts]))

    def padded(self, text: str, *, paint: Paint, style: str) -> str:
        """Give a cell at the column's width."""
        blank = " " * (self.width - cell_len(text))
        painted = paint(text, style) if style else text
        return blank + painted if self.is_right else painted + blank


def jobs_table(sweep: Sweep, rows: Sequence[Row], *, total: int) -> str:
    """Draw the jobs: their directories, varying parameters, statuses and metrics.

    On a terminal, metrics that do not fit beside the rest are left out and named; a pipe gets
    them all.
    """
    columns = [Column("job", [row.job for row in rows], style="bold")]
    columns += [
        Column(
            name,
            [row.parameters.get(name, cells.MISSING) for row in rows],
            exact=True,
            style="cyan",
        )
        for name in sweep.axes
        # Which of many sweeps a job is from stands in its directory already.
        if not rows or any(name in row.parameters for row in rows)
    ]
    columns.append(Column("status", [row.status for row in rows], styles=STYLES))
    metrics = [Column(name, [row.metrics[name] for row in rows]) for name in sweep.metrics]
    fitting = metrics[: _fitting(columns, metrics)]
    lines = [draw([*columns, *fitting])]
    if len(fitting) < len(metrics):
        left_out = ", ".join(column.name for column in metrics[len(fitting) :])
        lines.append(f"not shown, for want of width: {left_out}")
    if sweep.fixed:
        texts = [(name, cells.as_text(value, exact=True)) for name, value in sweep.fixed.items()]
        lines.append(f"fixed: {', '.join(f'{name}={text}' for name, text in texts)}")
    shown = f"; {len(rows)} shown" if len(rows) < total else ""
    lines.append(f"{total} job{'' if total == 1 else 's'}: {counted(sweep.status)}{shown}")
    if sweep.metrics and not sweep.is_complete:
        lines.append("incomplete: the sweep has cells without results")
    return "\n".join(lines)


def counted(statuses: Mapping[str, int]) -> str:
    """Give the counts of statuses as text.

    Examples
    --------
    >>> counted({"finished": 8, "error": 1, "missing": 3})
    '8 finished, 1 error; 3 missing'
    >>> counted({"missing": 3})
    '3 missing'
    """
    counts = ", ".join(f"{n} {status}" for status, n in statuses.items() if status != "missing")
    missing = statuses.get("missing")
    if not missing:
        return counts
    return f"{counts}; {missing} missing" if counts else f"{missing} missing"


def draw(columns: Sequence[Column]) -> str:
    """Give the table as text, with colours on a terminal; no cell is ever cut."""
    paint = _paint() if _has_colours() else _plain
    rule = _line([paint("─" * column.width, "dim") for column in columns])
    heading = _line([it.padded(it.name, paint=paint, style="bold") for it in columns])
    rows = [
        _line(
            [
                column.padded(text, paint=paint, style=column.styles.get(text, column.style))
                for column, text in zip(columns, texts, strict=True)
            ]
        )
        for texts in zip(*(column.texts for column in columns), strict=True)
    ]
    return "\n".join([heading, rule, *rows])


def _line(texts: Sequence[str]) -> str:
    return _GAP.join(texts).rstrip()


def _fitting(columns: Sequence[Column], metrics: Sequence[Column]) -> int:
    """Say how many of the metrics fit on the screen."""
    if not sys.stdout.isatty():
        return len(metrics)
    room = shutil.get_terminal_size().columns + len(_GAP)
    room -= sum(column.width + len(_GAP) for column in columns)
    for place, column in enumerate(metrics):
        room -= column.width + len(_GAP)
        if room < 0:
            return place
    return len(metrics)


def _has_colours() -> bool:
    return (
        sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM", "dumb") != "dumb"
    )


def _plain(text: str, style: str) -> str:
    del style
    return text


def _paint() -> Paint:
    from rich.style import Style

    return lambda text, style: Style.parse(style).render(text)
