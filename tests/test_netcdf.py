"""What a sweep gathers to comes back from netCDF and Zarr as it was; other tools can read it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, seed, settings

from runcube import from_netcdf, from_zarr, open_sweep
from runcube.results import netcdf, zarr_store
from runcube.results.dataset import from_cube
from runcube.testing import (
    Axis,
    Fixed,
    Job,
    SweepCase,
    assert_same,
    sweep_cases,
    write_case,
)

EXAMPLES = int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200"))
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))
UNITS = ("D", "h", "m", "s", "ms", "us", "ns")
NAN = float("nan")
YES, NO = True, False


def objects(*items):
    array = np.empty(len(items), object)
    for place, item in enumerate(items):
        array[place] = item
    return array


# fmt: off
ARRAYS = {
    **{name: np.array([0, 1, 100], name)
       for name in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")},
    "extremes": np.array([-(2**63), 2**63 - 1]),
    "uint64": np.array([0, 2**64 - 1], "u8"),
    "bools": np.array([True, False]),
    **{name: np.array([0.1, -0.0, NAN, np.inf, -np.inf], name) for name in ("f2", "f4", "f8")},
    **{name: np.array([complex(0.1, -0.0), complex(NAN, 1), complex(-np.inf, NAN)], name)
       for name in ("c8", "c16")},
    **{f"M8[{unit}]": np.array([0, -1, "NaT", 10**6], f"M8[{unit}]") for unit in UNITS},
    **{f"m8[{unit}]": np.array([0, -1, "NaT", 10**6], f"m8[{unit}]") for unit in UNITS},
    "texts": np.array(["", "a", "é日本𝄞", "line\nline", "None", "missing"]),
    "a wide dtype of short texts": np.array(["a", ""], "<U40"),
    "texts with NUL": np.array(["a\0b", "c"]),
    "lone surrogates": np.array(["\ud800", "c"]),
    "byte strings": np.array([b"\xff", b"", b"a\0b"], "S7"),
    "texts and None": objects("", None, "missing", "nan"),
    "texts with NUL at the end": objects("a\0", "", None),
    "long texts": objects("x" * 5000, "é"),
    "ints and None": objects(-(2**63), None, 2**63 - 1, 0),
    "bools and None": objects(YES, None, NO),
    "ints beyond 64 bits": objects(2**63, 2**80, -(2**80), None, 1),
    "mixed labels": objects(1, "1", YES, 1.0, None, "True", "null", 0, NO, -0.0),
    "floats and None": objects(0.1, None, NAN, float("inf"), -float("inf"), 2**53 + 1),
    "complex and bytes": objects(1 + 2j, complex(NAN, -0.0), b"\x00\xff", b""),
    "only None": objects(None, None),
    "lists and mappings": objects([1, "a", [None, 0.5]], {"a": {"b": []}}, {1: "x", None: 2}, []),
    "mappings with our tags": objects({"runcube:float": "nan"}, {"runcube:x": 1}, {"a": NAN}),
    "whole arrays": objects(
        np.array([1.5, NAN], "f4"), np.zeros((2, 0), "i2"), np.array([True]), np.array(["a\0b"]),
        np.array(["NaT", 5], "M8[us]"), np.array([1 - 0j], "c8"), np.array([b"\xff", b""]),
        objects("x", None, 2**80), np.array([2**64 - 1], "u8"), np.array(3, "f2"), None,
    ),
    "numpy scalars": objects(
        np.datetime64("2026-01-31"), np.timedelta64(5, "ms"), np.datetime64("NaT", "s"),
        np.float32(0.1), np.int8(-1), np.complex64(1j), np.bool_(True),  # noqa: FBT003
    ),
    "no dimension": np.array(2.5),
    "no dimension, complex": np.array(1j),
    "no dimension, a text": np.array("text"),
    "no dimension, a time": np.array("2026-01-31", "M8[s]"),
    "no dimension, an object": np.array(None, object),
    "no elements": np.zeros((0,), "f4"),
    "no elements in two dimensions": np.zeros((2, 0, 3), "c8"),
    "no elements, texts": np.zeros((0,), "<U3"),
    "no elements, objects": np.zeros((0, 2), object),
    "no elements, times": np.zeros((0,), "M8[ms]"),
}
# What overrides can say, lists and mappings as text.
LABELS = (
    "i8", "uint64", "bools", "f8", "texts", "texts with NUL", "texts and None",
    "texts with NUL at the end", "ints and None", "bools and None", "ints beyond 64 bits",
    "mixed labels", "floats and None", "only None",
)
NAMES = (
    "val/acc", "val.acc", "val\\acc", "a b", "end ", " start", "%s", "'", "_x", "__x", "-x", ".",
    "..", "é", "e\u0301", "日本", "x" * 300, "é" * 200, "\x7f", "line\nline", "\u2028", "0", "𝄞",
    "coordinates", "complex_parts", "runcube_name",
)
ATTRIBUTES = {
    "seed": 3, "lr": 0.1, "debug": 1, "nothing": "null", "name": "x", "empty": "", "é": "日本",
    "db/size": -1, "a b": "two\nlines", "big": 2**80, "least": -(2**63), "inf": float("inf"),
    "nan": NAN, "zero": -0.0, "nul": "a\0b", "end": "a\0", "list": "[1, 2]", "long": "y" * 100_000,
    "coordinates": "x", "_FillValue": 1, "_NCProperties": "x", "runcube_format": "mine",
    "NAME": "n", "CLASS": "c", "lone": "\ud800", "": "no name",
}
# fmt: on


def write_netcdf(dataset, folder):
    netcdf.write(dataset, folder / "sweep.nc")
    return from_netcdf(folder / "sweep.nc")


def write_zarr(dataset, folder):
    zarr_store.write(dataset, folder / "sweep.zarr")
    return from_zarr(folder / "sweep.zarr")


def a_dataset(array, name="m", attributes=()):
    """Make a dataset as gathering does."""
    dimensions = [f"d{axis}" for axis in range(array.ndim)]
    return from_cube([], [(name, dimensions, array)], attributes)


both = pytest.mark.parametrize("kept", [write_netcdf, write_zarr])


@both
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_a_metric_of_every_kind_comes_back(kept, array, tmp_path):
    dataset = a_dataset(array)
    assert_same(kept(dataset, tmp_path), dataset)


@both
@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind_come_back(kept, kind, tmp_path):
    labels = ARRAYS[kind]
    numbers = np.arange(len(labels), dtype=float)
    along = ("m", ["lr"], numbers)
    dataset = from_cube([("lr", ["lr"], labels), ("of/lr", ["lr"], labels)], [along], ())
    assert_same(kept(dataset, tmp_path), dataset)


@both
@pytest.mark.parametrize("name", NAMES)
def test_odd_names_come_back(kept, name, tmp_path):
    labels = np.array([1, 2])
    other = (f"{name}_dim0", [f"{name}_dim0"], labels)
    dataset = from_cube(
        [(name, [name], labels), other], [("m", [name, f"{name}_dim0"], np.eye(2, dtype="c8"))], ()
    )
    assert_same(kept(dataset, tmp_path), dataset)


@both
def test_names_that_are_one_in_the_file_stay_apart(kept, tmp_path):
    dataset = from_cube([], [(name, [], np.array(n)) for n, name in enumerate(NAMES)], ())
    assert_same(kept(dataset, tmp_path), dataset)


@both
def test_attributes_of_every_kind_come_back(kept, tmp_path):
    dataset = a_dataset(np.arange(2), attributes=ATTRIBUTES.items())
    assert_same(kept(dataset, tmp_path), dataset)


@both
def test_a_dataset_of_nothing_comes_back(kept, tmp_path):
    dataset = from_cube([], [], ())
    assert_same(kept(dataset, tmp_path), dataset)


HARD = SweepCase(
    (Fixed("b", value=True), Fixed("none", value=None), Fixed("list", value=[1, "a"])),
    (Axis("x", (1, "1", True, None)), Axis("optim/lr", (0.1, 1.0, "a"))),
    tuple(
        Job(
            {
                "val/acc": np.float16(number),
                "curve": np.arange(number % 3, dtype="c8"),
                "flag": number % 2 == 0,
                "note": "" if number % 3 else "text",
                "wide": 2**60 + number,
                "odd": [np.zeros(2), 1, "x", None][number % 4],
            }
            if number != 5
            else None
        )
        for number in range(12)
    ),
    recorded=True,
)


@pytest.mark.parametrize("options", [{}, {"layout": "jobs"}, {"include_paths": True}])
def test_a_hard_sweep_comes_back(options, tmp_path):
    write_case(HARD, tmp_path / "sweep")
    sweep = open_sweep(tmp_path / "sweep")
    dataset = sweep.to_xarray(**options)
    sweep.to_netcdf(tmp_path / "sweep.nc", **options)
    sweep.to_zarr(tmp_path / "sweep.zarr", **options)
    assert {str(it.dtype) for it in dataset.variables.values()} >= {
        "object",
        "float16",
        "complex64",
    }
    assert_same(from_netcdf(tmp_path / "sweep.nc"), dataset)
    assert_same(from_zarr(tmp_path / "sweep.zarr"), dataset)


@seed(SEED)
@settings(
    max_examples=max(1, round(EXAMPLES * 0.05)),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sweep_cases())
def test_drawn_sweeps_come_back(case):
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, Path(folder, "sweep"))
        sweep = open_sweep(Path(folder, "sweep"))
        for layout in ("auto", "jobs"):
            sweep.to_netcdf(Path(folder, "sweep.nc"), layout=layout)
            assert_same(from_netcdf(Path(folder, "sweep.nc")), sweep.to_xarray(layout=layout))
        sweep.to_zarr(Path(folder, "sweep.zarr"))
        assert_same(from_zarr(Path(folder, "sweep.zarr")), sweep.to_xarray())


# ---- Other readers


def for_others():
    coordinates = [
        ("model", ["model"], np.array(["a", "b", "c"])),
        ("optim/lr", ["model"], np.array([0.1, 0.2, 0.3])),
    ]
    metrics = {
        "ints": objects(1, None, -3),
        "zeros": np.array([0, 0, 1]),
        "bools": objects(YES, None, NO),
        "half": np.array([0.5, NAN, 2], "f2"),
        "z": np.array([1 + 2j, 0, 3j]),
        "when": np.array(["2026-01-31", "NaT", "1969-12-31"], "M8[s]"),
        "took": np.array([5, "NaT", 7], "m8[ms]"),
        "notes": objects("x", None, "y"),
        "sure": np.array([True, False, True]),
        "val/acc": np.array([1, 2, 3], "f4"),
    }
    variables = [(name, ["model"], array) for name, array in metrics.items()]
    return from_cube(coordinates, variables, {"seed": 3, "optim/name": "adam"}.items())


def test_other_readers_of_netcdf_see_plain_numbers(tmp_path):
    netcdf.write(for_others(), tmp_path / "sweep.nc")
    with netCDF4.Dataset(tmp_path / "sweep.nc") as file:
        assert file["ints"][:].tolist() == [1, None, -3]
        assert file["bools"][:].tolist() == [1, None, 0]
        assert file["notes"][:].tolist() == ["x", "", "y"]
        assert file["half"].dtype == np.float32
        assert file["z"][:].tolist() == [[1, 2], [0, 0], [0, 3]]
        assert file["val.acc"].runcube_name == '"val/acc"'
        assert (file.seed, file.getncattr("optim.name")) == (3, "adam")


@pytest.mark.parametrize("kept", [write_netcdf, write_zarr])
def test_xarray_reads_numbers_times_and_coordinates(kept, tmp_path):
    kept(for_others(), tmp_path)
    (path,) = tmp_path.iterdir()
    with xr.open_dataset(path, decode_timedelta=True) as read:
        assert list(read.coords) == ["model", "optim.lr"]
        np.testing.assert_array_equal(read["ints"], [1, NAN, -3])
        np.testing.assert_array_equal(read["zeros"], [0, 0, 1])
        np.testing.assert_array_equal(read["bools"], [1, NAN, 0])
        times = np.array(["2026-01-31", "NaT", "1969-12-31"], "M8[ns]")
        np.testing.assert_array_equal(read["when"].values.astype("M8[ns]"), times)
        spans = np.array([5, "NaT", 7], "m8[ms]").astype("m8[ns]")
        np.testing.assert_array_equal(read["took"].values.astype("m8[ns]"), spans)
        assert read["sure"].dtype == bool
        assert read["model"].values.tolist() == ["a", "b", "c"]
