"""Sweeps whose jobs left json and csv files, gathered into datasets."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from runcube import open_sweep
from runcube.errors import RuncubeError
from runcube.testing import assert_same, make_tree

DATA = Path(__file__).parent / "data"


def write(folder, name, contents):
    """Write a sweep over `seed`, one job for each content; None: a job without the file."""
    for seed, content in enumerate(contents):
        job = folder / str(seed)
        (job / ".hydra").mkdir(parents=True)
        (job / ".hydra/overrides.yaml").write_text(f"- seed={seed}\n")
        if content is not None:
            (job / name).write_text(content, encoding="utf-8", newline="")
    return folder


def gathered(folder, name, contents, **options):
    sweep = open_sweep(write(folder, name, contents))
    assert sweep.problems == ()
    return sweep.to_xarray(**options)


def same(array, values, dtype):
    assert array.dtype == dtype
    assert repr(array.values.tolist()) == repr(values)


def test_a_sweep_of_json_files_is_the_sweep_of_the_same_values_recorded(tmp_path):
    axes = {"lr": [0.1, 0.2], "seed": [0, 1, 2]}
    metrics = {"loss": (), "curve": (4,), "matrix": (2, 3)}
    made = [
        make_tree(tmp_path / kind, axes=axes, metrics=metrics, format=kind)
        for kind in ("npz", "json")
    ]
    a, b = (open_sweep(tree.path).to_xarray() for tree in made)
    assert_same(a, b)
    np.testing.assert_array_equal(b["matrix"], made[1].values["matrix"])


def test_series_of_different_lengths_are_padded(tmp_path):
    dataset = gathered(
        tmp_path, "log.csv", ["loss,n\n0.5,1\n0.25,2\n", "loss,n\n1,7\n", "loss,n\n"]
    )
    same(dataset["loss"], [[0.5, 0.25], [1.0, math.nan], [math.nan, math.nan]], "float64")
    same(dataset["loss_length"], [2, 1, 0], "int64")
    same(dataset["n"], [[1.0, 2.0], [7.0, math.nan], [math.nan, math.nan]], "float64")


def test_series_of_one_row_keep_their_dimension(tmp_path):
    dataset = gathered(tmp_path, "log.jsonl", ['{"loss": 1}\n', '{"loss": 2}\n'])
    same(dataset["loss"], [[1], [2]], "int64")
    assert dataset["loss"].dims == ("seed", "loss_dim0")


def test_columns_that_only_some_jobs_have_are_holes_in_the_others(tmp_path):
    dataset = gathered(tmp_path, "log.csv", ["a,b\n1,x\n", "a\n2\n", None])
    same(dataset["a"], [[1.0], [2.0], [math.nan]], "float64")
    same(dataset["b"], [["x"], [None], [None]], object)


@pytest.mark.parametrize(
    ("contents", "values", "dtype"),
    [
        (["a\n1\n2\n", "a\n0.5\n2\n"], [[1.0, 2.0], [0.5, 2.0]], "float64"),
        (["a\n9007199254740993\n", "a\n0.5\n"], [[2**53 + 1], [0.5]], object),
        (["a\n1\n2\n", "a\nx\ny\n"], [[1, 2], ["x", "y"]], object),
        (["a\nTrue\n", "a\n1\n"], [[True], [1]], object),
        (["a\nTrue\nFalse\n", "a\nTrue\n"], [[True, False], [True, None]], object),
        (["a,n\nx,1\n,2\n", "a,n\ny,1\nz,2\n"], [["x", None], ["y", "z"]], object),
        (["a,n\nTrue,1\n,2\n", "a,n\nTrue,1\nFalse,2\n"], [[True, None], [True, False]], object),
        (["a\n18446744073709551616\n", "a\n1\n"], [[2**64], [1]], object),
        (["a,n\n,1\n,2\n", "a,n\n1,1\n2,2\n"], [[math.nan, math.nan], [1.0, 2.0]], "float64"),
        (["a,n\n,1\n,2\n", "a,n\nx,1\ny,2\n"], [[None, None], ["x", "y"]], object),
        (["a,n\n,1\n,2\n", "a,n\nTrue,1\nTrue,2\n"], [[None, None], [True, True]], object),
        (["a,n\n,1\n", "a,n\n,2\n"], [[math.nan], [math.nan]], "float64"),
    ],
)
def test_types_that_differ_between_jobs_lose_nothing(tmp_path, contents, values, dtype):
    same(gathered(tmp_path, "log.csv", contents)["a"], values, dtype)


@pytest.mark.parametrize(
    ("contents", "values", "dtype"),
    [
        ([1, 0.5], [1.0, 0.5], "float64"),
        ([None, 0.5], [math.nan, 0.5], "float64"),
        ([None, "x"], [None, "x"], object),
        ([[1, 2], [3]], [[1.0, 2.0], [3.0, math.nan]], "float64"),
        ([[1, "x"], [2, None]], [[1, "x"], [2, None]], object),
        ([2**64, 1], [2**64, 1], object),
        (["x", "yz"], ["x", "yz"], "<U2"),
    ],
)
def test_values_of_json_are_placed_as_recorded_ones_are(tmp_path, contents, values, dtype):
    documents = [json.dumps({"a": value}) for value in contents]
    same(gathered(tmp_path, "metrics.json", documents)["a"], values, dtype)


def test_logs_of_lightning_are_found_by_a_pattern(tmp_path):
    write(tmp_path, "unused.txt", ["", ""])
    for seed in range(2):
        below = tmp_path / f"{seed}/csv/version_{seed}"
        below.mkdir(parents=True)
        shutil.copy(DATA / "lightning.csv", below / "metrics.csv")
    dataset = open_sweep(tmp_path, metrics="csv/*/metrics.csv").to_xarray()
    assert dataset["val_acc@1"].shape == (2, 10)
    assert dataset["train/loss_epoch"].values[1, 9] == 0.025345636531710625


def test_a_damaged_file_costs_its_own_job_alone(tmp_path):
    write(tmp_path, "metrics.json", ['{"a": 1}', '{"a": 2', '{"a": 3}', "[" * 100_000])
    sweep = open_sweep(tmp_path)
    assert [(problem.kind, problem.path.parent.name) for problem in sweep.problems] == [
        ("corrupt", "1"),
        ("limit", "3"),
    ]
    same(sweep.to_xarray()["a"], [1.0, math.nan, 3.0, math.nan], "float64")


def test_our_own_records_are_no_candidates(tmp_path):
    write(tmp_path, "result.json", ['{"a": 1}', '{"a": 2}'])
    for seed in range(2):
        for name in ("launch.json", "history.jsonl", "notes.jsonl", "mushin_cell_status.json"):
            (tmp_path / str(seed) / name).write_text('{"v": 1, "status": "registered"}\n')
    sweep = open_sweep(tmp_path)
    assert sweep.metrics == ("a",)
    same(sweep.to_xarray()["a"], [1, 2], "int64")


def test_several_candidates_are_listed_and_one_is_chosen_by_name(tmp_path):
    write(tmp_path, "trainer_state.json", ['{"log_history": [{"loss": 0.5}, {"loss": 0.25}]}'])
    (tmp_path / "0/log.csv").write_text("acc\n1\n")
    with pytest.raises(RuncubeError, match=r"log\.csv, trainer_state\.json"):
        open_sweep(tmp_path)
    dataset = open_sweep(tmp_path, metrics=["trainer_state.json", "log.csv"]).to_xarray()
    assert dataset["loss"].values.tolist() == [0.5, 0.25]
    assert dataset["acc"].values.tolist() == [1]
