"""The claim of every reopening that asks for stamps: how near it comes to asking alone."""

from __future__ import annotations

from runcube.bench import usual
from runcube.bench.figures import Figure, Measured
from runcube.bench.floors import STAT_FLOOR
from runcube.bench.turns import Times, fastest
from runcube.bench.workloads import Workload

_TARGET = 1.3


def against_stamps(row: str, work: str, name: str, workload: Workload, times: Times) -> Measured:
    """Compare the contender of this name with the floor of stamps, at its fastest."""
    measured = Measured([], {work: times})
    floor = fastest(times, STAT_FLOOR).per_job
    limit = usual.STAT_ONE_FILE * len(workload.needed)
    doubt = usual.doubt(f"{work}: the {STAT_FLOOR}", floor, limit)
    ratio = measured.unless(doubt, times[name].per_job / floor)
    measured.figures.append(Figure(row, work, f"times the {STAT_FLOOR}", ratio, _TARGET))
    return measured
