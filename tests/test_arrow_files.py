"""Arrow files of others: what pyarrow reads of them, and the holes that keep their place."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import types

from runcube import load_metrics
from runcube.errors import RuncubeError


def write_file(table, path, **options):
    with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


def write_stream(table, path, **options):
    with pa.ipc.new_stream(path, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


def write_feather(table, path):
    # Feather has no columns of several pieces, and its default is LZ4.
    pyarrow.feather.write_feather(table.combine_chunks(), path)


WRITERS = {
    "file": write_file,
    "stream": write_stream,
    "lz4": lambda table, path: write_file(table, path, compression="lz4"),
    "zstd": lambda table, path: write_stream(table, path, compression="zstd"),
    "feather": write_feather,
}


@pytest.fixture(scope="module", params=WRITERS)
def written(request, tmp_path_factory):
    """Write a table and read it."""
    path = tmp_path_factory.mktemp("arrow") / "table.arrow"

    def write_and_read(table):
        WRITERS[request.param](table, path)
        return load_metrics(path)

    return write_and_read


# ---- The oracle: values as pyarrow gives them, holes by rule 6


def expected_rows(column):
    """Say what a column of so many rows is in memory."""
    kind = column.type
    if types.is_dictionary(kind):
        return expected_rows(column.cast(kind.value_type))
    if types.is_temporal(kind):
        unit = "D" if types.is_date32(kind) else kind.unit
        storage = column.cast(pa.int32() if unit == "D" else pa.int64()).cast(pa.int64())
        counts = storage.fill_null(-(2**63)).to_numpy()
        return counts.view(f"{'m8' if types.is_duration(kind) else 'M8'}[{unit}]")
    values = column.to_pylist()
    if types.is_floating(kind) or (types.is_primitive(kind) and column.null_count == 0):
        return np.array([math.nan if v is None else v for v in values], kind.to_pandas_dtype())
    if all(value is None for value in values):
        return values
    if types.is_integer(kind) and all(v is None or int(float(v)) == v for v in values):
        return np.array([math.nan if v is None else v for v in values])
    return values


def assert_column(loaded, column):
    expected = expected_rows(column)
    if isinstance(expected, list):
        assert repr(np.asarray(loaded, object).tolist()) == repr(expected)
        return
    assert loaded.dtype == expected.dtype
    np.testing.assert_array_equal(loaded, expected)


def plain_items(kind):
    ints = st.integers(-(2**63), 2**63 - 1) if kind == pa.int64() else st.integers(0, 127)
    if types.is_integer(kind):
        return ints
    if types.is_floating(kind):
        return st.floats(width={"halffloat": 16, "float": 32}.get(str(kind), 64))
    if types.is_boolean(kind):
        return st.booleans()
    if types.is_temporal(kind):
        return st.integers(-(2**30), 2**30)
    return st.text(max_size=3)


KINDS = [
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32()),
    *(pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.string()),
    *(pa.large_string(), pa.string_view(), pa.timestamp("us"), pa.timestamp("ns", "Asia/Tokyo")),
    *(pa.date32(), pa.duration("ms"), pa.dictionary(pa.int8(), pa.large_string()), pa.null()),
]


@st.composite
def columns(draw, length):
    kind = draw(st.sampled_from(KINDS))
    if types.is_null(kind):
        return pa.nulls(length)
    base = kind.value_type if types.is_dictionary(kind) else kind
    items = plain_items(base)
    if draw(st.booleans()):
        items = items | st.none()
    values = draw(st.lists(items, min_size=length, max_size=length))
    if types.is_floating(base):
        column = pa.array(values, pa.float64(), from_pandas=False).cast(base)
    elif types.is_temporal(base):
        storage = pa.int32() if types.is_date32(base) else pa.int64()
        column = pa.array(values, storage).cast(base)
    else:
        column = pa.array(values, base)
    return column.dictionary_encode().cast(kind) if types.is_dictionary(kind) else column


@st.composite
def tables(draw):
    length = draw(st.integers(0, 7).filter(lambda length: length != 1))
    some = draw(st.lists(columns(length), min_size=1, max_size=4))
    table = pa.table({f"c{at}": column for at, column in enumerate(some)})
    cut = draw(st.integers(0, length))
    return pa.concat_tables([table.slice(0, cut), table.slice(cut)])


# Building the table of characters counts to the first example.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(table=tables())
def test_rows_are_what_pyarrow_reads(written, table):
    loaded = written(table)
    assert list(loaded) == table.column_names
    for name, column in zip(table.column_names, table.columns, strict=True):
        assert_column(loaded[name], column.combine_chunks())


LISTS = [pa.list_, pa.large_list, lambda kind: pa.list_(kind, 2)]


@given(
    kind=st.sampled_from([pa.int32(), pa.float32(), pa.string(), pa.bool_()]),
    of=st.sampled_from(LISTS),
    length=st.integers(2, 5),
    data=st.data(),
)
def test_lists_of_one_length_are_arrays(written, kind, of, length, data):
    rows = st.lists(plain_items(kind), min_size=2, max_size=2)
    values = data.draw(st.lists(rows, min_size=length, max_size=length))
    loaded = written(pa.table({"a": pa.array(values, of(kind))}))["a"]
    if kind != pa.string():
        expected = np.array(values, kind.to_pandas_dtype())
    else:
        # A `<U` array would lose a NUL at the end of a text.
        ends = any(text.endswith("\0") for row in values for text in row)
        expected = np.array(values, object if ends else None)
    np.testing.assert_array_equal(loaded, expected)
    assert loaded.dtype.kind == expected.dtype.kind
    assert loaded.dtype.itemsize == expected.dtype.itemsize or kind == pa.string()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[1, 2], [3]], pa.list_(pa.int64())),
        ([[1, None], [3, 4], None], pa.large_list(pa.int32())),
        ([["a"], [], None], pa.list_(pa.string())),
        ([[[1.5], [2.5]], [[3.5]]], pa.list_(pa.list_(pa.float64()))),
        ([[{"x": 1}], [{"x": None}, {"x": 3}]], pa.list_(pa.struct({"x": pa.int8()}))),
        ([["a", "b"], None], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    ],
    ids=repr,
)
def test_uneven_lists_stay_what_they_are(written, values, kind):
    loaded = written(pa.table({"a": pa.array(values, kind)}))["a"]
    assert loaded.dtype == object
    holes = [[None, None] if row is None and "a" in str(values) else row for row in values]
    assert repr(loaded.tolist()) in {repr(values), repr(holes)}


@pytest.mark.parametrize("of", [pa.list_, lambda kind: pa.list_(kind, 2)])
def test_a_missing_list_of_floats_is_a_row_of_nan(written, of):
    values = [[0.5, 1.5], None, [2.5, None]]
    loaded = written(pa.table({"a": pa.array(values, of(pa.float32()))}))["a"]
    expected = np.array([[0.5, 1.5], [np.nan, np.nan], [2.5, np.nan]], "float32")
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, expected)


def test_arrays_of_fixed_shape_are_arrays_in_every_row(written):
    images = np.arange(24, dtype="int16").reshape(4, 2, 3)
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(images)
    loaded = written(pa.table({"image": column}))["image"]
    assert loaded.dtype == np.int16
    np.testing.assert_array_equal(loaded, images)
    one = written(pa.table({"image": column.slice(1, 1)}))["image"]
    np.testing.assert_array_equal(one, images[1])


@pytest.mark.parametrize("order", [(0, 2, 1, 3), (0, 3, 2, 1), (0, 1, 3, 2)])
def test_arrays_whose_dimensions_lie_in_another_order_are_turned(written, order):
    images = np.arange(48.0).reshape(2, 4, 2, 3).transpose(order)
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(images)
    assert len(column.type.permutation) == 3
    np.testing.assert_array_equal(written(pa.table({"t": column}))["t"], images)


def test_an_order_that_writers_understand_in_two_ways_is_left_out(written):
    images = np.arange(48.0).reshape(2, 4, 2, 3).transpose(0, 2, 3, 1)
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(images)
    with pytest.warns(UserWarning, match=r"dimensions lie in the order \[2, 0, 1\]"):
        assert written(pa.table({"t": column})) == {}


def test_one_row_is_each_value_by_itself(written):
    row = {"i": 1, "f": 0.5, "s": "x", "l": [1, 2], "n": None, "u": [1, None], "e": []}
    kinds = {
        "i": pa.int8(), "f": pa.float64(), "s": pa.dictionary(pa.int8(), pa.string()),
        "l": pa.list_(pa.int64()), "n": pa.string(), "u": pa.list_(pa.int64()),
        "e": pa.list_(pa.float64()),
    }  # fmt: skip
    table = pa.table({name: pa.array([row[name]], kind) for name, kind in kinds.items()})
    loaded = written(table)
    assert loaded == row
    assert type(loaded["i"]) is np.int8


def test_fields_of_a_struct_are_metrics_of_their_own(written):
    kind = pa.struct({"loss": pa.float32(), "at": pa.struct({"step": pa.int64()})})
    values = [{"loss": 0.5, "at": {"step": 1}}, None, {"loss": 0.25, "at": None}]
    loaded = written(pa.table({"train": pa.array(values, kind)}))
    assert list(loaded) == ["train.loss", "train.at.step"]
    np.testing.assert_array_equal(loaded["train.loss"], np.array([0.5, np.nan, 0.25], "float32"))
    np.testing.assert_array_equal(loaded["train.at.step"], [1, np.nan, np.nan])


def test_a_column_that_no_metric_can_be_is_left_out_and_named(written):
    table = pa.table({"a": [1, 2], "d": pa.array([1, 2], pa.decimal128(5, 2))})
    with pytest.warns(UserWarning, match=r"the column `d`: a column of type Decimal128"):
        assert list(written(table)) == ["a"]


def test_equal_names_are_told_apart(written):
    table = pa.table([pa.array([1, 2]), pa.array([3, 4])], names=["a", "a"])
    loaded = written(table)
    assert {name: value.tolist() for name, value in loaded.items()} == {"a": [1, 2], "a_": [3, 4]}


# ---- Damage


def small_table():
    values = pa.array(["a", "b", None, "a"], pa.dictionary(pa.int8(), pa.string()))
    lists = pa.array([[1.5], None, [], [2.5, 3.5]])
    return pa.table({"step": [1, 2, None, 4], "tag": values, "lists": lists, "flag": [True] * 4})


@pytest.mark.parametrize("kind", ["file", "lz4", "zstd"])
def test_damage_is_an_error_or_a_table_and_never_more(tmp_path, kind):
    path = tmp_path / "table.arrow"
    WRITERS[kind](small_table(), path)
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


def test_a_buffer_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    path = tmp_path / "table.arrow"
    write_stream(pa.table({"a": np.zeros(100_000)}), path, compression="zstd")
    content = path.read_bytes()
    claim = (800_000).to_bytes(8, "little")
    assert content.count(claim) == 1
    path.write_bytes(content.replace(claim, (2**50).to_bytes(8, "little")))
    with pytest.raises(RuncubeError, match="more than it can hold"):
        load_metrics(path)
