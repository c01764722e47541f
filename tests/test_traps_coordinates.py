"""Traps of `coord_from_metrics`, which end in wrong numbers and labels: one test for each.

`traps_library.py` says how the same tests run on another library, and what the marks mean.
"""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import numpy as np
import pytest

from traps_library import MultiRunMetricsWorkflow, falls, multirun

pytestmark = pytest.mark.usefixtures("hydra_place")


class OneEpoch(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"epoch": [3], "loss": [x / 2], "final": x / 2}


@falls(AssertionError, "`epoch` gets the length of `x`, here 2")
def test_one_epoch_runs_inventing_a_dimension():
    wf = OneEpoch()
    wf.run(x=multirun([1, 2]))
    dataset = wf.to_xarray(coord_from_metrics="epoch")
    assert dict(dataset.sizes) == {"x": 2, "epoch": 1}
    np.testing.assert_array_equal(dataset["epoch"], [3])
    np.testing.assert_array_equal(dataset["loss"], [[0.5], [1.0]])
    assert dataset["final"].dims == ("x",)


class OwnEpochs(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        epochs = [10 * x, 10 * x + 10]
        return {"epoch": epochs, "loss": [100 * x + epoch for epoch in epochs]}


@falls(AssertionError, "the epochs of job 0 label the numbers of every job")
def test_per_job_coordinates_replaced_by_those_of_job_0():
    wf = OwnEpochs()
    wf.run(x=multirun([1, 2]))
    dataset = wf.to_xarray(coord_from_metrics="epoch")
    np.testing.assert_array_equal(dataset["epoch"], [10, 20, 30])
    expected = [[110.0, 120.0, np.nan], [np.nan, 220.0, 230.0]]
    np.testing.assert_array_equal(dataset["loss"], expected)
