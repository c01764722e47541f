"""Values through real Hydra launches: what was passed is what the task gets, in value and type."""

import enum
import logging
import pathlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.singleton import Singleton
from hydra_zen import hydra_list, launch, multirun, zen
from omegaconf import OmegaConf

from runcube.override_text import MAXIMUM_DEPTH
from runcube.overrides import overrides_for, places_in
from value_corpus import VALUES, same

pytestmark = pytest.mark.filterwarnings("ignore:The version_base parameter is deprecated")


class Colour(enum.Enum):
    """What a typed config holds."""

    RED = 1
    BLUE = 2


@dataclass
class Inner:
    """A mapping whose type does not allow None, and one whose type does."""

    strict: dict[str, int] = field(default_factory=lambda: {"old": 1})
    loose: Any = field(default_factory=lambda: {"old": 1})


@dataclass
class Typed:
    """One field of each type that Hydra converts to."""

    path: pathlib.Path = pathlib.Path()
    colour: Colour = Colour.RED
    number: float = 0.0
    flag: bool = False
    text: str = ""
    inner: Inner = field(default_factory=Inner)


def wrapped(value):
    return hydra_list(value) if isinstance(value, list) else value


@pytest.fixture(autouse=True)
def hydra_state_and_directory(tmp_path, monkeypatch):
    """Run in a directory of its own; put Hydra's singletons and the logging back."""
    monkeypatch.chdir(tmp_path)
    singletons = Singleton.get_state()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    disabled = {name for name, log in _loggers() if log.disabled}
    yield
    Singleton.set_state(singletons)
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, log in _loggers():
        log.disabled = name in disabled


def _loggers():
    known = logging.root.manager.loggerDict
    return [(name, log) for name, log in known.items() if isinstance(log, logging.Logger)]


def run(config, parameters, *, groups=(), task=None):
    """Launch the jobs; return what each task received, its config resolved in plain Python."""
    received = []

    def collect(cfg):
        received.append(OmegaConf.to_container(cfg, resolve=True))

    node = config if isinstance(config, dict) else OmegaConf.structured(config)
    place_of = places_in(OmegaConf.create(node), groups=groups)
    quiet = ["hydra/job_logging=disabled", "hydra/hydra_logging=disabled"]
    launch(
        config,
        task or collect,
        overrides=[*quiet, *overrides_for(parameters, place_of=place_of)],
        multirun=True,
        version_base="1.3",
    )
    return received


def test_the_corpus_is_large_enough():
    assert len(VALUES) == 560
    assert sum(isinstance(value, str) for value in VALUES) > 350


@pytest.mark.parametrize("start", range(0, len(VALUES), 140))
@pytest.mark.parametrize("old", [None, {"old": 1}])
def test_fixed_values_reach_the_task(start, old):
    # Half of the keys are in the config, the other half is added.
    parameters = {f"p{start + i}": v for i, v in enumerate(VALUES[start : start + 140])}
    config = {key: old for i, key in enumerate(parameters) if i % 2}
    (job,) = run(config, {key: wrapped(value) for key, value in parameters.items()})
    assert [key for key in parameters if not same(job[key], parameters[key])] == []


@pytest.mark.parametrize("start", range(0, len(VALUES), 140))
def test_sweeps_over_one_value_reach_the_task(start):
    parameters = {f"p{start + i}": v for i, v in enumerate(VALUES[start : start + 140])}
    (job,) = run({}, {key: multirun([value]) for key, value in parameters.items()})
    assert [key for key in parameters if not same(job[key], parameters[key])] == []


def test_swept_values_reach_the_tasks_of_120_jobs():
    values = [value for value in VALUES if not isinstance(value, str) or len(value) < 1000][:235:2]
    values += [{"only": "${new}"}, [{"it's": 1}.popitem()[0]]]
    jobs = run({"x": {"old": 1}}, {"x": multirun(values)})
    assert len(jobs) == len(values) == 120
    assert [v for v, job in zip(values, jobs, strict=True) if not same(job, {"x": v})] == []


def test_swept_values_survive_the_sweeper_and_the_jobs_parser():
    # Not launched: the sweeper's own splitting, then the parser of the job, for every value.
    parser = OverridesParser.create()
    texts = overrides_for({"x": multirun(VALUES)}, place_of=places_in(OmegaConf.create({"x": 0})))
    ((*jobs,),) = BasicSweeper.split_arguments(parser.parse_overrides(texts), None)
    wrong = []
    for value, (text,) in zip(VALUES, jobs, strict=True):
        config = OmegaConf.create({"x": None})
        OmegaConf.update(config, "x", parser.parse_override(text).value(), merge=True)
        if not same(OmegaConf.to_container(config, resolve=True)["x"], value):
            wrong.append(value)
    assert wrong == []


def test_a_deeply_nested_value_reaches_the_task():
    value = [1]
    for _ in range(MAXIMUM_DEPTH - 1):
        value = [value]
    jobs = run({}, {"x": multirun([value, 1]), "y": hydra_list(value)})
    assert jobs == [{"x": value, "y": value}, {"x": 1, "y": value}]


def test_typed_fields_receive_their_types():
    jobs = run(
        Typed,
        {
            "path": pathlib.Path("a b/it's"),
            "colour": multirun([Colour.BLUE, Colour.RED]),
            "number": multirun([1, 2.5]),
            "flag": True,
            "text": "1e3",
        },
    )
    for job in jobs:
        del job["inner"]
    assert [tuple(job.values()) for job in jobs] == [
        (pathlib.Path("a b/it's"), colour, number, True, "1e3")
        for colour in (Colour.BLUE, Colour.RED)
        for number in (1.0, 2.5)
    ]
    assert {type(job["number"]) for job in jobs} == {float}


@pytest.mark.parametrize(
    ("parameters", "jobs"),
    [
        ({"d": {"new": 1}}, [{"d": {"new": 1}, "l": [1]}]),
        ({"d": {}}, [{"d": {}, "l": [1]}]),
        ({"d": hydra_list([2])}, [{"d": [2], "l": [1]}]),
        ({"l": {"new": 1}}, [{"d": {"old": {"k": 1}}, "l": {"new": 1}}]),
        ({"l": hydra_list([])}, [{"d": {"old": {"k": 1}}, "l": []}]),
        ({"d.old": {"new": 1}}, [{"d": {"old": {"new": 1}}, "l": [1]}]),
        ({"d.more": {"new": 1}}, [{"d": {"old": {"k": 1}, "more": {"new": 1}}, "l": [1]}]),
        (
            {"d": multirun([{"a": 1}, None, {"b": 1}, [1], "x"])},
            [{"d": value, "l": [1]} for value in ({"a": 1}, None, {"b": 1}, [1], "x")],
        ),
    ],
)
def test_a_value_replaces_the_old_mapping_or_list(parameters, jobs):
    assert run({"d": {"old": {"k": 1}}, "l": [1]}, parameters) == jobs


def test_a_mapping_merges_where_the_type_forbids_to_replace_it():
    (job,) = run(Typed, {"inner.strict": {"new": 2}, "inner.loose": {"new": 2}})
    assert job["inner"] == {"strict": {"old": 1, "new": 2}, "loose": {"new": 2}}


@pytest.fixture
def grouped_config():
    """Config groups with and without `/` and `@`; the config that chooses from them."""
    store = ConfigStore.instance()
    for group, names in {"db": "mysql pg", "model/size": "big small", "opt": "adam sgd"}.items():
        for name in names.split():
            store.store(group=group, name=name, node={"name": name})
    return {"defaults": ["_self_", {"db": "pg"}, {"model/size": "small"}, {"opt@first": "sgd"}]}


def test_config_groups_take_quoted_choices(grouped_config):
    jobs = run(
        grouped_config,
        {
            "db": multirun(["mysql", "pg"]),
            "model/size": multirun(["big"]),
            "opt@first": "adam",
            "opt@second": "sgd",
        },
        groups=["db", "model/size", "opt@first"],
    )
    assert jobs == [
        {
            "db": {"name": db},
            "model": {"size": {"name": "big"}},
            "first": {"name": "adam"},
            "second": {"name": "sgd"},
        }
        for db in ("mysql", "pg")
    ]


def test_a_mapping_replaces_the_choice_of_a_group(grouped_config):
    jobs = run(grouped_config, {"db": multirun([{"a": 1}, {"b": 1}])}, groups=["db"])
    assert [job["db"] for job in jobs] == [{"a": 1}, {"b": 1}]


def test_a_task_wrapped_by_zen_receives_the_values():
    # zen resolves a config twice and more, so that text with `${` is not for this text to save.
    values = [value for value in VALUES if "${" not in repr(value)][:200]
    received = {}

    def task(**parameters):
        received.update(parameters)

    parameters = {f"p{i}": value for i, value in enumerate(values)}
    run(
        {},
        {key: wrapped(value) for key, value in parameters.items()},
        task=zen(task, unpack_kwargs=True),
    )
    plain = {
        key: OmegaConf.to_object(value) if OmegaConf.is_config(value) else value
        for key, value in received.items()
    }
    assert [key for key in parameters if not same(plain[key], parameters[key])] == []
