"""`runcube status`: how the jobs of a sweep stand, and why some failed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from runcube.cli.problems import report_problems
from runcube.cli.refusal import Refusal
from runcube.cli.standing import Standing, reason, standing

_SHOWN = 20


def status(
    path: Path,
    /,
    *,
    limit: int = _SHOWN,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Say how the jobs of a sweep stand, and why some failed.

    The exit code is 1 where a job failed, was ended or gives no sign of life, or where a record
    cannot be read.

    Parameters
    ----------
    path
        The directory of a sweep, or of a single run.
    limit
        Show so many failed jobs at most.
    json_
        Print one JSON document, with all failed jobs.
    """
    if limit < 0:
        message = f"`--limit`: expected a number of jobs, got {limit}"
        raise Refusal(message)
    now = standing(path)
    print(document(now) if json_ else text_of(now, limit=limit))
    report_problems(now.problems, listing="--json")
    return exit_code(now)


def exit_code(now: Standing) -> int:
    """Give 1 where something is wrong with a job or its record."""
    return 1 if now.bad or now.problems else 0


def text_of(now: Standing, *, limit: int) -> str:
    """Give the failed jobs as a table, and the counts below it."""
    from runcube.cli.tables import STYLES, Column, counted, draw

    lines = []
    shown = now.bad[:limit]
    if shown:
        columns = [
            Column("job", shown, style="bold", cut=False),
            Column("status", [now.jobs[name] for name in shown], styles=STYLES),
            Column(
                "why", [_printable(reason(now.sweep / n, now.jobs[n])) for n in shown], cut=False
            ),
        ]
        lines.append(draw(columns))
    if len(shown) < len(now.bad):
        lines.append(f"… and {len(now.bad) - len(shown)} more; `--limit` shows more of them")
    count = len(now.jobs) + now.missing
    lines.append(f"{count} job{'' if count == 1 else 's'}: {counted(now.counts)}")
    return "\n".join(lines)


def document(now: Standing) -> str:
    """Give the same as JSON text."""
    return json.dumps(
        {
            "sweep": str(now.sweep),
            "status": now.counts,
            "failed": [
                {
                    "job": name,
                    "status": now.jobs[name],
                    "why": reason(now.sweep / name, now.jobs[name]),
                }
                for name in now.bad
            ],
            "problems": [
                {"path": str(it.path), "kind": it.kind, "message": it.message}
                for it in now.problems
            ],
        },
        ensure_ascii=False,
    )


def _printable(text: str) -> str:
    return text if text.isprintable() else repr(text)
