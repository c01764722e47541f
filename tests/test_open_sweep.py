"""`open_sweep` and `Sweep`: what is found, what is refused, what becomes of broken jobs."""

import shutil

import numpy as np
import pytest

from runcube import open_sweep, save_metrics
from runcube.errors import NoJobsError, ProblemsError
from runcube.testing import assert_same, make_tree
from written_jobs import job

AXES = {"lr": [0.1, 0.2], "seed": [0, 1, 2]}


def tree(path, **options):
    return make_tree(path, axes=AXES, **options)


def with_hole(dataset, name, **labels):
    """Return the dataset with one cell of a metric missing."""
    changed = dataset.copy(deep=True)
    changed[name].loc[labels] = np.nan
    return changed


@pytest.mark.parametrize("kind", ["npz", "recorded"])
def test_a_sweep_shows_its_axes_jobs_and_metrics(tmp_path, kind):
    made = tree(tmp_path, format=kind)
    sweep = open_sweep(tmp_path)
    assert sweep.axes == AXES
    assert sweep.metrics == ("loss", "curve")
    assert sweep.problems == ()
    assert sweep.is_complete
    assert [it.number for it in sweep.jobs] == list(range(6))
    assert sweep.jobs[4].parameters == {"lr": 0.2, "seed": 1}
    assert sweep.jobs[4].path == tmp_path / "4"
    loss = sweep.to_xarray()["loss"]
    assert loss.dims == ("lr", "seed")
    assert loss.sel(lr=0.2, seed=1).item() == made.values["loss"][1, 1]
    assert "6 jobs" in repr(sweep)
    assert "lr (2), seed (3)" in repr(sweep)


def test_a_single_run_is_a_sweep_of_one_job(tmp_path):
    job(tmp_path / "run", ["lr=0.1"], {"loss": 1.5})
    dataset = open_sweep(tmp_path / "run").to_xarray()
    assert dict(dataset.sizes) == {}
    assert dataset["loss"].item() == 1.5
    assert dataset.attrs == {"lr": 0.1}


def test_nested_directories_without_a_definition_are_walked_in_natural_order(tmp_path):
    for model in ("a", "b"):
        for x in (2, 10):
            job(tmp_path / f"model={model}/x={x}", [f"model={model}", f"x={x}"], {"loss": x})
    sweep = open_sweep(tmp_path)
    assert [str(it.path.relative_to(tmp_path)) for it in sweep.jobs] == [
        *("model=a/x=2", "model=a/x=10", "model=b/x=2", "model=b/x=10")
    ]
    assert sweep.axes == {"model": ["a", "b"], "x": [2, 10]}
    assert sweep.to_xarray()["loss"].sel(model="b", x=10).item() == 10


def test_jobs_that_fill_less_than_half_of_a_grid_lie_along_one_dimension(tmp_path):
    for number in range(5):
        job(tmp_path / str(number), [f"x={number}", f"y={number}"], {"loss": number})
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["loss"].dims == ("job",)
    assert dataset["job"].values.tolist() == ["0", "1", "2", "3", "4"]
    assert dataset["y"].values.tolist() == [0, 1, 2, 3, 4]
    assert open_sweep(tmp_path).to_xarray(layout="grid")["loss"].dims == ("x", "y")


def test_an_explicit_grid_of_jobs_without_a_label_names_the_parameter(tmp_path):
    job(tmp_path / "0", ["x=1"], {"loss": 1})
    job(tmp_path / "1", ["x=2", "y=1"], {"loss": 2})
    sweep = open_sweep(tmp_path)
    assert sweep.to_xarray()["loss"].dims == ("job",)
    with pytest.raises(ValueError, match=r"has no `y`; use `layout=\"jobs\"`"):
        sweep.to_xarray(layout="grid")


def test_duplicates_follow_their_policy(tmp_path):
    for number, x in enumerate([1, 1, 2]):
        job(tmp_path / str(number), [f"x={x}"], {"loss": float(number)})
    sweep = open_sweep(tmp_path)
    repeated = sweep.to_xarray()["loss"]
    assert repeated.dims == ("x", "repeat")
    np.testing.assert_array_equal(repeated, [[0.0, 1.0], [2.0, np.nan]])
    assert sweep.to_xarray(duplicates="first")["loss"].values.tolist() == [0.0, 2.0]
    assert sweep.to_xarray(duplicates="last")["loss"].values.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="have the same parameters"):
        sweep.to_xarray(duplicates="error")


def test_metrics_that_bear_the_names_of_parameters_keep_apart(tmp_path):
    for x in (1, 2):
        job(tmp_path / str(x), [f"x={x}"], {"x": x * 10, "x_metric": x * 100})
    dataset = open_sweep(tmp_path).to_xarray()
    assert dataset["x"].values.tolist() == [1, 2]
    assert dataset["x_metric_"].values.tolist() == [10, 20]
    assert dataset["x_metric"].values.tolist() == [100, 200]


# -- bad input ------------------------------------------------------------------------------


def flipped(data):
    """Return the bytes with a bit of the last third of the values changed."""
    place = data.rindex(b"PK\x01\x02") - 9 if data.startswith(b"PK") else len(data) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


DAMAGES = {
    "truncated": (lambda data: data[: len(data) // 2], "byte"),
    "empty": (lambda _: b"", "empty (byte 0)"),
    "wrong": (lambda _: b"no metrics at all", "byte"),
    "flipped": (flipped, ""),
}


@pytest.mark.parametrize("kind", ["npz", "recorded"])
@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_metric_file_is_a_problem_and_a_hole(tmp_path, kind, damage, said):
    tree(tmp_path, format=kind)
    whole = open_sweep(tmp_path).to_xarray()
    file = tmp_path / "4" / ("metrics.npz" if kind == "npz" else "metrics.arrow")
    file.write_bytes(damage(file.read_bytes()))
    sweep = open_sweep(tmp_path)
    (problem,) = sweep.problems
    assert problem.path == file
    assert problem.kind == "corrupt"
    assert said in problem.message
    expected = with_hole(with_hole(whole, "loss", lr=0.2, seed=1), "curve", lr=0.2, seed=1)
    assert_same(sweep.to_xarray(), expected)
    assert not sweep.is_complete


@pytest.mark.parametrize("text", ["", "- lr=0.2", "- lr=0.2\n- se\n", "- lr=0.2\n", "- [\n", "7\n"])
def test_half_written_overrides_are_a_problem_and_a_hole(tmp_path, text):
    tree(tmp_path, format="npz")
    whole = open_sweep(tmp_path).to_xarray()
    file = tmp_path / "4/.hydra/overrides.yaml"
    file.write_text(text)
    sweep = open_sweep(tmp_path)
    (problem,) = sweep.problems
    assert tmp_path / "4" in (problem.path, *problem.path.parents)
    expected = with_hole(with_hole(whole, "loss", lr=0.2, seed=1), "curve", lr=0.2, seed=1)
    assert_same(sweep.to_xarray(), expected)


def test_a_label_cut_short_at_a_digit_is_no_other_label(tmp_path):
    make_tree(tmp_path, axes={"x": [1, 12]}, format="npz")
    (tmp_path / "1/.hydra/overrides.yaml").write_text("- x=1")
    sweep = open_sweep(tmp_path)
    assert [it.kind for it in sweep.problems] == ["corrupt"]
    assert np.isnan(sweep.to_xarray()["loss"].sel(x=12))


def test_recorded_numbers_carry_their_own_identity(tmp_path):
    tree(tmp_path, format="recorded")
    whole = open_sweep(tmp_path).to_xarray()
    other = (tmp_path / "0/.hydra/overrides.yaml").read_text()
    (tmp_path / "4/.hydra/overrides.yaml").write_text(other)
    assert_same(open_sweep(tmp_path).to_xarray(), whole)


def test_metrics_without_any_record_of_overrides_are_reported(tmp_path):
    tree(tmp_path, format="npz")
    (tmp_path / "4/.hydra/overrides.yaml").unlink()
    sweep = open_sweep(tmp_path)
    (problem,) = sweep.problems
    assert problem.path == tmp_path / "4"
    assert "`.hydra/overrides.yaml`" in problem.message
    assert np.isnan(sweep.to_xarray()["loss"].sel(lr=0.2, seed=1))


def test_leftovers_of_an_earlier_sweep_are_left_aside_and_reported(tmp_path):
    tree(tmp_path, format="npz")
    whole = open_sweep(tmp_path).to_xarray()
    job(tmp_path / "6", ["lr=9.5", "seed=0"], {"loss": 1e9})
    sweep = open_sweep(tmp_path)
    assert_same(sweep.to_xarray(), whole)
    assert "leftovers=True" in sweep.problems[0].message
    assert 9.5 in open_sweep(tmp_path, leftovers=True).to_xarray()["lr"].values


def test_a_parameter_that_only_leftovers_have_is_no_axis(tmp_path):
    tree(tmp_path, format="npz")
    whole = open_sweep(tmp_path).to_xarray()
    shutil.rmtree(tmp_path / "4")
    job(tmp_path / "4", ["lr=0.2", "seed=1", "width=3"], {"loss": 1e9, "curve": np.zeros(4)})
    sweep = open_sweep(tmp_path)
    assert "no `width`" in sweep.problems[0].message
    assert sweep.axes == AXES
    for options in ({}, {"layout": "grid"}, {"singleton_dims": True}):
        dataset = sweep.to_xarray(**options)
        assert dataset["loss"].dims == ("lr", "seed")
        assert_same(dataset[["loss"]], with_hole(whole, "loss", lr=0.2, seed=1)[["loss"]])


def test_a_path_that_does_not_exist_says_what_was_looked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere: no such directory: expected the direc"):
        open_sweep(tmp_path / "nowhere")


def test_a_directory_without_jobs_says_what_was_looked_for(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoJobsError, match=r"empty: no job in this directory: looked for"):
        open_sweep(tmp_path / "empty")


def test_a_metric_file_that_no_job_has_is_an_error_that_names_it(tmp_path):
    tree(tmp_path, format="npz")
    for pattern in ("other.npz", "**/*.npy"):
        with pytest.raises(FileNotFoundError, match="no job of the 6 has") as caught:
            open_sweep(tmp_path, metrics=pattern)
        assert pattern in str(caught.value)


def test_a_named_file_that_one_job_lacks_is_a_hole_and_a_problem(tmp_path):
    tree(tmp_path, format="npz")
    (tmp_path / "4/metrics.npz").unlink()
    assert open_sweep(tmp_path).problems == ()
    sweep = open_sweep(tmp_path, metrics="metrics.npz")
    assert [(it.kind, it.path) for it in sweep.problems] == [("no-match", tmp_path / "4")]


def test_several_kinds_of_metric_files_are_listed(tmp_path):
    tree(tmp_path, format="npz")
    for number in range(6):
        np.savez(tmp_path / str(number) / "test.npz", accuracy=number)
    with pytest.raises(ValueError, match=r"metrics\.npz, test\.npz; say which to read"):
        open_sweep(tmp_path)
    both = open_sweep(tmp_path, metrics=["metrics.npz", "test.npz"])
    assert both.metrics == ("loss", "curve", "accuracy")
    assert open_sweep(tmp_path, metrics="t*.npz").metrics == ("accuracy",)
    assert open_sweep(tmp_path, metrics=[]).metrics == ()


def test_strict_raises_all_problems_together(tmp_path):
    tree(tmp_path, format="npz")
    (tmp_path / "1/metrics.npz").write_bytes(b"")
    (tmp_path / "4/metrics.npz").write_bytes(b"")
    with pytest.raises(ProblemsError, match="2 problems") as caught:
        open_sweep(tmp_path, strict=True)
    assert {it.code for it in caught.value.exceptions} == {"corrupt"}


def test_a_loader_of_the_users_own_reads_any_file(tmp_path):
    tree(tmp_path, format="npz")
    for number in range(6):
        (tmp_path / str(number) / "result.txt").write_text(f"{number}.5")
    sweep = open_sweep(
        tmp_path, metrics="result.txt", loader=lambda path: {"result": float(path.read_text())}
    )
    assert sweep.to_xarray()["result"].values.ravel().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    with pytest.raises(ValueError, match=r"no reader for `result\.txt`: known endings are"):
        open_sweep(tmp_path, metrics="result.txt")


def test_what_a_loader_raises_is_a_problem_of_that_job(tmp_path):
    tree(tmp_path, format="npz")

    def loader(path):
        if path.parent.name == "4":
            raise KeyError("nothing there")
        return {"loss": 1.0}

    sweep = open_sweep(tmp_path, metrics="metrics.npz", loader=loader)
    assert [it.path for it in sweep.problems] == [tmp_path / "4/metrics.npz"]
    assert "nothing there" in sweep.problems[0].message


def test_an_interrupted_loader_ends_the_load_as_itself(tmp_path):
    tree(tmp_path, format="npz")
    calls = []

    def loader(path):
        calls.append(path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_sweep(tmp_path, metrics="metrics.npz", loader=loader)
    assert len(calls) == 1


@pytest.mark.parametrize("name", ["../1/metrics.npz", "/etc/hosts.npz", ""])
def test_metric_files_lie_below_their_job(tmp_path, name):
    tree(tmp_path, format="npz")
    with pytest.raises(ValueError, match="relative to each job"):
        open_sweep(tmp_path, metrics=name)


@pytest.mark.parametrize("wrong", [5, b"metrics.npz", [5], [b"x"]])
def test_arguments_of_a_wrong_type_are_named(tmp_path, wrong):
    tree(tmp_path, format="npz")
    with pytest.raises(TypeError, match="`metrics`: expected"):
        open_sweep(tmp_path, metrics=wrong)
    with pytest.raises(TypeError, match="`loader`: expected a callable"):
        open_sweep(tmp_path, loader=5)
    assert open_sweep(tmp_path, metrics=tmp_path.__class__("metrics.npz")).is_complete


def test_a_sweep_of_which_nothing_can_be_read_is_not_complete(tmp_path):
    for number in range(2):
        job(tmp_path / str(number), [f"x={number}"])
    assert open_sweep(tmp_path).is_complete
    for number in range(2):
        (tmp_path / str(number) / "metrics.npz").write_bytes(b"PK torn")
    sweep = open_sweep(tmp_path)
    assert len(sweep.problems) == 2
    assert not sweep.is_complete


def test_a_definition_of_another_sweep_lends_no_labels(tmp_path):
    make_tree(tmp_path, axes={"x": [5, 6]}, format="npz")
    for number in range(2):
        (tmp_path / str(number) / ".hydra/overrides.yaml").write_text(f"- x={number}\n")
    sweep = open_sweep(tmp_path)
    assert sweep.axes == {"x": [0, 1]}
    assert [it.path.name for it in sweep.problems] == ["multirun.yaml"]


# -- tables --------------------------------------------------------------------


def test_the_table_has_a_row_for_each_job(tmp_path):
    for number, note in enumerate(["fine", None]):
        metrics = {"loss": number + 0.5, "note": note, "curve": np.arange(3.0)}
        job(tmp_path / str(number), [f"x={number}", "z=3"], metrics, recorded=True)
    frame = open_sweep(tmp_path).to_pandas()
    assert frame.columns.tolist() == ["job", "x", "z", "loss", "note", "curve"]
    assert frame["job"].tolist() == ["0", "1"]
    assert frame["z"].dtype == np.int64
    assert frame["note"].tolist() == ["fine", None]
    assert frame["curve"][1].tolist() == [0.0, 1.0, 2.0]


def test_the_table_holds_arrays_as_they_were_recorded(tmp_path):
    for number, curve in enumerate([[1, 2], [3], None]):
        metrics = None if curve is None else {"curve": np.array(curve)}
        job(tmp_path / str(number), [f"x={number}"], metrics, recorded=True)
    first, second, third = open_sweep(tmp_path).to_pandas()["curve"]
    assert first.tolist() == [1, 2]
    assert second.dtype == np.int64
    assert third is None


def test_a_record_of_another_job_lends_none_of_its_values(tmp_path):
    job(tmp_path / "a", ["x=1"], {"loss": 1.0}, recorded=True)
    save_metrics(tmp_path / "a" / "older.arrow", {"loss": 9.0, "best": 9.0}, overrides=["x=7"])
    save_metrics(tmp_path / "a" / "same.arrow", {"count": 3}, overrides=["x=1"])
    sweep = open_sweep(tmp_path, metrics=["metrics.arrow", "*.arrow"])
    assert sweep.fixed == {"x": 1}
    assert {name: sweep.metric_values(name) for name in sweep.metrics} == {
        "loss": [1.0],
        "count": [3],
    }
    assert [(it.path.name, it.kind) for it in sweep.problems] == [("older.arrow", "conflict")]


def test_where_the_plan_contradicts_a_record_other_files_are_not_merged_into_it(tmp_path):
    job(tmp_path / "a", ["x=1"], {"loss": 1.0}, recorded=True)
    np.savez(tmp_path / "a" / "more.npz", best=9.0)
    (tmp_path / ".runcube").mkdir()
    (tmp_path / ".runcube" / "jobs.jsonl").write_text('{"dir": "a", "overrides": ["x=7"]}\n')
    sweep = open_sweep(tmp_path, metrics=["metrics.arrow", "more.npz"])
    assert sweep.metrics == ("loss",)
    assert [(it.path.name, it.kind) for it in sweep.problems] == [
        ("more.npz", "conflict"),
        ("a", "conflict"),
    ]
