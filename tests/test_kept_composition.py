"""What is kept between the jobs of a base gives the same lines, texts and nodes as making it anew.

`RUNCUBE_TEST_EXAMPLES` scales the number of examples.
"""

# ruff: noqa: D101 - configs made for a test speak for themselves

from __future__ import annotations

import contextlib
import copy
import os
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from generated_apps import opened
from runcube.launch.config_copy import copied, equal, is_copied
from runcube.launch.config_text import entry_text, list_text, plain_text
from runcube.launch.hydra_compose import JobComposer, changed_keys, without_hydra
from runcube.launch.hydra_job import is_usual_log
from runcube.launch.hydra_place import job_place, number_job
from runcube.launch.kept_signature import KeptSignature
from runcube.launch.kept_text import TaskText
from runcube.launch.plain_line import plain_line
from runcube.launch.signature import config_signature

EXAMPLES = int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) // 4
WORDS = st.text("abcnytrue01.-_/=,+@ e:'\"#[{&*!|>%?~\\é", max_size=12)
TEXTS = WORDS | st.sampled_from(
    ["no", "Yes", "null", "inf", "nan", "1e5", "???", "${lr}", "=", "<<"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PARSER = OverridesParser.create()


class Colour(Enum):
    RED = 1


@dataclass
class Typed:
    place: Path = Path("one/place")
    colour: Colour = Colour.RED
    number: int | str = 3
    rows: list[int] = field(default_factory=lambda: [1, 2])
    table: dict[Colour, float] = field(default_factory=lambda: {Colour.RED: 0.5})
    missing: int = "???"
    maybe: float | None = None


def config_of(content):
    """Give content as a config, an empty one where it holds a broken interpolation."""
    with contextlib.suppress(Exception):
        return OmegaConf.create(content)
    return OmegaConf.create({})


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.from_regex(r"[a-z_]{1,3}(\.[a-z_]{1,3})?", fullmatch=True),
    SCALARS.map(str) | st.from_regex(r"[-+]?[0-9_]*\.?[0-9]*([eE][-+]?[0-9]+)?", fullmatch=True),
)
def test_a_plain_line_is_what_hydra_parses(key, text):
    found = plain_line(f"{key}={text}")
    if found is not None:
        override = PARSER.parse_override(f"{key}={text}")
        assert found[0] == override.key_or_group
        assert override.package is None
        assert override.is_sweep_override() is False
        assert [type(found[1]), found[1]] == [type(override.value()), override.value()]


@pytest.mark.parametrize(
    "line",
    ["lr=0.1", "lr=1e-05", "seed=-3", "model.name=resnet-18", "flag=True", "x=null", "n=1"],
)
def test_the_lines_of_a_usual_sweep_are_plain(line):
    assert plain_line(line)[1] == PARSER.parse_override(line).value()


@pytest.mark.parametrize("line", ["x=inf", "x=NaN", "+x=1", "~x", "x=1,2", "x=a b", "x=", "x@y=1"])
def test_other_lines_are_not_plain(line):
    assert plain_line(line) is None


@settings(max_examples=EXAMPLES, deadline=None)
@given(TEXTS, VALUES)
def test_an_entry_has_the_text_that_omegaconf_gives_it(key, value):
    config = config_of({"a": {"b": {key: value}}})
    if config:
        plain = OmegaConf.to_container(config)["a"]["b"]
        text = entry_text(("a", "b"), *next(iter(plain.items())))
        assert f"a:\n  b:\n{text}" == OmegaConf.to_yaml(config)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_lines_have_the_text_that_omegaconf_gives_them(lines):
    config = OmegaConf.create([])
    # Override lines are never resolved, whatever they hold.
    config.__dict__["_content"] = [OmegaConf.create(["x"])._get_node(0) for _ in lines]
    for node, line in zip(config.__dict__["_content"], lines, strict=True):
        node.__dict__["_val"] = line
    assert list_text(lines) == OmegaConf.to_yaml(config)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(TEXTS, VALUES, max_size=4),
    st.dictionaries(TEXTS, VALUES, max_size=2),
)
def test_a_config_that_differs_in_some_keys_has_the_text_that_omegaconf_gives_it(content, other):
    base, kept = config_of(content), TaskText()
    changed = config_of({**content, **other})
    for config, keys in ((base, frozenset()), (changed, frozenset(other)), (base, frozenset())):
        assert kept.of(config, keys) == OmegaConf.to_yaml(config)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.dictionaries(TEXTS, VALUES, max_size=4),
    st.dictionaries(TEXTS, VALUES, max_size=2),
)
def test_a_config_that_differs_in_some_keys_has_its_own_signature(content, other):
    base, kept = config_of({**content, "hydra": {"job": 1}, "typed": Typed}), KeptSignature()
    changed = config_of({**content, **other})
    for config, keys in ((base, frozenset()), (changed, frozenset(other)), (base, frozenset())):
        assert kept.of(config, keys) == config_signature(config)


@pytest.mark.parametrize(
    ("base", "lines", "expected"),
    [
        ({"a": {"b": 1}, "c": 2}, ["a.b=3", "+d=4"], {"a", "d"}),
        ({"a": {"b": 1}}, ["~a.b"], {"a"}),
        ({"a": "${c}", "c": {"b": 1}}, ["a.b=3"], None),
        ({"a": {"b": "${c}"}, "c": {"b": 1}}, ["a.b.b=3"], None),
        ({"a": {"b": 1}, "c": {"b": 1}}, ["a=${c}", "a.b=3"], None),
        ({"a": "${c}", "c": 1}, ["a=3"], {"a"}),
        ({"$x": 2}, ["$x=3"], None),
    ],
)
def test_the_keys_that_overrides_change_are_known_or_said_to_be_unknown(base, lines, expected):
    found = changed_keys(OmegaConf.create(base), PARSER.parse_overrides(lines))
    assert found == expected


def test_what_an_override_changes_behind_an_interpolation_is_written(tmp_path):
    (tmp_path / "config.yaml").write_text("a: ${c}\nc: {b: 1}\nd: 2\n")
    with opened(tmp_path, []) as (sweep, context):
        composer = JobComposer(context.config_loader, sweep)
        for lines in (["d=3"], ["++a.b=5"], ["d=4"]):
            composed = composer.composed(lines)
            config = without_hydra(composed)
            text = composed.base.task_text.of(config, composed.changed)
            assert text == OmegaConf.to_yaml(config)
            assert composed.signature() == config_signature(config)


@pytest.mark.parametrize(
    "text",
    [
        "out/${now:%Y-%m-%d}/${now:%H-%M-%S}",
        "out/${now:%Y}${hydra.job.name}",
        "out/${now:'%Y %m'}",
        "out/${oc.env:HOME}",
        "out/plain",
        "out/a\\\\b",
    ],
)
def test_the_place_of_a_job_is_the_one_that_hydra_works_out(text, hydra_place):
    (hydra_place / "config.yaml").write_text("a: 1\n")
    with opened(hydra_place, []) as (sweep, context):
        sweep.hydra.sweep.dir = text
        before = str(sweep.hydra.sweep.dir)
        composer = JobComposer(context.config_loader, sweep)
        composed = composer.composed(["a=2"])
        composed.config.hydra.sweep.dir = text
        number_job(composed, 7)
        assert job_place(composed) == os.path.join(before, "7")  # noqa: PTH118


USUAL = {
    "version": 1,
    "formatters": {"simple": {"format": "%(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
        "file": {"class": "logging.FileHandler", "filename": "/tmp/x.log", "formatter": "simple"},
    },
    "root": {"level": "INFO", "handlers": ["console", "file"]},
}


@pytest.mark.parametrize(
    "part",
    [
        {"handlers": {"a": {"()": "os.system", "command": "true"}}},
        {"handlers": {"a": {"class": "logging.NullHandler"}}},
        {"handlers": {"a": {"class": "logging.StreamHandler", "stream": "ext://os.environ"}}},
        {"handlers": {"a": {"class": "logging.StreamHandler", ".": {"x": "y"}}}},
        {"formatters": {"a": {"()": "os.system"}}},
        {"formatters": {"a": {"class": "my.Formatter"}}},
        {"filters": {"a": {"()": "os.system"}}},
    ],
)
def test_settings_of_a_log_that_hydra_may_refuse_are_left_to_hydra(part):
    assert is_usual_log(USUAL)
    assert not is_usual_log(USUAL | part)


def test_an_object_in_two_places_is_written_as_omegaconf_writes_it():
    config = OmegaConf.structured({"one": Typed, "two": Typed})
    assert TaskText().of(config, frozenset()) == OmegaConf.to_yaml(config)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_a_copy_equals_what_it_was_made_of(content):
    config = config_of(content)
    assert equal(copied(config), copy.deepcopy(config))


def test_a_copy_of_a_typed_config_keeps_types_flags_and_resolved_values():
    config = OmegaConf.create({"a": OmegaConf.structured(Typed), "b": {"c": "${oc.env:HOME}"}})
    OmegaConf.set_readonly(config.b, value=True)
    OmegaConf.set_struct(config, value=True)
    OmegaConf.get_cache(config)["now"]["x"] = "y"
    found = copied(config)
    assert is_copied(config)
    assert equal(found, copy.deepcopy(config))
    found.a.rows.append(3)
    found.a.number = "text"
    OmegaConf.get_cache(found)["now"]["x"] = "z"
    assert (config.a.rows, config.a.number) == ([1, 2], 3)
    assert OmegaConf.get_cache(config)["now"]["x"] == "y"
    assert OmegaConf.is_readonly(found.b)
    assert found.b.c == config.b.c


def test_a_word_that_yaml_takes_for_something_else_is_not_plain():
    assert [plain_text(word) for word in ("Yes", "NULL", "inf", "e", "a b", "a: b")] == [
        *[None] * 3,
        "e",
        *[None] * 2,
    ]
