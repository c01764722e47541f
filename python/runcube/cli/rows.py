"""The jobs of a sweep as rows, in the order that is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcube.cli import cells
from runcube.cli.refusal import Refusal

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep


@dataclass(frozen=True, slots=True)
class Row:
    """One job, as the table and the JSON show it."""

    job: str
    status: str
    parameters: dict[str, Any]
    metrics: dict[str, Any]


def rows_of(sweep: Sweep, *, described: bool = False) -> list[Row]:
    """Give each job with its metrics, in job order; arrays may be no more than described."""
    jobs = sweep.jobs
    columns = {name: _values(sweep, name, described=described) for name in sweep.metrics}
    known = zip(jobs.names, jobs.statuses, jobs.parameters, strict=True)
    return [
        Row(name, status, parameters, {name: values[place] for name, values in columns.items()})
        for place, (name, status, parameters) in enumerate(known)
    ]


def _values(sweep: Sweep, name: str, *, described: bool) -> list[Any]:
    if not described:
        return sweep.metric_values(name)
    # A table needs no numpy, which takes longer to import than all of them to print.
    return [
        cells.ArrayForm(*value) if isinstance(value, tuple) else value
        for value in sweep._described_values(name)
    ]


def arranged(rows: list[Row], sweep: Sweep, *, sort: str | None, reverse: bool) -> list[Row]:
    """Sort the rows; those without a value come last, whichever way."""
    if sort is None:
        return rows[::-1] if reverse else rows
    name, downwards = _sort_name(sort, rows, sweep)
    if name == "job":
        # They are in job order, which knows that 10 comes after 9.
        return rows[::-1] if downwards != reverse else rows
    keyed = [(_value(row, name), row) for row in rows]
    if any(cells.is_array(value) for value, _ in keyed):
        message = f"`--sort {name}`: its values are arrays or lists, which have no order"
        raise Refusal(message)
    present = [pair for pair in keyed if not _is_missing(pair[0])]
    present.sort(key=lambda pair: cells.order(pair[0]), reverse=downwards != reverse)
    return [row for _, row in present] + [row for value, row in keyed if _is_missing(value)]


def _sort_name(sort: str, rows: Sequence[Row], sweep: Sweep) -> tuple[str, bool]:
    names = dict.fromkeys(name for row in rows for name in row.parameters)
    known = [*names, *sweep.metrics, "job", "status"]
    if sort in known:
        return sort, False
    if sort.startswith("-") and sort[1:] in known:
        return sort[1:], True
    close = difflib.get_close_matches(sort.removeprefix("-"), known, n=3, cutoff=0.5)
    listed = f"did you mean {_listed(close)}?" if close else f"there are {_listed(known)}"
    message = f"`--sort {sort}`: no parameter or metric of that name; {listed}"
    raise Refusal(message)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _value(row: Row, name: str) -> Any:
    if name in row.parameters:
        return row.parameters[name]
    if name in row.metrics:
        return row.metrics[name]
    return row.status if name == "status" else None


def _is_missing(value: Any) -> bool:
    # NaN has no place in an order; only NaN differs from itself.
    return value is None or bool(value != value)  # noqa: PLR0124
