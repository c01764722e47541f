"""`xarray.open_dataset(path, engine="runcube")`, through the entry point that is installed."""

import pytest
import xarray as xr

from runcube import open_sweep
from runcube.errors import NoJobsError, ProblemWarning
from runcube.testing import assert_same, make_tree


@pytest.fixture
def tree(tmp_path):
    return make_tree(tmp_path, axes={"lr": [0.1, 0.2], "seed": [0, 1, 2]}).path


def test_the_dataset_is_that_of_the_sweep_with_and_without_naming_the_engine(tree):
    expected = open_sweep(tree).to_xarray()
    assert_same(xr.open_dataset(tree, engine="runcube"), expected)
    assert_same(xr.open_dataset(str(tree)), expected)


def test_the_options_of_both_calls_are_taken(tree):
    dataset = xr.open_dataset(tree, engine="runcube", where="seed < 2", layout="jobs")
    assert_same(dataset, open_sweep(tree, where="seed < 2").to_xarray(layout="jobs"))
    assert dataset.sizes["job"] == 4


def test_variables_are_dropped(tree):
    dataset = xr.open_dataset(tree, engine="runcube", drop_variables=["loss"])
    assert "loss" not in dataset
    assert set(dataset.data_vars) == set(open_sweep(tree).metrics) - {"loss"}


def test_problems_are_warned_of(tree):
    (tree / "3" / "metrics.npz").write_bytes(b"PK")
    with pytest.warns(ProblemWarning, match=r"1 problems, the first: .*metrics\.npz"):
        xr.open_dataset(tree, engine="runcube")


def test_what_is_no_sweep_is_left_to_other_engines_or_refused(tmp_path):
    with pytest.raises(NoJobsError):
        xr.open_dataset(tmp_path, engine="runcube")
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "a.nc")
    assert xr.open_dataset(tmp_path / "a.nc")["a"] == 1
