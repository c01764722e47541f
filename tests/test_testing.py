"""The tools for testing are themselves held to what they promise."""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
import xarray as xr
import yaml
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runcube.bench.careful import gather as careful_gather
from runcube.testing import (
    Axis,
    Damage,
    Fixed,
    Job,
    SweepCase,
    assert_same,
    expected_dataset,
    make_tree,
    sweep_cases,
    write_case,
)
from runcube.testing.cases import npz_bytes
from runcube.testing.promote import common_dtype, label_array, with_holes
from runcube.testing.strategies import damages
from runcube.testing.text import override_text
from runcube.testing.trees import Format

READING_FAILS = (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, KeyError)


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


@pytest.mark.parametrize("kind", ["npz", "arrow", "json", "pt"])
def test_the_careful_loop_gathers_a_synthetic_tree(tmp_path: Path, kind: Format) -> None:
    tree = make_tree(tmp_path, jobs=20, format=kind)
    careful = careful_gather(tmp_path, kind)
    assert {name: tuple(careful[name].values.tolist()) for name in tree.axes} == tree.axes
    for name, values in tree.values.items():
        np.testing.assert_array_equal(careful[name].values, values, strict=True)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="$")))
@example('\\"')
@example("end\\")
def test_override_texts_say_what_hydra_reads(text: str) -> None:
    value = OverridesParser.create().parse_override(f"x={override_text(text)}").value()
    assert getattr(value, "text", value) == text


@settings(max_examples=100, deadline=None)
@given(sweep_cases(recorded=False, damaged=False))
def test_drawn_sweeps_are_what_hydra_would_launch(case: SweepCase) -> None:
    given_lines = [f"{item.prefix}{item.key}={_right_side(item)}" for item in case.definition]
    parsed = OverridesParser.create().parse_overrides(given_lines)
    jobs = [job for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]
    assert jobs == [case.lines(number) for number in range(len(case.jobs))]


def _right_side(item: Axis | Fixed) -> str:
    return item.sweep if isinstance(item, Axis) else item.text


@settings(max_examples=100, deadline=None)
@given(sweep_cases(recorded=False))
def test_written_sweeps_hold_what_the_case_says(case: SweepCase) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, folder)
        for number, job in enumerate(case.jobs):
            directory = Path(folder, case.directory(number))
            assert directory.exists() == job.present
            if case.identified(number):
                lines = yaml.safe_load((directory / ".hydra/overrides.yaml").read_bytes())
                assert lines == case.lines(number)
            if case.readable(number):
                _assert_holds(directory / case.file_name, job.metrics)


def _assert_holds(path: Path, metrics: Mapping[str, Any]) -> None:
    with np.load(path) as archive:
        assert archive.files == list(metrics)
        for name, value in metrics.items():
            np.testing.assert_array_equal(archive[name], np.asarray(value), strict=True)


@settings(max_examples=100, deadline=None)
@given(sweep_cases(recorded=False), damages())
def test_damage_is_always_noticed_by_numpy_too(case: SweepCase, damage: Damage) -> None:
    intact = npz_bytes(next((job.metrics for job in case.jobs if job.metrics), {"m": 1}))
    broken = damage.apply(intact)
    assert broken != intact
    with pytest.raises(READING_FAILS), np.load(io.BytesIO(broken)) as archive:  # noqa: PT012
        for name in archive.files:
            archive[name]


def test_the_oracle_agrees_with_a_dataset_written_by_hand() -> None:
    case = SweepCase(
        params=(Axis("s", ("a", None)),),
        arguments=(Fixed("flag", value=True), Axis("x", (1, 2)), Fixed("n", None)),
        jobs=(
            Job({"loss": np.float32(1), "n": 3, "x": "p", "y": [1.0]}),
            Job(None),
            Job({"loss": np.float32(2), "n": 4, "x": "q", "y": [2.0, 3.0]}),
            Job({"loss": np.float32(3), "n": 5, "x": "r", "y": [4.0]}, present=False),
        ),
    )
    nan = np.nan
    strings = xr.Variable(("s", "x"), np.zeros((2, 2), object))
    strings.values[...] = [["p", None], ["q", None]]
    index = pd.Index(["a", None], dtype=object, name="s")
    by_hand = xr.Dataset(
        {
            "loss": (("s", "x"), np.array([[1, nan], [2, nan]], "f4")),
            "n_metric": (("s", "x"), np.array([[3, nan], [4, nan]])),
            "x_metric": strings,
            "y": (("s", "x", "y_dim0"), np.array([[[1, nan], [nan, nan]], [[2, 3], [nan, nan]]])),
        },
        coords={
            "s": xr.IndexVariable("s", index),
            "x": [1, 2],
            "y_dim0": [0, 1],
            "y_length": (("s", "x"), [[1, 0], [2, 0]]),
        },
        attrs={"flag": 1, "n": "null"},
    )
    assert_same(expected_dataset(case), by_hand)


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        ((1, 2), "int64"),
        ((0, 2**63), "uint64"),
        ((-1, 2**63), "object"),
        ((1, 2**64), "object"),
        ((0.5, 1.0), "float64"),
        ((1, 0.5), "float64"),
        ((1, 1.0), "object"),
        ((2**53 + 1, 0.5), "object"),
        ((True, False), "bool"),
        ((True, 1), "object"),
        (("a", "bc"), "<U2"),
        (("a", "b\0"), "object"),
        (("1", 1), "object"),
        ((None,), "object"),
        (([1], [2, "a"]), "<U8"),
    ],
)
def test_labels_have_the_dtype_of_the_rules(labels: tuple[Any, ...], dtype: str) -> None:
    assert label_array(labels).dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("values", "whole", "holed"),
    [
        ((np.int8(1), np.int8(2)), "int8", "float64"),
        ((np.int8(1), np.uint8(2)), "int16", "float64"),
        ((2**53 + 1, 1), "int64", "object"),
        ((np.int8(1), np.float32(0.5)), "float64", "float64"),
        ((2**53 + 1, 0.5), "object", "object"),
        ((np.float16(1), np.float32(1)), "float32", "float32"),
        ((np.float32(1), np.float32(2)), "float32", "float32"),
        ((np.complex64(1), np.float64(2)), "complex128", "complex128"),
        ((True, False), "bool", "object"),
        ((True, 1), "object", "object"),
        (("a", "bc"), "<U2", "object"),
        (("a", 1), "object", "object"),
        ((np.array(1, ">i4"),), "int32", "float64"),
    ],
)
def test_metrics_promote_over_jobs(values: tuple[Any, ...], whole: str, holed: str) -> None:
    arrays = [np.asarray(value) for value in values]
    dtype = common_dtype(arrays)
    assert dtype == np.dtype(whole)
    assert with_holes(dtype, arrays) == np.dtype(holed)


def test_importing_the_tools_does_not_need_hypothesis() -> None:
    code = "import sys, runcube.testing as t; t.assert_same; t.make_tree; t.write_case"
    check = f"{code}; assert 'hypothesis' not in sys.modules; t.sweep_cases"
    subprocess.run([sys.executable, "-c", check], check=True, env={**os.environ})
