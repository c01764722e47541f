"""`runcube ls`: the sweeps below a path, a line for each."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter


@dataclass(frozen=True, slots=True)
class Listed:
    """One sweep, or a single run.

    Attributes
    ----------
    sweep : str
        Its directory, relative to the path that was asked for.
    when : str or None
        When it was launched, as far as that can be told: ISO 8601, in local time.
    app : str or None
        The app, as Hydra calls it.
    axes : dict
        Parameter → number of its labels.
    status : dict
        How many jobs stand how; `missing` have no directory.
    problems : int
        How many problems were met.
    error : str or None
        Why it could not be opened, if so.
    """

    sweep: str
    when: str | None
    app: str | None
    axes: dict[str, int]
    status: dict[str, int]
    problems: int
    error: str | None


def ls(
    path: Path = Path(),
    /,
    *,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """List the sweeps below a path, a line for each.

    On a terminal it is a table. A pipe gets lines of fields with tabs between them, without a
    heading: directory, time, app, axes, statuses.

    Parameters
    ----------
    path
        Where to look; by default here. A single run is a sweep of one.
    json_
        Print one JSON document: a list of the sweeps.
    """
    found = listed(path)
    if json_:
        print(document(found))
    elif not found:
        print(f"runcube: {path}: no sweep and no single run below it", file=sys.stderr)
    elif sys.stdout.isatty():
        from runcube.cli.tables import Column, draw

        sweeps, times, apps, axes, jobs = zip(*map(_fields, found), strict=True)
        colours = {text: _style(it) for text, it in zip(jobs, found, strict=True)}
        columns = [
            Column("sweep", sweeps, style="bold", cut=False),
            Column("when", times, style="dim", cut=False),
            Column("app", apps, cut=False),
            Column("axes", axes, style="cyan", cut=False),
            Column("jobs", jobs, styles=colours, cut=False),
        ]
        print(draw(columns))
    else:
        print("\n".join("\t".join(_fields(it)) for it in found))
    return 1 if any(it.problems or it.error for it in found) else 0


def listed(path: Path) -> list[Listed]:
    """Give the sweeps below a path, by path with digits as numbers."""
    from runcube import _core

    return [
        Listed(
            sweep=Path(found).relative_to(path).as_posix(),
            when=_time(when),
            app=app,
            axes=dict(axes),
            status=dict(statuses) | ({"missing": missing} if missing else {}),
            problems=problems if isinstance(problems, int) else 0,
            error=problems if isinstance(problems, str) else None,
        )
        for found, when, app, axes, statuses, missing, problems in _core.list_sweeps(
            path, socket.gethostname()
        )
    ]


def document(found: Sequence[Listed]) -> str:
    """Give the sweeps as JSON text."""
    fields: list[dict[str, Any]] = [
        {name: getattr(it, name) for name in Listed.__slots__} for it in found
    ]
    return json.dumps(fields, ensure_ascii=False)


def _time(when: str | float | None) -> str | None:
    if not isinstance(when, float):
        return when
    # The time of the reader's clock, as in the names that Hydra gives to directories.
    return datetime.fromtimestamp(when).isoformat(timespec="seconds")


def _fields(it: Listed) -> tuple[str, ...]:
    from runcube.cli.tables import counted

    when = "" if it.when is None else it.when.replace("T", " ")[:16]
    axes = ", ".join(f"{name} {size}" for name, size in it.axes.items())
    jobs = counted(it.status)
    if it.problems:
        jobs += f"; {it.problems} problem{'s' if it.problems > 1 else ''}"
    if it.error is not None:
        jobs = f"cannot be opened: {it.error.splitlines()[0]}"
    texts = (it.sweep, when, it.app or "", axes, jobs)
    return tuple(text if text.isprintable() else repr(text) for text in texts)


def _style(it: Listed) -> str:
    if it.error is not None or {"error", "timeout", "stopped"} & it.status.keys():
        return "red"
    return "green" if it.status.keys() == {"finished"} else "yellow"
