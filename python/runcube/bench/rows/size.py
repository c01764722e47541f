"""What grows with the number of jobs: `scaling` of the time, `memory` at its peak."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

from runcube.bench import peak
from runcube.bench.agreement import require_equal
from runcube.bench.figures import Figure, Measured, not_measured
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed
from runcube.bench.workloads import Workload

SIZES = (1_000, 10_000, 100_000)
_SPREAD_TARGET = 1.2
_JOBS_IN_A_TURN = 10_000
_BYTES_PER_JOB = 300
_MIB = 1 << 20
_FEW = 10


def scaling(setting: Setting) -> Measured:
    """Time the gather of sweeps of several sizes, and compare what a job costs."""
    sizes = [size for size in SIZES if size <= setting.jobs]
    work = f"cost per job at {', '.join(f'{size:,}' for size in sizes)}"
    figure = Figure("scaling", work, "times the cheapest, the dearest", None, _SPREAD_TARGET)
    if setting.given is not None or len(sizes) < 2:  # noqa: PLR2004 - one size has no spread
        note = "needs sweeps of 1,000 and 10,000 jobs: `--jobs 10000` or more"
        return not_measured(replace(figure, work="cost per job by size"), note)
    ways = []
    for size in sizes:
        workload = setting.workloads.get(setting.formats[0], size)
        require_equal(workload, {"runcube": workload.gather()})
        # After a large sweep the processor holds nothing of a small one.
        repeats = max(1, _JOBS_IN_A_TURN // size)
        ways.append(Contender(f"{size} jobs", timed(workload.gather, repeats=repeats), size))
    times = setting.in_turns(work, ways)
    costs = [time.per_job for time in times.values()]
    spread = max(costs) / min(costs)
    return Measured([replace(figure, value=spread)], {work: times})


def memory(setting: Setting) -> Measured:
    """Measure the peak of memory of a gather, in a process of its own, above its imports."""
    workload = setting.first
    work = f"peak memory, {workload.format}, above imports"
    setting.say(work)
    few = setting.workloads.get(setting.formats[0], _FEW)
    peaks, datasets = zip(*(_peak(it) for it in (workload, few)), strict=True)
    allowed = 2 * datasets[0] + _BYTES_PER_JOB / _MIB * workload.jobs
    note = f"the dataset: {datasets[0]:.1f} MiB; a sweep of {_FEW} jobs takes {peaks[1]:.1f} MiB"
    return Measured([Figure("memory", work, "MiB", peaks[0], allowed, note=note)])


def _peak(workload: Workload) -> tuple[float, float]:
    """Give the MiB of the peak above the imports, and those of the dataset."""
    arguments = [str(workload.path), *([workload.asked] if workload.asked else [])]
    command = [sys.executable, "-m", peak.__name__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(done.stdout)
    return found["peak"] / _MIB, found["dataset"] / _MIB
