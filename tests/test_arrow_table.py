"""The table of the jobs holds what they recorded, exactly, for every library that reads it."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, seed, settings

from runcube import open_sweep, save_metrics
from runcube.testing import Axis, Fixed, Job, SweepCase, make_tree, sweep_cases, write_case
from runcube.testing.text import overrides_yaml

EXAMPLES = int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200"))
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))
NAN = float("nan")
NOTHING = object()


def opened(folder, *values, labels=None):
    """Open a sweep whose jobs recorded these values as `m`; NOTHING is a job without metrics."""
    texts = labels or [str(number) for number in range(len(values))]
    for number, (value, text) in enumerate(zip(values, texts, strict=True)):
        job = folder / str(number)
        (job / ".hydra").mkdir(parents=True)
        lines = [] if text is None else [f"x={text}"]
        (job / ".hydra" / "overrides.yaml").write_text(overrides_yaml(lines))
        if value is not NOTHING:
            save_metrics(job / "metrics.arrow", {"m": value}, overrides=lines)
    return open_sweep(folder)


def column(table, name="m"):
    field = table.schema.field(name)
    mark = (field.metadata or {}).get(b"runcube.dtype", b"").decode()
    return f"{field.type} {mark}".strip(), table[name].to_pylist()


TENSOR = "extension<arrow.fixed_shape_tensor[value_type={}, shape=[{}]]>".format
TIME = np.datetime64("2026-01-31T01:02:03", "s")
# fmt: off
METRICS = {
    "ints stay ints with holes": ((1, NOTHING, 2**63 - 1), "int64", [1, None, 2**63 - 1]),
    "uint64": ((2**64 - 1, NOTHING), "uint64", [2**64 - 1, None]),
    "bools stay bools with holes": ((True, NOTHING, None), "bool", [True, None, None]),
    "ints and floats": ((1, 0.5, NOTHING), "double", [1.0, 0.5, None]),
    "ints that floats change": (
        (2**53 + 1, 0.5, NAN), "string json", ["9007199254740993", "0.5", "NaN"]),
    "bools and ints": ((True, 1), "string json", ["true", "1"]),
    "texts and ints": (("1", 1), "string json", ['"1"', "1"]),
    "ints beyond 64 bits": ((2**80, 1), "string json", [str(2**80), "1"]),
    "uint64 and negative ints": ((2**64 - 1, -1), "string json", [str(2**64 - 1), "-1"]),
    "widths promote": ((np.int8(1), np.int32(2)), "int32", [1, 2]),
    "float32": ((np.float32(0.5), NOTHING), "float", [0.5, None]),
    "float16": ((np.float16(0.5), NOTHING), "halffloat", [0.5, None]),
    "complex": ((1 + 2j, NOTHING),
                "fixed_size_list<item: double not null>[2] complex128", [[1.0, 2.0], None]),
    "complex and float": ((np.complex64(1j), np.float32(2)),
                          "fixed_size_list<item: float not null>[2] complex64",
                          [[0.0, 1.0], [2.0, 0.0]]),
    "texts": (("", "nan", NOTHING, "é\0"), "string", ["", "nan", None, "é\0"]),
    "bytes": ((b"\xff", b"", NOTHING), "binary", [b"\xff", b"", None]),
    "bytes and texts": ((b"\xff", "x"), "string json", ['"ff"', '"x"']),
    "times": ((TIME, NOTHING), "timestamp[s]", [TIME.item(), None]),
    "no time": ((np.datetime64("NaT", "s"), TIME), "timestamp[s]", [None, TIME.item()]),
    "days": ((np.datetime64("1970-01-03", "D"),), "timestamp[s]",
             [np.datetime64("1970-01-03", "s").item()]),
    "spans": ((np.timedelta64(5, "ms"), np.timedelta64("NaT", "us")), "duration[us]",
              [np.timedelta64(5, "ms").item(), None]),
    "times and numbers": ((np.timedelta64(5, "ms"), TIME, 1), "string json",
                          ['"5 ms"', f'"{TIME.astype(int)} s since 1970-01-01"', "1"]),
    "nothing": ((None, NOTHING), "null", [None, None]),
    "arrays of one shape": ((np.arange(4).reshape(2, 2), NOTHING), TENSOR("int64", "2,2"),
                            [[0, 1, 2, 3], None]),
    "arrays of several widths": ((np.ones(1, "f4"), np.ones(1, "i4")), TENSOR("double", "1"),
                                 [[1.0], [1.0]]),
    "arrays of bools": ((np.array([True, False]),), TENSOR("bool", "2"), [[True, False]]),
    "arrays of complex numbers": ((np.array([1j], "c8"), NOTHING),
                                  TENSOR("float", "1,2") + " complex64", [[0.0, 1.0], None]),
    "arrays without dimensions": ((np.array(1.5), NOTHING), "double", [1.5, None]),
    "ragged arrays": ((np.arange(2), np.arange(0), NOTHING, np.arange(1)),
                      "list<item: int64 not null>", [[0, 1], [], None, [0]]),
    "ragged in both dimensions": (
        (np.ones((1, 2)), np.ones((2, 1)), NOTHING, np.ones((0, 3)), np.ones((2, 0))),
        "list<item: list<item: double not null> not null>",
        [[[1.0, 1.0]], [[1.0], [1.0]], None, [], [[], []]]),
    "ragged complex arrays": ((np.array([1j]), np.zeros(0, "c16")),
                              "list<item: fixed_size_list<item: double not null>[2] not null> "
                              "complex128", [[[0.0, 1.0]], []]),
    "arrays without elements": ((np.zeros((2, 0)), NOTHING),
                                "list<item: list<item: double not null> not null>",
                                [[[], []], None]),
    "arrays of texts": ((np.array(["a", "b"]), NOTHING, np.array(["c", "d"])),
                        "list<item: string not null>", [["a", "b"], None, ["c", "d"]]),
    "arrays of times": ((np.array([TIME, "NaT"], "M8[s]"),), TENSOR("timestamp[s]", "2"),
                        [[TIME.item(), None]]),
    "lists": (([1, 2], NOTHING, [3, 4]), "list<item: int64 not null>", [[1, 2], None, [3, 4]]),
    "lists and arrays": (([1, 2], np.array([3, 4])), TENSOR("int64", "2"), [[1, 2], [3, 4]]),
    "empty lists take the others' type": (([], [1], NOTHING), "list<item: int64 not null>",
                                          [[], [1], None]),
    "empty lists of texts": (([], ["a"]), "list<item: string not null>", [[], ["a"]]),
    "arrays of several dimensions": ((1.5, np.ones(1), np.ones((1, 1), bool)), "string json",
                                     ["1.5", "[1.0]", "[[true]]"]),
    "mixed lists": (([1, "a", None], 1j), "string json", ['[1, "a", null]', "[0.0, 1.0]"]),
}
LABELS = {
    "ints": (["1", "2", None], "int64", [1, 2, None]),
    "floats": (["1.5", None], "double", [1.5, None]),
    "ints and floats": (["1", "1.5"], "double", [1.0, 1.5]),
    "an int and the same float": (["1", "1.0"], "string json", ["1", "1.0"]),
    "ints that floats change": ([str(2**53 + 1), "0.5"], "string json",
                                [str(2**53 + 1), "0.5"]),
    "uint64": ([str(2**64 - 1), "1", None], "uint64", [2**64 - 1, 1, None]),
    "ints beyond 64 bits": ([str(2**80), "1"], "string json", [str(2**80), "1"]),
    "bools": (["true", "false", None], "bool", [True, False, None]),
    "texts": (["a", "''", "'a b'", None], "string", ["a", "", "a b", None]),
    "lists": (["[1,2]", "a"], "string", ["[1, 2]", "a"]),
    "nulls": (["null", "null"], "null", [None, None]),
    "nulls among ints": (["null", "1"], "int64", [None, 1]),
    "nulls among texts": (["null", "a"], "string", [None, "a"]),
    "nulls, and jobs without": (["null", "1", None], "string json", ["null", "1", None]),
    "three labels": (["1", "'1'", "true", None], "string json", ["1", '"1"', "true", None]),
}
# fmt: on


@pytest.mark.parametrize(("values", "arrow", "expected"), METRICS.values(), ids=METRICS)
def test_a_metric_has_the_type_of_what_was_recorded(values, arrow, expected, tmp_path):
    table = opened(tmp_path, *values).to_arrow()
    table.validate(full=True)
    assert column(table) == (arrow, expected)


@pytest.mark.parametrize(("labels", "arrow", "expected"), LABELS.values(), ids=LABELS)
def test_a_parameter_has_the_type_of_its_labels(labels, arrow, expected, tmp_path):
    table = opened(tmp_path, *[0] * len(labels), labels=labels).to_arrow()
    table.validate(full=True)
    assert column(table, "x") == (arrow, expected)


def test_rows_are_jobs_and_fields_say_what_they_are(tmp_path):
    table = opened(tmp_path, *[0.5] * 11).to_arrow()
    assert table.column_names == ["job", "x", "m"]
    assert table["job"].to_pylist() == [str(number) for number in range(11)]
    roles = [field.metadata[b"runcube.role"] for field in table.schema]
    assert roles == [b"job", b"parameter", b"metric"]


def test_names_of_ours_yield_to_parameters_and_metrics(tmp_path):
    axes = (Axis("job", (1, 2)), Fixed("m", value=0))
    case = SweepCase((), axes, tuple(Job({"m": 1, "job_": 2}) for _ in range(2)))
    write_case(case, tmp_path)
    table = open_sweep(tmp_path).to_arrow()
    assert table.column_names == ["job__", "job", "m", "m_metric", "job_"]


def test_a_sweep_without_metrics_is_a_table_of_its_parameters(tmp_path):
    table = opened(tmp_path, NOTHING, NOTHING).to_arrow()
    assert table.to_pydict() == {"job": ["0", "1"], "x": [0, 1]}


# ---- Drawn sweeps


def plain(value):
    """Give a recorded value as lists of plain values."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    return value


def read(item, field):
    """Give a value of the table as lists of plain values."""
    mark = (field.metadata or {}).get(b"runcube.dtype")
    if item is None:
        return None
    if mark == b"json":
        return json.loads(item)
    if isinstance(field.type, pa.FixedShapeTensorType):
        return np.array(item, object).reshape(field.type.shape).tolist()
    return item


def same(a, b):
    """Whether two values are the same number, text or list; an int may be the float it equals."""
    if isinstance(a, list) or isinstance(b, list):
        alike = isinstance(a, list) and isinstance(b, list) and len(a) == len(b)
        return alike and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or (
            a == b and math.copysign(1, a) == math.copysign(1, b)
        )
    numbers = {type(a), type(b)} == {int, float}
    return (type(a) is type(b) or numbers) and a == b


@seed(SEED)
@settings(
    max_examples=max(1, round(EXAMPLES * 0.08)),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sweep_cases())
def test_drawn_sweeps_are_tables_of_what_they_held(case):
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, Path(folder))
        sweep = open_sweep(folder)
        table = sweep.to_arrow()
        table.validate(full=True)
        roles = {role: [] for role in (b"job", b"parameter", b"metric")}
        for field in table.schema:
            roles[field.metadata[b"runcube.role"]].append(field)
        for field in roles[b"parameter"]:
            for job, item in zip(sweep.jobs, table[field.name].to_pylist(), strict=True):
                label = job.parameters.get(field.name)
                text = str(label) if isinstance(label, (list, dict)) else label
                # The label of zero has no sign.
                assert same(text, read(item, field)) or text == read(item, field) == 0
        assert len(roles[b"metric"]) == len(sweep.metrics)
        for name, field in zip(sweep.metrics, roles[b"metric"], strict=True):
            values = sweep.metric_values(name)
            mixed = b"complex" in field.metadata.get(b"runcube.dtype", b"")
            for value, item in zip(values, table[field.name].to_pylist(), strict=True):
                found = read(item, field)
                if mixed and value is not None and not np.iscomplexobj(value):
                    assert same(plain(np.asarray(value) + 0j), found)
                else:
                    assert same(plain(value), found)


# ---- Libraries


def test_the_stream_is_taken_by_pyarrow_and_polars(tmp_path):
    sweep = opened(tmp_path, 1, NOTHING, 3)
    expected = {"job": ["0", "1", "2"], "x": [0, 1, 2], "m": [1, None, 3]}
    assert pa.RecordBatchReader.from_stream(sweep).read_all().to_pydict() == expected
    assert pl.DataFrame(sweep).to_dict(as_series=False) == expected
    assert sweep.to_polars().schema["m"] == pl.Int64


def test_a_stream_of_other_types_can_be_asked_for(tmp_path):
    sweep = opened(tmp_path, 1, NOTHING)
    schema = pa.schema([("job", pa.large_string()), ("x", pa.int8()), ("m", pa.float32())])
    assert pa.table(sweep, schema=schema).schema.types == schema.types


def test_tensors_are_numpy_arrays_without_a_copy(tmp_path):
    tree = make_tree(tmp_path / "tree", jobs=20, metrics={"image": (3, 4)})
    (chunk,) = open_sweep(tree.path).to_arrow()["image"].chunks
    arrays = chunk.to_numpy_ndarray()
    np.testing.assert_array_equal(arrays, tree.values["image"].reshape(20, 3, 4))


@pytest.mark.parametrize(
    ("module", "extra", "name"),
    [("pyarrow", "arrow", "to_arrow"), ("polars", "polars", "to_polars")],
)
def test_a_missing_library_is_named_with_its_extra(module, extra, name, tmp_path, monkeypatch):
    sweep = opened(tmp_path, 1)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs {module}: .*runcube\[{extra}\]"):
        getattr(sweep, name)()
