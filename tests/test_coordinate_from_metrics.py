"""Series of several jobs, joined on the labels that the jobs recorded beside them (rule 8)."""

import itertools
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from runcube import MultiRunMetricsWorkflow, multirun, open_sweep, save_metrics
from runcube.errors import ProblemWarning


def sweep_of(root: Path, *jobs: dict):
    """Write one job for each mapping, of a sweep over `x`, and open it."""
    root.mkdir(parents=True, exist_ok=True)
    for number, metrics in enumerate(jobs):
        (root / str(number)).mkdir()
        save_metrics(root / str(number) / "metrics.arrow", metrics, overrides=[f"x={number}"])
    return open_sweep(root)


def by_epoch(root: Path, *jobs: dict):
    return sweep_of(root, *jobs).to_xarray(coord_from_metrics="epoch")


def test_rows_of_all_jobs_are_joined_on_their_labels_and_sorted(tmp_path):
    dataset = by_epoch(
        tmp_path,
        {"epoch": [2, 0, 1], "loss": [0.3, 0.9, 0.5]},
        {"epoch": [1, 5], "loss": [0.7, 0.1]},
    )
    assert dataset["epoch"].dtype == np.int64
    assert dataset["epoch"].values.tolist() == [0, 1, 2, 5]
    assert dataset["loss"].dims == ("x", "epoch")
    np.testing.assert_array_equal(
        dataset["loss"].values, [[0.9, 0.5, 0.3, np.nan], [np.nan, 0.7, np.nan, 0.1]]
    )


def test_the_coordinate_of_each_job_counts_and_not_that_of_the_first(tmp_path):
    dataset = by_epoch(
        tmp_path, {"epoch": [0, 1], "loss": [1.0, 2.0]}, {"epoch": [10, 11], "loss": [3.0, 4.0]}
    )
    assert dataset["loss"].sel(x=1, epoch=10).item() == 3.0
    assert np.isnan(dataset["loss"].sel(x=1, epoch=0).item())


def test_a_series_of_one_row_is_a_series(tmp_path):
    dataset = by_epoch(
        tmp_path, {"epoch": [0], "loss": [0.5]}, {"epoch": np.array([0]), "loss": np.array([0.25])}
    )
    assert dataset["loss"].dims == ("x", "epoch")
    assert dataset["loss"].values.tolist() == [[0.5], [0.25]]


def test_single_values_get_no_dimension(tmp_path):
    job = {"epoch": [0, 1], "loss": [1.0, 0.5], "best": 0.5, "name": "a"}
    dataset = by_epoch(tmp_path, job, job)
    assert dataset["best"].dims == ("x",)
    assert dataset["name"].dims == ("x",)


def test_a_single_value_beside_a_single_label_is_a_row_where_others_have_series(tmp_path):
    dataset = by_epoch(tmp_path, {"epoch": [0, 1], "loss": [1.0, 0.5]}, {"epoch": 1, "loss": 0.25})
    np.testing.assert_array_equal(dataset["loss"].values, [[1.0, 0.5], [np.nan, 0.25]])


def test_further_dimensions_keep_their_names(tmp_path):
    images = np.arange(12.0).reshape(2, 3, 2)
    dataset = by_epoch(
        tmp_path, {"epoch": [0, 1], "image": images}, {"epoch": [1, 2], "image": images}
    )
    assert dataset["image"].dims == ("x", "epoch", "image_dim1", "image_dim2")
    np.testing.assert_array_equal(dataset["image"].sel(x=1, epoch=2).values, images[1])
    assert np.isnan(dataset["image"].sel(x=1, epoch=0).values).all()


def test_further_ragged_dimensions_have_a_length_in_each_cell(tmp_path):
    dataset = by_epoch(
        tmp_path,
        {"epoch": [0, 1], "v": np.ones((2, 3))},
        {"epoch": [1], "v": np.ones((1, 2))},
    )
    assert dataset["v"].dims == ("x", "epoch", "v_dim1")
    assert dataset["v_length"].dims == ("x", "epoch")
    assert dataset["v_length"].values.tolist() == [[3, 3], [0, 2]]


def test_a_series_of_another_length_is_a_hole_and_a_warning_that_names_the_job(tmp_path):
    sweep = sweep_of(
        tmp_path,
        {"epoch": [0, 1], "loss": [1.0, 0.5], "acc": [0.1, 0.2]},
        {"epoch": [0, 1], "loss": [1.0, 0.5, 0.25], "acc": [0.3, 0.4]},
    )
    with pytest.warns(ProblemWarning, match=r"1: `loss` has 3 rows, and 2 labels of `epoch`"):
        dataset = sweep.to_xarray(coord_from_metrics="epoch")
    np.testing.assert_array_equal(dataset["loss"].values, [[1.0, 0.5], [np.nan, np.nan]])
    assert dataset["acc"].values.tolist() == [[0.1, 0.2], [0.3, 0.4]]


def test_series_of_a_job_without_labels_are_holes(tmp_path):
    sweep = sweep_of(tmp_path, {"epoch": [0], "loss": [1.0]}, {"loss": [2.0]})
    with pytest.warns(ProblemWarning, match="`loss` has 1 rows, and no labels of `epoch`"):
        dataset = sweep.to_xarray(coord_from_metrics="epoch")
    np.testing.assert_array_equal(dataset["loss"].values, [[1.0], [np.nan]])


def test_of_equal_labels_within_a_job_the_last_row_counts(tmp_path):
    dataset = by_epoch(tmp_path, {"epoch": [0, 1, 1, 0], "loss": [1.0, 2.0, 3.0, 4.0]})
    assert dataset["epoch"].values.tolist() == [0, 1]
    assert dataset["loss"].values.tolist() == [4.0, 3.0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0.0, float("nan")], "a label is missing"),
        (np.array(["2026-01-01", "NaT"], dtype="M8[s]"), "a label is missing"),
        (np.array([1j, 2j]), "no numbers, times or texts"),
        ([1, "a"], "no job has a series"),
        (np.zeros((2, 2)), "no job has a series"),
        (3, "no job has a series"),
    ],
)
def test_what_has_no_order_is_refused_as_a_coordinate(tmp_path, labels, message):
    sweep = sweep_of(tmp_path, {"epoch": labels, "loss": [1.0, 2.0]})
    with pytest.raises(ValueError, match=f"`epoch` cannot be the coordinate.*{message}"):
        sweep.to_xarray(coord_from_metrics="epoch")


def test_labels_of_kinds_without_a_common_order_are_refused(tmp_path):
    sweep = sweep_of(tmp_path, {"epoch": [1, 2]}, {"epoch": ["a", "b"]})
    with pytest.raises(ValueError, match="kinds that have no order among them"):
        sweep.to_xarray(coord_from_metrics="epoch")


@pytest.mark.parametrize(
    ("first", "second", "joined", "dtype"),
    [
        ([1, 2], [0.5, 2.0], [0.5, 1.0, 2.0], "float64"),
        (np.uint8([3, 1]), np.int64([-1]), [-1, 1, 3], "int64"),
        (["b", "a"], ["ä"], ["a", "b", "ä"], "<U1"),
        ([-1.5, -0.0], [0.0, -2.5], [-2.5, -1.5, 0.0], "float64"),
        ([2**63], [1.0], None, None),
        ([True], [False], [False, True], "bool"),
    ],
)
def test_labels_are_of_one_dtype_and_in_its_order(tmp_path, first, second, joined, dtype):
    sweep = sweep_of(
        tmp_path,
        {"epoch": first, "loss": [1.0] * len(first)},
        {"epoch": second, "loss": [2.0] * len(second)},
    )
    labels = sweep.to_xarray(coord_from_metrics="epoch")["epoch"]
    expected = joined if joined is not None else [1.0, float(2**63)]
    assert labels.values.tolist() == expected
    assert labels.dtype == (dtype or "float64")


def test_times_of_different_units_are_joined_as_times(tmp_path):
    dataset = by_epoch(
        tmp_path,
        {"epoch": np.array(["2026-01-02"], dtype="M8[s]"), "loss": [1.0]},
        {"epoch": np.array(["2026-01-01T12", "2026-01-02"], dtype="M8[ms]"), "loss": [2.0, 3.0]},
    )
    assert dataset["epoch"].dtype == "datetime64[ms]"
    np.testing.assert_array_equal(dataset["loss"].values, [[np.nan, 1.0], [2.0, 3.0]])


def test_a_coordinate_named_like_a_parameter_takes_another_name(tmp_path):
    dataset = sweep_of(
        tmp_path, {"x": [5, 6], "loss": [1.0, 2.0]}, {"x": [6], "loss": [3.0]}
    ).to_xarray(coord_from_metrics="x")
    assert dataset["loss"].dims == ("x", "x_metric")
    assert dataset["loss"].sel(x=1, x_metric=6).item() == 3.0


def test_a_workflow_joins_its_series_after_a_run_and_reloaded(tmp_path):
    class Trains(MultiRunMetricsWorkflow):
        @staticmethod
        def task(epochs: int) -> dict:
            return {"epoch": list(range(epochs)), "loss": [1 / (1 + i) for i in range(epochs)]}

    workflow = Trains()
    workflow.run(epochs=multirun([1, 3]), working_dir=str(tmp_path / "runs"))
    dataset = workflow.to_xarray(coord_from_metrics="epoch")
    np.testing.assert_array_equal(
        dataset["loss"].values, [[1.0, np.nan, np.nan], [1.0, 1 / 2, 1 / 3]]
    )
    reloaded = Trains().load_from_dir(workflow.working_dir).to_xarray(coord_from_metrics="epoch")
    assert reloaded.identical(dataset)


SERIES = st.lists(st.tuples(st.integers(-3, 6), st.integers(-9, 9)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(jobs=st.lists(st.tuples(SERIES, st.booleans()), min_size=1, max_size=4))
def test_every_cell_is_what_a_mapping_of_labels_says(tmp_path_factory, jobs):
    """The oracle is a dict for each job: later rows replace earlier ones."""
    truth = [dict(series) for series, _ in jobs]
    recorded = [
        {
            "epoch": np.array([label for label, _ in series], dtype=np.int64),
            "loss": np.array([[v, -v] for _, v in series], dtype=np.float32).reshape(-1, 2),
            "flat": [float(v) for _, v in series]
            if as_list
            else np.array([float(v) for _, v in series]),
        }
        for series, as_list in jobs
    ]
    dataset = by_epoch(tmp_path_factory.mktemp("series"), *recorded)
    labels = sorted(set(itertools.chain.from_iterable(truth)))
    assert dataset["epoch"].values.tolist() == labels
    if not labels:
        return
    loss = dataset["loss"].values.reshape(len(jobs), len(labels), 2)
    flat = dataset["flat"].values.reshape(len(jobs), len(labels))
    assert loss.dtype == np.float32
    for place, rows in enumerate(truth):
        expected = [float(rows.get(label, np.nan)) for label in labels]
        np.testing.assert_array_equal(flat[place], expected)
        np.testing.assert_array_equal(loss[place, :, 0], expected)
        np.testing.assert_array_equal(loss[place, :, 1], [-value for value in expected])
