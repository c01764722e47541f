"""Traps that end in a wrong number, label or place without a word: one test for each.

`traps_library.py` says how the same tests run on another library, and what the marks mean.
"""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hydra.errors import OverrideParseException

from traps_library import (
    RECORD,
    MultiRunMetricsWorkflow,
    RobustnessCurve,
    avoids,
    falls,
    hydra_list,
    multirun,
)

if TYPE_CHECKING:
    import xarray

pytestmark = pytest.mark.usefixtures("hydra_place")

APP = """
import json
import hydra

@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(cfg):
    with open("metrics.json", "w") as file:
        json.dump({"sum": 100 * cfg.x + cfg.y}, file)

main()
"""

CONFIG = """
x: 0
y: 0
hydra:
  job: {chdir: true}
"""


def plain_hydra(place: Path, *arguments: str, config: str = CONFIG) -> None:
    """Launch a sweep of `x` and `y` with Hydra alone."""
    (place / "app.py").write_text(APP)
    (place / "config.yaml").write_text(config)
    command = [sys.executable, "app.py", "-m", *arguments]
    subprocess.run(command, cwd=place, check=True, capture_output=True)


class Reader(MultiRunMetricsWorkflow):
    @staticmethod
    def metric_load_fn(file_path):
        return json.loads(file_path.read_text())


def load(directory: Path) -> xarray.Dataset:
    return Reader().load_from_dir(directory, "metrics.json").to_xarray()


class Twice(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"twice": 2 * x}


class Seen(MultiRunMetricsWorkflow):
    """Records what reached the task, as text that no storage can change."""

    @staticmethod
    def task(x):
        return {"seen": repr(x)}


def labels(dataset: xarray.Dataset, axis: str) -> list[Any]:
    """Return the labels of an axis with their types: `1 == True`, and is another label."""
    return [(type(v), v) for v in np.asarray(dataset[axis]).tolist()]


@falls(AssertionError, "only the command line's axes are seen")
def test_a_sweep_from_hydra_sweeper_params_collapsing_on_load(tmp_path):
    config = CONFIG + "  sweeper: {params: {x: '1,2,3'}}\n"
    plain_hydra(tmp_path, "y=5,6", "hydra.sweep.dir=s", config=config)
    dataset = load(tmp_path / "s")
    assert dict(dataset.sizes) == {"x": 3, "y": 2}
    for x in (1, 2, 3):
        for y in (5, 6):
            assert dataset["sum"].sel(x=x, y=y) == 100 * x + y


@dataclass
class FloatField:
    x: float = 0.0


@falls(AssertionError, "every number is NaN")
def test_ints_swept_over_a_float_field_giving_all_nan():
    wf = Twice(FloatField)
    wf.run(x=multirun([1, 2, 3]))
    dataset = wf.to_xarray()
    np.testing.assert_array_equal(dataset["x"], [1, 2, 3])
    np.testing.assert_array_equal(dataset["twice"], [2.0, 4.0, 6.0])


TEXTS = ["true", "1e3", "null", "1"]


@falls(AssertionError, "the task gets bool, float and int")
def test_strings_that_look_like_another_type_changing_type():
    wf = Seen()
    wf.run(x=multirun(TEXTS))
    dataset = wf.to_xarray()
    assert dataset["seen"].values.tolist() == [repr(text) for text in TEXTS]
    assert labels(dataset, "x") == [(str, text) for text in TEXTS]


class SeenFixed(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, first, second, third, fourth):
        return {"seen": repr([first, second, third, fourth])}


@avoids
def test_fixed_strings_that_look_like_another_type_changing_type():
    wf = SeenFixed()
    fixed = dict(zip(["first", "second", "third", "fourth"], TEXTS, strict=True))
    wf.run(x=multirun([1, 2]), **fixed)
    assert wf.to_xarray()["seen"].values.tolist() == [repr(TEXTS)] * 2


@falls(AssertionError, "every metric is NaN")
def test_string_lists_shown_as_parser_objects():
    wf = Seen()
    wf.run(x=multirun([["a", "b"], ["c"]]))
    dataset = wf.to_xarray()
    assert dataset["seen"].values.tolist() == ["['a', 'b']", "['c']"]
    assert labels(dataset, "x") == [(str, "['a', 'b']"), (str, "['c']")]
    assert wf.multirun_task_overrides == {"x": multirun([["a", "b"], ["c"]])}


@avoids
def test_a_fixed_string_list_shown_as_parser_objects():
    wf = NamedTwice()
    wf.run(x=multirun([1, 2]), names=hydra_list(["a", "b"]))
    assert wf.to_xarray().attrs["names"] == "['a', 'b']"


class NamedTwice(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, names):
        return {"twice": 2 * x, "count": len(names)}


BACKSLASHES = ["b\\s", "b\\\\s", "end\\"]


@falls(AssertionError, "the task gets twice as many")
def test_backslashes_doubled():
    wf = Seen()
    wf.run(x=multirun(BACKSLASHES))
    dataset = wf.to_xarray()
    assert dataset["seen"].values.tolist() == [repr(text) for text in BACKSLASHES]
    assert labels(dataset, "x") == [(str, text) for text in BACKSLASHES]


@falls(OverrideParseException, "no override can be parsed")
def test_backslashes_before_quotes_doubled():
    texts = ["\\'", '\\"']
    wf = Seen()
    wf.run(x=multirun(texts))
    dataset = wf.to_xarray()
    assert dataset["seen"].values.tolist() == [repr(text) for text in texts]
    assert labels(dataset, "x") == [(str, text) for text in texts]


@avoids
def test_shuffle_shifting_labels(tmp_path):
    plain_hydra(tmp_path, "x=shuffle(range(0,12))", "y=1,2", "hydra.sweep.dir=s")
    dataset = load(tmp_path / "s")
    assert dict(dataset.sizes) == {"x": 12, "y": 2}
    for x in range(12):
        for y in (1, 2):
            assert dataset["sum"].sel(x=x, y=y) == 100 * x + y


@avoids
def test_leftover_directories_shifting_labels(tmp_path):
    plain_hydra(tmp_path, "x=1,2", "y=1,2,3,4,5,6,7", "hydra.sweep.dir=s")
    plain_hydra(tmp_path, "x=8,9", "y=1,2", "hydra.sweep.dir=s")
    dataset = load(tmp_path / "s")
    assert dict(dataset.sizes) == {"x": 2, "y": 2}
    for x in (8, 9):
        for y in (1, 2):
            assert dataset["sum"].sel(x=x, y=y) == 100 * x + y


@falls(AssertionError, "the numbers are those of the older sweep")
def test_a_nested_older_sweep_overwriting_the_current_one(tmp_path):
    plain_hydra(tmp_path, "x=1,2", "y=7", "hydra.sweep.dir=s/older")
    plain_hydra(tmp_path, "x=1,2", "y=8", "hydra.sweep.dir=s")
    dataset = load(tmp_path / "s")
    np.testing.assert_array_equal(dataset["sum"].squeeze(), [108, 208])
    assert dataset["sum"].size == 2


class Named(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, y):
        return {"number": x * y} if x == y == 2 else {"number": x * y, "name": f"{x}-{y}"}


@falls(AssertionError, "the missing name is 'nan'")
def test_missing_strings_becoming_nan():
    wf = Named()
    wf.run(x=multirun([1, 2]), y=multirun([1, 2]))
    dataset = wf.to_xarray()
    assert dataset["name"].values.tolist() == [["1-1", "1-2"], ["2-1", None]]
    np.testing.assert_array_equal(dataset["number"], [[1, 2], [2, 4]])


class TwoFiles(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        torch = importlib.import_module("torch")
        torch.save({"score": 10 * x}, "other.pt")
        return {"score": x}


@falls(AssertionError, "the returned numbers come, not those of the file")
def test_metrics_filename_of_to_xarray_ignored_after_a_run():
    wf = TwoFiles()
    wf.run(x=multirun([1, 2]))
    np.testing.assert_array_equal(wf.to_xarray()["score"], [1, 2])
    np.testing.assert_array_equal(wf.to_xarray(metrics_filename="other.pt")["score"], [10, 20])


@avoids
def test_a_reused_loader_keeping_the_old_axes(tmp_path):
    plain_hydra(tmp_path, "x=1,2", "hydra.sweep.dir=first")
    plain_hydra(tmp_path, "y=5,6,7", "hydra.sweep.dir=second")
    wf = Reader()
    wf.load_from_dir(tmp_path / "first", "metrics.json").to_xarray()
    dataset = wf.load_from_dir(tmp_path / "second", "metrics.json").to_xarray()
    assert dict(dataset.sizes) == {"y": 3}
    np.testing.assert_array_equal(dataset["y"], [5, 6, 7])
    np.testing.assert_array_equal(dataset["sum"], [5, 6, 7])


@falls(AssertionError, "all labels are strings")
def test_one_and_its_lookalikes_colliding():
    values = [1, "1", True, 1.0]
    wf = Seen()
    wf.run(x=multirun(values))
    dataset = wf.to_xarray()
    assert dataset["seen"].dims == ("x",)
    assert labels(dataset, "x") == [(type(value), value) for value in values]
    assert dataset["seen"].values.tolist() == ["1", "'1'", "True", "1.0"]


class Typed(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"half": np.float32(x / 3), "one": np.array([x / 3], dtype=np.float32)}


@falls(AssertionError, "float64; the array is a scalar")
@pytest.mark.parametrize("metric", ["half", "one"])
def test_float32_and_a_shape_of_one_lost_on_reload(metric):
    wf = Typed()
    wf.run(x=multirun([1, 2]))
    loaded = Typed().load_from_dir(wf.working_dir, RECORD).to_xarray()[metric]
    third = np.array([1 / 3, 2 / 3], dtype=np.float32)
    expected = third if metric == "half" else third[:, None]
    assert loaded.dtype == np.float32
    assert loaded.shape == expected.shape
    np.testing.assert_array_equal(loaded, expected)


class Big(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"big": 2**53 + x} if x < 3 else {}


@avoids
def test_int64_beyond_2_to_the_53_rounded():
    wf = Big()
    wf.run(x=multirun([1, 2]))
    for dataset in (wf.to_xarray(), Big().load_from_dir(wf.working_dir, RECORD).to_xarray()):
        assert dataset["big"].dtype == np.int64
        assert dataset["big"].values.tolist() == [2**53 + 1, 2**53 + 2]


@falls(AssertionError, "a float, rounded, and NaN")
def test_int64_beyond_2_to_the_53_rounded_beside_a_hole():
    wf = Big()
    wf.run(x=multirun([1, 2, 3]))
    for dataset in (wf.to_xarray(), Big().load_from_dir(wf.working_dir, RECORD).to_xarray()):
        assert dataset["big"].values.tolist() == [2**53 + 1, 2**53 + 2, None]


@falls(AssertionError, "they share a directory; a slow machine escapes", always=False)
def test_two_runs_in_one_second_overwriting_each_other():
    runs = [Twice() for _ in range(3)]
    for run, value in zip(runs, [1, 2, 3], strict=True):
        run.run(x=multirun([value]))
    assert len({run.working_dir for run in runs}) == 3


class Curve(RobustnessCurve):
    @staticmethod
    def task(epsilon):
        return {"score": 1 - epsilon}


@avoids
def test_savefig_of_the_wrong_figure(tmp_path):
    importlib.import_module("matplotlib").use("agg")
    pyplot = importlib.import_module("matplotlib.pyplot")
    curve = Curve()
    curve.run(epsilon=[0.0, 0.5])
    own, ax = pyplot.subplots(figsize=(2, 1), dpi=100)
    other = pyplot.figure(figsize=(7, 6), dpi=100)
    curve.plot("score", ax=ax, save_filename=tmp_path / "curve.png")
    height, width = pyplot.imread(tmp_path / "curve.png").shape[:2]
    pyplot.close(own)
    pyplot.close(other)
    assert width / height == pytest.approx(2, abs=0.01)
