"""From what was asked for to what was measured."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runcube.bench.about import about
from runcube.bench.figures import Measured
from runcube.bench.given import given
from runcube.bench.rows.table import MADE, ROWS
from runcube.bench.setting import Setting
from runcube.bench.turns import Say
from runcube.bench.workloads import Workloads
from runcube.testing.trees import Format


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes
    ----------
    jobs, rounds, formats, is_cold
        As `Setting` has them.
    rows
        Names of `ROWS`; None for all that apply.
    tree, metrics
        A sweep to measure, and its metric file, instead of sweeps that are made.
    directory
        Where sweeps are made; None for the system's folder for temporary files.
    """

    jobs: int = 10_000
    rounds: int = 5
    formats: tuple[Format, ...] = ("npz",)
    is_cold: bool = False
    rows: Sequence[str] | None = None
    tree: Path | None = None
    metrics: str | None = None
    directory: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What a bench found.

    Attributes
    ----------
    about
        Where it ran, and on what.
    measured
        Row → what it gave.
    """

    about: Mapping[str, Any]
    measured: Mapping[str, Measured]

    @property
    def warnings(self) -> list[str]:
        """What makes figures doubtful."""
        found = []
        if not self.about["is_optimised"]:
            found.append("runcube was built without optimisation: its times mean nothing")
        if self.about["rounds"] < FEWEST_ROUNDS:
            found.append(f"fewer than {FEWEST_ROUNDS} rounds: medians of so few jump about")
        return found + [doubt for measured in self.measured.values() for doubt in measured.doubts]


FEWEST_ROUNDS = 5


def run(request: Request, say: Say) -> Outcome:
    """Measure the rows that were asked for.

    Parameters
    ----------
    request
        What was asked for.
    say
        Is told what is being done.

    Raises
    ------
    runcube.bench.errors.BenchError
        A given sweep cannot be measured, or datasets differ.
    """
    with tempfile.TemporaryDirectory(prefix="runcube-bench-", dir=request.directory) as name:
        folder = Path(name)
        tree = None if request.tree is None else given(request.tree, request.metrics)
        setting = Setting(
            jobs=request.jobs if tree is None else tree.jobs,
            rounds=request.rounds,
            formats=request.formats,
            is_cold=request.is_cold,
            folder=folder,
            say=say,
            workloads=Workloads(folder, say),
            given=tree,
        )
        rows = request.rows
        if rows is None:
            rows = [name for name in ROWS if tree is None or name not in MADE]
        facts = about(setting)
        return Outcome(facts, {row: ROWS[row](setting) for row in rows})
