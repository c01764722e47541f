"""The tools for testing are themselves held to what they promise."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
import xarray as xr
from omegaconf import OmegaConf

from runcube.testing import assert_same, make_tree
from runcube.testing.trees import Format


def _objects(*values: Any) -> xr.Variable:
    # Filled in place: on the way in, xarray lets pandas turn `None` into NaN.
    variable = xr.Variable(("x",), np.zeros(len(values), object))
    for number, value in enumerate(values):
        variable.values[number] = value
    return variable


def _dataset(values: Any = (1.0, 2.0), **attrs: Any) -> xr.Dataset:
    data = values if isinstance(values, xr.Variable) else ("x", np.asarray(values))
    return xr.Dataset({"m": data}, coords={"x": ["a", "b"]}, attrs=attrs)


FORGIVEN_BY_XARRAY = {
    "None and NaN": (_dataset(_objects(None, 1)), _dataset(_objects(np.nan, 1)), "x=a: None"),
    "1 and True": (
        _dataset(_objects(1, 2)),
        _dataset(_objects(bool(1), 2)),
        r"x=a: 1 \(int\) is not",
    ),
    "1 and 1.0": (_dataset(_objects(1, 2)), _dataset(_objects(1.0, 2)), r"\(int\) .* \(float\)"),
    "int and numpy int": (
        _dataset(_objects(0, 2)),
        _dataset(_objects(0, np.int64(2))),
        r"x=b: 2 \(int\) is not 2 \(int64\)",
    ),
    "float32 and float64": (
        _dataset(np.zeros(2, "f4")),
        _dataset(np.zeros(2)),
        "dtype float32 is not float64",
    ),
    "int64 and float64": (_dataset([1, 2]), _dataset([1.0, 2.0]), "dtype int64 is not float64"),
    "bool and int": (_dataset([True, False]), _dataset([1, 0]), "dtype bool is not int64"),
    "str and object": (
        _dataset(np.array(["p", "q"])),
        _dataset(_objects("p", "q")),
        "dtype <U1 is not object",
    ),
    "widths of str": (
        _dataset(np.array(["p", "q"], "<U1")),
        _dataset(np.array(["p", "q"], "<U7")),
        "dtype <U1 is not <U7",
    ),
    "signed zeros": (_dataset([0.0, 1.0]), _dataset([-0.0, 1.0]), "x=a: 0.0 .* -0.0"),
    "order of variables": (
        _dataset().assign(n=1)[["m", "n"]],
        _dataset().assign(n=1)[["n", "m"]],
        "data variables",
    ),
    "order of coordinates": (
        xr.Dataset(coords={"x": [1], "y": [2]}),
        xr.Dataset(coords={"y": [2], "x": [1]}),
        "dimensions",
    ),
    "order of attrs": (_dataset(p=1, q=2), _dataset(q=2, p=1), "attrs keys"),
    "types of attrs": (_dataset(p=1), _dataset(p=True), r"attrs\['p'\]"),
    "types inside lists": (
        _dataset(_objects([1], 2)),
        _dataset(_objects([1.0], 2)),
        r"x=a\[0\]: 1",
    ),
}


@pytest.mark.parametrize("case", FORGIVEN_BY_XARRAY, ids=lambda name: name.replace(" ", "-"))
def test_what_xarray_forgives_is_not_forgiven(case: str) -> None:
    a, b, message = FORGIVEN_BY_XARRAY[case]
    xr.testing.assert_identical(a, b)
    with pytest.raises(AssertionError, match=message):
        assert_same(a, b)
    with pytest.raises(AssertionError):
        assert_same(b, a)


def test_nan_and_nat_equal_themselves() -> None:
    times = np.array(["2020-01-01", "NaT"], "M8[ns]")
    values = _dataset([np.nan, -0.0]).assign(t=("x", times), o=_objects(float("nan"), pd.NaT))
    again = _dataset([-np.nan, -0.0]).assign(t=("x", times), o=_objects(float("nan"), pd.NaT))
    assert_same(values, again)


def test_differences_name_variable_position_and_values() -> None:
    a = xr.Dataset({"m": (("x", "k"), np.zeros((2, 2)))}, coords={"x": ["a", "b"]})
    b = a.copy(deep=True)
    b["m"][1, 0] = 5
    with pytest.raises(AssertionError, match=r"^variable `m` at x=b, k=\[0\]: 0.0 \(float64\) is"):
        assert_same(a, b)


def test_arrays_inside_objects_keep_dtype_shape_and_values() -> None:
    a = _dataset(_objects(np.array([1, 2]), None))
    assert_same(a, _dataset(_objects(np.array([1, 2]), None)))
    for other in (np.array([1, 3]), np.array([1, 2], "i4"), np.array([[1, 2]]), [1, 2]):
        with pytest.raises(AssertionError, match="variable `m` at x=a"):
            assert_same(a, _dataset(_objects(other, None)))


def test_indexes_must_be_on_both_sides() -> None:
    with pytest.raises(AssertionError, match="index on one side"):
        assert_same(_dataset(), _dataset().drop_indexes("x"))


def test_data_arrays_are_compared_with_their_names() -> None:
    array = _dataset()["m"]
    assert_same(array, array.copy(deep=True))
    with pytest.raises(AssertionError, match="names"):
        assert_same(array, array.rename("n"))
    with pytest.raises(AssertionError, match="DataArray is not Dataset"):
        assert_same(array, _dataset())
    with pytest.raises(TypeError, match="expected xarray"):
        assert_same(1, 1)  # type: ignore[arg-type]


def _digest(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_trees_are_laid_out_as_hydra_does(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, axes={"lr": [0.1, 1e-7], "s": ["a", "b c"]}, config=True, hydra=True)
    assert tree.directories == ("0", "1", "2", "3")
    assert sorted(path.name for path in (tmp_path / "3" / ".hydra").iterdir()) == [
        "config.yaml",
        "hydra.yaml",
        "overrides.yaml",
    ]
    multirun = OmegaConf.load(tmp_path / "multirun.yaml")
    assert multirun.hydra.overrides.task == ["lr=0.1,1e-07", 's=a,"b c"']
    assert OmegaConf.load(tmp_path / "3/.hydra/overrides.yaml") == ["lr=1e-07", 's="b c"']
    assert OmegaConf.load(tmp_path / "3/.hydra/config.yaml") == {"lr": 1e-07, "s": "b c"}


@pytest.mark.parametrize("kind", ["npz", "arrow", "json", "pt"])
def test_trees_hold_the_values_that_they_return(tmp_path: Path, kind: Format) -> None:
    tree = make_tree(tmp_path, jobs=20, format=kind, metrics={"loss": (), "grid": (2, 3)})
    for number, place in enumerate(np.ndindex(2, 5, 2)):
        row = _read(next((tmp_path / str(number)).glob("metrics.*")))
        assert row.keys() == {"loss", "grid"}
        for name, value in row.items():
            np.testing.assert_array_equal(value, tree.values[name][place], strict=True)


def _read(path: Path) -> dict[str, Any]:
    if path.suffix == ".npz":
        return dict(np.load(path))
    if path.suffix == ".json":
        return {name: np.asarray(value) for name, value in json.loads(path.read_text()).items()}
    if path.suffix == ".pt":
        return {name: value.numpy() for name, value in torch.load(path).items()}
    table = pa.ipc.open_file(path).read_all()
    arrays = {name: table[name].combine_chunks() for name in table.column_names}
    return {
        name: array.to_numpy_ndarray()[0]
        if hasattr(array, "to_numpy_ndarray")
        else array[0].as_py()
        for name, array in arrays.items()
    }


@pytest.mark.parametrize("kind", ["npz", "arrow", "json"])
def test_equal_seeds_give_equal_bytes(tmp_path: Path, kind: Format) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_tree(tmp_path / name, jobs=10, format=kind, seed=seed)
    first, again, other = (_digest(tmp_path / name) for name in "abc")
    assert first == again
    assert first != other


def test_npz_files_are_those_of_numpy(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree", jobs=3)
    np.savez(tmp_path / "m.npz", **{name: values[1] for name, values in tree.values.items()})
    assert (tmp_path / "tree/1/metrics.npz").read_bytes() == (tmp_path / "m.npz").read_bytes()


@pytest.mark.parametrize(
    ("subdir", "directory"),
    [
        ("${hydra.job.num}", "3"),
        ("${hydra.job.override_dirname}", "lr=2.5,model=b"),
        ("${model}/x${lr}", "b/x2.5"),
    ],
)
def test_directories_follow_the_template(tmp_path: Path, subdir: str, directory: str) -> None:
    axes = {"model": ["a", "b"], "lr": [0.5, 2.5]}
    tree = make_tree(tmp_path, axes=axes, subdir=subdir)
    assert tree.directories[3] == directory
    assert (tmp_path / directory / "metrics.npz").is_file()


def test_a_tree_needs_a_directory_of_its_own(tmp_path: Path) -> None:
    make_tree(tmp_path, jobs=1)
    with pytest.raises(FileExistsError, match="is not empty"):
        make_tree(tmp_path, jobs=1)
    with pytest.raises(ValueError, match="`format` must be one of npz"):
        make_tree(tmp_path / "new", format="csv")  # type: ignore[arg-type]
