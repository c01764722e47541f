"""Jobs that another sweep has finished: they are not run again, and no number is in doubt."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hydra_zen import multirun
from omegaconf import OmegaConf

from runcube import load_metrics, open_sweep, save_metrics
from runcube.domain import Domain
from runcube.launch.sweeper.cached import Cache
from runcube.record import JobRecord
from runcube.testing import assert_same
from runcube.workflows import MultiRunMetricsWorkflow

pytestmark = pytest.mark.usefixtures("hydra_place")
CACHE = {"cache_dir": "."}
RECORDED = {
    "scalars": [1.5, 3, True, None, "x", b"ab", 1 + 2j, math.nan, -0.0, 2**63, 2**70],
    "numpy": [np.float32(1.1), np.float16(1), np.int8(3), np.uint64(2**63), np.complex64(1 + 2j)],
    "arrays": [np.arange(6.0).reshape(2, 3), np.array(1.5), np.array([]), np.array([True])],
    "texts": [np.array(["a", "bc"]), "é", "", ["a", "b"], [None, "b"]],
    "lists": [[1.0], [1, 2], [[1, 2], [3]], [], [1, "a"], [True, 1], [{"a": 1}], {"x": {"y": 1}}],
    "times": [dt.datetime(2020, 1, 1), dt.date(2020, 1, 1), np.timedelta64(3, "s")],
}


class Sums(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, y=0, workers=1):
        with Path("../../marks").open("a") as file:
            file.write(f"{x} {y}\n")
        Path("weights").mkdir()
        Path("weights", "last.bin").write_bytes(bytes([x, y]))
        return {"sum": x + 10 * y, "curve": np.arange(3, dtype=np.float32) * x, "kind": None}


def run(folder, *, config=CACHE, **given):
    """Run a sweep, and give what was started for it."""
    marks = Path("marks")
    before = marks.read_text().splitlines() if marks.exists() else []
    wf = Sums({"x": 0, "y": 0, "workers": 1})
    wf.run(working_dir=folder, sweeper_config=config, **given)
    return wf, (marks.read_text().splitlines() if marks.exists() else [])[len(before) :]


def test_what_another_sweep_finished_is_taken_from_it(capsys):
    run("first", x=multirun([1, 2]))
    wf, started = run("second", x=multirun([1, 2, 3]), y=multirun([0, 1]))
    assert started == ["1 1", "2 1", "3 0", "3 1"]
    shown = capsys.readouterr().out
    assert "2 of 6 jobs are taken from other sweeps" in shown
    signature = JobRecord.read("second/2").signature
    assert f"\t#2 : x=2 y=0 ({signature[:8]})" in shown
    dataset = wf.to_xarray()
    assert dataset["sum"].values.tolist() == [[1, 11], [2, 12], [3, 13]]
    assert wf.is_complete
    assert not open_sweep("second").problems
    assert len(wf.jobs) == 6
    other, _ = run("alone", config=None, x=multirun([1, 2, 3]), y=multirun([0, 1]))
    assert_same(dataset, other.to_xarray())


def test_a_job_that_was_taken_says_where_it_ran():
    run("first", x=multirun([7, 2]))
    run("deep/second", x=multirun([1, 2]))
    job = Path("deep/second/1")
    record, ran = JobRecord.read(job), JobRecord.read("first/1")
    assert (record.origin.dir, record.origin.num) == ("../../../first/1", 1)
    assert record.origin.sweep == ran.sweep != record.sweep
    assert (record.status, record.num, record.times) == ("finished", 1, ran.times)
    assert (job / record.origin.dir).resolve() == Path("first/1").resolve()
    assert (job / "weights" / "last.bin").read_bytes() == bytes([2, 0])
    assert list(OmegaConf.load(job / ".hydra/overrides.yaml")) == ["x=2"]
    assert OmegaConf.load(job / ".hydra/hydra.yaml").hydra.job.num == 1
    assert JobRecord.read("deep/second/0").origin is None


def test_numbers_are_taken_to_the_last_bit_under_the_new_overrides():
    run("first", x=multirun([1]))
    run("second", x=multirun([1]), y=0)
    (job,) = open_sweep("second").jobs
    assert job.parameters == {"x": 1, "y": 0}
    assert JobRecord.read(job.path).origin is not None
    one, two = (load_metrics(Path(name, "0", "metrics.arrow")) for name in ("first", "second"))
    assert repr(one) == repr(two)
    assert one["curve"].dtype == two["curve"].dtype == np.float32


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_every_value_that_can_be_recorded_can_be_told_again(tmp_path, name):
    values = {f"v{place}": value for place, value in enumerate(RECORDED[name])}
    save_metrics(tmp_path / "one.arrow", values, overrides=["x=1"])
    save_metrics(tmp_path / "two.arrow", load_metrics(tmp_path / "one.arrow"), overrides=["x=1"])
    assert (tmp_path / "one.arrow").read_bytes() == (tmp_path / "two.arrow").read_bytes()


def _fail(job):
    record = json.loads((job / "job.json").read_text())
    (job / "job.json").write_text(json.dumps(record | {"status": "error"}))


def _other_code(job):
    record = json.loads((job / "job.json").read_text())
    task = record["task"] | {"source": "0" * 64}
    (job / "job.json").write_text(json.dumps(record | {"task": task}))


def _flip(job):
    data = bytearray((job / "metrics.arrow").read_bytes())
    data[len(data) // 2] ^= 1
    (job / "metrics.arrow").write_bytes(bytes(data))


def _lose(job):
    (job / "job.json").unlink()


@pytest.mark.parametrize("spoil", [_fail, _other_code, _flip, _lose])
def test_what_is_in_doubt_is_no_hit(spoil):
    run("first", x=multirun([1, 2]))
    spoil(Path("first/0"))
    wf, started = run("second", x=multirun([1, 2]))
    assert started == ["1 0"]
    assert wf.to_xarray()["sum"].values.tolist() == [1, 2]


def test_a_repetition_is_taken_for_itself_and_by_its_seed():
    domain = Domain(x=[1])
    Sums().run(domain.take(n_reps=2, seed=1), working_dir="first")
    wf = Sums()
    wf.run(domain.take(n_reps=3, seed=1), working_dir="second", sweeper_config=CACHE)
    assert len(Path("marks").read_text().splitlines()) == 3
    assert dict(wf.to_xarray().sizes)["repeat"] == 3
    other = Sums()
    other.run(domain.take(n_reps=2, seed=5), working_dir="third", sweeper_config=CACHE)
    assert len(Path("marks").read_text().splitlines()) == 5


def test_a_found_job_answers_for_one_planned_job():
    run("first", x=multirun([1]))
    wf = Sums({"x": 0, "y": 0, "workers": 1})
    wf.run(Domain(x=[1]).take(3), working_dir="second", sweeper_config=CACHE)
    assert len(Path("marks").read_text().splitlines()) == 3
    assert [JobRecord.read(f"second/{n}").origin is None for n in range(3)] == [False, True, True]


def test_a_resume_looks_in_the_cache_for_what_its_sweep_lacks(capsys):
    run("first", x=multirun([3]))
    run("second", config=None, x=multirun([1]))
    config = {"x": multirun([1, 2, 3]), "resume": True}
    run("second", dry_run=True, **config)
    assert (
        "1 have finished, 0 are running, 1 are in the cache, 1 would run" in capsys.readouterr().out
    )
    wf, started = run("second", **config)
    assert started == ["2 0"]
    assert wf.to_xarray()["sum"].values.tolist() == [1, 2, 3]
    assert run("second", **config)[1] == []


def test_keys_that_do_not_count_do_not_hide_a_job():
    run("first", x=multirun([1, 2]))
    config = CACHE | {"signature_exclude": ["workers"]}
    wf, started = run("second", config=config, x=multirun([1, 2]), workers=8)
    assert started == []
    assert wf.multirun_task_overrides == {"x": [1, 2], "workers": 8}


def test_a_directory_that_is_not_there_yet_holds_nothing(tmp_path):
    assert Cache(tmp_path / "none", "source").find({}, apart_from=tmp_path) == {}
    wf, started = run("first", config={"cache_dir": "none"}, x=multirun([1]))
    assert started == ["1 0"]
    assert wf.is_complete
