"""The claim of every reopening that asks for stamps: how near it comes to asking alone."""

from __future__ import annotations

from runcube.bench import usual
from runcube.bench.figures import Figure, Measured
from runcube.bench.floors import STAT_FLOOR, asking
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, fastest
from runcube.bench.workloads import Workload

_TARGET = 1.3


def against_stamps(
    setting: Setting, row: str, work: str, workload: Workload, ours: Contender
) -> Measured:
    """Time a reopening and the floor of stamps in turns, and compare them."""
    times = setting.in_turns(work, [*asking(workload, workload.needed), ours])
    measured = Measured([], {work: times})
    floor = fastest(times, STAT_FLOOR).per_job
    limit = usual.STAT_ONE_FILE * len(workload.needed)
    doubt = setting.doubt(f"{work}: the {STAT_FLOOR}", floor, limit)
    ratio = measured.unless(doubt, times[ours.name].per_job / floor)
    measured.figures.append(Figure(row, work, f"times the {STAT_FLOOR}", ratio, _TARGET))
    return measured
