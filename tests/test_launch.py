"""The parts below a workflow: signatures, failures on their way, directories, plans, Hydra."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import dataclasses
import json
import logging
import os
import pickle
import subprocess
import sys
from enum import Enum
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra_zen import make_config, multirun
from omegaconf import OmegaConf

from runcube.launch.failure import Failure
from runcube.launch.hydra import VERSION_BASE_DEFAULT, parsed_lines
from runcube.launch.place import free_directory, job_directories, prepare_directory
from runcube.launch.signature import config_signature, task_identity
from runcube.launch.wrapper import TaskWrapper
from runcube.workflows import MultiRunMetricsWorkflow


class Mode(Enum):
    FAST = 1
    SLOW = 2


@dataclasses.dataclass
class Typed:
    rate: float = 1
    mode: Mode = Mode.FAST


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": None}, {"a": "None"}),
        ({"a": None}, {}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({1: "a"}, {"1": "a"}),
        ({"a": "${b}", "b": 1}, {"a": 1, "b": 1}),
        ({"m": Mode.FAST}, {"m": Mode.SLOW}),
    ],
    ids=repr,
)
def test_different_configs_have_different_signatures(one, other):
    assert config_signature(one) != config_signature(other)


def test_the_signature_is_of_the_config_as_the_task_sees_it():
    config = OmegaConf.create({"b": {"y": 1, "x": 2}, "a": "${now:%S}"})
    turned = OmegaConf.create({"a": "${now:%S}", "b": {"x": 2, "y": 1}})
    assert config_signature(config) == config_signature(turned)
    assert config_signature({"a": 1, "hydra": 2}) == config_signature({"a": 1})
    assert config_signature({"a": 1, "seed": 2}, exclude=["seed"]) == config_signature({"a": 1})
    assert config_signature(OmegaConf.structured(Typed)) == config_signature(
        {"rate": 1.0, "mode": Mode.FAST}
    )
    assert len(config_signature({})) == 64


def test_the_signature_is_the_same_in_every_process():
    code = "from runcube.launch.signature import config_signature as s; print(s({'a': [1, 'x']}))"
    seeds = [{"PYTHONHASHSEED": str(seed)} for seed in (1, 2)]
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=os.environ | seed,
            check=True,
        ).stdout
        for seed in seeds
    }
    assert texts == {config_signature({"a": [1, "x"]}) + "\n"}


MODULE = """
import helpers
CONSTANT = 1
def inner(x):
    return x + {number}
def task(x):
    return inner(x) + helpers.outer(x)
def other(x):
    return x
"""


def test_the_hash_of_a_task_covers_the_functions_that_it_names(tmp_path):
    def hashed(number):
        (tmp_path / "helpers.py").write_text("def outer(x):\n    return x\n")
        (tmp_path / "tasks.py").write_text(MODULE.format(number=number))
        code = (
            "import tasks\nfrom runcube.launch.signature import task_identity\n"
            "print(task_identity(tasks.task).source, task_identity(tasks.other).source)"
        )
        command = [sys.executable, "-B", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
        return done.stdout.split()

    first, same, changed = hashed(1), hashed(1), hashed(22)
    assert first == same
    assert first[0] != changed[0]
    assert first[1] == changed[1]


def test_a_task_without_a_source_is_identified_by_its_code():
    scope: dict = {}
    exec("def task(x):\n    return x + 1\ndef other(x):\n    return x + 2", scope)
    assert task_identity(scope["task"]).source == task_identity(scope["task"]).source
    assert task_identity(scope["task"]).source != task_identity(scope["other"]).source
    assert task_identity(len).name == "len"


class TwoArgumentsError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return Failure.of(caught, "sweep/0")


def test_an_exception_survives_the_way_between_two_processes():
    back = pickle.loads(pickle.dumps(raised(ValueError("no data"))))
    original = back.original()
    assert (type(original), original.args) == (ValueError, ("no data",))
    assert "in raised" in original.__notes__[0]
    assert "sweep/0" in original.__notes__[0]


def test_an_exception_that_does_not_pickle_keeps_its_text():
    back = pickle.loads(pickle.dumps(raised(TwoArgumentsError(1, 2))))
    original = back.original()
    assert isinstance(original, RuntimeError)
    assert "TwoArgumentsError: 1 2" in str(original)


def test_a_local_exception_keeps_its_text():
    class LocalError(Exception):
        pass

    back = pickle.loads(pickle.dumps(raised(LocalError("x"))))
    assert "LocalError: x" in str(back.original())


def test_an_exception_in_this_process_is_itself():
    failure = raised(ValueError("x"))
    assert failure.original() is failure.original() is failure.exception
    assert failure.exception.__notes__ == ["raised by the job in sweep/0"]


def test_the_wrapper_pickles():
    wrapper = pickle.loads(pickle.dumps(TaskWrapper(len, None, name="len")))
    assert wrapper.task is len
    assert (wrapper.name, wrapper.ended) == ("len", None)
    assert pickle.loads(pickle.dumps(VERSION_BASE_DEFAULT)) is VERSION_BASE_DEFAULT


def test_a_free_directory_is_new_each_time(tmp_path):
    names = [free_directory(tmp_path / "a" / "b").name for _ in range(3)]
    assert names == ["b", "b_1", "b_2"]


def test_job_directories_are_found_below_but_not_in_nested_sweeps(tmp_path):
    for name in ("0", "deep/er/1", "nested/0", "plain"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "0" / "job.json").touch()
    (tmp_path / "deep" / "er" / "1" / ".hydra").mkdir()
    (tmp_path / "nested" / "multirun.yaml").touch()
    (tmp_path / "nested" / "0" / ".hydra").mkdir()
    (tmp_path / ".hydra").mkdir()
    found = sorted(path.relative_to(tmp_path).as_posix() for path in job_directories(tmp_path))
    assert found == ["0", "deep/er/1"]


def test_overwriting_removes_jobs_and_nothing_else(tmp_path):
    (tmp_path / "0" / ".hydra").mkdir(parents=True)
    (tmp_path / ".runcube").mkdir()
    (tmp_path / "multirun.yaml").touch()
    (tmp_path / "mine").mkdir()
    with pytest.raises(ValueError, match="already holds 1 jobs"):
        prepare_directory(tmp_path, overwrite=False)
    prepare_directory(tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file"):
        prepare_directory(tmp_path / "file", overwrite=True)


def test_a_swept_directory_without_jobs_is_refused_too(tmp_path):
    (tmp_path / "multirun.yaml").touch()
    with pytest.raises(ValueError, match=r"`multirun\.yaml` of an earlier sweep"):
        prepare_directory(tmp_path, overwrite=False)


def test_override_lines_are_read_with_their_types():
    lines = ["+x=1", "y='1'", "z=[a,{b:null}]", "x=2.5", "w=3", "~w"]
    assert parsed_lines(lines) == {"x": 2.5, "y": "1", "z": ["a", {"b": None}]}


class Doubles(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        logging.getLogger("a.task").info("running")
        return {"x2": 2 * x}


class FailsAtOne(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        if x == 1:
            raise TwoArgumentsError(x, x)
        return {"x2": 2 * x}


@pytest.mark.usefixtures("hydra_place")
class TestHydra:
    def test_a_launch_leaves_the_state_of_logging(self, tmp_path):
        root = logging.getLogger()
        handler = logging.FileHandler(tmp_path / "mine.log")
        root.addHandler(handler)
        before = (list(root.handlers), root.level, logging.getLogger("hydra").handlers)
        try:
            Doubles().run(x=multirun([1, 2]))
            assert (list(root.handlers), root.level, logging.getLogger("hydra").handlers) == before
            root.warning("still here")
            handler.flush()
            assert "still here" in (tmp_path / "mine.log").read_text()
        finally:
            root.removeHandler(handler)
            handler.close()

    def test_a_launch_leaves_the_store_and_the_singletons(self):
        mine = make_config(a=1)
        ConfigStore.instance().store(name="rai_workflow", node=mine)
        before = dict(ConfigStore.instance().repo)
        Doubles().run(x=1)
        assert dict(ConfigStore.instance().repo) == before
        assert not GlobalHydra.instance().is_initialized()

    def test_each_job_logs_into_its_own_directory(self):
        wf = Doubles()
        wf.run(x=multirun([1, 2]))
        for path in wf.multirun_working_dirs:
            assert (path / "rai_workflow.log").read_text().count("running") == 1

    def test_a_version_base_is_given_to_hydra(self):
        with pytest.raises(HydraException, match="version_base"):
            Doubles().run(x=1, version_base="1.0")

    def test_a_workflow_runs_inside_a_job_of_another(self):
        class Outer(MultiRunMetricsWorkflow):
            @staticmethod
            def task(x):
                inner = Doubles()
                inner.run(x=multirun([x, x + 1]), working_dir="inner")
                return {"total": sum(inner.metrics["x2"])}

        wf = Outer()
        wf.run(x=multirun([1, 10]))
        assert wf.metrics == {"total": [6, 42]}

    def test_other_processes_record_their_jobs(self):
        wf = Doubles()
        wf.run(x=multirun([1, 2, 3]), launcher="joblib", launcher_config={"n_jobs": 2})
        assert wf.metrics == {"x2": [2, 4, 6]}
        record = json.loads((wf.multirun_working_dirs[0] / "job.json").read_text())
        assert record["status"] == "finished"
        assert record["pid"] != os.getpid()
        assert record["scheduler"]["kind"] == "joblib"

    def test_a_failure_in_another_process_is_raised_with_its_traceback(self):
        wf = FailsAtOne()
        with pytest.raises(RuntimeError, match="TwoArgumentsError: 1 1"):
            wf.run(x=multirun([0, 1, 2]), launcher="joblib", launcher_config={"n_jobs": 2})
        assert wf.metrics == {"x2": [0, None, 4]}

    def test_a_class_of_the_main_script_runs_in_other_processes(self, tmp_path):
        script = tmp_path / "script.py"
        script.write_text(
            "from runcube.workflows import MultiRunMetricsWorkflow, multirun\n"
            "class Doubles(MultiRunMetricsWorkflow):\n"
            "    @staticmethod\n"
            "    def task(x):\n"
            "        if x == 3: raise LookupError('three')\n"
            "        return {'x2': 2 * x}\n"
            "if __name__ == '__main__':\n"
            "    wf = Doubles()\n"
            "    wf.run(x=multirun([1, 2, 3]), launcher='joblib', on_error='continue')\n"
            "    print(wf.metrics, [f.exception for f in wf.failures])\n"
        )
        done = subprocess.run(
            [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert "{'x2': [2, 4, None]} [LookupError('three')]" in done.stdout, done.stderr

    def test_a_wrong_return_in_another_process_is_raised_at_the_end(self):
        wf = ReturnsText()
        with pytest.raises(TypeError, match=r"ReturnsText\.task` returned a `str`"):
            wf.run(x=multirun([0, 1]), launcher="joblib", on_error="continue")


class ReturnsText(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return str(Path.cwd())
