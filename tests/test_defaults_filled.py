"""A parameter that only some jobs were given: the others' default, from Hydra's own files."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from hydra_app import launch
from runcube import open_sweep, save_metrics


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Several launches into one directory, with keys that only some of them gave."""
    folder = tmp_path_factory.mktemp("app")
    names = ("hydra.sweep.dir=out", "hydra.sweep.subdir=${hydra.job.override_dirname}")
    launch(folder, "-m", "lr=2,3", *names)
    launch(folder, "-m", "lr=2,3", "seed=0,4", *names)
    launch(folder, "-m", "db=small,large", "lr=1", "+extra=7", "note=n", *names)
    return folder / "out"


@pytest.fixture
def out(written, tmp_path):
    return shutil.copytree(written, tmp_path / "out")


def parameters(sweep):
    return {job.path.name: job.parameters for job in sweep.jobs}


def test_values_and_choices_are_filled(out):
    found = parameters(open_sweep(out))
    assert found["lr=2"] == {"lr": 2, "seed": 0, "db": "small"}
    assert found["lr=3,seed=4"] == {"lr": 3, "seed": 4, "db": "small"}
    assert found["+extra=7,db=large,lr=1,note=n"] == {
        "db": "large",
        "lr": 1,
        "seed": 0,
        "extra": 7,
        "note": "n",
    }


def test_filled_jobs_share_cells_with_those_that_were_told(out):
    dataset = open_sweep(out, where="extra == null or extra != 7").to_xarray()
    assert dataset["loss"].dims == ("db", "lr", "seed", "repeat")
    loss = dataset["loss"].sel(db="small", lr=2)
    np.testing.assert_array_equal(loss.values, [[20, 20], [24, np.nan]])


def test_a_filled_number_takes_the_label_that_it_is_equal_to(tmp_path):
    launch(tmp_path, "-m", "lr=1,2", "hydra.sweep.dir=out/a")
    launch(tmp_path, "-m", "seed=0,1", "hydra.sweep.dir=out/b")
    sweep = open_sweep(tmp_path / "out")
    labels = [job.parameters["lr"] for job in sweep.jobs]
    assert labels == [1, 2, 1, 1]
    assert {type(label) for label in labels} == {int}


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ("seed == 0", lambda job: job["seed"] == 0),
        ("db == 'small'", lambda job: job["db"] == "small"),
        ("lr == 2 and seed == 0", lambda job: job["lr"] == 2 and job["seed"] == 0),
    ],
)
def test_conditions_see_what_is_filled(out, where, holds):
    everyone = parameters(open_sweep(out))
    expected = {name for name, it in everyone.items() if holds(it)}
    assert 0 < len(expected) < len(everyone)
    assert set(parameters(open_sweep(out, where=where))) == expected


def test_a_record_that_differs_from_the_identity_fills_nothing(out):
    record = out / "lr=2" / ".hydra" / "overrides.yaml"
    assert parameters(open_sweep(out))["lr=2"]["seed"] == 0
    save_metrics(out / "lr=2" / "metrics.arrow", {"loss": 1.0}, overrides=["lr=2"])
    record.write_text("- lr=9\n")
    sweep = open_sweep(out, metrics=["metrics.arrow"])
    assert parameters(sweep)["lr=2"] == {"lr": 2}


def test_a_damaged_config_is_a_problem_and_fills_nothing(out):
    (out / "lr=2" / ".hydra" / "config.yaml").write_text("seed: [\n")
    sweep = open_sweep(out)
    (problem,) = sweep.problems
    assert problem.path == out / "lr=2" / ".hydra" / "config.yaml"
    assert parameters(sweep)["lr=2"] == {"lr": 2, "db": "small"}


def test_a_missing_config_leaves_the_label_missing(out):
    (out / "lr=2" / ".hydra" / "config.yaml").unlink()
    sweep = open_sweep(out)
    assert sweep.problems == ()
    assert parameters(sweep)["lr=2"] == {"lr": 2, "db": "small"}


def test_a_deleted_key_stays_missing(tmp_path):
    # Single runs: in a multirun of Hydra 1.4 the deletion fails.
    launch(tmp_path, "~seed", "hydra.run.dir=out/a")
    launch(tmp_path, "seed=9", "hydra.run.dir=out/b")
    sweep = open_sweep(tmp_path / "out")
    assert [job.parameters.get("seed") for job in sweep.jobs] == [None, 9]


@pytest.mark.system
def test_configs_are_opened_only_for_what_some_job_lacks(tmp_path):
    launch(tmp_path, "-m", "lr=1,2", "seed=0", "hydra.sweep.dir=out/a")
    launch(tmp_path, "-m", "lr=1,2", "hydra.sweep.dir=out/b")
    opened = opened_files(tmp_path / "out" / "a")
    assert not [path for path in opened if path.endswith(("config.yaml", "hydra.yaml"))]
    opened = opened_files(tmp_path / "out")
    configs = [path for path in opened if path.endswith("config.yaml")]
    assert sorted(configs) == ["b/0/.hydra/config.yaml", "b/1/.hydra/config.yaml"]


def opened_files(path):
    """Give what an `open_sweep` reads below a path, as the system's trace says."""
    code = f"import runcube; runcube.open_sweep({str(path)!r})"
    trace = path.parent / "trace"
    command = ["strace", "-f", "-e", "trace=openat", "-o", str(trace), sys.executable, "-c", code]
    subprocess.run(command, check=True)
    names = [line.split('"')[1] for line in trace.read_text().splitlines() if ".hydra/" in line]
    return [name.removeprefix(f"{path}/") for name in names]
