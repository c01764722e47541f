"""From a path to a dataset: the floor, runcube and the careful Python loop.

Run with `pytest benches/bench_gather.py --benchmark-enable`.
"""

from __future__ import annotations

import pytest

from runcube import _core
from runcube.bench import careful
from runcube.bench.workloads import Workload, Workloads

SIZES = (1_000, 10_000)


@pytest.fixture(scope="module", params=SIZES, ids="{} jobs".format)
def jobs(request) -> int:
    return request.param


@pytest.fixture(scope="module", params=["npz", "recorded"])
def workload(request, jobs, tmp_path_factory) -> Workload:
    return Workloads(tmp_path_factory.mktemp("sweeps"), str).get(request.param, jobs)


@pytest.fixture
def measured(benchmark, workload):
    """Time a call, warm, beside the others of the same tree."""
    benchmark.group = f"{workload.format}, {workload.jobs} jobs"

    def measure(rounds, work, *arguments):
        result = benchmark.pedantic(work, arguments, rounds=rounds, warmup_rounds=1)
        if benchmark.stats:
            per_job = benchmark.stats.stats.median / workload.jobs
            benchmark.extra_info["µs a job"] = round(per_job * 1e6, 2)
        return result

    return measure


@pytest.mark.parametrize("workers", [1, 2], ids="{} threads".format)
def test_floor(measured, workload, workers):
    size, _ = measured(
        20, _core.read_floor, workload.path, workload.directories, workload.needed, workers
    )
    assert size > 100 * workload.jobs


def test_open_sweep(measured, workload):
    dataset = measured(20, workload.gather)
    assert dataset.sizes["seed"] == workload.jobs // 10


def test_careful_python(measured, workload):
    kind = "arrow" if workload.is_recorded else workload.format
    dataset = measured(2, careful.gather, workload.path, kind)
    assert dataset.sizes["seed"] == workload.jobs // 10
