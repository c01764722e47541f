"""`runcube show`: the jobs of a sweep as a table, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from runcube.cli import cells
from runcube.cli.problems import report_problems
from runcube.cli.refusal import Refusal
from runcube.cli.rows import Row, arranged, rows_of

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep
    from runcube.results.problem import Problem


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
    rows = arranged(rows_of(sweep, described=not json_), sweep, sort=sort, reverse=reverse)
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
