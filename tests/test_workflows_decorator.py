"""`@sweep`: functions that run as sweeps and stay functions."""

# ruff: noqa: D101, D102 - classes made for a test speak for themselves

from __future__ import annotations

import functools
import inspect
import pickle
import random
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest

import runcube
from runcube import MultiRunMetricsWorkflow, multirun
from runcube.record import JobRecord
from runcube.testing import assert_same

pytestmark = pytest.mark.usefixtures("hydra_place")


@runcube.sweep
def train(lr: float, seed: int = 0) -> dict:
    """Train nothing."""
    return {"loss": lr * 10 + seed}


def seed_everything(seed):
    random.seed(seed)


@runcube.sweep(pre_task=seed_everything, eval_task_cfg={"seed": 1})
def draw(low, seed):
    return {"drawn": low + random.random()}


def test_a_run_gives_the_dataset():
    ds = train.run(lr=multirun([1.0, 2.0]), seed=multirun([0, 1, 2]))
    assert ds["loss"].dims == ("lr", "seed")
    np.testing.assert_array_equal(ds["loss"], [[10, 11, 12], [20, 21, 22]])
    assert_same(ds, train.workflow.to_xarray())


def test_the_function_stays_a_function():
    assert train(1, 2) == {"loss": 12}
    assert train(lr=2) == {"loss": 20}
    assert (train.__name__, train.__doc__) == ("train", "Train nothing.")
    assert list(inspect.signature(train).parameters) == ["lr", "seed"]


def test_the_workflow_behind_it_loads_what_was_run():
    ds = train.run(lr=multirun([1.0, 2.0]), working_dir="here")
    assert isinstance(train.workflow, MultiRunMetricsWorkflow)
    assert train.workflow.working_dir.name == "here"
    loaded = type(train.workflow)(working_dir="here")
    assert_same(loaded.to_xarray(), ds)
    record = JobRecord.read(train.workflow.multirun_working_dirs[0])
    assert (record.task.module, record.task.name) == (__name__, "train")


def test_a_handle_takes_the_options_of_a_run(capsys, tmp_path):
    (tmp_path / "target").mkdir()

    @runcube.sweep
    def fails(x, job_dir=None):
        if x == 1:
            raise KeyError(x)
        return {"x2": 2 * x}

    assert fails.run(x=multirun([0, 1]), dry_run=True) is None
    assert "2 jobs" in capsys.readouterr().out
    ds = fails.run(x=multirun([0, 1]), on_error="continue", target_job_dirs=[tmp_path / "target"])
    assert ds["x2"].dims == ("x", "job_dir")
    np.testing.assert_array_equal(ds["x2"], [[0.0], [np.nan]])
    with pytest.raises(KeyError):
        fails.run(x=multirun([0, 1]))
    assert fails.workflow.metrics == {"x2": [0, None]}
    fails.run(overrides=["+x=range(2,4)"])
    assert fails.workflow.metrics == {"x2": [4, 6]}


def test_a_config_and_what_runs_before_are_given_to_the_decorator():
    ds = draw.run(low=multirun([0, 1]))
    drawn = random.Random(1).random()
    np.testing.assert_array_equal(ds["drawn"], [drawn, 1 + drawn])
    ds = draw.run(low=0, seed=multirun([1, 2]))
    np.testing.assert_array_equal(ds["drawn"], [drawn, random.Random(2).random()])


def test_jobs_run_in_other_processes():
    ds = train.run(lr=multirun([1.0, 2.0]), launcher="joblib", launcher_config={"n_jobs": 2})
    np.testing.assert_array_equal(ds["loss"], [10, 20])
    ds = draw.run(low=multirun([0, 1]), launcher="joblib")
    drawn = random.Random(1).random()
    np.testing.assert_array_equal(ds["drawn"], [drawn, 1 + drawn])


SCRIPT = """
import runcube

@runcube.sweep
def train(lr):
    return {"loss": 2 * lr}

if __name__ == "__main__":
    ds = train.run(lr=runcube.multirun([1, 2]), launcher="joblib", launcher_config={"n_jobs": 2})
    print("values", ds["loss"].values.tolist())
"""


def test_a_function_of_the_main_script_runs_in_other_processes(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-W", "error", "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "values [2, 4]" in done.stdout, done.stderr


def test_a_handle_pickles_as_the_function_that_it_is():
    assert pickle.loads(pickle.dumps(train)) is train
    assert pickle.loads(pickle.dumps(draw)) is draw


def test_its_workflow_pickles_before_and_after_a_run():
    again = pickle.loads(pickle.dumps(draw.workflow))
    assert type(again) is type(draw.workflow)
    ds = draw.run(low=multirun([0, 1]))
    again = pickle.loads(pickle.dumps(draw.workflow))
    assert_same(again.to_xarray(), ds)
    again.run(low=3)
    assert len(again.metrics["drawn"]) == 1
    assert len(draw.workflow.metrics["drawn"]) == 2


def test_a_local_handle_travels_by_value_with_its_workflow():
    @runcube.sweep(pre_task=seed_everything)
    def local(x, seed):
        return {"x2": 2 * x}

    ds = local.run(x=multirun([1, 2]), seed=0)
    handle = cloudpickle.loads(cloudpickle.dumps(local))
    assert handle(4, 0) == {"x2": 8}
    assert_same(handle.workflow.to_xarray(), ds)
    assert handle.run.args == (handle.workflow,)
    workflow = cloudpickle.loads(cloudpickle.dumps(local.workflow))
    assert workflow.task.workflow is workflow
    workflow.run(x=3, seed=0)
    assert workflow.metrics == {"x2": [6]}


def test_the_checks_of_a_run_name_the_function():
    with pytest.raises(ValueError, match=r"`train\.task` needs `lr`"):
        train.run()
    with pytest.raises(ValueError, match="`sed`, which is no parameter of `train`"):
        train.run(lr=1, sed=2)


class Holder:
    def method(self, x):
        return {"x": x}


def in_a_class_body():
    class Model:
        @runcube.sweep
        def fit(self, lr):
            return {"loss": lr}

    return Model


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Holder, "the class `Holder`; decorate a function, or write a subclass"),
        (Holder.method, r"`Holder\.method`, which is defined in a class"),
        (Holder().method, r"the method `Holder\.method`"),
        (staticmethod(train), "the method `train`"),
        (functools.partial(train, 1), "of type partial; decorate a function"),
        ("train", "'train' of type str"),
    ],
)
def test_what_is_no_function_is_refused(wrong, words):
    with pytest.raises(TypeError, match=words):
        runcube.sweep(wrong)
    with pytest.raises(TypeError, match=words):
        runcube.sweep(pre_task=seed_everything)(wrong)


def test_a_method_is_refused_where_it_is_defined():
    with pytest.raises(TypeError, match=r"Model\.fit`, which is defined in a class"):
        in_a_class_body()


def test_what_runs_before_must_be_callable():
    with pytest.raises(TypeError, match="`pre_task` of `sweep` must be a function, got 3"):
        runcube.sweep(pre_task=3)(seed_everything)
