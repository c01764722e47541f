"""Jobs that share a cell: recorded repetitions, duplicates, and those that give way (rule 9)."""

import json
from pathlib import Path

import numpy as np
import pytest

from runcube import open_sweep, save_metrics

NAN = np.nan


def job(root: Path, name: str, line: str, value: float | None, *, repetition: int | None = None):
    """Write a job of a sweep that is named otherwise than by numbers."""
    folder = root / name
    (folder / ".hydra").mkdir(parents=True)
    (folder / ".hydra" / "overrides.yaml").write_text(f"- {line}\n")
    if value is not None:
        save_metrics(folder / "metrics.arrow", {"v": value}, overrides=[line])
    if repetition is not None:
        (folder / "job.json").write_text(json.dumps({"v": 1, "repetition": repetition}))


def planned(root: Path, *lines: dict):
    (root / ".runcube").mkdir(exist_ok=True)
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (root / ".runcube" / "jobs.jsonl").write_text(text)


def kinds(sweep):
    return [(problem.path.name, problem.kind) for problem in sweep.problems]


def test_a_recorded_repetition_stands_at_its_own_label(tmp_path):
    job(tmp_path, "a", "x=1", 1.0, repetition=2)
    job(tmp_path, "b", "x=1", 2.0, repetition=0)
    job(tmp_path, "c", "x=2", 3.0)
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["v"].dims == ("x", "repeat")
    assert dataset["repeat"].values.tolist() == [0, 2]
    np.testing.assert_array_equal(dataset["v"].values, [[2.0, 1.0], [3.0, NAN]])


def test_a_missing_repetition_is_a_hole_where_a_plan_names_it(tmp_path):
    job(tmp_path, "0", "x=1", 1.0)
    job(tmp_path, "2", "x=2", 2.0)
    job(tmp_path, "3", "x=2", 3.0)
    planned(
        tmp_path,
        *(
            {"num": number, "dir": str(number), "overrides": [line], "repetition": repetition}
            for number, (line, repetition) in enumerate(
                [("x=1", 0), ("x=1", 1), ("x=2", 0), ("x=2", 1)]
            )
        ),
    )
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["repeat"].values.tolist() == [0, 1]
    np.testing.assert_array_equal(dataset["v"].values, [[1.0, NAN], [2.0, 3.0]])


@pytest.mark.parametrize("policy", ["repeat", "last", "first", "error"])
def test_recorded_repetitions_are_no_duplicates_under_any_policy(tmp_path, policy):
    for number, value in enumerate([1.0, 2.0, 3.0]):
        job(tmp_path, f"r{number}", "x=1", value, repetition=number)
    values = open_sweep(tmp_path).to_xarray(duplicates=policy)["v"]
    assert values.dims == ("repeat",)
    assert values.values.tolist() == [1.0, 2.0, 3.0]


def test_others_take_the_free_labels_in_job_order(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=1", 2.0, repetition=0)
    job(tmp_path, "c", "x=1", 3.0)
    job(tmp_path, "d", "x=1", 4.0, repetition=2)
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["repeat"].values.tolist() == [0, 1, 2, 3]
    assert dataset["v"].values.tolist() == [2.0, 1.0, 4.0, 3.0]


def test_a_repetition_that_failed_does_not_give_way_to_another(tmp_path):
    job(tmp_path, "a", "x=1", None, repetition=0)
    job(tmp_path, "b", "x=1", 2.0, repetition=1)
    sweep = open_sweep(tmp_path)
    np.testing.assert_array_equal(sweep.to_xarray()["v"].values, [NAN, 2.0])
    assert sweep.problems == ()


def test_two_jobs_of_one_repetition_are_duplicates(tmp_path):
    job(tmp_path, "a", "x=1", 1.0, repetition=0)
    job(tmp_path, "b", "x=1", 2.0, repetition=0)
    job(tmp_path, "c", "x=1", 3.0, repetition=1)
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["v"].values.tolist() == [1.0, 3.0, 2.0]
    assert sweep.to_xarray(duplicates="last")["v"].values.tolist() == [2.0, 3.0]
    assert sweep.to_xarray(duplicates="first")["v"].values.tolist() == [1.0, 3.0]
    with pytest.raises(ValueError, match="the jobs `a`, `b` have the same parameters"):
        sweep.to_xarray(duplicates="error")


def test_a_job_without_metrics_gives_way_and_is_reported(tmp_path):
    job(tmp_path, "a", "x=1", None)
    job(tmp_path, "b", "x=1", 2.0)
    job(tmp_path, "c", "x=2", 3.0)
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["v"].values.tolist() == [2.0, 3.0]
    assert kinds(sweep) == [("a", "conflict")]
    assert "gives way to another job with the same parameters" in sweep.problems[0].message


def test_a_job_without_metrics_that_shares_its_cell_with_nobody_is_a_hole(tmp_path):
    job(tmp_path, "a", "x=1", None)
    job(tmp_path, "b", "x=2", 2.0)
    sweep = open_sweep(tmp_path)
    np.testing.assert_array_equal(sweep.to_xarray()["v"].values, [NAN, 2.0])
    assert sweep.problems == ()


# ---- the plan


def test_jobs_stand_in_the_order_of_the_plan(tmp_path):
    for name in "abc":
        job(tmp_path, name, f"x={name}", 1.0)
    planned(tmp_path, {"dir": "c"}, {"dir": "a"})
    sweep = open_sweep(tmp_path)
    assert [it.path.name for it in sweep.jobs] == ["c", "a", "b"]
    assert sweep.axes == {"x": ["c", "a", "b"]}


def test_the_last_line_for_a_directory_counts(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=1", 2.0)
    planned(
        tmp_path,
        {"dir": "a", "repetition": 5},
        {"dir": "b", "repetition": 1},
        {"dir": "a", "repetition": 0},
    )
    assert open_sweep(tmp_path).to_xarray()["repeat"].values.tolist() == [0, 1]


def test_a_superseded_job_does_not_belong(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=1", 2.0)
    planned(tmp_path, {"dir": "a", "superseded": "b"}, {"dir": "b"})
    assert open_sweep(tmp_path).to_xarray()["v"].item() == 2.0
    assert open_sweep(tmp_path, leftovers=True).to_xarray()["v"].values.tolist() == [1.0, 2.0]


def test_a_job_without_other_records_has_the_overrides_of_its_line(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    (tmp_path / "b").mkdir()
    planned(tmp_path, {"dir": "a", "overrides": ["x=1"]}, {"dir": "b", "overrides": ["x=2"]})
    sweep = open_sweep(tmp_path)
    assert sweep.axes == {"x": [1, 2]}
    np.testing.assert_array_equal(sweep.to_xarray()["v"].values, [1.0, NAN])
    assert open_sweep(tmp_path, where="x == 2").fixed == {"x": 2}


def test_a_line_that_contradicts_the_job_is_reported_and_the_job_counts(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=0.5", 2.0)
    planned(tmp_path, {"dir": "a", "overrides": ["x=7"]}, {"dir": "b", "overrides": ["x=5e-1"]})
    sweep = open_sweep(tmp_path)
    assert sweep.axes == {"x": [1, 0.5]}
    assert kinds(sweep) == [("a", "conflict")]


def test_an_alias_labels_a_value_where_all_stay_distinct(tmp_path):
    job(tmp_path, "a", "x=torch.nn.ReLU", 1.0)
    job(tmp_path, "b", "x=torch.nn.GELU", 2.0)
    planned(
        tmp_path, {"dir": "a", "aliases": {"x": "ReLU"}}, {"dir": "b", "aliases": {"x": "GELU"}}
    )
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["v"].sel(x="GELU").item() == 2.0
    assert sweep.to_xarray(layout="jobs")["x"].values.tolist() == ["ReLU", "GELU"]
    assert sweep.jobs[0].parameters == {"x": "torch.nn.ReLU"}


def test_aliases_that_would_join_two_labels_are_not_used(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=2", 2.0)
    planned(
        tmp_path, {"dir": "a", "aliases": {"x": "same"}}, {"dir": "b", "aliases": {"x": "same"}}
    )
    assert open_sweep(tmp_path).axes == {"x": [1, 2]}


def test_a_torn_last_line_is_no_line_and_another_bad_one_a_problem_that_names_it(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    (tmp_path / ".runcube").mkdir()
    plan = tmp_path / ".runcube" / "jobs.jsonl"
    plan.write_text('{"dir": "a"}\n{"dir": "../b"}\nnonsense\n{"dir": "a", "over')
    sweep = open_sweep(tmp_path)
    assert [(it.path, it.kind, it.message[:6]) for it in sweep.problems] == [
        (plan, "syntax", "line 2"),
        (plan, "syntax", "line 3"),
    ]


def test_the_jobs_of_a_recorded_list_are_no_grid_unless_one_is_asked_for(tmp_path):
    job(tmp_path, "a", "x=1", 1.0)
    job(tmp_path, "b", "x=2", 2.0)
    planned(tmp_path, {"dir": "a"}, {"dir": "b"})
    record = {"v": 1, "definition": {"kind": "zip", "axes": [{"name": "x", "labels": ["2", "1"]}]}}
    (tmp_path / ".runcube" / "sweep.json").write_text(json.dumps(record))
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["v"].dims == ("job",)
    assert sweep.to_xarray(layout="grid")["v"].values.tolist() == [2.0, 1.0]


# ---- the definition of a numbered sweep

MULTIRUN = """\
hydra:
  sweep: {dir: x, subdir: "${hydra.job.num}"}
  sweeper: {_target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper, params: null}
  overrides: {task: ["x=1,2"]}
  output_subdir: .hydra
  runtime: {version: 1.3.8}
"""


def numbered(root: Path, number: int, line: str, carried: str | None):
    folder = root / str(number)
    (folder / ".hydra").mkdir(parents=True)
    (folder / ".hydra" / "overrides.yaml").write_text(f"- {line}\n")
    if carried is not None:
        save_metrics(folder / "metrics.arrow", {"v": float(number)}, overrides=[carried])


def test_metrics_of_an_older_job_in_a_reused_directory_are_left_over_and_the_job_is_not(tmp_path):
    (tmp_path / "multirun.yaml").write_text(MULTIRUN)
    numbered(tmp_path, 0, "x=1", "x=1")
    numbered(tmp_path, 1, "x=2", "x=77")
    sweep = open_sweep(tmp_path)
    assert sweep.axes == {"x": [1, 2]}
    assert len(sweep.jobs) == 2
    np.testing.assert_array_equal(sweep.to_xarray()["v"].values, [0.0, NAN])
    assert sweep.metric_values("v") == [0.0, None]
    assert [(it.path.as_posix()[-15:], it.kind) for it in sweep.problems] == [
        ("1/metrics.arrow", "conflict")
    ]


def test_a_job_whose_records_both_belong_elsewhere_is_left_aside(tmp_path):
    (tmp_path / "multirun.yaml").write_text(MULTIRUN)
    numbered(tmp_path, 0, "x=1", "x=1")
    numbered(tmp_path, 1, "x=78", "x=77")
    sweep = open_sweep(tmp_path)
    assert len(sweep.jobs) == 1
    assert kinds(sweep) == [("1", "conflict")]


def test_what_only_a_leftover_was_given_is_no_axis(tmp_path):
    (tmp_path / "multirun.yaml").write_text(MULTIRUN)
    numbered(tmp_path, 0, "x=1", "x=1")
    numbered(tmp_path, 1, "x=2", "x=2")
    numbered(tmp_path, 2, "y=5", "y=5")
    assert open_sweep(tmp_path).to_xarray()["v"].dims == ("x",)


def test_a_planned_job_is_no_leftover_whatever_the_definition_says(tmp_path):
    (tmp_path / "multirun.yaml").write_text(MULTIRUN)
    numbered(tmp_path, 0, "x=1", "x=1")
    numbered(tmp_path, 1, "x=3", "x=3")
    planned(tmp_path, {"dir": "1"})
    sweep = open_sweep(tmp_path)
    assert sweep.axes == {"x": [1, 2, 3]}
    assert sweep.problems == ()


# ---- which layout


def test_a_definition_that_does_not_produce_every_job_does_not_make_a_grid(tmp_path):
    """Named by parameters, launches accumulate: the last one's definition speaks for itself."""
    text = MULTIRUN.replace("${hydra.job.num}", "${hydra.job.override_dirname}")
    (tmp_path / "multirun.yaml").write_text(text.replace("x=1,2", "x=1"))
    for x in range(1, 6):
        folder = tmp_path / f"x={x},y={x}"
        (folder / ".hydra").mkdir(parents=True)
        (folder / ".hydra" / "overrides.yaml").write_text(f"- x={x}\n- y={x}\n")
    sweep = open_sweep(tmp_path, metrics=[])
    assert dict(sweep.to_xarray().sizes) == {"job": 5}


def test_a_large_grid_of_holes_is_laid_out_by_jobs(tmp_path):
    (tmp_path / "multirun.yaml").write_text(
        MULTIRUN.replace("x=1,2", 'x=range(0,300)", "y=range(0,300)')
    )
    for number, y in enumerate(range(3)):
        folder = tmp_path / str(number)
        (folder / ".hydra").mkdir(parents=True)
        (folder / ".hydra" / "overrides.yaml").write_text(f"- x=0\n- y={y}\n")
        save_metrics(folder / "metrics.arrow", {"v": np.zeros(4000)}, overrides=["x=0", f"y={y}"])
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["v"].dims == ("job", "v_dim0")
    with pytest.raises(ValueError, match="300 y is too large: 90000 cells, about 2 GiB"):
        sweep.to_xarray(layout="grid")
