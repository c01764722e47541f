"""TensorBoard's event files: the log that TensorBoard itself reads, as one table of steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from runcube import load_metrics, open_sweep
from runcube.errors import CorruptFileError

NAME = "events.out.tfevents.1700000000.host.7.{}"


def summary(tag, value, style):
    """One tag's part of an event, as older and newer writers and texts have it."""
    if style == "text":
        return text_pb(tag, str(value))
    if style == "tensor":
        return scalar_pb(tag, value)
    return Summary(value=[Summary.Value(tag=tag, simple_value=value)])


def write(path, events):
    """Write `(step, tag, value, style)` with TensorBoard's own writer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        writer = RecordWriter(stream)
        writer.write(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString())
        for step, tag, value, style in events:
            event = Event(wall_time=2.0, step=step, summary=summary(tag, value, style))
            writer.write(event.SerializeToString())
    return path


def expected(path):
    """Give what TensorBoard reads of a file or a directory, joined on the steps."""
    log = EventAccumulator(str(path), size_guidance={"scalars": 0, "tensors": 0})
    log.Reload()
    series = {tag: {e.step: e.value for e in log.Scalars(tag)} for tag in log.Tags()["scalars"]}
    for tag in log.Tags()["tensors"]:
        if log.SummaryMetadata(tag).plugin_data.plugin_name == "scalars":
            found = {e.step: e.tensor_proto.float_val[0] for e in log.Tensors(tag)}
            series[tag] = found
    steps = sorted({step for values in series.values() for step in values})
    table = {tag: [values.get(step, np.nan) for step in steps] for tag, values in series.items()}
    return ({"step": steps} if table else {}) | table


def assert_log(loaded, table):
    assert set(loaded) == set(table)
    for name, values in table.items():
        assert loaded[name].dtype == (np.int64 if name == "step" else np.float32)
        np.testing.assert_array_equal(loaded[name], np.array(values, loaded[name].dtype))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("events")


# A tag is of one style, as TensorBoard's plugins are.
STYLES = {"loss": "simple", "val/acc": "tensor", "note": "text", "hp_metric": "simple"}
logs = st.lists(
    st.tuples(st.integers(0, 2**40), st.sampled_from([*STYLES]), st.floats(width=32)), max_size=12
)


@given(log=logs)
def test_a_log_is_what_tensorboard_reads(folder, log):
    ordered = sorted(log, key=lambda event: event[0])
    path = write(folder / NAME.format(0), [(*event, STYLES[event[1]]) for event in ordered])
    assert_log(load_metrics(path), expected(path))


def test_what_the_writer_of_torch_logs_is_read(tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            writer.add_scalar("loss", 1 / (step + 1), step)
        writer.add_scalar("acc", 0.5, 2, new_style=True)
        writer.add_text("note", "a", 1)
        writer.add_histogram("weights", np.arange(4.0), 1)
    (path,) = tmp_path.iterdir()
    loaded = load_metrics(path)
    assert list(loaded) == ["step", "loss", "acc"]
    assert_log(loaded, expected(path))


def test_a_cut_last_record_is_left_out_wherever_it_is_cut(tmp_path):
    path = write(tmp_path / NAME.format(0), [(step, "a", step / 2, "simple") for step in range(3)])
    content = path.read_bytes()
    size = (len(content) - content.index(b"brain.Event:2") - 17) // 3
    for end in range(len(content) - size + 1, len(content)):
        path.write_bytes(content[:end])
        assert load_metrics(path)["a"].tolist() == [0.0, 0.5]


def test_a_flipped_bit_refuses_the_file_and_says_where(tmp_path):
    path = write(tmp_path / NAME.format(0), [(step, "a", step / 2, "simple") for step in range(3)])
    content = path.read_bytes()
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        with pytest.raises(CorruptFileError, match=r"of the record at byte \d+ differs"):
            load_metrics(path)


def test_numbers_of_other_types_are_exact(tmp_path):
    path = tmp_path / NAME.format(0)
    from tensorboard.util.tensor_util import make_tensor_proto

    values = {"d": np.float64(0.1), "i": np.int64(2**40 + 1), "list": np.zeros(2, "float32")}
    parts = [Summary.Value(tag=tag, tensor=make_tensor_proto(it)) for tag, it in values.items()]
    with path.open("wb") as stream:
        RecordWriter(stream).write(Event(step=1, summary=Summary(value=parts)).SerializeToString())
    loaded = load_metrics(path)
    assert {name: value.tolist() for name, value in loaded.items()} == {
        "step": [1], "d": [0.1], "i": [2**40 + 1],
    }  # fmt: skip


# ---- Sweeps


@pytest.fixture
def sweep(tmp_path):
    """Two jobs, the first of which was logged by eleven writers."""
    for job in range(2):
        (tmp_path / f"{job}/.hydra").mkdir(parents=True)
        (tmp_path / f"{job}/.hydra/overrides.yaml").write_text(f"- x={job}\n")
        for file in range(11 if job == 0 else 1):
            events = [(0, "hp_metric", float(file), "simple"), (file, "loss", file / 2, "tensor")]
            write(tmp_path / f"{job}/tb" / NAME.format(file), events)
    return tmp_path


def test_the_files_of_one_directory_are_one_log_in_the_order_of_their_counters(sweep):
    loaded = open_sweep(sweep, metrics="tb/*").to_xarray(coord_from_metrics="step")
    assert loaded["step"].values.tolist() == list(range(11))
    assert loaded["loss"].sel(x=0).values.tolist() == [file / 2 for file in range(11)]
    assert loaded["hp_metric"].sel(x=0, step=0) == 10
    np.testing.assert_array_equal(loaded["loss"].sel(x=1), [0.0] + [np.nan] * 10)


def test_a_log_is_read_by_itself_where_the_jobs_hold_nothing_else(sweep):
    for job in range(2):
        for path in (sweep / f"{job}/tb").iterdir():
            path.rename(sweep / f"{job}" / path.name)
    assert open_sweep(sweep).metrics == ("step", "hp_metric", "loss")
    for job in range(2):
        (sweep / f"{job}/metrics.json").write_text('{"a": 1}')
    assert list(open_sweep(sweep).metrics) == ["a"]


def test_logs_of_several_directories_keep_their_own_steps(sweep):
    for job in range(2):
        write(sweep / f"{job}/tb/val" / NAME.format(0), [(5, "loss", 9.0, "simple")])
    loaded = open_sweep(sweep, metrics="**/*tfevents*").to_xarray()
    assert loaded["tb/val/step"].values.tolist() == [[5], [5]]
    assert loaded["tb/val/loss"].values.tolist() == [[9], [9]]
    assert loaded["tb/loss"].sel(x=0).values.tolist() == [file / 2 for file in range(11)]


def test_a_damaged_file_of_a_log_is_a_problem_and_the_others_are_read(sweep):
    path = sweep / "0/tb" / NAME.format(3)
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    opened = open_sweep(sweep, metrics="tb/*")
    assert [(Path(it.path).name, it.kind) for it in opened.problems] == [(path.name, "corrupt")]
    loaded = opened.to_xarray(coord_from_metrics="step")
    assert loaded["step"].values.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10]
