"""HDF5, netCDF and Zarr, which other libraries read: values as these libraries give them."""

import datetime

import h5py
import netCDF4  # noqa: F401  (before any file is read by two libraries at once)
import numpy as np
import pytest
import xarray as xr
import zarr

from runcube import load_metrics, open_sweep
from runcube.errors import CorruptFileError, LimitError, NotFoundError, UnsupportedError
from runcube.testing import make_tree

VALUES = {
    "loss": np.array([0.5, 0.25], dtype="f4"),
    "step": np.array([1, 2], dtype="i8"),
    "flag": np.array([True]),
    "total": np.array(2**53 + 1),
    "none": np.zeros((0, 3)),
}


def write_hdf5(path, values):
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name.replace(".", "/")] = value


def write_netcdf(path, values):
    dataset = xr.Dataset({name: (_dims(name, it), it) for name, it in values.items()})
    dataset.to_netcdf(path, engine="netcdf4")


def write_zarr(path, values):
    dataset = xr.Dataset({name: (_dims(name, it), it) for name, it in values.items()})
    dataset.to_zarr(path, consolidated=False)


def write_plain_zarr(path, values):
    group = zarr.open_group(path, mode="w")
    for name, value in values.items():
        group.create_array(name, data=value)


def _dims(name, value):
    return [f"{name}_{k}" for k in range(value.ndim)]


WRITERS = {
    "a.h5": write_hdf5,
    "a.hdf5": write_hdf5,
    "a.nc": write_netcdf,
    "a.zarr": write_zarr,
    "b.zarr": write_plain_zarr,
}


def bare_tree(path, jobs):
    tree = make_tree(path, axes={"x": range(jobs)}, metrics={})
    for number in range(jobs):
        (tree.path / str(number) / "metrics.npz").unlink()
    return tree


def same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        actual = np.asarray(found[name])
        assert (actual.dtype, actual.shape) == (value.dtype, value.shape), name
        np.testing.assert_array_equal(actual, value, err_msg=name)


@pytest.mark.parametrize("name", WRITERS)
def test_arrays_keep_dtype_shape_and_value(tmp_path, name):
    WRITERS[name](tmp_path / name, VALUES)
    same(load_metrics(tmp_path / name), VALUES)


@pytest.mark.parametrize("name", WRITERS)
def test_a_sweep_is_gathered_from_them_by_name_by_glob_and_unasked(tmp_path, name):
    tree = bare_tree(tmp_path, 3)
    for number in range(3):
        WRITERS[name](tree.path / str(number) / name, {"loss": np.array(number / 2)})
    for asked in (name, "*" + name[1:], None):
        sweep = open_sweep(tree.path, metrics=asked)
        assert sweep.problems == (), asked
        assert sweep.to_xarray()["loss"].values.tolist() == [0.0, 0.5, 1.0]


def test_groups_are_named_with_dots(tmp_path):
    write_hdf5(tmp_path / "a.h5", {"train.loss": np.array(1.0), "val.loss": np.array(2.0)})
    assert list(load_metrics(tmp_path / "a.h5")) == ["train.loss", "val.loss"]
    tree = xr.DataTree.from_dict({"/": xr.Dataset({"a": 1.0}), "/val": xr.Dataset({"b": 2.0})})
    tree.to_netcdf(tmp_path / "a.nc", engine="netcdf4")
    assert list(load_metrics(tmp_path / "a.nc")) == ["a", "val.b"]


def test_what_xarray_encodes_is_decoded(tmp_path):
    times = np.array(["2024-01-01", "2024-01-02T12"], dtype="datetime64[ns]")
    dataset = xr.Dataset(
        {"loss": ("time", [0.5, np.nan])}, coords={"time": times, "run": ("time", ["a", "b"])}
    )
    packed = {"dtype": "i2", "_FillValue": -1, "scale_factor": 0.5}
    dataset.to_netcdf(tmp_path / "a.nc", encoding={"loss": packed})
    found = load_metrics(tmp_path / "a.nc")
    np.testing.assert_array_equal(found["loss"], [0.5, np.nan])
    assert found["time"].astype("datetime64[s]").astype(object).tolist() == [
        datetime.datetime(2024, 1, 1),
        datetime.datetime(2024, 1, 2, 12),
    ]
    assert found["run"].tolist() == ["a", "b"]


def test_masked_integers_that_floats_would_round_are_refused(tmp_path):
    dataset = xr.Dataset({"n": ("x", [2**53 + 1, 3])})
    dataset["n"].encoding["_FillValue"] = -1
    dataset.to_netcdf(tmp_path / "a.nc", engine="netcdf4")
    with pytest.raises(UnsupportedError, match="masked integers `n`"):
        load_metrics(tmp_path / "a.nc")


def test_texts_of_hdf5_are_texts(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["name"] = "caf\u00e9"
        file["names"] = ["a", "bb"]
    found = load_metrics(tmp_path / "a.h5")
    assert found["names"].tolist() == ["a", "bb"]
    assert str(found["name"]) == "caf\u00e9"


@pytest.mark.parametrize("name", ["a.h5", "a.nc", "a.zarr"])
def test_a_damaged_file_is_a_problem_of_its_job_alone(tmp_path, name):
    tree = bare_tree(tmp_path, 2)
    WRITERS[name](tree.path / "0" / name, {"loss": np.array(1.5)})
    broken = tree.path / "1" / name
    if name == "a.zarr":
        broken.mkdir()
        (broken / "zarr.json").write_text("{")
    else:
        broken.write_bytes((tree.path / "0" / name).read_bytes()[:100])
    sweep = open_sweep(tree.path, metrics=name)
    assert [(it.kind, it.path) for it in sweep.problems] == [("corrupt", broken)]
    assert sweep.to_xarray()["loss"].values[0] == 1.5


def test_a_pointer_of_git_lfs_says_how_to_fetch_it(tmp_path):
    (tmp_path / "a.h5").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(CorruptFileError, match="git lfs pull"):
        load_metrics(tmp_path / "a.h5")


def test_what_lies_in_another_file_is_not_read(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(16))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (2,), "f8", external=[(str(tmp_path / "secret"), 0, 16)])
    with pytest.raises(UnsupportedError, match="`x` lies in another file"):
        load_metrics(tmp_path / "a.h5")


def test_more_than_a_file_can_hold_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (2**40,), "f8", chunks=(1024,))
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("x", shape=(2**40,), dtype="f8", chunks=(1024,))
    for name in ("a.h5", "a.zarr"):
        with pytest.raises(LimitError, match="claim 8796093022208 bytes"):
            load_metrics(tmp_path / name)


def test_a_fifo_does_not_block(tmp_path):
    import os

    os.mkfifo(tmp_path / "a.h5")
    with pytest.raises(UnsupportedError, match="no regular file"):
        load_metrics(tmp_path / "a.h5")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"a\.nc"):
        load_metrics(tmp_path / "a.nc")


def test_a_library_that_is_missing_is_named_with_its_extra(tmp_path, monkeypatch):
    tree = bare_tree(tmp_path, 2)
    for number in range(2):
        write_hdf5(tree.path / str(number) / "a.h5", {"loss": np.array(1.5)})
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    problems = open_sweep(tree.path, metrics="a.h5").problems
    assert [it.kind for it in problems] == ["unsupported"] * 2
    assert "pip install 'runcube[hdf5]'" in problems[0].message
