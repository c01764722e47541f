"""From a path to a dataset: the floor, runcube and the careful Python loop.

Run with `pytest benches/bench_gather.py --benchmark-enable`.
"""

from __future__ import annotations

import pytest

import contenders
from runcube.testing import Tree, make_tree

SIZES = (1_000, 10_000)


@pytest.fixture(scope="module", params=SIZES, ids="{} jobs".format)
def jobs(request) -> int:
    return request.param


@pytest.fixture(scope="module", params=contenders.METRICS)
def kind(request) -> contenders.Kind:
    return request.param


@pytest.fixture(scope="module")
def tree(kind, jobs, tmp_path_factory) -> Tree:
    return make_tree(tmp_path_factory.mktemp("sweep"), jobs=jobs, format=kind)


@pytest.fixture
def measured(benchmark, tree, kind):
    """Time a call, warm, beside the others of the same tree."""
    benchmark.group = f"{kind}, {len(tree.directories)} jobs"

    def measure(rounds, work, *arguments):
        result = benchmark.pedantic(work, arguments, rounds=rounds, warmup_rounds=1)
        if benchmark.stats:
            per_job = benchmark.stats.stats.median / len(tree.directories)
            benchmark.extra_info["µs a job"] = round(per_job * 1e6, 2)
        return result

    return measure


@pytest.mark.parametrize("workers", [1, 2], ids="{} threads".format)
def test_floor(measured, tree, kind, workers):
    measured(20, contenders.floor, tree, contenders.needed(kind), workers)


def test_open_sweep(measured, tree):
    dataset = measured(20, contenders.runcube, tree)
    assert dataset.sizes["seed"] == len(tree.directories) // 10


def test_careful_python(measured, tree, kind):
    dataset = measured(2, contenders.careful, tree, kind)
    assert dataset.sizes["seed"] == len(tree.directories) // 10
