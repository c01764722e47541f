"""CSV: whole columns decide their types, and no value is changed by them."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listed_metrics import listed
from listed_metrics import read as read_as
from runcube import load_metrics
from runcube.errors import CorruptFileError, UnsupportedError

DATA = Path(__file__).parent / "data"


def read(folder, content, name="metrics.csv"):
    """Write a file and read it."""
    return read_as(folder, content, name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("csv")


def is_exact(value):
    return type(value) is float or (-(2**63) <= value < 2**64 and int(float(value)) == value)


def expected_column(values):
    """Say what a column of bools, numbers or texts with holes gives."""
    known = [value for value in values if value is not None]
    number = bool(known) and all(type(value) in {int, float} for value in known)
    to_float = len(known) < len(values) or any(type(value) is float for value in known)
    if number and to_float and all(map(is_exact, known)):
        return [math.nan if value is None else float(value) for value in values]
    return values


# A letter in front: a text that reads as a number or bool would be one. The csv module does not
# quote a carriage return where rows end with a line feed, and nobody could tell it from an end.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")
texts = st.text(characters, max_size=5)
kinds = [
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-5, 5) | st.sampled_from([2**53 + 1, 2**63]),
    st.integers(-9, 9) | st.floats(),
    st.floats(),
    texts.map("t{}".format),
]
columns = st.sampled_from(kinds).flatmap(lambda kind: st.lists(kind | st.none(), min_size=6))
names = st.lists(texts.map("n{}".format), min_size=1, max_size=4, unique=True)


@given(names, st.data(), st.integers(0, 6), st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read_in_full(folder, header, data, length, ending):
    table = [data.draw(columns)[:length] for _ in header]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=ending)
    # A first column that is never blank: a row of blanks would be passed.
    writer.writerow(["row", *header])
    writer.writerows(zip(range(length), *table, strict=False))
    expected = {name: expected_column(column) for name, column in zip(header, table, strict=True)}
    expected = {"row": list(range(length)), **expected}
    assert repr(read(folder, stream.getvalue())) == repr(expected)


frames = st.lists(
    st.tuples(st.integers(-(2**62), 2**62), st.floats(), st.booleans(), st.none() | st.floats()),
    min_size=1,
    max_size=6,
)


@given(table=frames, index=st.booleans())
@example(table=[(0, 0.1, True, None)], index=True)
def test_what_pandas_wrote_is_what_pandas_reads(folder, table, index):
    frame = pd.DataFrame(table, columns=["a/b", "f1@5", "done", "loss"])
    frame.to_csv(folder / "frame.csv", index=index)
    loaded = load_metrics(folder / "frame.csv")
    again = pd.read_csv(folder / "frame.csv", index_col=0 if index else None, engine="python")
    assert list(loaded) == list(frame.columns)
    for name in frame.columns:
        values = np.asarray(loaded[name])
        if again[name].isna().all():
            # pandas says float64 of a column of blanks; here nothing says what its holes are of.
            assert all(value is None or math.isnan(value) for value in loaded[name])
        else:
            assert values.dtype == again[name].dtype
            np.testing.assert_array_equal(values, again[name].to_numpy())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,x\n", {"a": [1], "b": ["x"]}),
        ("a,b\n", {"a": [], "b": []}),
        ("a,b", {"a": [], "b": []}),
        ("\ufeffa\n1\n", {"a": [1]}),
        ("a,b\r\n1,2\r\n\r\n , \r\n,\r\n3,4\r\n", {"a": [1, 3], "b": [2, 4]}),
        ("a\nTrue\nfalse\n", {"a": [True, False]}),
        ("a,b\nTrue,1\n,2\n", {"a": [True, None], "b": [1, 2]}),
        ("a\n1\nTrue\n", {"a": ["1", "True"]}),
        ("a\n1\nx\n2.50\n", {"a": ["1", "x", "2.50"]}),
        (
            "a\n1e5\nnan\nNaN\n-inf\nInfinity\n",
            {"a": [1e5, math.nan, math.nan, -math.inf, math.inf]},
        ),
        ("a\nnan\nx\n", {"a": ["nan", "x"]}),
        ("a,b\n1,x\n,\n2,\n", {"a": [1, 2], "b": ["x", None]}),
        ("a\n 1\n2 \n", {"a": [1, 2]}),
        ("a\n007\n+5\n", {"a": [7, 5]}),
        ("a\n1_000\n", {"a": ["1_000"]}),
        ("a\n0x1p3\n", {"a": ["0x1p3"]}),
        ('a,b\n"1",""\n"2","x"\n', {"a": [1, 2], "b": [None, "x"]}),
        ('a,"b, c"\n1,"x\r\ny ""z"""\n', {"a": [1], "b, c": ['x\r\ny "z"']}),
        ("a,a,a_\n1,2,3\n", {"a": [1], "a_": [2], "a__": [3]}),
        ("a\n18446744073709551615\n", {"a": [2**64 - 1]}),
        ("a\n18446744073709551616\n-1\n", {"a": [2**64, -1]}),
        ("a,b\n9007199254740993,1\n,2\n", {"a": [2**53 + 1, None], "b": [1, 2]}),
        ("a;b\n1;2\n", {"a;b": ["1;2"]}),
    ],
)
def test_values_are_what_they_say(tmp_path, text, expected):
    assert repr(read(tmp_path, text)) == repr(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (",a\n0,5\n1,6\n", {"a": [5, 6]}),
        (",a\n", {"a": []}),
        (",a\n1,5\n2,6\n", {"Unnamed: 0": [1, 2], "a": [5, 6]}),
        (",a\nx,5\n", {"Unnamed: 0": ["x"], "a": [5]}),
        ("a,\n5,0\n6,1\n", {"a": [5, 6], "Unnamed: 1": [0, 1]}),
        ("row,a\n0,5\n1,6\n", {"row": [0, 1], "a": [5, 6]}),
    ],
)
def test_an_unnamed_first_column_that_counts_from_0_is_an_index(tmp_path, text, expected):
    assert read(tmp_path, text) == expected


def test_a_last_row_that_may_be_cut_in_its_last_number_is_left_out_and_said(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_bytes(b"a,b\n1,0.5\n2,0.9")
    with pytest.warns(UserWarning, match=r"the last row \(line 3\) is not ended by a line break"):
        assert load_metrics(path)["b"].tolist() == [0.5]


@pytest.mark.parametrize(
    "tail", ["3", "3,", '3,"', '3,"x', "3,4,", '3,4,"5', "3,4,\N{SNOWMAN}", '"3'], ids=repr
)
def test_a_torn_last_row_is_left_out_and_the_whole_ones_are_exact(tmp_path, tail):
    torn = f"a,b,c\n1,2,9007199254740993\n2,3,5\n{tail}".encode()
    cut = torn[:-1] if tail.endswith("\N{SNOWMAN}") else torn
    with pytest.warns(UserWarning, match=r"the last row \(line 4\) is cut off, and left out"):
        loaded = read(tmp_path, cut)
    assert loaded == {"a": [1, 2], "b": [2, 3], "c": [2**53 + 1, 5]}
    assert all(type(value) is int for column in loaded.values() for value in column)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "no row of names"),
        (b"a,b\n1,2\n\n3\n4,5\n", "the row of line 4 has 1 fields, and 2 names stand above"),
        (b"a,b\r\n1,2\r\n1,2,3\r\n", "the row of line 3 has 3 fields"),
        (b'a,b\n1,"x\n2,3\n', "a quote opens in the row of line 2 and is never closed"),
        (b'a,b\n1,"x\n2,3', "a quote opens in the row of line 2 and is never closed"),
        (b'a,"b', "cut off in the names"),
        (b"a\n\xff\n", r"not UTF-8 \(line 2, byte 2\)"),
        (b"a\n1\n\0\0\0", "a zero byte stands in line 3"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    ],
)
def test_a_damaged_file_says_what_and_where(tmp_path, content, message):
    with pytest.raises(CorruptFileError, match=message):
        read(tmp_path, content)


def test_utf_16_is_not_supported(tmp_path):
    with pytest.raises(UnsupportedError, match="UTF-16"):
        read(tmp_path, "a,b\n1,2\n".encode("utf-16"))


# ---- Files of real writers


@pytest.mark.parametrize("name", ["pandas.csv", "pandas_index.csv"])
def test_frames_that_pandas_wrote_are_read(name):
    loaded = listed(DATA / name)
    assert list(loaded) == ["step", "loss", "done", "note", "big", "f1@5/val"]
    assert loaded["step"] == [1, 2, 3]
    np.testing.assert_array_equal(loaded["loss"], [0.1, np.nan, 1e-17])
    assert loaded["done"] == [True, False, True]
    assert loaded["note"] == ["a,b", None, 'q "x"\ny']
    assert loaded["big"] == [2**53 + 1, None, -5], "float64 cannot hold the first"
    assert loaded["f1@5/val"] == [math.inf, -math.inf, 0.5]


def test_the_log_of_lightning_is_read():
    loaded = listed(DATA / "lightning.csv")
    assert list(loaded) == [
        *("epoch", "lr-SGD", "step", "train/loss_epoch", "train/loss_step", "val_acc@1")
    ]
    assert loaded["step"] == [0, 1, 3, 3, 3, 4, 5, 7, 7, 7]
    again = pd.read_csv(DATA / "lightning.csv", engine="python")
    for name, values in loaded.items():
        np.testing.assert_array_equal(values, again[name].to_numpy())


def test_a_column_is_an_array_of_the_type_of_its_values(tmp_path):
    header = "int,uint,float,bool,text,hole,objects,blank\n"
    path = tmp_path / "metrics.csv"
    path.write_text(f"{header}1,18446744073709551615,0.5,True,x,,y,\n2,1,1,False,yz,3,,\n")
    dtypes = {name: column.dtype.str for name, column in load_metrics(path).items()}
    assert dtypes == {
        "int": "<i8",
        "uint": "<u8",
        "float": "<f8",
        "bool": "|b1",
        "text": "<U2",
        "hole": "<f8",
        "objects": "|O",
        "blank": "|O",
    }
