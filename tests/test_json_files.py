"""JSON and JSON lines: what Python's reader of json would have recorded, and the traps."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listed_metrics import listed
from listed_metrics import read as read_as
from runcube import load_metrics, save_metrics
from runcube.errors import CorruptFileError, RuncubeError, UnsupportedError

DATA = Path(__file__).parent / "data"


def read(folder, content, name="metrics.json"):
    """Write a file and read it."""
    return read_as(folder, content, name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("json")


names = st.text(min_size=1, max_size=4).filter(lambda name: "\0" not in name)
numbers = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([2**63, -(2**63), 2**53 + 1])
scalars = st.none() | st.booleans() | numbers | st.text(max_size=5)
lists = st.lists(st.booleans()) | st.lists(numbers) | st.lists(st.text(max_size=3))
values = st.recursive(
    scalars | lists,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
styles = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 2]), "ensure_ascii": st.booleans()},
)


@given(st.dictionaries(names, values, max_size=4), styles)
@example({"a": {"b": 1}, "a.b": 2, "a.b_": 3}, {})
@example({"a": [[1, 2], [3, 4.5]], "b": [[], []], "c": [1, True], "d": [-0.0, 2**63]}, {})
def test_a_mapping_is_read_as_it_would_have_been_recorded(folder, metrics, style):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of equal names, one is renamed
        save_metrics(folder / "metrics.arrow", json.loads(json.dumps(metrics)))
    recorded = load_metrics(folder / "metrics.arrow")
    # `repr` tells types, -0.0 from 0.0, and lets NaN equal itself.
    assert repr(read(folder, json.dumps(metrics, **style))) == repr(recorded)


@given(st.lists(st.sampled_from([*'{}[]",: .01eE+-\\u', "true", "null", "NaN", '"a"', "\n"])))
@example(list('{"a":01}'))
@example(list('{"a":1,}'))
@example(list('{"a":"\\u0041"}'))
@example(list('{"a":-Infinity}'))
def test_what_pythons_reader_refuses_is_refused_and_what_it_takes_is_read(folder, parts):
    text = '{"a":' + "".join(parts)
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        with pytest.raises(RuncubeError):
            read(folder, text)
    else:
        assert isinstance(document, dict)
        assert isinstance(read(folder, text), dict)


@given(st.floats(allow_nan=False), st.integers(0, 30))
def test_floats_of_any_number_of_digits_are_rounded_as_python_does(folder, value, digits):
    text = f"{value:.{digits}e}".replace("inf", "Infinity")
    assert repr(read(folder, f'{{"a": {text}}}')["a"]) == repr(json.loads(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"a": NaN, "b": Infinity, "c": -Infinity}',
            {"a": math.nan, "b": math.inf, "c": -math.inf},
        ),
        ('{"a": 1, "b": 2, "a": 3}', {"a": 3, "b": 2}),
        ('\ufeff{"a": 1.0}', {"a": 1.0}),
        (
            '{"a": 1e400, "b": 1e-400, "c": -0.0, "d": -0}',
            {"a": math.inf, "b": 0.0, "c": -0.0, "d": 0},
        ),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ('{"a": {"b": {"c": 1}}, "d": {}}', {"a.b.c": 1}),
        ('{"a": "\\ud83d\\ude00\\u0000/"}', {"a": "\N{GRINNING FACE}\0/"}),
        ('{"a": [{"b": 1}]}', {"a": [{"b": 1}]}),
        ("{}", {}),
        ("[]", {}),
    ],
)
def test_pythons_dialect_is_read(tmp_path, text, expected):
    assert repr(read(tmp_path, text)) == repr(expected)


@pytest.mark.parametrize("spelling", ["nan", "NaN", "inf", "Infinity", "-inf", "-Infinity"])
def test_a_number_that_json_lacks_may_be_named_by_a_mapping(tmp_path, spelling):
    marker = {"__mushin_nonfinite__": spelling}
    text = json.dumps(
        {"a": marker, "b": {"c": [0.5, marker]}, "d": None, "e": {"f": marker, "g": 1}}
    )
    number = float(spelling)
    expected = {"a": number, "b.c": [0.5, number], "d": None, "e.f": number, "e.g": 1}
    assert repr(read(tmp_path, text, "mushin_metrics.json")) == repr(expected)


def test_a_mapping_that_names_no_such_number_stays_one(tmp_path):
    text = '{"a": {"__mushin_nonfinite__": "big"}, "b": {"__mushin_nonfinite__": "inf", "c": 1}}'
    expected = {"a.__mushin_nonfinite__": "big", "b.__mushin_nonfinite__": "inf", "b.c": 1}
    assert read(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n", "no JSON: expected a value at line 2 column 1"),
        (b'{"a": 1,\n "b": tru}', "expected a value at line 2 column 7"),
        (b'{"a": 1', "expected `,` or `}` at line 1 column 8"),
        (b'{"a": "\xff"}', r"not UTF-8 \(line 1, byte 7\)"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": 0.5}25}', "the document ends, and the file goes on in line 1"),
        (b'{"a": 1}\n25}', "the document ends, and the file goes on in line 2"),
        (b'{"a": 1}\n{"a": 2', "the document ends, and the file goes on in line 2"),
        (b"{'a': 1}", "expected a name in double quotes"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b'{"a": 1}\n{"a": }\n{"a": 3}\n', "line 2 column 7"),
    ],
)
def test_a_damaged_file_says_what_and_where(tmp_path, content, message):
    with pytest.raises(CorruptFileError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b"[1, 2]", "item 0 of the list is no mapping"),
        (b"0.5", "the document is a single value"),
    ],
)
def test_what_names_no_values_is_not_supported(tmp_path, content, message):
    with pytest.raises(UnsupportedError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_text_without_bottom_ends_in_an_error(tmp_path, opening):
    with pytest.raises(RuncubeError, match="deeper than 128 levels"):
        read(tmp_path, '{"a":' + opening * 1_000_000)


def test_more_digits_than_python_reads_are_an_error(tmp_path):
    assert read(tmp_path, '{"a": ' + "9" * 4300 + "}")["a"] == 10**4300 - 1
    with pytest.raises(RuncubeError, match="more than 4300 digits"):
        read(tmp_path, '{"a": ' + "9" * 4301 + "}")


# ---- Series


def expected_series(rows):
    """Say what a list of flat mappings of scalars gives."""
    found = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row.get(name) for row in rows]
        known = [value for value in values if value is not None]
        number = bool(known) and all(type(value) in {int, float} for value in known)
        to_float = len(known) < len(values) or any(type(value) is float for value in known)
        if number and to_float and all(map(is_exact, known)):
            values = [math.nan if value is None else float(value) for value in values]
        found[name] = values
    return found


def is_exact(value):
    return type(value) is float or (-(2**63) <= value < 2**64 and int(float(value)) == value)


columns = st.sampled_from(["a", "b", "c"])
rows = st.lists(st.dictionaries(columns, scalars, max_size=3), min_size=1, max_size=5)
kinds = [st.booleans(), st.integers(-3, 2**54), st.floats(), st.text(max_size=3)]
even_rows = st.sampled_from(kinds).flatmap(
    lambda kind: st.lists(st.dictionaries(columns, kind), min_size=1, max_size=5)
)


@given(rows | even_rows)
@example([{"a": 2**53 + 1}, {}])
@example([{"a": 2**63}, {"a": 0.5}])
@example([{"a": None}, {"a": None}])
@example([{}])
def test_rows_are_a_series_in_which_holes_show(folder, series):
    expected = repr(expected_series(series))
    assert repr(read(folder, json.dumps(series), "a.json")) == expected
    lines = "".join(json.dumps(row) + "\n" for row in series)
    assert repr(read(folder, lines, "a.jsonl")) == expected
    assert repr(read(folder, lines[:-1], "a.ndjson")) == expected
    if len(series) > 1:
        assert repr(read(folder, lines, "lines in.json")) == expected


@given(rows, st.data())
def test_a_cut_last_line_is_left_out_and_named(folder, series, data):
    *first, last = [json.dumps(row) + "\n" for row in series]
    cut = data.draw(st.integers(1, len(last) - 2))
    lines = "".join(first) + last[:cut]
    if first:
        expected = repr(expected_series(series[:-1]))
        with pytest.warns(UserWarning, match=f"line {len(series)}\\) is cut off, and left out"):
            assert repr(read(folder, lines, "a.jsonl")) == expected
    else:
        with pytest.raises(CorruptFileError, match="no whole line"):
            read(folder, lines, "a.jsonl")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": [1]}),
        ('{"a": 1}\r\n\r\n{"a": 2}\r\n', {"a": [1, 2]}),
        ('{"a": {"b": 1}}\n{"a": {"b": 2, "c": "x"}}', {"a.b": [1, 2], "a.c": [None, "x"]}),
        ('{"a": [1, 2]}\n{"a": [3, 4]}', {"a": [[1, 2], [3, 4]]}),
        ('{"a": [0.5, 2]}\n{}\n', {"a": [[0.5, 2.0], [math.nan, math.nan]]}),
        ('{"a": [1, 2]}\n{"a": [3]}\n{}', {"a": [[1, 2], [3], None]}),
        ('{"a": ["x"]}\n{}', {"a": [["x"], [None]]}),
        ('{"a": NaN}\n{"a": {"__mushin_nonfinite__": "-inf"}}', {"a": [math.nan, -math.inf]}),
    ],
)
def test_lines_are_rows(tmp_path, text, expected):
    assert repr(read(tmp_path, text, "history_of_mine.jsonl")) == repr(expected)


def test_a_last_line_that_is_cut_within_a_character_is_left_out_and_named(tmp_path):
    text = '{"a": 1}\n{"a": 2}\n{"a": "\N{SNOWMAN}'
    for cut in (text, text.encode()[:-1]):
        with pytest.warns(UserWarning, match=r"line 3\) is cut off, and left out"):
            assert read(tmp_path, cut, "history_of_mine.jsonl") == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a": 1\n{"a": 2}\n', "line 3 column 1"),
        ('{"a": 1}\n[1]\n', "line 2: a value without a name"),
        ('{"a": 1}\n2}', "line 2 column 2"),
        ('{"a": 1}{"a": 2}\n', "line 1 column 9"),
        ("\n\n", "no whole line"),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, message):
    with pytest.raises((CorruptFileError, UnsupportedError), match=message):
        read(tmp_path, content, "a.jsonl")


# ---- Files of real writers


def test_records_that_pandas_wrote_are_a_series():
    for name in ("pandas_records.json", "pandas_records.jsonl"):
        loaded = listed(DATA / name)
        assert loaded["step"] == [1, 2, 3]
        np.testing.assert_array_equal(loaded["loss"], [0.1, np.nan, 1e-17])
        assert loaded["done"] == [True, False, True]
        assert loaded["note"] == ["a,b", None, 'q "x"\ny']


def test_the_state_of_a_hugging_face_trainer_is_its_history_and_the_rest():
    loaded = listed(DATA / "trainer_state.json")
    names = ["epoch", "grad_norm", "learning_rate", "loss", "step", "eval_loss"]
    assert list(loaded)[:6] == names
    assert loaded["step"] == [2, 2, 4, 4, 4]
    np.testing.assert_array_equal(loaded["eval_loss"], [np.nan, 2.25, np.nan, 2.0, np.nan])
    assert loaded["global_step"] == 4
    assert loaded["best_metric"] is None
    assert loaded["epoch_"] == 2.0, "the state's own, beside that of each row"
