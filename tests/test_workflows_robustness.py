"""Curves over `epsilon`: its place in the sweep, the dataset, the plot."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hydra_zen import multirun

from runcube.workflows import RobustnessCurve

pytestmark = pytest.mark.usefixtures("hydra_place")


class Curve(RobustnessCurve):
    @staticmethod
    def task(epsilon, scale=1.0, **_):
        return {"score": epsilon * scale, "label": f"e{epsilon}"}


def test_epsilon_is_the_last_axis_and_sorted_in_the_dataset():
    curve = Curve()
    curve.run(epsilon=[3.0, 1.0, 2.0], scale=multirun([10.0, 1.0]))
    assert list(curve.multirun_task_overrides) == ["scale", "epsilon"]
    assert curve.multirun_task_overrides["epsilon"] == [3.0, 1.0, 2.0]
    ds = curve.to_xarray()
    assert ds["score"].dims == ("scale", "epsilon")
    np.testing.assert_array_equal(ds["epsilon"], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(ds["score"], [[10, 20, 30], [1, 2, 3]])
    assert curve.workflow_overrides == {"epsilon": [3.0, 1.0, 2.0], "scale": multirun([10.0, 1.0])}


@pytest.mark.parametrize(
    ("epsilon", "expected"),
    [
        ([0.5], [0.5]),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        (np.array([1, 2], dtype=np.float32), [1.0, 2.0]),
        (multirun([1, 2]), [1, 2]),
        ("0,1,2", [0, 1, 2]),
        ("range(0,3)", [0, 1, 2]),
        ("0.5", [0.5]),
    ],
    ids=repr,
)
def test_epsilon_is_a_dimension_however_it_is_given(epsilon, expected):
    curve = Curve()
    curve.run(epsilon=epsilon)
    ds = curve.to_xarray()
    assert dict(ds.sizes) == {"epsilon": len(expected)}
    np.testing.assert_array_equal(ds["epsilon"], expected)


def test_epsilon_of_the_config_is_overridden():
    curve = Curve({"epsilon": 0.0})
    curve.run(epsilon="1,2")
    np.testing.assert_array_equal(curve.to_xarray()["score"], [1.0, 2.0])


def test_epsilon_comes_after_the_target_directories(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    curve = Curve()
    curve.run(epsilon=[1, 2], target_job_dirs=[tmp_path / "a", tmp_path / "b"])
    assert list(curve.multirun_task_overrides) == ["job_dir", "epsilon"]


class TestPlot:
    @pytest.fixture
    def curve(self):
        importlib.import_module("matplotlib").use("agg")
        curve = Curve()
        curve.run(epsilon=[2.0, 0.0, 1.0], scale=multirun([1.0, 10.0]), width=multirun([1, 2]))
        return curve

    def test_one_line_for_each_combination(self, curve):
        lines = curve.plot("score")
        assert len(lines) == 4
        np.testing.assert_array_equal(lines[0].get_xdata(), [0.0, 1.0, 2.0])
        np.testing.assert_array_equal(lines[3].get_ydata(), [0.0, 10.0, 20.0])
        assert lines[0].get_label() == "scale=1.0, width=1"

    def test_groups_are_coloured(self, curve):
        colours = [line.get_color() for line in curve.plot("score", group="scale")]
        assert colours[0] == colours[1] != colours[2] == colours[3]

    def test_the_figure_of_the_axes_is_saved_and_none_is_left_open(self, curve, tmp_path):
        import matplotlib.pyplot as plt

        before = plt.get_fignums()
        curve.plot("score", save_filename=tmp_path / "a.png")
        assert plt.get_fignums() == before
        figure, ax = plt.subplots(figsize=(2, 1))
        ax.set_title("mine")
        plt.figure(figsize=(9, 9))
        lines = curve.plot("score", ax=ax, save_filename=str(tmp_path / "b.png"), marker="o")
        width, height = figure.get_size_inches() * figure.dpi
        image = plt.imread(tmp_path / "b.png")
        plt.close("all")
        assert image.shape[:2] == (height, width)
        assert lines[0].axes is ax
        assert lines[0].get_marker() == "o"
        assert ax.get_title() == "mine"

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"metric": "accuracy"}, "no metric 'accuracy'; the metrics are: 'score', 'label'"),
            ({"metric": "score", "group": "depth"}, "beside 'epsilon' are: 'scale', 'width'"),
            ({"metric": "label"}, "no lines; expected numbers"),
        ],
    )
    def test_what_there_is_not_is_named(self, curve, arguments, words):
        with pytest.raises(ValueError, match=words):
            curve.plot(**arguments)
