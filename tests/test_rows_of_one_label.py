"""Rows of one label: the last value counts, and a row without one takes none away."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from runcube import open_sweep
from runcube.testing import make_tree

LIGHTNING = Path(__file__).parent / "data/trees/lightning/logs/train/multiruns/2026-01-31_12-00-00"
NAN = math.nan


def gathered(tmp_path, name, text):
    tree = make_tree(tmp_path, axes={"x": [1, 2]}, metrics={})
    for job in ("0", "1"):
        (tree.path / job / name).write_text(text)
    sweep = open_sweep(tree.path, metrics=name)
    return sweep.to_xarray(coord_from_metrics="epoch").sel(x=2)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, "1", ""), (0, "", "2"), (1, "3", ""), (1, "", "4")], [[1, 3], [2, 4]]),
        ([(0, "1", ""), (0, "5", "2"), (1, "", "4"), (1, "3", "")], [[5, 3], [2, 4]]),
        ([(0, "1", ""), (0, "nan", "2"), (1, "3", "4"), (1, "", "nan")], [[NAN, 3], [2, NAN]]),
        ([(0, "", ""), (0, "", "2"), (1, "3", "4")], [[NAN, 3], [2, 4]]),
        ([(0, "a", ""), (0, "", "2"), (1, "b", "4")], [["a", "b"], [2, 4]]),
    ],
    ids=["apart", "again", "a NaN is a value", "never", "texts"],
)
def test_the_last_row_with_a_value_counts(tmp_path, rows, expected):
    lines = ["epoch,train,val", *(f"{epoch},{train},{val}" for epoch, train, val in rows)]
    dataset = gathered(tmp_path, "log.csv", "\n".join(lines) + "\n")
    assert dataset["epoch"].values.tolist() == [0, 1]
    np.testing.assert_equal(
        [dataset["train"].values.tolist(), dataset["val"].values.tolist()], expected
    )


def test_rows_of_json_lines_are_joined_alike(tmp_path):
    text = '{"epoch": 0, "a": 1.5}\n{"epoch": 0, "b": [1, 2]}\n{"epoch": 0, "a": null}\n'
    dataset = gathered(tmp_path, "log.jsonl", text)
    assert dataset["a"].values.tolist() == [1.5]
    assert dataset["b"].values.tolist() == [[1, 2]]


def test_epochs_of_an_event_file_keep_the_values_of_their_steps(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2]}, metrics={})
    name = "events.out.tfevents.1700000000.host.7.0"
    for job in ("0", "1"):
        with (tree.path / job / name).open("wb") as stream:
            log = RecordWriter(stream)
            for step, tag, value in [(0, "epoch", 0), (0, "a", 7), (1, "epoch", 0), (1, "b", 8)]:
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                event = Event(wall_time=2.0, step=step, summary=summary)
                log.write(event.SerializeToString())
    dataset = open_sweep(tree.path, metrics=name).to_xarray(coord_from_metrics="epoch")
    assert (dataset["a"].values.tolist(), dataset["b"].values.tolist()) == ([[7]] * 2, [[8]] * 2)


def test_epochs_of_lightning_have_what_was_trained_and_what_was_validated():
    sweep = open_sweep(LIGHTNING, metrics="csv/*/metrics.csv")
    dataset = sweep.to_xarray(coord_from_metrics="epoch")
    assert dict(dataset.sizes) == {"seed": 2, "rate": 2, "epoch": 2}
    for number in range(4):
        with (LIGHTNING / str(number) / "csv/version_0/metrics.csv").open() as file:
            rows = list(csv.DictReader(file))
        cell = dataset.sel(**sweep.jobs[number].parameters)
        for epoch in (0, 1):
            for name in ("train/loss", "val/loss"):
                of_epoch = [row.get(name) for row in rows if row["epoch"] == str(epoch)]
                (value,) = [float(text) for text in of_epoch if text] or [NAN]
                np.testing.assert_equal(cell[name].sel(epoch=epoch).item(), value)
