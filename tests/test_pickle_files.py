"""Pickles of plain data, read natively: every protocol, old writers, and files meant to harm."""

import collections
import datetime
import io
import itertools
import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import runcube
from pickled_content import DATA, assert_same_metrics, loaded, mappings, recorded
from runcube import load_metrics
from runcube.errors import CorruptFileError, LimitError, UnsupportedError

PROTOCOLS = range(6)


# ---- What is written is read


@given(mappings, st.sampled_from(PROTOCOLS))
@settings(max_examples=100, deadline=None)
@example({"a": [np.int16(1), np.uint16(2), np.float32(0.5)]}, 2)
@example({"a": [2**53 + 1, 0.5], "b": [2**63, 1], "c": [2**63, -1]}, 0)
@example({"a": {"b": 1}, "a.b": 2, "a.b_": 3}, 4)
def test_a_pickle_is_read_as_what_it_holds_would_be_recorded(metrics, protocol):
    assert_same_metrics(loaded(pickle.dumps(metrics, protocol)), recorded(metrics))


@pytest.mark.parametrize("path", sorted(DATA.glob("*.pkl")), ids=lambda path: path.name)
def test_files_of_other_versions_are_read(path, monkeypatch):
    monkeypatch.syspath_prepend(str(DATA))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import write

    whole = write.plain() if path.name.startswith("python2") else write.plain() | write.arrays()
    expected, found = recorded(whole), load_metrics(path)
    assert found.keys() == expected.keys()
    assert_same_metrics({name: found[name] for name in expected}, expected)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_mappings_of_every_plain_class_are_read(protocol):
    ordered = collections.OrderedDict([("b", 1), ("a", 2)])
    default = collections.defaultdict(list, {"x": [1, 2]})
    counted = collections.Counter("aab")
    content = pickle.dumps({"o": ordered, "d": default, "c": counted}, protocol)
    assert loaded(content) == {"o.b": 1, "o.a": 2, "d.x": [1, 2], "c.a": 2, "c.b": 1}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_array_is_a_metric_named_by_the_file(protocol):
    content = pickle.dumps(np.arange(3.0), protocol)
    assert_same_metrics(loaded(content, "loss.pickle"), {"loss": np.arange(3.0)})


def test_a_list_of_mappings_is_a_series():
    rows = [{"step": 0, "val": {"loss": 0.5}}, {"step": 1, "val": {"loss": 0.25}, "late": "x"}]
    expected = {"step": [0, 1], "val.loss": [0.5, 0.25], "late": [None, "x"]}
    assert loaded(pickle.dumps(rows)) == expected


@pytest.mark.parametrize("value", [3, None, "text", [], [1, 2], [[1]], {1, 2}, (), [{}, 3]])
def test_what_is_no_mapping_is_refused(value):
    with pytest.raises(UnsupportedError, match=r"expected a mapping of metric names"):
        loaded(pickle.dumps(value))


def test_a_value_that_no_metric_is_costs_only_itself(tmp_path):
    metrics = {"loss": 0.5, "seen": {1, 2}, "where": Path("/tmp"), "odd": np.zeros(2, "f4,i4")}
    metrics["objects"] = np.array([1, "a"], dtype=object)
    path = tmp_path / "metrics.pkl"
    path.write_bytes(pickle.dumps(metrics))
    with pytest.warns(UserWarning, match="metric `") as warned:
        assert load_metrics(path) == {"loss": 0.5}
    messages = [str(warning.message) for warning in warned]
    assert ["`seen`" in messages[0], "`where`" in messages[1], len(messages)] == [True, True, 4]


def test_jobs_with_pickles_are_one_sweep(tmp_path):
    (tmp_path / "multirun.yaml").write_text("hydra:\n  overrides:\n    task: ['x=1,2,3']\n")
    for number, x in enumerate([1, 2, 3]):
        job = tmp_path / str(number)
        (job / ".hydra").mkdir(parents=True)
        (job / ".hydra" / "overrides.yaml").write_text(f"- x={x}\n")
        content = {"y": x * 0.5, "seen": {x}} if x < 3 else Harmful()
        (job / "metrics.pkl").write_bytes(pickle.dumps(content))
        (job / "best_model.pkl").write_bytes(pickle.dumps(Harmful()))
    sweep = runcube.open_sweep(tmp_path)
    np.testing.assert_array_equal(sweep.to_xarray()["y"], [0.5, 1.0, np.nan])
    assert [problem.kind for problem in sweep.problems] == ["unsupported"] * 3
    assert ["set" in problem.message for problem in sweep.problems].count(True) == 2
    assert any(f"{os.name}.mkdir" in problem.message for problem in sweep.problems)


# ---- Files meant to harm


class Harmful:
    """What makes a directory when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("harmed",)


class Calls:
    """What calls anything when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_that_a_file_names_is_run(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsupportedError, match=rf"`{os.name}\.mkdir`.*nothing is run"):
        loaded(pickle.dumps({"a": Harmful()}, protocol))
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    "function",
    [eval, getattr, exec, __import__, open, io.open_code, np.load, np.frombuffer, type, object],
)
def test_names_outside_of_the_list_are_refused(function):
    content = pickle.dumps({"a": Calls(function, "1")})
    with pytest.raises(UnsupportedError, match=rf"{function.__name__}"):
        loaded(content)


def reconstruct():
    return np.zeros(2).__reduce__()[0]


def scalar():
    return np.float64(0).__reduce__()[0]


class Filled:
    """An array whose shape, type and content contradict each other."""

    def __init__(self, *parts):
        in_c_order = False
        self.state = (1, *parts[:2], in_c_order, *parts[2:])

    def __reduce__(self):
        return reconstruct(), (np.ndarray, (0,), b"b"), self.state


F8 = np.dtype("f8")


@pytest.mark.parametrize(
    "value",
    [
        Filled((2**60,), F8, b"\0" * 8),
        Filled((2**31, 2**31, 2**31), F8, b""),
        Filled((-1,), F8, b"\0" * 8),
        Filled((1,) * 100, F8, b"\0" * 8),
        Filled((2,), F8, b"\0" * 8),
        Filled((1,), F8, None),
        Filled((1,), "f8", b"\0" * 8),
        Filled(("1",), F8, b"\0" * 8),
        Filled((1,), np.dtype(bool), b"\2"),
        Filled((2**40,), np.dtype("U0"), b""),
        Filled((2,), np.dtype(object), ["a"]),
        Filled((1,)),
        Filled(),
        Calls(reconstruct(), int, (0,), b"b"),
        Calls(reconstruct()),
        Calls(scalar(), F8, b"\0"),
        Calls(scalar(), "f8", b"\0" * 8),
        Calls(complex, "1+1j"),
        Calls(datetime.datetime, 2026, 1, 1),
        Calls(datetime.datetime, b"\x07\xea\x0d\x01\0\0\0\0\0\0"),
        Calls(datetime.timedelta, 10**18, 0, 0),
        Calls(range, 0, 2**62, 1),
        Calls(collections.OrderedDict, 3),
        Calls(np.dtype),
        Calls(np.dtype, 3),
        Calls(np.dtype, "f" * 10**6),
        Calls(int, "3"),
    ],
)  # fmt: skip
def test_allowed_names_with_odd_arguments_are_refused(value):
    with pytest.raises((CorruptFileError, LimitError)):
        loaded(pickle.dumps({"a": value}))


@pytest.mark.parametrize("code", ["O8", "V8", "f16", "x9", "M8[Y]", "Z", ""])
def test_arrays_of_types_that_no_metric_has_are_left_out(code):
    element = Calls(np.dtype, code, 0, 1)
    assert loaded(pickle.dumps({"a": Filled((1,), element, b"\0" * 8), "b": 1})) == {"b": 1}


def deep(levels, opened=b"]", closed=b"a"):
    return b"\x80\x04}\x8c\x01a" + opened * levels + closed * (levels - 1) + b"s."


@pytest.mark.parametrize(
    "content",
    [
        deep(100_000),
        b"\x80\x04}\x8c\x01a" + b"(" * 100_000 + b"t" * 100_000 + b"s.",
        b"\x80\x04" + b"}\x8c\x01a" * 100_000 + b"}" + b"s" * 100_000 + b".",
    ],
    ids=["lists", "tuples", "mappings"],
)
def test_deep_nesting_is_refused(content):
    with pytest.raises(LimitError, match=r"nests 100\d\d\d levels"):
        loaded(content)


def test_what_holds_itself_is_refused():
    items, mapping = [], {}
    items.append(items)
    mapping["self"] = {"inner": mapping}
    inside = ([],)
    inside[0].append(inside)
    for value, protocol in itertools.product(({"a": items}, mapping, {"a": inside}), PROTOCOLS):
        with pytest.raises(UnsupportedError, match="holds itself"):
            loaded(pickle.dumps(value, protocol))


def test_parts_named_again_and_again_are_refused():
    items = mapping = "x"
    for _ in range(60):
        items = [items, items]
        mapping = {"a": mapping, "b": mapping}
    for value in ({"a": items}, mapping):
        with pytest.raises(LimitError, match="same parts again and again"):
            loaded(pickle.dumps(value))


@pytest.mark.parametrize(
    ("source", "function"),
    [
        (b"B\0\0\x10\0" + b"x" * 2**20, b"cbuiltins\nbytearray\n"),
        (b"(" + b"NN" * 2**18 + b"d", b"ccollections\nOrderedDict\n"),
        (b"(" + b"N" * 2**18 + b"t", b"ctorch\nSize\n"),
    ],
)
def test_parts_copied_again_and_again_are_refused(source, function):
    copies = (function + b"h\0\x85R0") * 1000
    with pytest.raises(LimitError, match="copies its parts again and again"):
        loaded(b"\x80\x04" + source + b"\x940" + copies + b"}.")


@pytest.mark.parametrize(
    "claim",
    [
        b"\x8d" + struct.pack("<Q", 2**60),
        b"\x8e" + struct.pack("<Q", 2**64 - 1),
        b"\x96" + struct.pack("<Q", 2**60),
        b"B" + struct.pack("<I", 2**32 - 1),
        b"T" + struct.pack("<I", 2**32 - 1),
        b"X" + struct.pack("<I", 2**31),
        b"\x8b" + struct.pack("<I", 2**31),
    ],
)
def test_claimed_lengths_are_compared_with_the_file(claim):
    with pytest.raises(CorruptFileError, match=r"claims \d+ bytes more"):
        loaded(b"\x80\x04}\x8c\x01a" + claim + b"s.")


def test_more_than_one_pickle_is_refused():
    with pytest.raises(UnsupportedError, match="one pickle"):
        loaded(pickle.dumps({"a": 1}) + pickle.dumps({"a": 2}))


def test_integers_of_any_sign_and_length_keep_every_digit():
    for number in (0, -1, 127, -128, 255, 2**31, -(2**31), 2**63, -(2**63) - 1, 10**300):
        for protocol in PROTOCOLS:
            assert loaded(pickle.dumps({"a": number}, protocol)) == {"a": number}
    with pytest.raises(LimitError):
        loaded(pickle.dumps({"a": 10**5000}))
