"""Many sweeps below one path: found, and gathered together where they fit."""

import numpy as np
import pytest

from hydra_app import launch
from runcube import find_sweeps, open_sweep
from runcube.errors import NoJobsError
from runcube.testing import assert_same, make_tree


def relative(found, folder):
    return [path.relative_to(folder).as_posix() for path in found]


def test_sweeps_single_runs_and_numbered_jobs_are_found(tmp_path):
    out = tmp_path / "out"
    launch(tmp_path, "-m", "lr=1,2", f"hydra.sweep.dir={out}/10")
    launch(tmp_path, "-m", "lr=1,2", f"hydra.sweep.dir={out}/9")
    (out / "9" / "multirun.yaml").unlink()
    launch(tmp_path, "lr=1", f"hydra.run.dir={out}/alone/b")
    launch(tmp_path, "lr=2", f"hydra.run.dir={out}/alone/a")
    (out / "latest").symlink_to(out / "9", target_is_directory=True)
    (out / "loop").symlink_to(out, target_is_directory=True)
    assert relative(find_sweeps(out), out) == ["9", "10", "alone/a", "alone/b"]
    for sweep in find_sweeps(out):
        assert find_sweeps(sweep) == [sweep]


def test_a_recorded_sweep_without_multirun_yaml_is_found(tmp_path):
    make_tree(tmp_path / "a" / "b", axes={"x": [1, 2]})
    (tmp_path / "a" / "b" / "multirun.yaml").unlink()
    (tmp_path / "a" / "b" / ".runcube").mkdir()
    record = '{"v": 1, "definition": {"kind": "list", "axes": []}}'
    (tmp_path / "a" / "b" / ".runcube" / "sweep.json").write_text(record)
    assert relative(find_sweeps(tmp_path), tmp_path) == ["a/b"]


def test_jobs_that_say_nothing_of_their_origin_are_one_sweep(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2], "y": [1, 2]}, subdir="${x}/${y}")
    (tree.path / "multirun.yaml").unlink()
    assert find_sweeps(tmp_path) == [tmp_path]


def test_a_sweep_nested_in_one_of_many_is_a_sweep_too(tmp_path):
    make_tree(tmp_path / "new", axes={"x": [1, 2]}, subdir="x=${x}")
    make_tree(tmp_path / "new" / "old", axes={"x": [1, 2]})
    assert relative(find_sweeps(tmp_path), tmp_path) == ["new", "new/old"]
    assert find_sweeps(tmp_path / "new") == [tmp_path / "new"]


def test_nothing_is_found_where_nothing_is(tmp_path):
    assert find_sweeps(tmp_path) == []
    with pytest.raises(FileNotFoundError, match="no such directory"):
        find_sweeps(tmp_path / "missing")
    with pytest.raises(NoJobsError):
        open_sweep(tmp_path)


def test_sweeps_of_the_same_axes_become_a_dimension(tmp_path):
    a = make_tree(tmp_path / "run2", axes={"lr": [0.1, 0.2], "seed": [0, 1]}, seed=1)
    b = make_tree(tmp_path / "run10", axes={"lr": [0.1, 0.2], "seed": [0, 1]}, seed=2)
    sweep = open_sweep(tmp_path)
    dataset = sweep.to_xarray()
    assert list(sweep.axes) == ["sweep", "lr", "seed"]
    assert dataset.sizes == {"sweep": 2, "lr": 2, "seed": 2, "curve_dim0": 10}
    assert dataset["sweep"].values.tolist() == ["run2", "run10"]
    expected = np.stack([a.values["curve"], b.values["curve"]])
    np.testing.assert_array_equal(dataset["curve"].values, expected)
    assert (len(sweep.jobs), sweep.is_complete, sweep.problems) == (8, True, ())
    alone = open_sweep(tmp_path / "run10").to_xarray()
    assert_same(dataset.isel(sweep=1, drop=True), alone)


def test_labels_of_all_sweeps_are_joined_and_missing_cells_are_holes(tmp_path):
    make_tree(tmp_path / "a", axes={"lr": [0.1, 0.2]})
    make_tree(tmp_path / "b", axes={"lr": [0.2, 0.3]})
    sweep = open_sweep(tmp_path)
    loss = sweep.to_xarray()["loss"]
    assert loss["lr"].values.tolist() == [0.1, 0.2, 0.3]
    assert np.isnan(loss.values).tolist() == [[False, False, True], [True, False, False]]
    assert not sweep.is_complete


def test_less_than_half_of_the_cells_is_no_grid(tmp_path):
    make_tree(tmp_path / "a", axes={"lr": [1, 2, 3]})
    make_tree(tmp_path / "b", axes={"lr": [4, 5, 6]})
    make_tree(tmp_path / "c", axes={"lr": [7, 8, 9]})
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["loss"].dims == ("job",)
    assert dataset["sweep"].values.tolist() == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert dataset["lr"].values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert dataset["job"].values.tolist()[:4] == ["a/0", "a/1", "a/2", "b/0"]


def test_what_each_sweep_holds_fixed_is_a_coordinate_along_them(tmp_path):
    launch(tmp_path, "-m", "lr=1,2", "seed=5", "+tag=t", "hydra.sweep.dir=out/a")
    launch(tmp_path, "-m", "lr=1,2", "seed=6", "+tag=t", "hydra.sweep.dir=out/b")
    dataset = open_sweep(tmp_path / "out").to_xarray()
    assert dataset["loss"].dims == ("sweep", "lr")
    assert dataset["loss"].values.tolist() == [[15, 25], [16, 26]]
    assert dataset["seed"].dims == ("sweep",)
    assert dataset["seed"].values.tolist() == [5, 6]
    assert dataset.attrs == {"tag": "t"}


def test_sweeps_of_different_axes_lie_one_job_after_the_other(tmp_path):
    make_tree(tmp_path / "a", axes={"lr": [0.1, 0.2]})
    make_tree(tmp_path / "b", axes={"lr": [0.1, 0.2], "seed": [0, 1]})
    sweep = open_sweep(tmp_path)
    dataset = sweep.to_xarray()
    assert dataset["loss"].dims == ("job",)
    assert dataset["sweep"].values.tolist() == ["a"] * 2 + ["b"] * 4
    assert np.isnan(dataset["seed"].values).tolist() == [True] * 2 + [False] * 4
    with pytest.raises(ValueError, match="the same axes in each sweep"):
        sweep.to_xarray(layout="grid")


def test_single_runs_lie_one_after_the_other(tmp_path):
    for lr in (1, 2):
        launch(tmp_path, f"lr={lr}", f"hydra.run.dir=outputs/2026-01-31/12-00-0{lr}")
    sweep = open_sweep(tmp_path / "outputs")
    dataset = sweep.to_xarray(include_paths=True)
    names = ["2026-01-31/12-00-01", "2026-01-31/12-00-02"]
    assert dataset["loss"].dims == ("job",)
    assert dataset["sweep"].values.tolist() == dataset["job"].values.tolist() == names
    assert dataset["loss"].values.tolist() == [10, 20]
    assert sweep.to_xarray(layout="grid")["loss"].dims == ("lr",)


def test_each_sweep_sets_its_own_leftovers_aside(tmp_path):
    make_tree(tmp_path / "a", axes={"x": [1, 2, 3]})
    make_tree(tmp_path / "b", axes={"x": [1, 2, 3]})
    overrides = tmp_path / "a" / "1" / ".hydra" / "overrides.yaml"
    overrides.write_text("- x=7\n")
    sweep = open_sweep(tmp_path)
    (problem,) = sweep.problems
    assert problem.path == tmp_path / "a" / "1"
    assert "left aside" in problem.message
    loss = sweep.to_xarray()["loss"]
    assert loss["x"].values.tolist() == [1, 2, 3]
    assert np.isnan(loss.values).tolist() == [[False, True, False], [False] * 3]
    assert len(open_sweep(tmp_path, leftovers=True).jobs) == 6


def test_a_parameter_called_sweep_keeps_its_name(tmp_path):
    make_tree(tmp_path / "a", axes={"sweep": [1, 2]})
    make_tree(tmp_path / "b", axes={"sweep": [1, 2]})
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["loss"].dims == ("sweep_", "sweep")
    assert dataset["sweep"].values.tolist() == [1, 2]


def test_a_condition_selects_in_all_sweeps(tmp_path):
    make_tree(tmp_path / "a", axes={"x": [1, 2], "y": [1, 2]}, seed=1)
    make_tree(tmp_path / "b", axes={"x": [1, 2], "y": [1, 2]}, seed=2)
    selected = open_sweep(tmp_path, where="x == 2")
    whole = open_sweep(tmp_path).to_xarray()
    assert selected.is_complete
    assert_same(selected.to_xarray(), whole.sel(x=[2]))


def test_the_table_names_the_sweep_of_each_job(tmp_path):
    make_tree(tmp_path / "a", axes={"x": [1, 2]})
    make_tree(tmp_path / "b", axes={"x": [1, 2]})
    frame = open_sweep(tmp_path).to_arrow().to_pydict()
    assert list(frame)[:3] == ["job", "sweep", "x"]
    assert frame["sweep"] == ["a", "a", "b", "b"]


def test_many_sweeps_of_few_cells_in_common_take_no_memory_for_the_rest(tmp_path):
    for name in range(12):
        axes = {f"p{k}": [name * 10, name * 10 + 1] for k in range(2)}
        make_tree(tmp_path / str(name), axes={**axes, "q": range(name * 5, name * 5 + 5)})
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["loss"].shape == (240,)


def test_a_sweep_that_cannot_be_read_costs_no_other(tmp_path):
    for name in ("a", "b"):
        make_tree(tmp_path / name, axes={"x": [1, 2]}, metrics={"loss": ()})
    broken = tmp_path / "b" / "multirun.yaml"
    broken.unlink()
    broken.mkdir()
    sweep = open_sweep(tmp_path)
    assert [it.path.relative_to(tmp_path).as_posix() for it in sweep.jobs] == ["a/0", "a/1"]
    assert [(it.path, it.kind) for it in sweep.problems] == [(broken, "io")]
