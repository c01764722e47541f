"""The index that our sweeper leaves beside a sweep."""

from __future__ import annotations

import os

import pytest
from hydra_zen import make_config, multirun

from cached_loads import SETTLED_SECONDS
from runcube import open_sweep, save_metrics
from runcube.launch.sweeper import indexing
from runcube.results import opening
from runcube.workflows import MultiRunMetricsWorkflow

JOBS = indexing.FEWEST_JOBS + 8
INDEX = f".runcube/{indexing.INDEX_NAME}"


class Squares(MultiRunMetricsWorkflow):
    """Jobs that do next to nothing."""

    @staticmethod
    def task(x):
        """Square a number."""
        return {"square": x * x}


@pytest.fixture(autouse=True)
def _soon(monkeypatch, tmp_path):
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(tmp_path / "cache"))
    for module in (indexing, opening):
        monkeypatch.setattr(module, "SETTLED_SECONDS", SETTLED_SECONDS)


def run(folder, jobs=JOBS, **options):
    workflow = Squares(make_config(x=0))
    workflow.run(x=multirun(range(jobs)), working_dir=folder, **options)
    return workflow


def tamper(job):
    """Write another number into the record of a job, and leave size and time as they are."""
    path = job / "metrics.arrow"
    before = path.stat()
    save_metrics(path, {"square": 77}, overrides=[f"x={job.name}"])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def squares(folder, **options):
    return open_sweep(folder, **options).metric_values("square")


def test_the_first_load_of_a_sweep_takes_what_has_settled_from_its_index(hydra_place):
    run(hydra_place / "sweep")
    truth = [x * x for x in range(JOBS)]
    assert (hydra_place / "sweep" / INDEX).exists()
    # A change that leaves size and time alone is the one that an index cannot see.
    tamper(hydra_place / "sweep" / "3")
    assert squares(hydra_place / "sweep") == truth
    assert squares(hydra_place / "sweep", cache=False)[3] == 77


def test_a_resume_makes_the_index_anew(hydra_place):
    run(hydra_place / "sweep")
    tamper(hydra_place / "sweep" / "3")
    run(hydra_place / "sweep", resume=True)
    assert squares(hydra_place / "sweep")[3] == 77


def test_a_small_sweep_leaves_no_index(hydra_place):
    run(hydra_place / "sweep", jobs=3)
    assert not (hydra_place / "sweep" / INDEX).exists()


def test_an_index_that_cannot_be_written_costs_the_sweep_nothing(hydra_place, monkeypatch):
    monkeypatch.setattr(indexing, "SETTLED_SECONDS", 3600.0)
    workflow = run(hydra_place / "sweep")
    assert not (hydra_place / "sweep" / INDEX).exists()
    assert len(workflow.jobs) == JOBS
