"""Traps that end in a crash, where an answer is due: one test for each.

`traps_library.py` says how the same tests run on another library, and what the marks mean.
"""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hydra.core.config_store import ConfigStore
from hydra.errors import OverrideParseException
from hydra_zen import make_config

from traps_library import (
    NAME,
    RECORD,
    MultiRunMetricsWorkflow,
    RobustnessCurve,
    avoids,
    falls,
    multirun,
)

pytestmark = pytest.mark.usefixtures("hydra_place")


class Twice(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"twice": 2 * x}


def check_twice(dataset, values=(1, 2, 3)):
    np.testing.assert_array_equal(dataset["x"], values)
    np.testing.assert_array_equal(dataset["twice"], [2 * value for value in values])


class Ragged(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"series": np.arange(x) + 10.0 * x}


@falls(ValueError, "numpy refuses the lists")
def test_ragged_metrics():
    wf = Ragged()
    wf.run(x=multirun([1, 3]))
    dataset = wf.to_xarray()
    expected = [[10.0, np.nan, np.nan], [30.0, 31.0, 32.0]]
    np.testing.assert_array_equal(dataset["series"], expected)
    assert dataset["series"].dims == ("x", "series_dim0")
    assert dataset["series_length"].values.tolist() == [1, 3]


class Echo(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"x": 10 * x, "twice": 2 * x}


@falls(ValueError, "xarray refuses the two of one name")
def test_a_metric_named_like_a_parameter():
    wf = Echo()
    wf.run(x=multirun([1, 2, 3]))
    dataset = wf.to_xarray()
    check_twice(dataset)
    np.testing.assert_array_equal(dataset["x_metric"], [10, 20, 30])


@falls(FileNotFoundError, "multirun.yaml is sought beside the job")
def test_nested_sweep_subdir():
    wf = Twice()
    wf.run(x=multirun([1, 2, 3]), overrides=["hydra.sweep.subdir=deep/er/x${x}"])
    check_twice(wf.to_xarray())
    check_twice(Twice().load_from_dir(wf.working_dir, RECORD).to_xarray())


@falls(FileNotFoundError, "multirun.yaml is sought above the working directory")
def test_chdir_false():
    wf = Twice()
    wf.run(x=multirun([1, 2, 3]), overrides=["hydra.job.chdir=False"])
    check_twice(wf.to_xarray())
    check_twice(Twice().load_from_dir(wf.working_dir, RECORD).to_xarray())


@avoids
def test_hydra_sweeper_max_batch_size():
    wf = Twice()
    wf.run(x=multirun([1, 2, 3]), overrides=["hydra.sweeper.max_batch_size=2"])
    assert [job.return_value for job in wf.jobs] == [{"twice": 2}, {"twice": 4}, {"twice": 6}]
    check_twice(wf.to_xarray())


@falls(ValueError, "no job is found")
def test_output_subdir_null():
    wf = Twice()
    wf.run(x=multirun([1, 2, 3]), overrides=["hydra.output_subdir=null"])
    check_twice(wf.to_xarray())
    check_twice(Twice().load_from_dir(wf.working_dir, RECORD).to_xarray())


class Given(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"given": x is not None}


@falls(OverrideParseException, "no override can be parsed")
def test_none_in_a_multirun():
    wf = Given()
    wf.run(x=multirun([None, 1]))
    dataset = wf.to_xarray()
    assert dataset["x"].values.tolist() == [None, 1]
    assert dataset["given"].values.tolist() == [False, True]


class Fixed(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, fixed):
        return {"twice": 2 * x}


@falls(TypeError, "netCDF refuses the bool, and `run` None and the dict")
@pytest.mark.parametrize(
    ("fixed", "attribute"),
    [(True, 1), (None, "null"), ({"a": 1}, "{'a': 1}")],
    ids=["bool", "None", "dict"],
)
def test_netcdf_of_bool_none_and_dict_attributes(fixed, attribute, tmp_path):
    wf = Fixed()
    wf.run(x=multirun([1, 2, 3]), fixed=fixed)
    wf.to_xarray().to_netcdf(tmp_path / "sweep.nc")
    with importlib.import_module("xarray").open_dataset(tmp_path / "sweep.nc") as dataset:
        check_twice(dataset)
        assert dataset.attrs["fixed"] == attribute


class Value(MultiRunMetricsWorkflow):
    @staticmethod
    def task(**parameters):
        return {"count": len(parameters)}


class Name(MultiRunMetricsWorkflow):
    @staticmethod
    def task(job_dir):
        return {"name": Path(job_dir).name}


@avoids
def test_target_directories_with_different_keys():
    first, second = Value(), Value()
    first.run(value=multirun([1, 2]), scale=5, working_dir="first")
    second.run(value=multirun([7, 8]), width=3, working_dir="second")
    wf = Name()
    wf.run(target_job_dirs=[*first.multirun_working_dirs, *second.multirun_working_dirs])
    dataset = wf.to_xarray()
    assert dataset["name"].values.tolist() == ["0", "1", "0", "1"]
    np.testing.assert_array_equal(dataset["value"], [1, 2, 7, 8])
    overrides = wf.target_dir_multirun_overrides
    assert list(overrides["value"]) == [1, 2, 7, 8]


class Grad(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        torch = importlib.import_module("torch")
        return {"twice": torch.tensor(2.0 * x, requires_grad=True)}


@falls(RuntimeError, "torch refuses")
def test_a_tensor_that_requires_grad():
    wf = Grad()
    wf.run(x=multirun([1, 2, 3]))
    check_twice(wf.to_xarray())


class Curve(RobustnessCurve):
    @staticmethod
    def task(epsilon):
        return {"score": 1 - epsilon}


@avoids
@pytest.mark.parametrize("epsilon", [[0.25], "0.25"], ids=repr)
def test_one_epsilon_value(epsilon):
    curve = Curve()
    curve.run(epsilon=epsilon)
    dataset = curve.to_xarray()
    assert dict(dataset.sizes) == {"epsilon": 1}
    np.testing.assert_array_equal(dataset["epsilon"], [0.25])
    np.testing.assert_array_equal(dataset["score"], [0.75])


QUIET_PLUGIN = """
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore

class QuietSweeper(BasicSweeper):
    def sweep(self, arguments):
        super().sweep(arguments)

node = {"_target_": "hydra_plugins.quiet.QuietSweeper", "max_batch_size": None, "params": None}
ConfigStore.instance().store("quiet", node, group="hydra/sweeper", provider="quiet")
"""

QUIET_SCRIPT = f"""
from {NAME}.workflows import MultiRunMetricsWorkflow, multirun

class Twice(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {{"twice": 2 * x}}

wf = Twice()
wf.run(x=multirun([1, 2, 3]), sweeper="quiet")
dataset = wf.to_xarray()
print(dataset["x"].values.tolist(), dataset["twice"].values.tolist())
"""


@falls(subprocess.CalledProcessError, "the script fails")
def test_a_sweeper_of_a_plugin_that_returns_something_else(tmp_path):
    (tmp_path / "hydra_plugins").mkdir()
    (tmp_path / "hydra_plugins/quiet.py").write_text(QUIET_PLUGIN)
    command = [sys.executable, "-c", QUIET_SCRIPT]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[1, 2, 3] [2, 4, 6]"


class Width(MultiRunMetricsWorkflow):
    @staticmethod
    def task(net):
        (part,) = net.values()
        return {"width": part["width"]}


@falls(ValueError, "the group is taken for a parameter")
@pytest.mark.parametrize("group", ["net/part", "net/part@net.side"])
def test_config_groups_with_a_slash_or_an_at(group):
    store = ConfigStore.instance()
    store.store("small", {"width": 1}, group="net/part", provider="test")
    store.store("large", {"width": 20}, group="net/part", provider="test")
    wf = Width(make_config(hydra_defaults=[{group: "small"}, "_self_"]))
    wf.run(**{group: multirun(["small", "large"])})
    dataset = wf.to_xarray()
    assert dataset[group].values.tolist() == ["small", "large"]
    np.testing.assert_array_equal(dataset["width"], [1, 20])
