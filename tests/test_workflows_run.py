"""Real sweeps: what `run` promises around the examples of `test_api_pages.py`."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import subprocess
import sys
import warnings
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from hydra.core.config_store import ConfigStore
from hydra_zen import builds, hydra_list, make_config, multirun
from omegaconf import MISSING, OmegaConf

from runcube.record import ERROR_NAME, JobRecord
from runcube.workflows import BaseWorkflow, MultiRunMetricsWorkflow

pytestmark = pytest.mark.usefixtures("hydra_place")


class LocalRobustness(MultiRunMetricsWorkflow):
    @staticmethod
    def task(epsilon: float, scale: float) -> dict:
        epsilon *= scale
        val = 100 - epsilon**2
        return {"accuracies": val + 2, "loss": epsilon**2}


class Anything(MultiRunMetricsWorkflow):
    @staticmethod
    def task(**kwargs):
        return None


class FailsAtOne(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        if x == 1:
            raise KeyError("no such thing")
        return {"twice": 2 * x}


class Identity(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"x2": x}


def test_a_loaded_directory_gives_the_same_dataset():
    wf = LocalRobustness()
    wf.run(epsilon=multirun([1.0, 2.0, 3.0]), scale=multirun([0.1, 1.0]))
    loaded = LocalRobustness().load_from_dir(wf.working_dir)
    assert loaded.to_xarray().identical(wf.to_xarray())
    assert loaded.metrics == wf.metrics
    again = LocalRobustness(working_dir=wf.working_dir)
    assert again.to_xarray().identical(wf.to_xarray())


def test_a_moved_directory_loads(tmp_path):
    wf = Identity()
    wf.run(x=multirun([1, 2]))
    before = wf.to_xarray()
    moved = wf.working_dir.rename(tmp_path / "moved")
    assert Identity().load_from_dir(str(moved)).to_xarray().identical(before)


def test_ranges_and_choices_are_expanded():
    wf = Anything()
    wf.run(overrides=["+x=range(0,3)", "+y=choice(a,b)"])
    assert wf.multirun_task_overrides == {"x": [0, 1, 2], "y": ["a", "b"]}
    assert wf.workflow_overrides == {}


def test_swept_lists_come_back_as_lists():
    wf = Anything()
    wf.run(x=multirun([hydra_list([1]), hydra_list(["a", None])]))
    assert wf.multirun_task_overrides == {"x": [[1], ["a", None]]}


class A(MultiRunMetricsWorkflow):
    @staticmethod
    def task(value: float, scale: float):
        pass


class B(MultiRunMetricsWorkflow):
    @staticmethod
    def task(job_dir):
        return {"name": Path(job_dir).name}


def test_the_overrides_of_target_directories_are_given_and_kept(tmp_path):
    a = A()
    a.run(value=multirun([-1.0, 0.0, 1.0]), scale=multirun([11.0, 9.0]))
    b = B()
    b.run(target_job_dirs=a.multirun_working_dirs)
    expected = {
        "value": [-1.0, -1.0, 0.0, 0.0, 1.0, 1.0],
        "scale": [11.0, 9.0, 11.0, 9.0, 11.0, 9.0],
    }
    assert b.target_dir_multirun_overrides == expected
    a.working_dir.rename(tmp_path / "moved")
    loaded = B().load_from_dir(b.working_dir)
    assert loaded.target_dir_multirun_overrides == expected
    ds = loaded.to_xarray()
    assert ds["value"].dims == ds["scale"].dims == ("job_dir",)
    np.testing.assert_array_equal(ds["value"], expected["value"])
    assert ds["name"].values.tolist() == ["0", "1", "2", "3", "4", "5"]


def test_targets_of_different_sweeps_leave_holes():
    first, second = Anything(), Anything()
    first.run(x=multirun([1, 2]), only=3.5)
    second.run(x=4, name="n")
    b = B()
    b.run(target_job_dirs=[*first.multirun_working_dirs, *second.multirun_working_dirs])
    assert b.target_dir_multirun_overrides == {
        "x": [1, 2, 4],
        "only": [3.5, 3.5, None],
        "name": [None, None, "n"],
    }


def test_one_target_directory_is_a_dimension_of_length_one():
    a = A()
    a.run(value=1.0, scale=2.0)
    b = B()
    b.run(target_job_dirs=a.multirun_working_dirs, overrides=["+unused=1,2"])
    assert dict(b.to_xarray().sizes) == {"unused": 2, "job_dir": 1}


def test_a_directory_that_is_no_job_can_be_a_target(tmp_path):
    (tmp_path / "plain").mkdir()
    b = B()
    b.run(target_job_dirs=[tmp_path / "plain"])
    assert b.target_dir_multirun_overrides == {}
    assert b.metrics == {"name": ["plain"]}


class PickledWorkFlow(MultiRunMetricsWorkflow):
    @staticmethod
    def metric_load_fn(file_path: Path):
        with file_path.open("rb") as f:
            return pickle.load(f)

    @staticmethod
    def task(a, b):
        with open("./metrics.pkl", "wb") as f:  # noqa: PTH123  as the page has it
            pickle.dump({"a": a, "b": b}, f)


def test_metric_files_of_ones_own_are_loaded():
    wf = PickledWorkFlow()
    wf.run(a=multirun([1, 2, 3]), b=False)
    wf.load_metrics("metrics.pkl")
    assert wf.metrics == {"a": [1, 2, 3], "b": [False, False, False]}
    loaded = PickledWorkFlow().load_from_dir(wf.working_dir, "*.pkl")
    assert loaded.metrics == wf.metrics


def test_a_pattern_without_a_match_is_named():
    wf = Identity()
    wf.run(x=1)
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        wf.load_metrics("nothing.pt")
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        Identity().load_from_dir(wf.working_dir, ["metrics.arrow", "nothing.pt"])


def test_a_metrics_filename_is_read_right_after_a_run():
    class Writes(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            np.savez("other.npz", other=np.float64(x))
            return {"own": x}

        @staticmethod
        def metric_load_fn(file_path):
            with np.load(file_path) as loaded:
                return {"other": loaded["other"].item()}

    wf = Writes()
    wf.run(x=multirun([1, 2]))
    assert list(wf.to_xarray(metrics_filename="other.npz")) == ["other"]
    assert list(wf.to_xarray()) == ["own"]


def test_each_job_runs_in_its_own_directory_and_is_recorded():
    class Here(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            Path("here.txt").write_text(str(x))
            return {"cwd": str(Path.cwd())}

    before = Path.cwd()
    wf = Here()
    wf.run(x=multirun([1, 2]))
    assert Path.cwd() == before
    assert wf.metrics["cwd"] == [str(path) for path in wf.multirun_working_dirs]
    records = [JobRecord.read(path) for path in wf.multirun_working_dirs]
    assert [record.status for record in records] == ["finished", "finished"]
    assert [record.num for record in records] == [0, 1]
    assert records[0].sweep == records[1].sweep
    assert records[0].signature != records[1].signature
    assert records[0].task == records[1].task
    assert records[0].task.name.endswith("Here.task")
    assert records[0].scheduler.kind == "basic"


def test_the_callers_overrides_win_over_chdir():
    class Where(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            return {"cwd": str(Path.cwd())}

    wf = Where()
    wf.run(x=1, overrides=["hydra.job.chdir=False"])
    assert wf.metrics == {"cwd": [str(Path.cwd())]}


def test_a_failed_job_leaves_the_others_and_is_raised_at_the_end():
    wf = FailsAtOne()
    with pytest.raises(KeyError, match="no such thing") as caught:
        wf.run(x=multirun([0, 1, 2]))
    assert [frame.name for frame in caught.traceback][-1] == "task"
    assert wf.metrics == {"twice": [0, None, 4]}
    (failure,) = wf.failures
    assert failure.job == wf.multirun_working_dirs[1]
    assert failure.parameters == {"x": 1}
    assert failure.exception is caught.value
    assert "no such thing" in failure.traceback
    assert "no such thing" in (failure.job / ERROR_NAME).read_text()
    assert not wf.is_complete
    with pytest.raises(KeyError):
        _ = wf.jobs[1].return_value
    assert wf.jobs[2].return_value == {"twice": 4}
    (loaded,) = FailsAtOne(working_dir=wf.working_dir).failures
    assert (loaded.parameters, loaded.message) == ({"x": 1}, failure.message)


@pytest.mark.parametrize("on_error", ["continue", "nan"])
def test_a_failed_job_can_be_a_hole(on_error):
    wf = FailsAtOne()
    wf.run(x=multirun([0, 1, 2]), on_error=on_error)
    np.testing.assert_array_equal(wf.to_xarray()["twice"], [0.0, np.nan, 4.0])
    assert len(wf.failures) == 1


def test_a_failed_job_can_stop_the_launch():
    wf = FailsAtOne()
    with pytest.raises(KeyError):
        wf.run(x=multirun([0, 1, 2]), on_error="stop")
    assert [path.name for path in wf.multirun_working_dirs] == ["0", "1"]
    assert len(wf.jobs) == 2
    assert wf.jobs[0].return_value == {"twice": 0}
    assert wf.jobs[0].cfg == {"x": 0}


def test_batches_do_not_stop_at_a_failure():
    wf = FailsAtOne()
    with pytest.raises(KeyError):
        wf.run(x=multirun([0, 1, 2]), sweeper_config={"max_batch_size": 1})
    assert wf.metrics == {"twice": [0, None, 4]}
    assert len(wf.jobs) == 3


@pytest.mark.parametrize("on_error", ["raise", "continue", "stop"])
def test_a_wrong_return_type_stops_the_launch(on_error):
    class Wrong(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            return x

    wf = Wrong()
    with pytest.raises(TypeError, match=r"Wrong\.task` returned an `int`"):
        wf.run(x=multirun([0, 1, 2]), on_error=on_error)
    assert [path.name for path in wf.multirun_working_dirs] == ["0"]
    assert JobRecord.read(wf.multirun_working_dirs[0]).status == "error"


def test_a_task_that_exits_is_a_failed_job():
    class Exits(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            sys.exit(3)

    wf = Exits()
    wf.run(x=multirun([0, 1]), on_error="continue")
    assert [JobRecord.read(path).status for path in wf.multirun_working_dirs] == ["error"] * 2


def test_an_interrupt_ends_the_launch_and_leaves_the_job_stopped():
    class Interrupted(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            if x == 1:
                raise KeyboardInterrupt
            return {"x2": x}

    wf = Interrupted()
    before = Path.cwd()
    with pytest.raises(KeyboardInterrupt):
        wf.run(x=multirun([0, 1, 2]))
    assert Path.cwd() == before
    statuses = [JobRecord.read(path).status for path in wf.multirun_working_dirs]
    assert statuses == ["finished", "stopped"]
    assert wf.metrics == {"x2": [0, None]}


def test_what_a_task_wrote_itself_is_kept():
    class Both(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            Path("metrics.arrow").write_bytes(b"mine")
            return {"x2": x}

    wf = Both()
    with pytest.warns(UserWarning, match=r"kept as `metrics_task\.arrow`"):
        wf.run(x=1)
    assert wf.metrics == {"x2": [1]}
    assert (wf.multirun_working_dirs[0] / "metrics_task.arrow").read_bytes() == b"mine"


def test_what_cannot_be_recorded_stays_in_memory():
    thing = object()

    class Things(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            return {"thing": thing, "x2": x}

    wf = Things()
    with pytest.warns(UserWarning, match="`thing` of type object is not recorded"):
        wf.run(x=multirun([1, 2]))
    assert wf.metrics == {"x2": [1, 2], "thing": [thing, thing]}
    assert Things(working_dir=wf.working_dir).metrics == {"x2": [1, 2]}


def test_pre_task_runs_first_with_the_same_config():
    class Seeds(MultiRunMetricsWorkflow):
        @staticmethod
        def pre_task(seed):
            np.random.seed(seed)

        @staticmethod
        def task(value):
            return {"drawn": value}

    wf = Seeds({"value": builds(np.random.rand), "seed": 0})
    wf.run(seed=multirun([1, 2, 1 + 2]))
    expected = []
    for seed in (1, 2, 3):
        np.random.seed(seed)
        expected.append(np.random.rand())
    assert wf.metrics["drawn"] == expected


def test_a_base_workflow_returns_what_its_task_returns():
    class Squares(BaseWorkflow):
        @staticmethod
        def task(x):
            return x**2

    wf = Squares()
    assert (wf.jobs, list(wf.cfgs), wf.metrics, wf.workflow_overrides) == ([], [], {}, {})
    wf.run(x=multirun([1, 2, 3]))
    assert [job.return_value for job in wf.jobs] == [1, 4, 9]
    assert [cfg.x for cfg in wf.cfgs] == [1, 2, 3]
    assert wf.workflow_overrides == {"x": multirun([1, 2, 3])}
    assert wf.jobs[1].hydra_cfg.hydra.job.num == 1
    for method in (wf.plot, wf.to_xarray, wf.jobs_post_process):
        with pytest.raises(NotImplementedError):
            method()


def test_a_subclass_may_process_its_jobs():
    class Sums(BaseWorkflow):
        total = 0

        @staticmethod
        def task(x):
            return x

        def jobs_post_process(self):
            self.total = sum(job.return_value for job in self.jobs)

    wf = Sums()
    wf.run(x=multirun([1, 2, 3]))
    assert wf.total == 6


def test_without_a_wrapper_the_task_gets_the_config():
    class Raw(MultiRunMetricsWorkflow):
        @staticmethod
        def task(cfg):
            return {"keys": ",".join(cfg)}

    wf = Raw({"a": 1})
    wf.run(b=2, task_fn_wrapper=None)
    assert wf.metrics == {"keys": ["a,b"]}


@pytest.mark.parametrize("name", ["a b", "k=v,w", "it's", 'say "x"', "é", "{x}", "c:\\d"])
def test_a_working_dir_may_have_any_name(tmp_path, name):
    wf = Identity()
    wf.run(x=multirun([1, 2]), working_dir=str(tmp_path / name))
    assert wf.working_dir == tmp_path / name
    assert wf.metrics == {"x2": [1, 2]}


def test_two_runs_in_one_second_get_two_directories(monkeypatch):
    first, second = Identity(), Identity()
    lines = ["hydra.sweep.dir=multirun/now"]
    first.run(x=1)
    second.run(x=2)
    assert first.working_dir != second.working_dir
    first.run(x=1, overrides=lines)
    with pytest.raises(ValueError, match="already holds"):
        second.run(x=2, overrides=lines)


def test_a_directory_with_jobs_is_refused_or_cleared(tmp_path):
    wf = Identity()
    wf.run(x=multirun([1, 2, 3]), working_dir=tmp_path / "s")
    (tmp_path / "s" / "notes.txt").write_text("kept")
    (tmp_path / "s" / "figures").mkdir()
    with pytest.raises(ValueError, match="already holds 3 jobs"):
        wf.run(x=multirun([5]), working_dir=tmp_path / "s")
    wf.run(x=multirun([5]), working_dir=tmp_path / "s", overwrite=True)
    assert wf.metrics == {"x2": [5]}
    left = sorted(path.name for path in (tmp_path / "s").iterdir())
    assert left == [".runcube", "0", "figures", "multirun.yaml", "notes.txt"]


def test_a_second_run_forgets_the_first():
    wf = Identity()
    wf.run(x=multirun([1, 2]))
    wf.run(x=multirun([7]))
    assert wf.metrics == {"x2": [7]}
    assert wf.multirun_task_overrides == {"x": [7]}
    wf.load_from_dir(wf.working_dir)
    assert (wf.jobs, wf.workflow_overrides) == ([], {})


def test_a_typed_config_is_overridden_and_added_to():
    config = make_config(model=builds(dict, width=1), rate=0.5)

    class Model(MultiRunMetricsWorkflow):
        @staticmethod
        def task(model, rate, extra):
            return {"got": f"{model} {rate} {extra}"}

    wf = Model(config)
    wf.run(**{"model.width": multirun([1, 2])}, rate=1, extra=None)
    assert wf.metrics["got"] == ["{'width': 1} 1 None", "{'width': 2} 1 None"]


def test_a_dry_run_prints_and_writes_nothing(capsys, tmp_path):
    wf = Identity()
    wf.run(x=multirun([1, 2]), working_dir=tmp_path / "s", dry_run=True)
    assert "2 jobs: x (2)" in capsys.readouterr().out
    assert not (tmp_path / "s").exists()


def test_a_workflow_pickles_with_its_state():
    wf = Identity()
    wf.run(x=multirun([1, 2]))
    again = pickle.loads(pickle.dumps(wf))
    assert again.metrics == wf.metrics
    assert again.jobs[1].return_value == {"x2": 2}
    assert again.jobs[1].cfg == {"x": 2}


def test_the_working_dir_is_checked(tmp_path):
    wf = Identity()
    with pytest.raises(ValueError, match="not set"):
        _ = wf.working_dir
    with pytest.raises(TypeError, match="str or Path"):
        wf.working_dir = 3
    with pytest.raises(FileNotFoundError):
        wf.working_dir = tmp_path / "missing"
    wf.working_dir = str(tmp_path)
    assert wf.working_dir == tmp_path


def test_a_run_inside_hydra_main_leaves_hydra_as_it_was(tmp_path):
    script = tmp_path / "app.py"
    script.write_text(
        """
import logging, sys
import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.global_hydra import GlobalHydra
from runcube.workflows import MultiRunMetricsWorkflow, multirun

class Inner(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        return {"x2": x}

base = {} if hydra.__version__ >= "1.4" else {"version_base": "1.3"}

@hydra.main(config_path=None, **base)
def main(cfg):
    before = (HydraConfig.get().job.name, GlobalHydra.instance().hydra,
              list(logging.getLogger().handlers), logging.getLogger().level)
    wf = Inner()
    wf.run(x=multirun([1, 2]), working_dir=HydraConfig.get().runtime.output_dir + "/inner")
    after = (HydraConfig.get().job.name, GlobalHydra.instance().hydra,
             list(logging.getLogger().handlers), logging.getLogger().level)
    assert before == after
    logging.getLogger("outer").info("still logging")
    print("metrics", wf.metrics)

main()
"""
    )
    command = [sys.executable, "-W", "error", str(script), "hydra.run.dir=out"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stderr
    assert "metrics {'x2': [1, 2]}" in done.stdout
    assert "still logging" in (tmp_path / "out" / "app.log").read_text()


def test_the_default_version_base_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Identity().run(x=1)


class Mode(Enum):
    FAST = 1
    SLOW = 2


@dataclasses.dataclass
class Optimizer:
    lr: float = 0.1
    nesterov: bool = False
    mode: Mode = Mode.FAST


@pytest.fixture
def groups(hydra_place):
    store = ConfigStore.instance()
    store.store(group="model", name="small", node={"width": 1, "name": "small"})
    store.store(group="model", name="large", node={"width": 9, "name": "large", "layers": 3})
    store.store(group="data/set", name="one", node={"size": 1})
    store.store(group="data/set", name="two", node={"size": 2})


class ShowsModel(MultiRunMetricsWorkflow):
    @staticmethod
    def task(zen_cfg):
        plain = OmegaConf.to_container(zen_cfg, resolve=True, enum_to_str=True)
        return {"config": json.dumps(plain)}


def shown(wf):
    return [json.loads(text) for text in wf.metrics["config"]]


@pytest.mark.usefixtures("groups")
def test_config_groups_are_swept_and_their_keys_overridden():
    wf = ShowsModel(make_config(model=MISSING, hydra_defaults=["_self_", {"model": "small"}]))
    wf.run(model=multirun(["small", "large"]), **{"model.width": 5})
    assert shown(wf) == [
        {"model": {"width": 5, "name": "small"}},
        {"model": {"width": 5, "name": "large", "layers": 3}},
    ]
    wf.run(model="large", **{"model.layers": multirun([1, 2])})
    assert [config["model"]["layers"] for config in shown(wf)] == [1, 2]


@pytest.mark.usefixtures("groups")
def test_groups_with_a_slash_or_a_package_are_added():
    wf = ShowsModel()
    wf.run(**{"data/set": multirun(["one", "two"]), "model@net": "small"})
    assert shown(wf) == [
        {"data": {"set": {"size": size}}, "net": {"width": 1, "name": "small"}} for size in (1, 2)
    ]
    assert next(iter(wf.multirun_task_overrides)) == "data/set"


def test_typed_fields_take_values_of_their_type():
    wf = ShowsModel(Optimizer)
    wf.run(lr=multirun([1, 2]), nesterov=True, mode=Mode.SLOW)
    config = {"nesterov": True, "mode": "SLOW"}
    assert shown(wf) == [{"lr": 1.0} | config, {"lr": 2.0} | config]
    assert wf.multirun_task_overrides["lr"] == [1, 2]


def test_a_sweep_of_the_sweepers_params_keeps_its_axis():
    wf = Identity({"x": 0})
    wf.run(sweeper_config={"params": {"x": "1,2"}}, overrides=["+y=3,4"])
    assert dict(wf.to_xarray().sizes) == {"x": 2, "y": 2}
    wf = Identity({"x": 0, "hydra": {"sweeper": {"params": {"x": "1,2"}}}})
    wf.run(overrides=["+y=3,4"])
    assert dict(wf.to_xarray().sizes) == {"x": 2, "y": 2}
    assert list(wf.multirun_task_overrides) == ["x", "y"]


def test_jobs_without_hydras_output_are_recorded_all_the_same():
    wf = Identity()
    wf.run(x=multirun([1, 2]), overrides=["hydra.output_subdir=null"])
    assert wf.jobs[1].cfg == {"x": 2}
    assert wf.metrics == {"x2": [1, 2]}
    assert Identity(working_dir=wf.working_dir).metrics == {"x2": [1, 2]}


def test_jobs_may_be_nested_and_named():
    wf = Identity()
    wf.run(x=multirun([1, 2]), overrides=["hydra.sweep.subdir='a/x=${x}'"])
    assert [path.name for path in wf.multirun_working_dirs] == ["x=1", "x=2"]
    assert wf.metrics == {"x2": [1, 2]}


def test_a_sweeper_that_returns_nothing_loses_nothing(monkeypatch):
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    sweep = BasicSweeper.sweep
    monkeypatch.setattr(BasicSweeper, "sweep", lambda self, arguments: sweep(self, arguments) and 0)
    wf = FailsAtOne()
    with pytest.raises(KeyError):
        wf.run(x=multirun([0, 1, 2]))
    assert wf.metrics == {"twice": [0, None, 4]}
    assert len(wf.jobs) == 3


def test_a_failed_workflow_pickles():
    class LocalError(Exception):
        pass

    class Fails(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            raise LocalError

    wf = FailsAtOne()
    wf.run(x=1, on_error="continue")
    again = pickle.loads(pickle.dumps(wf))
    assert isinstance(again.failures[0].exception, KeyError)
    local = Fails()
    local.run(x=1, on_error="continue")
    assert pickle.loads(pickle.dumps(local.jobs))[0].failure.exception is None


def test_coordinates_from_metrics_must_be_metrics():
    wf = Identity()
    wf.run(x=1)
    with pytest.raises(
        ValueError, match="the coordinate is to be `epoch`, and the metrics are: `x2`"
    ):
        wf.to_xarray(coord_from_metrics="epoch")


def test_a_frame_has_one_row_for_each_job():
    wf = FailsAtOne()
    wf.run(x=multirun([0, 1, 2]), on_error="continue")
    frame = wf.to_dataframe()
    assert len(frame) == 3
    assert frame["x"].tolist() == [0, 1, 2]


def test_working_subdirs_are_a_variable_on_demand():
    wf = Identity()
    wf.run(x=multirun([1, 2]))
    ds = wf.to_xarray(include_working_subdirs_as_data_var=True)
    assert ds["working_subdir"].values.tolist() == [str(path) for path in wf.multirun_working_dirs]


def test_fixed_parameters_are_dimensions_on_demand():
    wf = Identity()
    wf.run(x=multirun([1, 2]), depth=3)
    assert dict(wf.to_xarray().sizes) == {"x": 2}
    ds = wf.to_xarray(non_multirun_params_as_singleton_dims=True)
    assert dict(ds.sizes) == {"x": 2, "depth": 1}


def test_importing_workflows_loads_nothing_heavy():
    code = (
        "import sys, runcube.workflows\n"
        "heavy = ('hydra', 'hydra_zen', 'torch', 'xarray', 'pandas')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_value_swept_is_a_dimension_of_length_one():
    wf = Identity()
    wf.run(x=multirun([7]), y=1)
    assert dict(wf.to_xarray().sizes) == {"x": 1}
    assert wf.multirun_task_overrides == {"x": [7], "y": 1}
    assert isinstance(wf.multirun_task_overrides["x"], multirun)
