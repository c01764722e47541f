"""`runcube show`: the jobs of a sweep as a table, or as JSON."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from runcube.cli import cells
from runcube.cli.problems import report_problems
from runcube.cli.refusal import Refusal

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep
    from runcube.results.problem import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One job, as the table and the JSON show it."""

    job: str
    status: str
    parameters: dict[str, Any]
    metrics: dict[str, Any]


def show(
    path: Path,
    /,
    *,
    sort: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    reverse: Annotated[bool, Parameter(negative="")] = False,
    limit: int | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    metrics: Annotated[list[str] | None, Parameter(negative="")] = None,
    where: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    leftovers: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show the jobs of a sweep as a table.

    Parameters
    ----------
    path
        The directory of a sweep, or of a single run.
    sort
        Sort by a parameter, a metric, `job` or `status`; `-NAME` sorts downwards. Jobs that lack
        it come last.
    reverse
        Turn the order around.
    limit
        Show so many jobs at most.
    json_
        Print one JSON document. NaN and infinities are strings, null is what a job lacks.
    metrics
        A metric file of each job, or a glob, instead of the recorded metrics. May be repeated.
    where
        Show the jobs alone whose parameters fit a condition: "lr < 0.1 and model in ['a', 'b']".
    leftovers
        Take in jobs that the sweep's definition cannot have produced.
    """
    from runcube.results.opening import open_sweep

    if limit is not None and limit < 0:
        message = f"`--limit`: expected a number of jobs, got {limit}"
        raise Refusal(message)
    sweep = open_sweep(path, metrics=metrics or None, where=where, leftovers=leftovers)
    rows = arranged(rows_of(sweep), sweep, sort=sort, reverse=reverse)
    shown = rows if limit is None else rows[:limit]
    if json_:
        text = document(sweep, shown)
    else:
        from runcube.cli.tables import jobs_table

        text = jobs_table(sweep, shown, total=len(rows))
    print(text)
    problems = all_problems(sweep)
    report_problems(problems, listing="--json")
    return 1 if problems else 0


def rows_of(sweep: Sweep) -> list[Row]:
    """Give each job with its metrics, in job order."""
    jobs = sweep.jobs
    columns = {name: sweep.metric_values(name) for name in sweep.metrics}
    known = zip(jobs.names, jobs.statuses, jobs.parameters, strict=True)
    return [
        Row(name, status, parameters, {name: values[place] for name, values in columns.items()})
        for place, (name, status, parameters) in enumerate(known)
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


def document(sweep: Sweep, rows: Sequence[Row]) -> str:
    """Give the sweep and these rows as JSON text."""
    return json.dumps(
        {
            "sweep": str(sweep.path),
            "axes": cells.as_json(sweep.axes),
            "fixed": cells.as_json(sweep.fixed),
            "is_complete": sweep.is_complete,
            "status": sweep.status,
            "jobs": [
                {
                    "job": row.job,
                    "status": row.status,
                    "parameters": cells.as_json(row.parameters),
                    "metrics": cells.as_json(row.metrics),
                }
                for row in rows
            ],
            "problems": [
                {"path": str(it.path), "kind": it.kind, "message": it.message}
                for it in all_problems(sweep)
            ],
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def all_problems(sweep: Sweep) -> tuple[Problem, ...]:
    """Give what was unusable of the metrics, the overrides and the records of the jobs."""
    return (*sweep.problems, *sweep.jobs.problems)
