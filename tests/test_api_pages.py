"""The examples of the API page and of the guide, run as they stand there: the values they print.

Class and parameter names are those of the pages. Values are compared, not how they are printed.
"""

# ruff: noqa: D101, D102 - the examples speak for themselves

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from runcube import (
    BaseWorkflow,
    MultiRunMetricsWorkflow,
    RobustnessCurve,
    hydra_list,
    multirun,
    zen,
)
from runcube.launch.hydra import VERSION_BASE_DEFAULT
from runcube.testing import assert_same

pytestmark = pytest.mark.usefixtures("hydra_place")


def test_the_overrides_of_a_multirun():
    class WorkFlow(MultiRunMetricsWorkflow):
        @staticmethod
        def task(*args, **kwargs):
            return None

    wf = WorkFlow()
    wf.run(foo=hydra_list(["val"]), bar=multirun(["a", "b"]), apple=1)
    overrides = wf.multirun_task_overrides
    assert overrides == {"foo": ["val"], "bar": multirun(["a", "b"]), "apple": 1}
    assert {name: isinstance(value, multirun) for name, value in overrides.items()} == {
        "foo": False,
        "bar": True,
        "apple": False,
    }


class LocalRobustness(MultiRunMetricsWorkflow):
    @staticmethod
    def task(epsilon: float, scale: float) -> dict:
        epsilon *= scale
        val = 100 - epsilon**2
        result = {"accuracies": val + 2, "loss": epsilon**2}
        torch.save(result, "test_metrics.pt")
        return result


class TestLocalRobustness:
    @pytest.fixture
    def wf(self):
        wf = LocalRobustness()
        wf.run(epsilon=multirun([1.0, 2.0, 3.0]), scale=multirun([0.1, 1.0]))
        return wf

    def test_the_dataset_has_the_printed_shape_and_values(self, wf):
        ds = wf.to_xarray()
        assert dict(ds.sizes) == {"epsilon": 3, "scale": 2}
        assert list(ds.coords) == ["epsilon", "scale"]
        assert list(ds) == ["accuracies", "loss"]
        assert {ds[name].dtype for name in [*ds.coords, *ds]} == {np.dtype(np.float64)}
        np.testing.assert_array_equal(ds["epsilon"], [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(ds["scale"], [0.1, 1.0])
        assert ds["accuracies"].dims == ds["loss"].dims == ("epsilon", "scale")
        # The page shows four digits.
        printed = [[102.0, 101.0], [102.0, 98.0], [101.9, 93.0]]
        np.testing.assert_allclose(ds["accuracies"].round(1), printed)
        np.testing.assert_allclose(ds["loss"], [[0.01, 1.0], [0.04, 4.0], [0.09, 9.0]])

    def test_the_loaded_directory_gives_the_same(self, wf):
        loaded = LocalRobustness().load_from_dir(wf.working_dir)
        assert_same(loaded.to_xarray(), wf.to_xarray())

    @pytest.mark.parametrize("pattern", ["test_metrics.pt", "*.pt", ["test_*.pt"]])
    def test_the_file_that_the_task_saved_gives_the_same(self, wf, pattern):
        loaded = LocalRobustness().load_from_dir(wf.working_dir, pattern)
        assert_same(loaded.to_xarray(), wf.to_xarray())
        assert_same(wf.to_xarray(metrics_filename=pattern), wf.to_xarray())

    def test_paths_and_fixed_parameters_are_added_on_demand(self, wf):
        paths = wf.to_xarray(include_working_subdirs_as_data_var=True)["working_subdir"]
        assert paths.sel(epsilon=2.0, scale=0.1).item() == str(wf.multirun_working_dirs[2])
        wf.run(epsilon=multirun([1.0, 2.0]), scale=3.0)
        ds = wf.to_xarray(non_multirun_params_as_singleton_dims=True)
        assert dict(ds.sizes) == {"epsilon": 2, "scale": 1}
        np.testing.assert_array_equal(ds["loss"].sel(scale=3.0), [9.0, 36.0])


def test_the_overrides_of_target_directories():
    class A(MultiRunMetricsWorkflow):
        @staticmethod
        def task(value: float, scale: float):
            pass

    class B(MultiRunMetricsWorkflow):
        @staticmethod
        def task():
            pass

    a = A()
    a.run(value=multirun([-1.0, 0.0, 1.0]), scale=multirun([11.0, 9.0]))
    b = B()
    b.run(target_job_dirs=a.multirun_working_dirs)
    assert b.target_dir_multirun_overrides == {
        "value": [-1.0, -1.0, 0.0, 0.0, 1.0, 1.0],
        "scale": [11.0, 9.0, 11.0, 9.0, 11.0, 9.0],
    }
    assert [Path(value) for value in b.multirun_task_overrides["job_dir"]] == (
        a.multirun_working_dirs
    )


def test_a_metric_load_fn_reads_pickled_files():
    class PickledWorkFlow(MultiRunMetricsWorkflow):
        @staticmethod
        def metric_load_fn(file_path: Path):
            with file_path.open("rb") as f:
                return pickle.load(f)

        @staticmethod
        def task(a, b):
            with open("./metrics.pkl", "wb") as f:  # noqa: PTH123  as the page has it
                pickle.dump({"a": a, "b": b}, f)

    wf = PickledWorkFlow()
    wf.run(a=multirun([1, 2, 3]), b=False)
    wf.load_metrics("metrics.pkl")
    assert wf.metrics == {"a": [1, 2, 3], "b": [False, False, False]}
    assert {type(value) for value in wf.metrics["b"]} == {bool}


def test_files_of_torch_are_read_by_default():
    class TorchWorkFlow(MultiRunMetricsWorkflow):
        @staticmethod
        def task(a, b):
            torch.save({"a": a, "b": b}, "metrics.pt")

    wf = TorchWorkFlow()
    wf.run(a=multirun([1, 2, 3]), b=False)
    expected = {"a": [1, 2, 3], "b": [False, False, False]}
    assert wf.load_metrics("metrics.pt") == expected
    assert wf.metrics == expected


LEARNING_RATES = [0.01, 0.1, 1.0]
SEEDS = [0, 1, 2]


def make_data(seed):
    generator = torch.Generator().manual_seed(seed)
    y = (torch.arange(40) % 2).float()
    return torch.randn(40, 2, generator=generator) + 2 * y[:, None], y


class LRSweep(MultiRunMetricsWorkflow):
    @staticmethod
    def task(lr: float, seed: int) -> dict:
        torch.manual_seed(seed)
        x, y = make_data(seed)
        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        for _ in range(20):
            optimizer.zero_grad()
            logits = model(x).squeeze(1)
            torch.nn.functional.binary_cross_entropy_with_logits(logits, y).backward()
            optimizer.step()
        with torch.no_grad():
            predicted = (model(x).squeeze(1) > 0).float()
        result = {"accuracy": (predicted == y).float().mean().item()}
        torch.save(result, "metrics.pt")
        return result


def test_the_guide_sweeps_learning_rates_and_seeds(hydra_place):
    wf = LRSweep()
    wf.run(
        lr=multirun(LEARNING_RATES), seed=multirun(SEEDS), working_dir=str(hydra_place / "sweep")
    )
    ds = wf.to_xarray()
    assert dict(ds.sizes) == {"lr": 3, "seed": 3}
    assert ds["accuracy"].dims == ("lr", "seed")
    for lr, seed in [(0.01, 0), (1.0, 2)]:
        cell = ds["accuracy"].sel(lr=lr, seed=seed)
        assert cell.item() == LRSweep.task(lr, seed)["accuracy"]
    mean = ds["accuracy"].mean("seed")
    np.testing.assert_array_equal(mean, ds["accuracy"].values.mean(axis=1))
    assert ds.sel(lr=0.1)["accuracy"].dims == ("seed",)


def test_the_guides_dataset_is_saved_as_netcdf_and_reloaded(hydra_place):
    wf = LRSweep()
    wf.run(lr=multirun(LEARNING_RATES[:2]), seed=multirun(SEEDS[:2]), note=None, fast=True)
    ds = wf.to_xarray()
    ds.to_netcdf(hydra_place / "sweep.nc")
    with xr.open_dataset(hydra_place / "sweep.nc") as reloaded:
        xr.testing.assert_identical(reloaded.load(), ds)


RUN = {
    "working_dir": None,
    "sweeper": None,
    "launcher": None,
    "overrides": None,
    "task_fn_wrapper": zen,
    "pre_task_fn_wrapper": zen,
    "version_base": VERSION_BASE_DEFAULT,
    "to_dictconfig": False,
    "config_name": "rai_workflow",
    "job_name": "rai_workflow",
    "with_log_configuration": True,
}
TO_XARRAY = {
    "include_working_subdirs_as_data_var": False,
    "coord_from_metrics": None,
    "non_multirun_params_as_singleton_dims": False,
    "metrics_filename": None,
}
REQUIRED = inspect.Parameter.empty


@pytest.mark.parametrize(
    ("function", "documented"),
    [
        (BaseWorkflow.__init__, {"eval_task_cfg": None}),
        (BaseWorkflow.validate, {"include_pre_task": True}),
        (BaseWorkflow.run, RUN),
        (MultiRunMetricsWorkflow.run, RUN | {"target_job_dirs": None}),
        (MultiRunMetricsWorkflow.to_xarray, TO_XARRAY),
        (MultiRunMetricsWorkflow.metric_load_fn, {"file_path": REQUIRED}),
        (
            MultiRunMetricsWorkflow.load_from_dir,
            {"working_dir": REQUIRED, "metrics_filename": None},
        ),
        (MultiRunMetricsWorkflow.load_metrics, {"metrics_filename": REQUIRED}),
        (RobustnessCurve.run, RUN | {"epsilon": REQUIRED, "target_job_dirs": None}),
        (RobustnessCurve.to_xarray, TO_XARRAY),
        (
            RobustnessCurve.plot,
            {
                "metric": REQUIRED,
                "ax": None,
                "group": None,
                "save_filename": None,
                "non_multirun_params_as_singleton_dims": False,
            },
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_every_documented_argument_has_its_default(function, documented):
    parameters = inspect.signature(function).parameters
    assert {name: parameters[name].default for name in documented} == documented


def test_the_positional_arguments_of_to_xarray_come_in_the_documented_order():
    for cls in (MultiRunMetricsWorkflow, RobustnessCurve):
        parameters = inspect.signature(cls.to_xarray).parameters.values()
        positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        assert positional == ["self", *TO_XARRAY]
