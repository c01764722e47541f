"""`open_sweep(where=…)`: what is left of the sweep: axes, holes, layout, leftovers."""

import shutil

import pytest

from runcube import open_sweep
from runcube.errors import NoMatchError
from runcube.testing import assert_same, make_tree
from written_jobs import job

AXES = {"lr": [0.1, 0.2], "seed": [0, 1, 2], "model": ["a", "b"]}
KINDS = ["npz", "recorded"]


@pytest.mark.parametrize("kind", KINDS)
def test_axes_keep_the_labels_of_selected_cells(tmp_path, kind):
    make_tree(tmp_path, axes=AXES, format=kind)
    whole = open_sweep(tmp_path).to_xarray()
    sweep = open_sweep(tmp_path, where="lr == 0.2 and seed != 1")
    assert sweep.axes == {"lr": [0.2], "seed": [0, 2], "model": ["a", "b"]}
    assert sweep.is_complete
    assert_same(sweep.to_xarray(), whole.sel(lr=[0.2], seed=[0, 2]))


def test_a_selected_cell_that_never_ran_is_a_hole_and_an_excluded_one_is_none(tmp_path):
    make_tree(tmp_path, axes=AXES, format="npz")
    whole = open_sweep(tmp_path).to_xarray()
    for number in (4, 5):  # lr=0.1 seed=2
        shutil.rmtree(tmp_path / str(number))
    assert open_sweep(tmp_path, where="seed != 2").is_complete
    assert open_sweep(tmp_path, where="lr == 0.2").is_complete
    sweep = open_sweep(tmp_path, where="lr == 0.1")
    assert sweep.axes["seed"] == [0, 1, 2]
    assert not sweep.is_complete
    holes = sweep.to_xarray()["loss"].isnull()
    assert holes.sel(seed=2).all()
    assert not holes.sel(seed=[0, 1]).any()
    assert_same(sweep.to_xarray().sel(seed=[0, 1]), whole.sel(lr=[0.1], seed=[0, 1]))


def test_a_selection_that_is_no_product_is_complete_without_the_excluded_cells(tmp_path):
    make_tree(tmp_path, axes=AXES, format="npz")
    sweep = open_sweep(tmp_path, where="lr == 0.1 or seed == 0")
    assert sweep.axes == AXES
    assert sweep.is_complete
    holes = sweep.to_xarray()["loss"].isnull()
    assert holes.sum() == 4
    assert holes.sel(lr=0.2, seed=[1, 2]).all()
    shutil.rmtree(tmp_path / "0")
    assert not open_sweep(tmp_path, where="lr == 0.1 or seed == 0").is_complete


def test_a_selection_of_few_cells_of_a_grid_lies_along_one_dimension(tmp_path):
    make_tree(tmp_path, axes={"x": range(5), "y": range(5)}, format="npz")
    diagonal = " or ".join(f"x == {n} and y == {n}" for n in range(5))
    for where in (diagonal, "x == y"):
        sweep = open_sweep(tmp_path, where=where)
        assert sweep.to_xarray()["loss"].dims == ("job",)
        assert sweep.is_complete
        grid = sweep.to_xarray(layout="grid")
        assert grid["loss"].shape == (5, 5)
    shutil.rmtree(tmp_path / "6")
    for where in (diagonal, "x == y"):
        assert not open_sweep(tmp_path, where=where).is_complete
    assert open_sweep(tmp_path, where="x == y and x != 1").is_complete


def test_a_definition_of_countless_cells_lends_the_labels_that_jobs_have(tmp_path):
    make_tree(tmp_path, axes={"x": [0], "y": [0, 1]}, format="npz")
    definition = tmp_path / "multirun.yaml"
    text = definition.read_text()
    assert "x=choice(0)" in text
    text = text.replace("x=choice(0)", "x=range(3000)").replace("y=0,1", "y=range(3000)")
    definition.write_text(text)
    sweep = open_sweep(tmp_path, where="x == y")
    assert sweep.axes == {"x": [0], "y": [0]}
    assert not sweep.is_complete
    few = open_sweep(tmp_path, where="x == 0 and (y < 1 or 1 < y < 3)")
    assert few.axes == {"x": [0], "y": [0, 2]}
    assert not few.is_complete
    assert open_sweep(tmp_path, where="x == 0 and y < 2").is_complete


def test_selected_jobs_that_all_lack_metrics_are_not_complete(tmp_path):
    make_tree(tmp_path, axes={"x": [1, 2], "y": [1, 2]}, format="npz")
    for number in (0, 1):
        (tmp_path / str(number) / "metrics.npz").unlink()
    assert not open_sweep(tmp_path, where="x == 1").is_complete
    assert open_sweep(tmp_path, where="x == 2").is_complete


def test_leftovers_are_reported_where_they_are_selected(tmp_path):
    make_tree(tmp_path, axes={"x": [1, 2]}, format="npz")
    job(tmp_path / "2", ["x=9"], {"loss": 1e9})
    assert open_sweep(tmp_path, where="x < 9").problems == ()
    sweep = open_sweep(tmp_path, where="x > 1")
    assert sweep.axes == {"x": [2]}
    assert [it.path.name for it in sweep.problems] == ["2"]
    assert open_sweep(tmp_path, where="x > 1", leftovers=True).axes == {"x": [2, 9]}
    with pytest.raises(NoMatchError, match="`leftovers=True` takes the former in"):
        open_sweep(tmp_path, where="x == 9")
    assert open_sweep(tmp_path, where="x == 9", leftovers=True).axes == {"x": [9]}


def test_a_definition_of_another_sweep_lends_nothing_to_a_selection(tmp_path):
    make_tree(tmp_path, axes={"x": [5, 6]}, format="npz")
    for number in range(2):
        (tmp_path / str(number) / ".hydra/overrides.yaml").write_text(f"- x={number}\n")
    sweep = open_sweep(tmp_path, where="x == 1")
    assert (sweep.axes, sweep.fixed) == ({}, {"x": 1})
    assert [it.path.name for it in sweep.problems] == ["multirun.yaml"]


def test_launches_that_accumulate_keep_the_definitions_order_of_labels(tmp_path):
    make_tree(tmp_path, axes={"x": [3, 2, 1]}, format="npz", subdir="${hydra.job.override_dirname}")
    for x in (1, 2):
        job(tmp_path / f"seed=0,x={x}", [f"x={x}", "seed=0"], {"loss": x})
    sweep = open_sweep(tmp_path, where="seed == 0")
    assert sweep.axes == {"x": [2, 1]}
    assert sweep.to_xarray()["loss"].values.tolist() == [2, 1]
    assert sweep.is_complete


def test_strict_raises_the_problems_of_selected_jobs_alone(tmp_path):
    make_tree(tmp_path, axes={"x": [1, 2]}, format="npz")
    (tmp_path / "0/metrics.npz").write_bytes(b"")
    assert open_sweep(tmp_path, where="x == 2", strict=True).is_complete
    with pytest.raises(ExceptionGroup):
        open_sweep(tmp_path, where="x == 1", strict=True)
