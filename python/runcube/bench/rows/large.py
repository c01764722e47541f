"""Large metrics: how near their gather comes to copying the same bytes in memory."""

from __future__ import annotations

from dataclasses import replace

from runcube import _core
from runcube.bench.agreement import require_equal
from runcube.bench.figures import Figure, Measured, not_measured
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed

JOBS = 64
BYTES = 64 << 20
OURS = "runcube"
COPY = "memcpy into fresh memory"
_TARGET = 0.8


def large(setting: Setting) -> Measured:
    """Time the gather of 64 MB in 64 files, against one copy of as much."""
    format_ = setting.formats[0]
    work = f"gather {format_}, 64 MB in 64 files, warm"
    figure = Figure("large", work, "times the speed of memcpy", None, _TARGET, "at least")
    if setting.given is not None:
        return not_measured(figure, "needs a sweep of its own")
    shape = (BYTES // JOBS // 8,)
    workload = setting.workloads.make("large", format_, JOBS, shapes={"field": shape})
    require_equal(workload, {OURS: workload.gather()})
    ways = [
        Contender(COPY, lambda: _core.copy_floor(BYTES), JOBS),
        Contender(OURS, timed(workload.gather), JOBS),
    ]
    times = setting.in_turns(work, ways)
    ratio = times[COPY].seconds / times[OURS].seconds
    return Measured([replace(figure, value=ratio)], {work: times})
