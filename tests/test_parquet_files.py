"""Parquet: what pyarrow, pandas and polars wrote, and the index that pandas hides."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcube import load_metrics
from runcube.errors import RuncubeError

DATA = Path(__file__).parent / "data"


def load_frame(folder, frame, **options):
    frame.to_parquet(folder / "metrics.parquet", **options)
    return load_metrics(folder / "metrics.parquet")


def as_lists(metrics):
    return {name: np.asarray(value).tolist() for name, value in metrics.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("parquet")


numbers = st.floats() | st.none()
rows = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), numbers, st.booleans(), st.text(max_size=3)),
    min_size=2,
    max_size=9,
)


@given(
    table=rows,
    compression=st.sampled_from(["none", "snappy", "gzip", "lz4", "zstd"]),
    size=st.integers(1, 9),
    paged=st.sampled_from(["1.0", "2.0"]),
    dictionary=st.booleans(),
)
def test_rows_are_what_pyarrow_reads(folder, *, table, compression, size, paged, dictionary):
    step, loss, done, note = map(list, zip(*table, strict=True))
    path = folder / "metrics.parquet"
    columns = {"step": step, "loss": pa.array(loss, pa.float64()), "done": done, "note": note}
    pq.write_table(
        pa.table({**columns, "half": pa.array(loss, pa.float64()).cast(pa.float32())}),
        path,
        compression=compression,
        row_group_size=size,
        data_page_version=paged,
        use_dictionary=dictionary,
    )
    loaded = load_metrics(path)
    again = pq.read_table(path).to_pydict()
    assert list(loaded) == list(again)
    assert loaded["half"].dtype == np.float32
    for name, values in loaded.items():
        expected = [np.nan if value is None else value for value in again[name]]
        assert repr(np.asarray(values).tolist()) == repr(expected)


@pytest.mark.parametrize(
    "table",
    [
        {"a": [1, None, 3]},
        {"a": [True, None]},
        {"a": ["x", None]},
        {"a": [[1, 2], [3, 4]]},
        {"a": [[1.5], [2.5, 3.5]]},
        {"a": [{"b": 1, "c": [0.5]}, {"b": 2, "c": [1.5]}]},
        {"a": [None, None]},
        {"a": []},
        {"a": [5], "b": ["x"], "c": [[1, 2]]},
    ],
    ids=repr,
)
def test_a_table_means_what_it_means_in_arrow(tmp_path, table):
    table = pa.table(table)
    pq.write_table(table, tmp_path / "metrics.parquet")
    with pa.ipc.new_file(tmp_path / "metrics.arrow", table.schema) as writer:
        writer.write_table(table)
    loaded = load_metrics(tmp_path / "metrics.parquet")
    assert repr(loaded) == repr(load_metrics(tmp_path / "metrics.arrow"))


def test_arrays_of_fixed_shape_are_arrays(tmp_path):
    images = np.arange(12, dtype="uint8").reshape(2, 3, 2)
    table = pa.table({"image": pa.FixedShapeTensorArray.from_numpy_ndarray(images)})
    pq.write_table(table, tmp_path / "metrics.parquet")
    loaded = load_metrics(tmp_path / "metrics.parquet")["image"]
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, images)


def test_what_polars_wrote_is_read(tmp_path):
    frame = pl.DataFrame({"step": [1, 2], "name": ["a", "b"], "kind": ["x", "x"]})
    frame = frame.with_columns(pl.col("kind").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "metrics.parquet")
    loaded = load_metrics(tmp_path / "metrics.parquet")
    assert as_lists(loaded) == {"step": [1, 2], "name": ["a", "b"], "kind": ["x", "x"]}


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (None, {}),
        (pd.Index([0, 1, 2]), {}),
        (np.array([0, 1, 2]), {}),
        (pd.Index([10, 20, 30]), {"__index_level_0__": [10, 20, 30]}),
        (pd.RangeIndex(10, 40, 10), {"__index_level_0__": [10, 20, 30]}),
        (pd.Index([10, 20, 25]), {"__index_level_0__": [10, 20, 25]}),
        (pd.RangeIndex(3, 0, -1), {"__index_level_0__": [3, 2, 1]}),
        (pd.RangeIndex(3, name="epoch"), {"epoch": [0, 1, 2]}),
        (pd.Index([0, 1, 4], name="epoch"), {"epoch": [0, 1, 4]}),
        (pd.Index(["a", "b", "c"]), {"__index_level_0__": ["a", "b", "c"]}),
        (pd.MultiIndex.from_tuples([(0, "x"), (1, "y"), (2, "z")], names=[None, "k"]),
         {"k": ["x", "y", "z"]}),
    ],
)  # fmt: skip
def test_an_index_of_pandas_is_a_metric_unless_it_only_counts(tmp_path, index, expected):
    frame = pd.DataFrame({"loss": [0.5, 0.25, 0.125]}, index=index)
    loaded = as_lists(load_frame(tmp_path, frame))
    assert loaded == {"loss": [0.5, 0.25, 0.125], **expected}


def test_a_named_index_is_the_same_whether_or_not_pandas_wrote_it_as_a_range(tmp_path):
    short = pd.DataFrame({"loss": [1.0, 2.0]}, index=pd.RangeIndex(0, 20, 10, name="step"))
    long = pd.DataFrame({"loss": [1.0, 2.0, 3.0]}, index=pd.Index([0, 10, 15], name="step"))
    assert list(load_frame(tmp_path, short)) == ["loss", "step"]
    assert load_frame(tmp_path, short)["step"].dtype == np.int64
    assert list(load_frame(tmp_path, long)) == ["loss", "step"]


def test_rows_left_out_after_pandas_wrote_its_index_take_the_index_with_them(tmp_path):
    frame = pd.DataFrame({"loss": [1.0, 2.0, 3.0]}, index=pd.RangeIndex(0, 30, 10, name="step"))
    pq.write_table(pa.Table.from_pandas(frame).slice(1), tmp_path / "metrics.parquet")
    assert as_lists(load_metrics(tmp_path / "metrics.parquet")) == {"loss": [2.0, 3.0]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"PAR1", "no Parquet file"),
        (b"PAR1\0\0\0\0", "cut off"),
        (b"PAR1abcdPAR1", "no Parquet file"),
        (b"PAR1\0\0\0\0PARE", "encrypted"),
    ],
)
def test_what_is_no_parquet_file_is_refused(tmp_path, content, message):
    path = tmp_path / "metrics.parquet"
    path.write_bytes(content)
    with pytest.raises(RuncubeError, match=message):
        load_metrics(path)


def test_a_compression_that_is_not_read_is_unsupported(tmp_path):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "metrics.parquet", compression="brotli")
    with pytest.raises(RuncubeError, match="brotli") as caught:
        load_metrics(tmp_path / "metrics.parquet")
    assert caught.value.code == "unsupported"


def test_damage_is_an_error_or_a_table_and_never_more(tmp_path):
    path = tmp_path / "metrics.parquet"
    frame = pd.DataFrame({"step": [1, 2, 3], "tag": ["a", None, "b"], "done": [True, False, True]})
    frame.to_parquet(path)
    content = path.read_bytes()
    damaged = [content[:end] for end in range(0, len(content), 7)]
    for at in range(0, len(content), 3):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        damaged.append(bytes(flipped))
    for each in damaged:
        path.write_bytes(each)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                load_metrics(path)
            except RuncubeError:
                continue


def test_a_flipped_bit_under_a_checksum_is_found(tmp_path):
    path = tmp_path / "metrics.parquet"
    table = pa.table({"a": [0.5, 1.5, 2.5]})
    pq.write_table(table, path, compression="none", use_dictionary=False,
                   write_page_checksum=True, write_statistics=False)  # fmt: skip
    content = bytearray(path.read_bytes())
    at = content.index(np.array([1.5]).tobytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(RuncubeError, match="CRC"):
        load_metrics(path)


@pytest.mark.parametrize("name", ["pandas.feather", "pandas_index.parquet"])
def test_frames_that_pandas_wrote_are_read(name):
    loaded = load_metrics(DATA / name)
    names = ["loss", "done", "note", "big", "kind", "at"]
    assert list(loaded) == (names if name.endswith("feather") else [*names, "step"])
    np.testing.assert_array_equal(loaded["loss"], [0.1, np.nan, 1e-17])
    assert loaded["done"].tolist() == [True, False, True]
    assert loaded["note"].tolist() == ["a", None, "b"]
    assert loaded["big"].tolist() == [2**53 + 1, None, -5], "float64 cannot hold the first"
    assert loaded["kind"].tolist() == ["x", "y", "x"]
    np.testing.assert_array_equal(loaded["at"], np.array(["2026-01-31", "2026-02-01", "NaT"], "M8"))
    assert "step" not in loaded or loaded["step"].tolist() == [0, 10, 20]
