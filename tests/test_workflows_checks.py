"""Bad input: each mistake is refused before the first job, in words that say what to do."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import functools
from enum import Enum

import pytest
from hydra.errors import MissingConfigException
from hydra_zen import hydra_list, make_config, multirun, zen
from hydra_zen.errors import HydraZenValidationError

from runcube.workflows import BaseWorkflow, MultiRunMetricsWorkflow, RobustnessCurve

pytestmark = pytest.mark.usefixtures("hydra_place")


class Trains(MultiRunMetricsWorkflow):
    @staticmethod
    def task(learning_rate, width=1):
        return {"score": learning_rate * width}


class Seeded(Trains):
    @staticmethod
    def pre_task(seed):
        pass


class NotStatic(MultiRunMetricsWorkflow):
    def task(self, x):
        return {"x2": x}


class PreNotStatic(Trains):
    def pre_task(self):
        pass


class Reserved(MultiRunMetricsWorkflow):
    @staticmethod
    def task(resume):
        return {"r": resume}


class NoTask(MultiRunMetricsWorkflow):
    pass


class ReadsAll(MultiRunMetricsWorkflow):
    @staticmethod
    def task(learning_rate, zen_cfg):
        return {"keys": len(zen_cfg)}


class Curve(RobustnessCurve):
    @staticmethod
    def task(epsilon):
        return {"score": epsilon}


CASES = [
    ("nothing supplies", Trains, {}, ValueError, r"`Trains\.task` needs `learning_rate`"),
    (
        "config says ???",
        lambda: Trains({"learning_rate": "???"}),
        {},
        ValueError,
        "needs `learning_rate`",
    ),
    ("pre_task", Seeded, {"learning_rate": 1}, ValueError, r"`Seeded\.pre_task` needs `seed`"),
    (
        "misspelt",
        Trains,
        {"learning_rat": 1},
        ValueError,
        "`learning_rat`, .* did you mean `learning_rate`",
    ),
    ("misspelt default", Trains, {"learning_rate": 1, "widht": 2}, ValueError, "did you mean"),
    (
        "listed twice",
        Trains,
        {"learning_rate": multirun([1, 2, 1])},
        ValueError,
        "`learning_rate` lists a value twice: 1;.*repeats",
    ),
    ("not static", NotStatic, {"x": 1}, TypeError, r"`NotStatic\.task` must be a static method"),
    ("pre not static", PreNotStatic, {"learning_rate": 1}, TypeError, r"PreNotStatic\.pre_task"),
    ("reserved", Reserved, {}, ValueError, "parameter `resume`, which is an argument of `run`"),
    ("no task", NoTask, {}, NotImplementedError, "`NoTask` defines no `task`"),
    ("bare list", Trains, {"learning_rate": [1, 2]}, TypeError, "`learning_rate`"),
    ("an object", Trains, {"learning_rate": object()}, TypeError, "`learning_rate`.*object"),
    ("???", Trains, {"learning_rate": "???"}, ValueError, r"\?\?\?"),
    ("surrogate", Trains, {"learning_rate": "\ud800"}, ValueError, "surrogate"),
    ("empty sweep", Trains, {"learning_rate": multirun([])}, ValueError, "`learning_rate`"),
    (
        "on_error",
        Trains,
        {"learning_rate": 1, "on_error": "ignore"},
        ValueError,
        "`on_error` must be one of 'raise', 'continue', 'nan', 'stop', got 'ignore'",
    ),
    ("overrides", Trains, {"overrides": "x=1"}, TypeError, r"`overrides` must be a list of lines"),
    ("override", Trains, {"overrides": [1]}, TypeError, "must hold strings"),
    (
        "launcher to install",
        Trains,
        {"learning_rate": 1, "launcher": "submitit_slurm"},
        ModuleNotFoundError,
        "pip install hydra-submitit-launcher",
    ),
    (
        "sweeper to install",
        Trains,
        {"learning_rate": 1, "sweeper": "optuna"},
        ModuleNotFoundError,
        "pip install hydra-optuna-sweeper",
    ),
    (
        "launcher to install, by an override",
        Trains,
        {"learning_rate": 1, "overrides": ["hydra/launcher=submitit_local"]},
        ModuleNotFoundError,
        "pip install hydra-submitit-launcher",
    ),
    (
        "sweeper to install, by the config",
        lambda: Trains(make_config(hydra_defaults=["_self_", {"override hydra/sweeper": "ax"}])),
        {"learning_rate": 1},
        ModuleNotFoundError,
        "pip install hydra-ax-sweeper",
    ),
    (
        "unknown sweeper, by an override",
        Trains,
        {"learning_rate": 1, "overrides": ["hydra/sweeper=rocket"]},
        MissingConfigException,
        "hydra/sweeper/rocket",
    ),
    (
        "unknown launcher",
        Trains,
        {"learning_rate": 1, "launcher": "rocket"},
        ValueError,
        "no launcher `rocket`; there are: basic",
    ),
    (
        "target directories as a str",
        Trains,
        {"learning_rate": 1, "target_job_dirs": "somewhere"},
        TypeError,
        "`target_job_dirs` must be a sequence of directories",
    ),
    (
        "missing target directory",
        Trains,
        {"learning_rate": 1, "target_job_dirs": ["missing"]},
        FileNotFoundError,
        "missing, which is not a directory",
    ),
    (
        "no target directory",
        Trains,
        {"learning_rate": 1, "target_job_dirs": []},
        ValueError,
        "`target_job_dirs` is empty",
    ),
    (
        "working_dir with an interpolation",
        Trains,
        {"learning_rate": 1, "working_dir": "a${b}"},
        ValueError,
        "interpolation",
    ),
    ("epsilon as a number", Curve, {"epsilon": 1.0}, TypeError, "`epsilon` must be a sequence"),
    ("no epsilon", Curve, {}, TypeError, "epsilon"),
    ("epsilon twice", Curve, {"epsilon": [1, 1]}, ValueError, "`epsilon` lists a value twice"),
    ("empty epsilon", Curve, {"epsilon": []}, ValueError, "`epsilon`"),
    ("resume", Trains, {"learning_rate": 1, "resume": True}, ValueError, "give `working_dir`"),
]


@pytest.mark.parametrize(("make", "arguments", "kind", "words"), [case[1:] for case in CASES])
def test_a_mistake_is_refused_before_anything_is_written(hydra_place, make, arguments, kind, words):
    workflow = make()
    with pytest.raises(kind, match=words):
        workflow.run(**arguments)
    assert list(hydra_place.iterdir()) == []
    assert workflow.jobs == []


def test_names_that_are_no_parameters_may_be_given():
    wf = Trains()
    wf.run(learning_rate=1, dataset="mnist", learning_rate_decay=0.1)
    assert wf.metrics == {"score": [1]}


def test_a_task_that_reads_the_whole_config_takes_any_name():
    wf = ReadsAll()
    wf.run(learning_rate=1, learning_rat=2)
    assert wf.metrics == {"keys": [2]}


def test_values_that_only_look_alike_are_no_duplicates():
    class Kinds(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            return {"kind": type(x).__name__}

    wf = Kinds()
    wf.run(x=multirun([1, 1.0, "1", True]))
    assert wf.metrics == {"kind": ["int", "float", "str", "bool"]}


def test_a_custom_wrapper_is_checked_if_it_is_zen():
    wf = Trains()
    with pytest.raises(ValueError, match="needs `learning_rate`"):
        wf.run(task_fn_wrapper=lambda function: zen(function, pre_call=lambda cfg: None))
    wf.run(task_fn_wrapper=lambda function: lambda cfg: function(3))
    assert wf.metrics == {"score": [3]}


def test_without_a_wrapper_nobody_knows_what_a_task_reads():
    class Raw(MultiRunMetricsWorkflow):
        @staticmethod
        def pre_task(cfg):
            pass

        @staticmethod
        def task(learning_rate):
            return {"keys": ",".join(learning_rate)}

    wf = Raw()
    wf.run(learning_rat=multirun([1, 1]), task_fn_wrapper=None, pre_task_fn_wrapper=None)
    assert wf.metrics == {"keys": ["learning_rat", "learning_rat"]}
    with pytest.raises(ValueError, match=r"Raw\.pre_task` needs `cfg`"):
        wf.run(learning_rate=1, task_fn_wrapper=None)


def test_validate_checks_both_signatures():
    Trains({"learning_rate": 1}).validate()
    with pytest.raises(HydraZenValidationError, match="learning_rate"):
        Trains().validate()
    with pytest.raises(HydraZenValidationError, match="seed"):
        Seeded({"learning_rate": 1}).validate()
    Seeded({"learning_rate": 1}).validate(include_pre_task=False)
    with pytest.raises(TypeError, match="static"):
        NotStatic({"x": 1}).validate()


class Colour(Enum):
    RED = 1


VALUES = [
    "true",
    "1",
    "1e3",
    "null",
    "a,b",
    "it's",
    'say "x"',
    "b\\s",
    "end\\",
    "é",
    "",
    " x ",
    "two\nlines",
    "a=b",
    "[1]",
    "{a:1}",
    "$x",
    "${x}",
    "\\${x}",
    "%",
    "#",
    1,
    -1,
    1.5,
    1e-9,
    float("inf"),
    True,
    None,
    10**20,
    hydra_list([]),
    hydra_list([1, "1", None, True, 1.0]),
    hydra_list([hydra_list(["a,b"]), [2, ["it's"]]]),
    {"a": 1, "b": {"c": [1, "x"]}},
    {"a": "${x}"},
    hydra_list(["${x}", "plain"]),
]


class Keeps(BaseWorkflow):
    @staticmethod
    def task(value):
        return value


def plain(value):
    if isinstance(value, (hydra_list, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def test_a_keyword_argument_reaches_the_task_as_it_is():
    wf = Keeps()
    wf.run(value=multirun(VALUES))
    returned = [job.return_value for job in wf.jobs]
    assert list(map(repr, returned)) == [repr(plain(value)) for value in VALUES]


class KeepsAll(BaseWorkflow):
    @staticmethod
    def task(zen_cfg, **values):
        return values


@pytest.mark.parametrize("there", [True, False])
def test_single_values_reach_the_task_as_they_are(there):
    names = [f"value{number}" for number in range(len(VALUES))]
    wf = KeepsAll(dict.fromkeys(names, 0) if there else None)
    wf.run(
        task_fn_wrapper=functools.partial(zen, unpack_kwargs=True),
        **dict(zip(names, VALUES, strict=True)),
    )
    returned = wf.jobs[0].return_value
    assert [repr(returned[name]) for name in names] == [repr(plain(value)) for value in VALUES]


def test_hydra_syntax_is_reached_through_overrides():
    wf = Keeps()
    wf.run(overrides=["+value=range(0,3)"])
    assert [job.return_value for job in wf.jobs] == [0, 1, 2]
    wf.run(value="0,1,2")
    assert [job.return_value for job in wf.jobs] == ["0,1,2"]
