"""Trees that other tools wrote, which `data/README.md` names: loaded whole, value by value."""

import csv
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from hydra_app import launch
from runcube import find_sweeps, open_sweep

TREES = Path(__file__).parent / "data" / "trees"
LIGHTNING = TREES / "lightning" / "logs" / "train" / "multiruns" / "2026-01-31_12-00-00"


def test_a_study_of_the_optuna_sweeper_is_a_table_of_its_trials():
    sweep = open_sweep(TREES / "optuna")
    assert (sweep.problems, sweep.fixed) == ((), {"kind": "b c", "fixed": 3})
    dataset = sweep.to_xarray()
    assert dict(dataset.sizes) == {"job": 5}
    np.testing.assert_array_equal(dataset["loss"], (dataset["x"] - 1) ** 2 + dataset["n"])
    best = yaml.safe_load((TREES / "optuna" / "optimization_results.yaml").read_text())
    trial = dataset.isel(job=int(dataset["loss"].argmin("job")))
    assert trial["loss"].item() == best["best_value"]
    assert {"+x": trial["x"].item(), "+n": trial["n"].item()} == {
        key: best["best_params"][key] for key in ("+x", "+n")
    }


def test_a_template_of_lightning_is_found_and_its_logs_are_read_whole():
    assert find_sweeps(TREES / "lightning") == [LIGHTNING]
    sweep = open_sweep(LIGHTNING, metrics="csv/*/metrics.csv")
    assert (sweep.axes, sweep.problems) == ({"seed": [0, 1], "rate": [0.1, 100.0]}, ())
    for number in range(4):
        with (LIGHTNING / str(number) / "csv/version_0/metrics.csv").open() as file:
            rows = list(csv.DictReader(file))
        for name in sweep.metrics:
            written = [float(row[name]) if row[name] else math.nan for row in rows if name in row]
            read = sweep.metric_values(name)[number]
            np.testing.assert_equal([] if read is None else read.tolist(), written)


def test_the_folder_of_submitit_is_no_job_and_its_pickles_are_left_alone(tmp_path):
    sweep = shutil.copytree(TREES / "submitit", tmp_path / "sweep")
    for file in sweep.rglob("*.pkl"):
        # A pickle that would end the process that loads it.
        file.write_bytes(b"cos\n_exit\n(I9\ntR.")
    found = open_sweep(sweep)
    assert [job.path.name for job in found.jobs] == ["0", "1", "2", "3"]
    assert found.axes == {"mode": ["ok", "raises", "killed", "logs"]}
    assert found.metric_values("loss") == [1.5, None, None, None]
    assert sum(found.status.values()) == 4
    assert found.problems == ()


def test_values_of_mushin_are_what_was_recorded_and_its_records_are_no_metrics():
    sweep = open_sweep(TREES / "mushin")
    assert sweep.metrics == ("loss", "curve")
    assert sweep.metric_values("loss") == [0.5, math.inf, None]
    assert list(sweep.metric_values("curve")[0]) == [1.0, -math.inf, None]
    assert sweep.status == {"finished": 2, "error": 1}
    assert sweep.axes == {"x": [1, 2, 3]}


@pytest.mark.parametrize("name", ["metrics.json", ".hydra/overrides.yaml", ".hydra"])
def test_a_link_that_dangles_is_as_if_nothing_were_there(tmp_path, name):
    launch(tmp_path, "-m", "lr=1,2", "seed=0,3", "hydra.sweep.dir=out")
    place = tmp_path / "out" / "1" / name
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "nowhere")
    sweep = open_sweep(tmp_path / "out")
    loss = sweep.to_xarray()["loss"]
    assert loss.sel(lr=2).values.tolist() == [20, 23]
    assert loss.sel(lr=1, seed=0).item() == 10
    assert np.isnan(loss.sel(lr=1, seed=3).item())
    if name != "metrics.json":
        (problem,) = sweep.problems
        assert problem.path == tmp_path / "out" / "1"


def test_jobs_that_are_links_to_directories_elsewhere_are_jobs_where_they_are_numbered(tmp_path):
    launch(tmp_path, "-m", "lr=1,2", "hydra.sweep.dir=out")
    (tmp_path / "out" / "1").rename(tmp_path / "archive")
    (tmp_path / "out" / "1").symlink_to(tmp_path / "archive", target_is_directory=True)
    (tmp_path / "out" / "2").symlink_to(tmp_path / "gone", target_is_directory=True)
    sweep = open_sweep(tmp_path / "out")
    assert (sweep.metric_values("loss"), sweep.problems) == ([10, 20], ())


def test_names_as_long_as_the_system_takes_and_many_levels_load(tmp_path):
    name = f"${{lr}} +x=a,b {'k' * 230}"
    levels = "a/b c/d=e/f+g/h,i/j/k"
    launch(
        tmp_path,
        "-m",
        "lr=1,2",
        "hydra.sweep.dir=out",
        f"hydra.sweep.subdir='{levels}/{name}'",
    )
    sweep = open_sweep(tmp_path / "out")
    assert (sweep.metric_values("loss"), sweep.problems) == ([10, 20], ())
    assert max(len(part) for part in sweep.jobs[0].path.parts) > 236
    assert len(sweep.jobs[0].path.relative_to(tmp_path / "out").parts) == 8
    assert json.loads((sweep.jobs[1].path / "metrics.json").read_text())["loss"] == 20
