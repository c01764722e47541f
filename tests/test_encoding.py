"""What becomes of each value that a task may return."""

# ruff: noqa: FBT003 - tasks made for a test speak for themselves

from __future__ import annotations

import datetime
import importlib
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcube.encoding import encode_metrics, named_metrics, save_metrics


def encoded(value):
    ((name, kind, payload),) = encode_metrics({"m": value})
    assert name == "m"
    return kind, payload


def is_same(payload, expected):
    if isinstance(expected, np.ndarray):
        return (
            isinstance(payload, np.ndarray)
            and payload.dtype == expected.dtype
            and payload.dtype.isnative
            and payload.flags.c_contiguous
            and payload.shape == expected.shape
            and payload.tobytes() == expected.tobytes()
        )
    return type(payload) is type(expected) and payload == expected


def i8(value):
    return np.asarray(value, dtype=np.int64)


def f8(value):
    return np.asarray(value, dtype=np.float64)


CASES = [
    ("none", None, "null", None),
    ("true", True, "scalar", np.asarray(True)),
    ("int", 3, "scalar", i8(3)),
    ("smallest int", -(2**63), "scalar", i8(-(2**63))),
    ("uint64", 2**64 - 1, "scalar", np.asarray(2**64 - 1, dtype=np.uint64)),
    ("beyond 64 bits", 2**64, "json", str(2**64)),
    ("float", 0.5, "scalar", f8(0.5)),
    ("complex", 1 + 2j, "scalar", np.asarray(1 + 2j)),
    ("str", "é,'", "scalar", "é,'"),
    ("bytes", b"\0a", "scalar", b"\0a"),
    ("float32", np.float32(0.1), "scalar", np.asarray(np.float32(0.1))),
    ("float16", np.float16(0.1), "scalar", np.asarray(np.float16(0.1))),
    ("uint8", np.uint8(3), "scalar", np.asarray(np.uint8(3))),
    ("np bool", np.True_, "scalar", np.asarray(True)),
    ("np str", np.str_("a"), "scalar", "a"),
    ("complex64", np.complex64(1j), "scalar", np.asarray(np.complex64(1j))),
    ("0-d array", np.array(1.5), "array", f8(1.5)),
    ("empty array", np.empty((2, 0)), "array", np.empty((2, 0))),
    ("shape (1,)", np.array([1.0]), "array", f8([1.0])),
    ("big endian", np.array([1, 2], dtype=">i4"), "array", np.array([1, 2], dtype=np.int32)),
    ("Fortran", np.asfortranarray(np.eye(3)), "array", np.eye(3)),
    ("strided", np.arange(6)[::2], "array", np.array([0, 2, 4])),
    ("string array", np.array([["a"], ["b"]]), "array", ((2, 1), ["a", "b"])),
    ("object strings", np.array(["a", "bc"], dtype=object), "array", ((2,), ["a", "bc"])),
    ("ints", [1, 2], "list", i8([1, 2])),
    ("one", [1], "list", i8([1])),
    ("tuple", (1.0, 2.0), "list", f8([1.0, 2.0])),
    ("range", range(3), "list", i8([0, 1, 2])),
    ("bools", [True, False], "list", np.array([True, False])),
    ("ints and floats", [1, 2.5], "list", f8([1.0, 2.5])),
    ("int that float cannot hold", [2**53 + 1, 0.5], "json", f"[{2**53 + 1}, 0.5]"),
    ("uint64s", [0, 2**63], "list", np.array([0, 2**63], dtype=np.uint64)),
    ("ints of both ends", [-1, 2**63], "json", f"[-1, {2**63}]"),
    ("ints beyond 64 bits", [1, 2**64], "json", f"[1, {2**64}]"),
    ("bool and int", [True, 1], "json", "[true, 1]"),
    ("strings", ["a", "b"], "list", ((2,), ["a", "b"])),
    ("string and int", ["a", 1], "json", '["a", 1]'),
    ("hole", [1.0, None], "json", "[1.0, null]"),
    ("empty list", [], "empty-list", np.empty(0)),
    ("nested", [[1, 2], [3, 4]], "list", i8([[1, 2], [3, 4]])),
    ("ragged", [[1, 2], [3]], "json", "[[1, 2], [3]]"),
    ("empty lists", [[], []], "json", "[[], []]"),
    ("list of mappings", [{"a": 1}], "json", '[{"a": 1}]'),
    ("float32s", [np.float32(1), np.float32(2)], "list", np.array([1, 2], dtype=np.float32)),
    ("float32 and float", [np.float32(0.1), 0.5], "list", f8([float(np.float32(0.1)), 0.5])),
    ("arrays", [np.ones(2), np.zeros(2)], "list", f8([[1, 1], [0, 0]])),
    ("arrays of unequal shapes", [np.ones(2), np.zeros(1)], "json", "[[1.0, 1.0], [0.0]]"),
    ("nested arrays", [[np.ones(2)], [np.zeros(2)]], "list", f8([[[1, 1]], [[0, 0]]])),
    (
        "datetime",
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6),
        "scalar",
        np.asarray("2020-01-02T03:04:05.000006", dtype="M8[us]"),
    ),
    (
        "aware datetime",
        datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        "scalar",
        np.asarray("2020-01-02T02:00:00", dtype="M8[us]"),
    ),
    ("date", datetime.date(2020, 1, 2), "scalar", np.asarray("2020-01-02", dtype="M8[s]")),
    ("timedelta", datetime.timedelta(seconds=1), "scalar", np.asarray(10**6, dtype="m8[us]")),
    ("NaT", np.datetime64("NaT"), "scalar", np.asarray("NaT", dtype="M8[s]")),
    ("dates", np.array(["2020-01-01"], dtype="M8[ns]"), "array", None),
]


@pytest.mark.parametrize(("value", "kind", "payload"), [c[1:] for c in CASES], ids=lambda c: "")
def test_a_value_is_stored_as_the_table_says(value, kind, payload):
    got_kind, got = encoded(value)
    assert got_kind == kind
    assert is_same(got, value if payload is None and value is not None else payload)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        math.sin,
        [object()],
        [1j, "a"],
        np.array([object()]),
        np.longdouble(1),
        "\ud800",
        ["\ud800"],
        np.zeros(2, dtype="i4,f4"),
        memoryview(b"a"),
    ],
)
def test_what_has_no_place_is_left_out_with_a_warning(value):
    with pytest.warns(UserWarning, match="metric `bad` of type .* is not recorded"):
        entries = encode_metrics({"bad": value, "good": 1})
    assert [name for name, _, _ in entries] == ["good"]


@pytest.mark.parametrize("time", [np.datetime64(0, "ns"), np.timedelta64(5, "ns")])
def test_a_time_in_a_mixed_list_is_left_out_and_never_a_count(time):
    with pytest.warns(UserWarning, match=r"`times`.*(datetime|timedelta)64\[ns\]"):
        entries = encode_metrics({"times": [None, time], "loss": 1.0})
    assert [name for name, _, _ in entries] == ["loss"]


def test_a_list_that_holds_itself_is_left_out():
    value: list[object] = []
    value.append(value)
    with pytest.warns(UserWarning, match="nested deeper"):
        assert encode_metrics({"m": value}) == []


def test_mappings_are_flattened_and_equal_names_kept_apart():
    metrics = {"a.b": 1, "a": {"b": 2, "c": {"d": 3}}, 5: 4}
    with pytest.warns(UserWarning, match=r"recorded as `a.b_`"):
        assert named_metrics(metrics) == {"a.b": 1, "a.b_": 2, "a.c.d": 3, "5": 4}


@pytest.mark.parametrize("name", ["", "\ud800", "a\0b"])
def test_a_name_that_cannot_be_stored_is_an_error(name):
    with pytest.raises(ValueError, match="name"):
        encode_metrics({name: 1})


@pytest.mark.parametrize("metrics", [1, [("a", 1)], None, "a"])
def test_metrics_that_are_no_mapping_are_an_error(metrics, tmp_path):
    with pytest.raises(TypeError, match="`metrics` must be a mapping"):
        save_metrics(tmp_path / "m.arrow", metrics)


def test_overrides_as_one_string_are_an_error(tmp_path):
    with pytest.raises(TypeError, match="`overrides` must be a list"):
        save_metrics(tmp_path / "m.arrow", {}, overrides="+x=1")


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_no_number_is_changed(value):
    kind, payload = encoded(value)
    if kind == "json":
        back = json.loads(payload)
    elif kind in {"null", "empty-list"}:
        back = [] if kind == "empty-list" else None
    elif isinstance(payload, tuple):
        back = np.array(payload[1], dtype=object).reshape(payload[0]).tolist()
    else:
        back = payload if isinstance(payload, str) else payload.tolist()
    # `repr`, in which NaN equals itself and 1 is not True; ints among floats may become floats.
    assert same_numbers(back, value)


def same_numbers(back, value):
    if isinstance(value, list):
        return len(back) == len(value) and all(map(same_numbers, back, value))
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return type(back) is type(value) and back == value
    return repr(back) == repr(value) or (type(value) is int and int(back) == value == back)


@pytest.fixture
def torch():
    return importlib.import_module("torch")


def test_a_tensor_that_requires_grad_is_detached(torch):
    tensor = torch.tensor([1.0, 2.0], requires_grad=True)
    assert is_same(encoded(tensor)[1], np.array([1, 2], dtype=np.float32))


def test_a_0d_tensor_stays_an_array(torch):
    kind, payload = encoded(torch.tensor(3))
    assert (kind, payload.shape, payload.dtype) == ("array", (), np.int64)


def test_bfloat16_becomes_float32(torch):
    tensor = torch.tensor([1.0078125], dtype=torch.bfloat16)
    assert is_same(encoded(tensor)[1], np.array([1.0078125], dtype=np.float32))


def test_a_conjugate_and_a_sparse_tensor_are_written_out(torch):
    assert encoded(torch.tensor([1 + 2j]).conj())[1].tolist() == [1 - 2j]
    assert encoded(torch.eye(2).to_sparse())[1].tolist() == [[1, 0], [0, 1]]


def test_a_list_of_tensors_is_stacked(torch):
    kind, payload = encoded([torch.tensor(1.0), torch.tensor(2.0)])
    assert kind == "list"
    assert is_same(payload, np.array([1, 2], dtype=np.float32))


def test_a_tensor_without_data_is_left_out(torch):
    with pytest.warns(UserWarning, match="not recorded"):
        assert encode_metrics({"m": torch.empty(2, device="meta")}) == []


def test_saving_metrics_does_not_load_torch(tmp_path):
    code = (
        "import sys\n"
        "from runcube.encoding import encode_metrics\n"
        "encode_metrics({'a': [1.0], 'b': object})\n"
        "print('torch' in sys.modules, 'hydra' in sys.modules)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
