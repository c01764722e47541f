"""Gathering with nothing in the page cache, which is dropped before each turn."""

from __future__ import annotations

from dataclasses import replace

from runcube.bench import usual
from runcube.bench.agreement import require_equal
from runcube.bench.cache import can_drop_pages, drop_pages
from runcube.bench.figures import Figure, Measured, not_measured
from runcube.bench.floors import COLD_THREADS, FLOOR, reading
from runcube.bench.setting import MOST_COLD_JOBS, Setting
from runcube.bench.turns import Contender, fastest, timed

OURS = "runcube"
_TARGET = 1.2


def cold(setting: Setting) -> Measured:
    """Time a gather of 10,000 jobs at most, against the bare read at its best thread count."""
    figure = Figure("cold", "gather, cold", "times the floor", None, _TARGET)
    if not setting.is_cold:
        note = "`--cold` drops the page cache of the machine, and measures it"
        return not_measured(figure, note)
    if not can_drop_pages():
        note = "the page cache may not be dropped here: writing drop_caches takes root"
        return not_measured(figure, note)
    workload = setting.given or setting.workloads.get(
        setting.formats[0], min(setting.jobs, MOST_COLD_JOBS)
    )
    require_equal(workload, {OURS: workload.gather()})
    work = f"gather {workload.format}, cold"
    ways = [
        *reading(workload, workload.needed, threads=COLD_THREADS, prepare=drop_pages),
        Contender(OURS, timed(workload.gather), workload.jobs, prepare=drop_pages),
    ]
    times = setting.in_turns(work, ways, warm=False)
    measured = Measured([], {work: times})
    floor = fastest(times, FLOOR).per_job
    limit = usual.READ_ONE_FILE_COLD * len(workload.needed)
    doubt = setting.doubt(f"{work}: the {FLOOR}", floor, limit)
    ratio = measured.unless(doubt, times[OURS].per_job / floor)
    measured.figures.append(replace(figure, work=work, value=ratio))
    return measured
