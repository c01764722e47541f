"""What makes two jobs the same job for a resume: their configs, less the keys that do not count."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hydra_zen import multirun

from runcube.errors import InvalidArgumentError
from runcube.launch.signature import config_signature
from runcube.launch.sweeper.plan_file import read_plan
from runcube.record import JobRecord
from runcube.workflows import MultiRunMetricsWorkflow

pytestmark = pytest.mark.usefixtures("hydra_place")
LEFT_OUT = {"signature_exclude": ["loader.workers", "out"]}


@dataclass
class Loader:
    workers: int = 1
    size: int = 4


@dataclass
class Config:
    x: int = 0
    out: str = "here"
    loader: Loader = field(default_factory=Loader)


class Sums(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, loader, out):
        with Path(out).open("a") as file:
            file.write(f"{x}\n")
        return {"sum": x + loader.size}


def run(marks, *, x=(1, 2), resume=True, config=None, **fixed):
    """Run `x` and give which of them were started."""
    before = marks.read_text().splitlines() if marks.exists() else []
    wf = Sums(Config)
    wf.run(
        working_dir="s",
        resume=resume,
        x=multirun(list(x)),
        out=str(marks),
        sweeper_config=config,
        **fixed,
    )
    started = marks.read_text().splitlines()[len(before) :] if marks.exists() else []
    return wf, started


@pytest.fixture
def marks(tmp_path):
    return tmp_path / "marks"


def test_a_key_that_is_left_out_runs_nothing_again(marks):
    run(marks, resume=False, config=LEFT_OUT)
    wf, started = run(marks, x=(1, 2, 3), **{"loader.workers": 8})
    assert started == ["3"]
    record = json.loads(Path("s/.runcube/sweep.json").read_text())
    assert record["signature_exclude"] == LEFT_OUT["signature_exclude"]
    assert sorted(wf.metrics["sum"]) == [5, 6, 7]
    assert wf.to_dataframe()["sum"].tolist() == [5, 6, 7]
    assert not wf._opened().problems


def test_keys_are_left_out_of_jobs_that_ran_before_they_were(marks):
    run(marks, resume=False)
    kept = read_plan(Path("s"))["0"]
    _, started = run(marks, config=LEFT_OUT, **{"loader.workers": 8})
    assert started == []
    assert read_plan(Path("s"))["0"] == kept
    _, started = run(marks, **{"loader.workers": 2})
    assert started == []
    _, started = run(marks, config={"signature_exclude": []}, **{"loader.workers": 2})
    assert started == ["1", "2"]


def test_a_key_that_counts_runs_the_job_again(marks):
    run(marks, resume=False, config=LEFT_OUT)
    _, started = run(marks, **{"loader.size": 8})
    assert started == ["1", "2"]


def test_the_signature_of_a_record_leaves_the_keys_out(marks):
    run(marks, x=(1,), resume=False, config=LEFT_OUT)
    expected = config_signature({"x": 1, "loader": {"size": 4}})
    assert JobRecord.read("s/0").signature == read_plan(Path("s"))["0"].signature == expected


@pytest.mark.parametrize("key", ["x", "loader", "loader.workers"])
def test_a_key_that_is_swept_cannot_be_left_out(key):
    with pytest.raises(InvalidArgumentError, match=f"leaves out `{key}`, and the sweep runs over"):
        Sums(Config).run(
            working_dir="s",
            x=multirun([1, 2]),
            sweeper_config={"signature_exclude": [key]},
            **{"loader.workers": multirun([1, 2])},
        )
    assert not list(Path("s").glob("[0-9]"))


def test_a_job_that_is_kept_is_planned_by_the_overrides_that_it_ran_with(marks):
    run(marks, resume=False)
    wf, started = run(marks, **{"loader.size": 4})
    assert started == []
    assert read_plan(Path("s"))["0"].overrides == ("x=1", f"out='{marks}'")
    assert not wf._opened().problems


def test_a_key_that_does_not_count_is_no_axis(marks):
    run(marks, resume=False, config=LEFT_OUT, **{"loader.workers": 1})
    wf, started = run(marks, x=(1, 2, 3, 4), **{"loader.workers": 8})
    assert started == ["3", "4"]
    dataset = wf.to_xarray()
    assert dataset["sum"].dims == ("x",)
    assert dataset["sum"].values.tolist() == [5, 6, 7, 8]
    assert "loader.workers" not in dataset.attrs
    assert wf.is_complete
    listed = wf.to_xarray(layout="jobs")
    assert listed["loader.workers"].values.tolist() == [1, 1, 8, 8]
