"""`runcube bench`: how fast gathering is on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from cyclopts import Parameter

from runcube.cli.refusal import Refusal

if TYPE_CHECKING:
    from runcube.bench.turns import Say

FEWEST_JOBS = 100
_WRITERS = {"arrow": "pyarrow", "pt": "torch"}
# A pipe has no width of its own; the tables need so much.
_WIDTH = 140


def bench(
    *,
    jobs: int = 10_000,
    rounds: int = 5,
    formats: str | None = None,
    rows: str | None = None,
    cold: Annotated[bool, Parameter(negative="")] = False,
    tree: Path | None = None,
    metrics: str | None = None,
    directory: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Measure how fast gathering is, against what cannot be beaten and what others do.

    Sweeps are made for the while. In each round all contenders are timed, one after another: a
    loop that reads the same files and does nothing else, runcube, a careful Python loop on a tenth
    of the jobs, and other tools where they are installed. The medians are compared. Before that,
    their datasets are: wrong results are never timed.

    Parameters
    ----------
    jobs
        The size of the sweeps; the targets are those of 100000.
    rounds
        How often each contender is timed.
    formats
        Kinds of metric files, with commas between: npz, arrow, json, pt. By default all that can be
        written here.
    rows
        Rows of the report, with commas between: gather, recorded, index, cold, checked, trust,
        refresh, scaling, memory, large, startup, launch. By default all that apply.
    cold
        Measure with an empty page cache too. That of the whole machine is dropped, which takes
        root.
    tree
        Measure a sweep of your own, instead of made ones. Nothing is written into it.
    metrics
        The metric file of each job of that sweep.
    directory
        Where sweeps are made; by default in the system's folder for temporary files.
    json_
        Print one JSON document.
    """
    from runcube.bench.errors import BenchError
    from runcube.bench.report import document, tables
    from runcube.bench.rows.table import ROWS
    from runcube.bench.running import Request, run

    if jobs < FEWEST_JOBS:
        message = f"`--jobs`: expected {FEWEST_JOBS} or more, got {jobs}"
        raise Refusal(message)
    if rounds < 1:
        message = f"`--rounds`: expected 1 or more, got {rounds}"
        raise Refusal(message)
    if metrics is not None and tree is None:
        message = "`--metrics` names the file of each job of a sweep that `--tree` gives"
        raise Refusal(message)
    request = Request(
        jobs=jobs,
        rounds=rounds,
        formats=_formats(formats),  # type: ignore[arg-type]
        is_cold=cold,
        rows=None if rows is None else _listed("--rows", rows, list(ROWS)),
        tree=tree,
        metrics=metrics,
        directory=directory,
    )
    try:
        with _saying() as say:
            outcome = run(request, say)
    except BenchError as error:
        raise Refusal(str(error)) from None
    if json_:
        print(json.dumps(document(outcome), ensure_ascii=False))
        return 0
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    console.print(tables(outcome))
    return 0


def _formats(asked: str | None) -> tuple[str, ...]:
    from runcube.testing.trees import Format

    known = [name for name in get_args(Format) if name != "recorded"]
    missing = {name for name, package in _WRITERS.items() if find_spec(package) is None}
    if asked is None:
        return tuple(name for name in known if name not in missing)
    listed = _listed("--formats", asked, known)
    for name in listed:
        if name in missing:
            message = f"`--formats {name}`: writing such files needs `{_WRITERS[name]}`"
            raise Refusal(message)
    return tuple(listed)


def _listed(option: str, text: str, known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            message = f"`{option}`: expected some of {', '.join(known)}; got `{name}`"
            raise Refusal(message)
    return list(dict.fromkeys(names))


@contextmanager
def _saying() -> Iterator[Say]:
    """Say what is being done, where somebody can see it."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _unheard
        return
    with console.status("beginning") as status:
        yield status.update


def _unheard(text: str) -> None:
    del text
