"""Every public thing survives the standard library's pickle: joblib and submitit take it."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hydra_zen import hydra_list, zen

import runcube
from runcube import BaseWorkflow, MultiRunMetricsWorkflow, RobustnessCurve, multirun, open_sweep
from runcube.results.gathered import Sweep
from runcube.testing import assert_same, make_tree

pytestmark = pytest.mark.usefixtures("hydra_place")


def copied(value):
    return pickle.loads(pickle.dumps(value))


class Plain(BaseWorkflow):
    @staticmethod
    def task(x):
        return object() if x == 3 else x**2


class Metrics(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        if x == 3:
            raise KeyError(x)
        return {"curve": np.arange(x)}


class Curve(RobustnessCurve):
    @staticmethod
    def task(epsilon):
        return {"score": epsilon}


@pytest.mark.parametrize("name", runcube.__all__)
def test_a_public_name_pickles(name):
    value = getattr(runcube, name)
    assert copied(value) is value or name == "__version__"


@pytest.mark.parametrize("cls", [Plain, Metrics, Curve])
def test_a_workflow_pickles_before_it_has_run(cls):
    again = copied(cls({"x": 1}))
    assert type(again) is cls
    assert again.eval_task_cfg == {"x": 1}
    assert (again.jobs, again.metrics, again.workflow_overrides) == ([], {}, {})


def test_a_base_workflow_pickles_with_what_its_jobs_returned():
    wf = Plain()
    wf.run(x=multirun([1, 2]))
    again = copied(wf)
    assert [job.return_value for job in again.jobs] == [1, 4]
    assert again.working_dir == wf.working_dir
    assert again.multirun_task_overrides == wf.multirun_task_overrides
    assert copied(wf.cfgs) == wf.cfgs


def test_a_metrics_workflow_pickles_with_its_failures_and_its_files(tmp_path):
    wf = Metrics()
    wf.run(x=multirun([1, 2, 3]), on_error="continue", sweeper_config={"max_batch_size": 2})
    again = copied(wf)
    assert_same(again.to_xarray(), wf.to_xarray())
    assert again.workflow_overrides == wf.workflow_overrides
    (failure,) = copied(wf.failures)
    assert (failure.parameters, failure.message) == ({"x": 3}, "KeyError: 3")
    assert isinstance(failure.exception, KeyError)
    loaded = copied(Metrics(working_dir=wf.working_dir))
    assert_same(loaded.to_xarray(), wf.to_xarray())
    again.run(x=5)
    assert len(again.metrics["curve"]) == 1
    assert len(wf.metrics["curve"]) == 3


def test_a_workflow_keeps_the_files_that_it_was_told_to_read():
    wf = Metrics()
    wf.run(x=multirun([1, 2]))
    for directory in wf.multirun_working_dirs:
        np.savez(directory / "other.npz", other=directory.name)
    wf.load_metrics("*.npz")
    assert copied(wf).metrics == wf.metrics == {"other": ["0", "1"]}


def test_a_curve_pickles():
    curve = Curve()
    curve.run(epsilon=[2.0, 1.0])
    again = copied(curve)
    assert_same(again.to_xarray(), curve.to_xarray())
    assert again.workflow_overrides == {"epsilon": [2.0, 1.0]}


def first_byte(path):
    return {"first": path.read_bytes()[0]}


def test_a_sweep_pickles_as_the_call_that_opened_it(tmp_path, monkeypatch):
    tree = make_tree(tmp_path / "tree", axes={"lr": [0.1, 0.2]})
    (name,) = {path.name for path in (tree.path / "0").iterdir() if path.is_file()}
    opened = {
        "plain": open_sweep("tree"),
        "loader": open_sweep("tree", metrics=name, loader=first_byte),
        "nothing": open_sweep("tree", metrics=[], leftovers=True),
    }
    data = {kind: pickle.dumps(sweep) for kind, sweep in opened.items()}
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for kind, sweep in opened.items():
        again = pickle.loads(data[kind])
        assert isinstance(again, Sweep)
        assert again.metrics == sweep.metrics
        assert_same(again.to_xarray(), sweep.to_xarray())


def test_the_parts_of_a_sweep_pickle(tmp_path):
    tree = make_tree(tmp_path / "tree", axes={"lr": [0.1, 0.2]})
    (tree.path / "1" / "job.json").write_text("{")
    sweep = open_sweep(tree.path)
    assert copied(sweep.jobs) == list(sweep.jobs)
    assert len(sweep.jobs.problems) == 1
    assert copied(sweep.jobs.problems) == sweep.jobs.problems
    override = runcube.parse_override("+a=1,2")
    assert copied(override) == override


def test_what_is_swept_pickles():
    values = multirun([1, hydra_list(["a"]), None])
    assert copied(values) == values
    assert type(copied(values)) is multirun
    assert type(copied(values)[1]) is hydra_list
    assert copied(zen(Metrics.task))({"x": 2})["curve"].tolist() == [0, 1]
