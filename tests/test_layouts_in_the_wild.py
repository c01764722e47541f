"""Trees as Hydra itself leaves them, whatever the user called things."""

import shutil

import numpy as np
import pytest

from hydra_app import launch
from runcube import open_sweep


def losses(sweep):
    """Give `loss` by (lr, seed)."""
    values = zip(sweep.jobs, sweep.metric_values("loss"), strict=True)
    return {(job.parameters["lr"], job.parameters["seed"]): value for job, value in values}


GRID = ("-m", "lr=1,2", "seed=0,3", "hydra.sweep.dir=out")
EXPECTED = {(1, 0): 10, (1, 3): 13, (2, 0): 20, (2, 3): 23}


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("hydra.sweep.subdir=${hydra.job.override_dirname}",),
        (
            "hydra.sweep.subdir=${hydra.job.override_dirname}",
            "hydra.job.config.override_dirname.exclude_keys=[seed]",
            "hydra.job.config.override_dirname.item_sep=/",
            "hydra.sweep.subdir=${hydra.job.override_dirname}/${seed}",
        ),
        ("hydra.sweep.subdir=${db.size}/x${lr}/${seed}",),
        ("hydra.sweep.subdir=${hydra.job.num}_${hydra.job.id}",),
        ("hydra.sweep.subdir='${lr} and ${seed}+=,'",),
        ("hydra.output_subdir=cfg",),
        ("hydra.output_subdir=.",),
    ],
    ids=["numbers", "overrides", "excluded", "levels", "ids", "blanks", "cfg", "here"],
)
@pytest.mark.parametrize("defined", [True, False], ids=["defined", "undefined"])
def test_every_naming_of_directories_loads(tmp_path, arguments, defined):
    launch(tmp_path, *GRID, *arguments)
    if not defined:
        (tmp_path / "out" / "multirun.yaml").unlink()
    sweep = open_sweep(tmp_path / "out")
    assert (losses(sweep), sweep.problems) == (EXPECTED, ())
    assert sweep.to_xarray()["loss"].dims == ("lr", "seed")


def test_a_folder_of_two_levels_is_known_from_the_definition(tmp_path):
    launch(tmp_path, *GRID, "hydra.output_subdir=logs/cfg")
    sweep = open_sweep(tmp_path / "out")
    assert (losses(sweep), sweep.problems) == (EXPECTED, ())


def test_group_overrides_make_levels(tmp_path):
    launch(
        tmp_path,
        "-m",
        "db=small,large",
        "hydra.sweep.dir=out",
        "hydra.sweep.subdir=a/${hydra.job.override_dirname}",
    )
    sizes = open_sweep(tmp_path / "out").to_xarray()["size"]
    assert sizes.sel(db=["large", "small"]).values.tolist() == [100, 1]


def test_jobs_without_hydras_files_are_rebuilt_from_the_definition(tmp_path):
    launch(tmp_path, *GRID, "hydra.output_subdir=null", "+fixed=[a, b]")
    shutil.rmtree(tmp_path / "out" / "2")
    sweep = open_sweep(tmp_path / "out")
    assert losses(sweep) == {key: loss for key, loss in EXPECTED.items() if key != (2, 0)}
    (problem,) = sweep.problems
    assert problem.path == tmp_path / "out" / "multirun.yaml"
    assert "rebuilt" in problem.message
    loss = sweep.to_xarray()["loss"]
    assert np.isnan(loss.sel(lr=2, seed=0).item())
    assert losses(open_sweep(tmp_path / "out", where="seed == 3")) == {(1, 3): 13, (2, 3): 23}


@pytest.mark.parametrize("sweep", ["lr=shuffle(1,2)", "db=glob(*)"])
def test_jobs_whose_values_do_not_follow_from_their_number_are_a_problem(tmp_path, sweep):
    launch(tmp_path, "-m", sweep, "hydra.sweep.dir=out", "hydra.output_subdir=null")
    found = open_sweep(tmp_path / "out")
    assert any("does not follow from this file" in it.message for it in found.problems)
    assert all(job.parameters == {} for job in found.jobs)


def test_a_job_beyond_the_definition_is_not_rebuilt(tmp_path):
    launch(tmp_path, *GRID, "hydra.output_subdir=null")
    shutil.copytree(tmp_path / "out" / "0", tmp_path / "out" / "4")
    sweep = open_sweep(tmp_path / "out")
    assert losses_of_placed(sweep) == EXPECTED
    assert any(it.path == tmp_path / "out" / "4" for it in sweep.problems)


def losses_of_placed(sweep):
    dataset = sweep.to_xarray()
    return {
        (lr, seed): dataset["loss"].sel(lr=lr, seed=seed).item()
        for lr in dataset["lr"].values.tolist()
        for seed in dataset["seed"].values.tolist()
    }


def test_a_failed_job_is_a_hole(tmp_path):
    launch(tmp_path, *GRID, "fails=2.0", fails=True)
    sweep = open_sweep(tmp_path / "out")
    assert np.isnan(sweep.to_xarray()["loss"].values).tolist() == [[False] * 2, [True] * 2]
    assert not sweep.is_complete


def test_launches_accumulate_under_names_of_parameters(tmp_path):
    names = "hydra.sweep.subdir=${hydra.job.override_dirname}"
    launch(tmp_path, "-m", "lr=1,2", "seed=0", "hydra.sweep.dir=out", names)
    launch(tmp_path, "-m", "lr=1,2", "seed=3", "hydra.sweep.dir=out", names)
    sweep = open_sweep(tmp_path / "out")
    assert (losses(sweep), sweep.problems) == (EXPECTED, ())
    assert sweep.to_xarray()["loss"].dims == ("lr", "seed")


POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"
)


@pytest.mark.parametrize("name", [".hydra/overrides.yaml", "metrics.json"])
def test_a_pointer_of_git_lfs_is_named(tmp_path, name):
    launch(tmp_path, *GRID)
    (tmp_path / "out" / "1" / name).write_text(POINTER)
    sweep = open_sweep(tmp_path / "out")
    (problem,) = [it for it in sweep.problems if "lfs" in it.message]
    assert problem.path == tmp_path / "out" / "1" / name
    assert "git lfs pull" in problem.message


def test_a_definition_that_is_a_pointer_of_git_lfs_is_named(tmp_path):
    launch(tmp_path, *GRID)
    (tmp_path / "out" / "multirun.yaml").write_text(POINTER)
    sweep = open_sweep(tmp_path / "out")
    (problem,) = sweep.problems
    assert "git lfs pull" in problem.message
    assert losses(sweep) == EXPECTED
