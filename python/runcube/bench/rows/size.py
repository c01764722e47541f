"""What grows with the number of jobs: `scaling` of the time, `memory` at its peak."""

from __future__ import annotations

import json
import subprocess
import sys

from runcube.bench import peak
from runcube.bench.agreement import require_equal
from runcube.bench.figures import Figure, Measured, not_measured
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed

SIZES = (1_000, 10_000, 100_000)
_SPREAD_TARGET = 1.2
_BYTES_PER_JOB = 300
_MIB = 1 << 20


def scaling(setting: Setting) -> Measured:
    """Time the gather of sweeps of several sizes, and compare what a job costs."""
    sizes = [size for size in SIZES if size <= setting.jobs]
    if setting.given is not None or len(sizes) < 2:  # noqa: PLR2004 - one size has no spread
        note = "needs sweeps of 1,000 and 10,000 jobs: `--jobs 10000` or more"
        return not_measured("scaling", "cost per job by size", note)
    ways = []
    for size in sizes:
        workload = setting.workloads.get(setting.formats[0], size)
        require_equal(workload, {"runcube": workload.gather()})
        ways.append(Contender(f"{size} jobs", timed(workload.gather), size))
    work = f"cost per job at {', '.join(f'{size:,}' for size in sizes)}"
    times = setting.in_turns(work, ways)
    costs = [time.per_job for time in times.values()]
    spread = max(costs) / min(costs)
    unit = "times the cheapest, the dearest"
    return Measured([Figure("scaling", work, unit, spread, _SPREAD_TARGET)], {work: times})


def memory(setting: Setting) -> Measured:
    """Measure the peak of memory of a gather, in a process of its own, above its imports."""
    workload = setting.first
    work = f"peak memory, {workload.format}, above imports"
    setting.say(work)
    arguments = [str(workload.path), *([workload.asked] if workload.asked else [])]
    command = [sys.executable, "-m", peak.__name__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(done.stdout)
    allowed = 2 * found["dataset"] + _BYTES_PER_JOB * workload.jobs
    note = f"dataset of {found['dataset'] / _MIB:.1f} MiB"
    figure = Figure("memory", work, "MiB", found["peak"] / _MIB, allowed / _MIB, note=note)
    return Measured([figure])
