"""What each public call of reading costs, on a warm page cache.

Run with `pytest benches/bench_calls.py --benchmark-enable`. What a gather costs against the floor
of its files is measured by `runcube bench`.
"""

from __future__ import annotations

import numpy as np
import pytest

from runcube import find_sweeps, load_metrics, open_sweep, parse_override, save_metrics
from runcube.bench.cache import cache_in
from runcube.bench.workloads import Workload, Workloads

SIZES = (1_000, 10_000)
FORMATS = ("npz", "arrow", "json", "pt", "recorded")
METRICS = {"loss": 0.5, "curve": np.arange(10.0)}


@pytest.fixture(scope="module")
def workloads(tmp_path_factory) -> Workloads:
    return Workloads(tmp_path_factory.mktemp("sweeps"), str)


@pytest.fixture(scope="module", params=SIZES, ids="{} jobs".format)
def workload(request, workloads) -> Workload:
    return workloads.get("recorded", request.param)


@pytest.fixture(scope="module")
def sweep(workload):
    return open_sweep(workload.path, cache=False)


def told(benchmark, jobs: int) -> None:
    """Say what one job takes."""
    if benchmark.stats:
        benchmark.extra_info["µs a job"] = round(benchmark.stats.stats.median / jobs * 1e6, 3)


def test_open_sweep(benchmark, workload):
    sweep = benchmark(open_sweep, workload.path, cache=False)
    told(benchmark, workload.jobs)
    assert len(sweep.jobs) == workload.jobs


@pytest.mark.parametrize("cache", [True, "trust"])
def test_open_sweep_again(benchmark, workload, cache, tmp_path):
    with cache_in(tmp_path):
        workload.settle()
        workload.reopen("refresh")
        sweep = benchmark(open_sweep, workload.path, cache=cache)
    told(benchmark, workload.jobs)
    assert len(sweep.jobs) == workload.jobs


def test_to_xarray(benchmark, sweep, workload):
    dataset = benchmark(sweep.to_xarray)
    told(benchmark, workload.jobs)
    assert dataset.sizes["seed"] == workload.jobs // 10


def test_to_pandas(benchmark, sweep, workload):
    assert len(benchmark(sweep.to_pandas)) == workload.jobs
    told(benchmark, workload.jobs)


def test_to_arrow(benchmark, sweep, workload):
    assert benchmark(sweep.to_arrow).num_rows == workload.jobs
    told(benchmark, workload.jobs)


def test_find_sweeps(benchmark, workload):
    assert benchmark(find_sweeps, workload.path.parent) != []
    told(benchmark, workload.jobs)


@pytest.mark.parametrize("kind", FORMATS)
def test_load_metrics(benchmark, workloads, kind):
    workload = workloads.get(kind, 1_000)
    found = benchmark(load_metrics, workload.path / "7" / workload.metrics)
    assert found.keys() >= {"loss", "curve"}


def test_save_metrics(benchmark, tmp_path):
    file = tmp_path / "metrics.arrow"
    benchmark(save_metrics, file, METRICS, overrides=["lr=0.1", "seed=1"])
    assert load_metrics(file)["loss"] == 0.5


@pytest.mark.parametrize(
    "text",
    ["lr=0.001", "+model.layers=[1,2,3]", "x=choice('a b',${y},{k: [1, null]})"],
    ids=["number", "list", "sweep"],
)
def test_parse_override(benchmark, text):
    assert benchmark(parse_override, text).key in {"lr", "model.layers", "x"}
