"""Override text, held against Hydra's own parser and OmegaConf's resolution."""

import enum
import math
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra_zen import hydra_list, multirun
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runcube.override_text import MAXIMUM_DEPTH, why_not_key, why_not_text
from runcube.overrides import (
    Place,
    find_duplicates,
    format_override,
    format_sweep,
    format_value,
    overrides_for,
    places_in,
)

PARSER = OverridesParser.create()
CASES = settings(max_examples=250, deadline=None)

AWKWARD = "\\'\"${}[]():=, \t\n\r?.ab1e-+#@~%é\u0301\u0085\u2028\ufeff\u202e\x00\U0001f600|*/_"
TEXTS = st.one_of(
    st.text(st.sampled_from(AWKWARD), max_size=12),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["${a}", "\\${a}", "\\\\${", "'\\'", "true", "null", "1e3", "int(3)"]),
).filter(lambda text: why_not_text(text) is None)
SCALARS = st.one_of(TEXTS, st.integers(), st.floats(), st.booleans(), st.none())
KEYS = st.one_of(
    st.text(st.sampled_from("\\${}[]():=, \t?.ab1e-+@%|*/_"), min_size=1, max_size=8),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
).filter(lambda key: why_not_key(key) is None)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def same(left, right):
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same([*left], [*right]) and same([*left.values()], [*right.values()])
    return repr(left) == repr(right) if isinstance(left, float) else left == right


def as_the_task_sees_it(override):
    """Apply one parsed override of key `x` as Hydra does, and read it as a task does."""
    config = OmegaConf.create({"x": None})
    OmegaConf.update(config, "x", override.value(), merge=True)
    return OmegaConf.to_container(config, resolve=True)["x"]


def received(override_text):
    parsed = PARSER.parse_override(override_text)
    assert not parsed.is_sweep_override()
    return as_the_task_sees_it(parsed)


def received_in_a_multirun(override_text):
    """Print what was parsed as the basic sweeper does, and read each job's text again."""
    parsed = PARSER.parse_override(override_text)
    texts = (
        parsed.sweep_string_iterator()
        if parsed.is_sweep_override()
        else [parsed.get_value_element_as_str()]
    )
    return [received(f"x={text}") for text in texts]


def wrapped(value):
    return hydra_list(value) if isinstance(value, list) else value


@CASES
@given(VALUES)
@example("???!")
@example("a\\")
@example({"a": {"\\ ": ["\\${x}"]}})
def test_a_fixed_value_arrives_unchanged(value):
    text = format_override("x", wrapped(value))
    assert same(received(text), value)
    assert same(received_in_a_multirun(text), [value])


@CASES
@given(st.lists(VALUES, min_size=2, max_size=3))
@example(["'", '"'])
@example(["", ""])
def test_swept_values_arrive_unchanged(values):
    text = format_sweep("x", values)
    assert PARSER.parse_override(text).is_sweep_override()
    assert same(received_in_a_multirun(text), values)


@CASES
@given(VALUES)
@example("1")
@example("a, b")
@example("it's")
@example("it's a")
@example("'\"")
@example(None)
@example(["it's a", {"k": "é b"}])
def test_a_sweep_over_one_value_gives_one_job_with_that_value(value):
    assert same(received_in_a_multirun(format_sweep("x", [value])), [value])


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_neighbouring_strings_never_run_together(first, second):
    text = format_override("x", {"a": [first, second], "b": second})
    assert same(received(text), {"a": [first, second], "b": second})


@pytest.mark.parametrize(
    "value", ["1", "a,b", "[1]", "{a:1}", "x=1", "", "é", "a b", "it's", None, 1, 1.5, True, [1]]
)
def test_a_sweep_over_one_value_stays_a_sweep_in_hydra(value):
    assert PARSER.parse_override(format_sweep("x", [value])).is_sweep_override()


@pytest.mark.parametrize("value", ["it's a", "é b", "a\nb c", "'\"", 'say "hi, all"'])
def test_one_value_that_no_choice_can_hold_is_written_fixed(value):
    text = format_sweep("x", [value])
    assert not PARSER.parse_override(text).is_sweep_override()
    assert received(text) == value


@pytest.mark.parametrize("length", [10_001, 50_000])
@pytest.mark.parametrize("unit", ["\\", "'", "\\'", "a b", "${", "\\${x}", "é"])
def test_long_strings_arrive_unchanged(unit, length):
    value = (unit * length)[:length]
    assert received(format_override("x", value)) == value


def test_every_block_of_unicode_arrives_unchanged():
    starts = [*range(0, 0x3000, 256), *range(0x3000, 0x110000, 0x8000), 0xFE00, 0xFF00, 0x10FF00]
    for start in starts:
        codes = (code for code in range(start, start + 256) if not 0xD800 <= code < 0xE000)
        value = "".join(map(chr, codes))
        assert received_in_a_multirun(format_sweep("x", [value, 1])) == [value, 1], hex(start)


Name = enum.StrEnum("Name", {"FIRST": "the first"})
Level = enum.IntEnum("Level", {"LOW": 3})
Colour = enum.Enum("Colour", {"RED": 1})
Bits = enum.Flag("Bits", "A B")


class Text(str):
    """A string that prints as another one."""

    __slots__ = ()

    def __str__(self):
        return "another text"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.1), 0.1),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float16(1.5), 1.5),
        (np.longdouble(1.5), 1.5),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),  # noqa: FBT003
        (np.str_("a,b"), "a,b"),
        (np.array(3), 3),
        (np.array("x"), "x"),
        (pathlib.PurePosixPath("a b/c"), "a b/c"),
        (pathlib.PureWindowsPath("a\\b"), "a\\b"),
        (Colour.RED, "RED"),
        (Name.FIRST, "FIRST"),
        (Level.LOW, "LOW"),
        (Bits.A, "A"),
        (Text("a"), "a"),
        (10**400, 10**400),
        (hydra_list([1, (2, "3")]), [1, [2, "3"]]),
        (hydra_list(np.arange(2)), [0, 1]),
        ({Colour.RED: np.int64(1)}, {"RED": 1}),
        ({1: 1, 2.5: 2, False: 3}, {1: 1, 2.5: 2, False: 3}),
    ],
)
def test_types_that_become_plain_values(value, plain):
    assert same(received(format_override("x", value)), plain)


def test_a_range_may_be_swept():
    assert overrides_for({"x": multirun(range(3))}, place_of=lambda _: Place.VALUE) == ["x=0,1,2"]


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ([1], "a bare list; write `multirun"),
        ((1,), "a bare tuple"),
        ({1}, "type `set`"),
        (b"x", "type `bytes`"),
        (1j, "type `complex`"),
        (object(), "type `object`"),
        (Colour, r"the class `.*Colour` itself \(type `enum\.EnumType`\)"),
        (same, r"`.*\.same` \(type `function`\)"),
        (range(3), "type `range`"),
        (np.arange(3), r"type `numpy\.ndarray` of shape \(3,\)"),
        (np.complex64(1), r"type `numpy\.complex64` of shape \(\) of dtype complex64"),
        (np.datetime64("2020-01-01T00:00:00.000000001"), r"numpy\.datetime64"),
        (np.array(None), "of dtype object"),
        (multirun([1]), "multirun"),
        (hydra_list([1, {"k": {2}}]), r"^`x\[1\]\['k'\]`: expected str, .*got type `set`"),
    ],
)
def test_other_types_are_type_errors_that_name_the_key(value, what):
    with pytest.raises(TypeError, match=what) as raised:
        format_override("x", value)
    assert str(raised.value).startswith("`x")


def nested(depth):
    value = hydra_list([1])
    for _ in range(depth - 1):
        value = hydra_list([value])
    return value


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("???", "marks a missing value"),
        ("\\???", "marks a missing value"),
        ("a\ud800", "lone surrogate"),
        (pathlib.PurePosixPath("a\udcff"), "lone surrogate"),
        (hydra_list([10**5000]), "too long"),
        ({10**5000: 1}, "too long"),
        (Bits.A | Bits.B, "no name of its own"),
        (nested(MAXIMUM_DEPTH + 1), "nested in more than 32 levels"),
        *[({key: 1}, "some characters of ASCII") for key in ("é", "it's", "a\nb", "#")],
        *[({key: 1}, "another type") for key in ("1", "-1_0", ".5e1", "Null", "true", "+inf")],
        ({"": 1}, "it is empty"),
        ({math.nan: 1}, "equals nothing"),
        ({None: 1}, "no None"),
        ({(1,): 1}, "as a key of a mapping"),
        ({Colour.RED: 1, "RED": 2}, "another key that reads the same"),
        ({"k": ["???"]}, r"^`x\['k'\]\[0\]`"),
    ],
)
def test_what_no_override_can_say_is_a_value_error_that_names_the_key(value, what):
    with pytest.raises(ValueError, match=what) as raised:
        format_override("x", value)
    assert str(raised.value).startswith("`x")
    with pytest.raises(ValueError, match=r"^`x"):
        format_sweep("x", [value, 1])


def test_a_list_that_holds_itself_is_a_value_error():
    value = hydra_list([])
    value.append(value)
    with pytest.raises(ValueError, match="in themselves"):
        format_value(value)


def test_the_deepest_accepted_nesting_is_read():
    value = received(format_override("x", nested(MAXIMUM_DEPTH)))
    for _ in range(MAXIMUM_DEPTH):
        (value,) = value
    assert value == 1


@given(st.text(st.sampled_from("ab1.$-/@+~ ='\n[{é_"), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
@example("x=1,2 y")
@example("0.1")
def test_a_key_is_either_refused_or_read_back(key):
    try:
        text = format_override(key, 1)
    except ValueError:
        return
    assert PARSER.parse_override(text).get_key_element() == key


@pytest.mark.parametrize(
    "key", ["x", "a.b", "a.0.b", "$x", "db", "model/size", "opt@a.b", "a/b@c", "x-y", "+x", "++x"]
)
def test_keys_of_hydra_are_accepted(key):
    assert PARSER.parse_override(format_override(key, "v")).get_key_element() == key


@pytest.mark.parametrize(
    ("key", "prefix"), [("x", "~"), ("x", " "), ("x", "+++"), ("+x", "+"), ("~x", "")]
)
def test_other_prefixes_are_refused(key, prefix):
    with pytest.raises(ValueError, match=r"prefix|not a key"):
        format_override(key, 1, prefix=prefix)


def test_a_sweep_over_nothing_is_refused():
    with pytest.raises(ValueError, match="`x`: a sweep over no values"):
        format_sweep("x", [])


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("model/size", {"a": 1}, "takes the name of a choice"),
        ("opt@first", multirun([{}, {}]), "takes the name of a choice"),
        ("db", multirun(["a", {}]), "not over both"),
    ],
)
def test_mappings_in_place_of_a_groups_choice_are_refused(key, value, what):
    with pytest.raises(ValueError, match=what):
        overrides_for({key: value}, place_of=lambda _: Place.GROUP)


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        (Place.ABSENT, 1, ["+k=1"]),
        (Place.ABSENT, {}, ["+k={}"]),
        (Place.VALUE, {}, ["k={}"]),
        (Place.MAPPING, 1, ["k=1"]),
        (Place.MAPPING, None, ["k=null"]),
        (Place.MAPPING, {}, ["k=null", "+k={}"]),
        (Place.MAPPING, hydra_list([]), ["k=null", "+k=[]"]),
        (Place.MAPPING, multirun([1, {}]), ["k=null", "+k=1,{}"]),
        (Place.LIST, hydra_list([]), ["k=[]"]),
        (Place.LIST, {}, ["k=null", "+k={}"]),
        (Place.FIXED, {}, ["++k={}"]),
        (Place.FIXED, hydra_list([1]), ["k=[1]"]),
        (Place.GROUP, "a", ["k='a'"]),
        (Place.GROUP, {}, ["~k", "+k={}"]),
    ],
)
def test_how_a_key_is_set_follows_from_its_place(place, value, expected):
    assert overrides_for({"k": value}, place_of=lambda _: place) == expected


def test_a_key_with_its_own_prefix_keeps_it():
    assert overrides_for({"++k": {}}, place_of=lambda _: Place.MAPPING) == ["++k={}"]


def test_places_of_odd_keys():
    config = OmegaConf.create({"a": {"b": None}, "l": [{"k": 1}], "i": "${a}", "bad": "${none}"})
    place_of = places_in(config)
    places = {
        key: place_of(key).name for key in ["i", "i.b", "bad", "bad.x", "l.0", "l.9", "a.b.c"]
    }
    assert [*places.values()] == ["VALUE"] * 3 + ["ABSENT", "MAPPING", "ABSENT", "ABSENT"]


@pytest.mark.parametrize(
    ("values", "duplicates"),
    [
        ([1, 1.0, "1", True, None, "null", "None"], []),
        ([1, 2, 1, 1, 2], [1, 2]),
        ([math.nan, float("nan")], [math.nan]),
        ([0.0, -0.0], [0.0]),
        ([0, 0.0, False], []),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}]),
        ([[1], (1,), [1.0], "[1]"], [[1]]),
        ([1.0, np.float64(1.0)], [1.0]),
        ([pathlib.PurePosixPath("a"), "a"], [pathlib.PurePosixPath("a")]),
    ],
)
def test_duplicates_are_found_by_type_and_value(values, duplicates):
    assert repr(find_duplicates(values)) == repr(duplicates)


def test_importing_this_loads_no_heavy_package():
    code = (
        "import sys, runcube.overrides\n"
        "print(sorted({'hydra', 'hydra_zen', 'numpy', 'omegaconf', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
