"""Launchers of Hydra's plugins under our sweeper: the same records, datasets and resume.

What a launcher hands back when a task raises or its process dies differs from one to the next; what
stands on disk does not.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hydra_zen import make_config, multirun

from runcube import MultiRunMetricsWorkflow, open_sweep
from runcube.record import JobRecord
from runcube.testing import assert_same

pytestmark = pytest.mark.engines

# Without its dashboard, and with as many workers as jobs need.
RAY = {"ray": {"init": {"num_cpus": 2, "include_dashboard": False}}}
ENGINES = {
    "joblib": ["hydra.launcher.n_jobs=2"],
    "submitit_local": ["hydra.launcher.timeout_min=10"],
    "ray": [
        "+hydra.launcher.ray.init.num_cpus=2",
        "+hydra.launcher.ray.init.include_dashboard=false",
    ],
}
CONFIGS = {"joblib": {"n_jobs": 2}, "submitit_local": {"timeout_min": 10}, "ray": RAY}
JOBS, FAILS, DIES = 6, 2, 4
APP = """
import os, sys, time
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    with open(os.environ["MARKS"], "a") as marks:
        marks.write(f"{cfg.x}\\n")
    accident = os.environ["ACCIDENT"]
    if cfg.x == 2 and accident:
        raise ValueError("told to")
    if cfg.x == 4 and accident == "dies":
        os._exit(3)
    if cfg.x == 4 and accident == "waits" and not os.path.exists("waits"):
        open("waits", "w").close()
        time.sleep(100)
    return {"value": cfg.x / 7, "text": f"x is {cfg.x}", "array": [cfg.x, cfg.x + 1]}

task()
"""


def start(folder: Path, *arguments: str, accident: str = "") -> subprocess.Popen[str]:
    (folder / "app.py").write_text(APP)
    lines = ["-m", "hydra/sweeper=runcube", "hydra.sweep.dir=s"]
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "app.py", *lines, *arguments],
        cwd=folder,
        env=os.environ | {"MARKS": str(folder / "marks"), "ACCIDENT": accident},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def launch(folder: Path, *arguments: str, accident: str = "") -> tuple[int, str]:
    swept = [] if any(it.startswith("+x=") for it in arguments) else [f"+x=range(0,{JOBS})"]
    process = start(folder, *swept, *arguments, accident=accident)
    output, _ = process.communicate()
    return process.returncode, output


def marks(folder: Path) -> Counter[int]:
    return Counter(map(int, (folder / "marks").read_text().split()))


def statuses(folder: Path) -> list[str]:
    return [JobRecord.read(folder / "s" / str(number)).status for number in range(JOBS)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """Run the sweep in one process, for its dataset."""
    folder = tmp_path_factory.mktemp("here")
    assert launch(folder)[0] == 0
    return folder / "s"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sweep_of_an_app_fails_in_one_job_and_resumes(tmp_path, undisturbed, engine):
    lines = [f"hydra/launcher={engine}", *ENGINES[engine]]
    code, said = launch(tmp_path, *lines, accident="raises")
    assert code == 1, said
    assert "told to" in said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1)
    bad = ["error" if number == FAILS else "finished" for number in range(JOBS)]
    assert statuses(tmp_path) == bad
    code, said = launch(tmp_path, *lines, "hydra.sweeper.resume=true")
    assert code == 0, said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1) | {FAILS: 2}
    assert_same(open_sweep(tmp_path / "s").to_xarray(), open_sweep(undisturbed).to_xarray())


def test_a_process_of_submitit_that_dies_costs_its_own_job_alone(tmp_path, undisturbed):
    lines = ["hydra/launcher=submitit_local", "hydra.launcher.timeout_min=10"]
    code, said = launch(tmp_path, *lines, accident="dies")
    assert code == 1, said
    expected = {FAILS: "error", DIES: "error"}
    assert statuses(tmp_path) == [expected.get(number, "finished") for number in range(JOBS)]
    record = JobRecord.read(tmp_path / "s" / str(DIES))
    assert "its process is gone" in record.error.message
    assert (record.num, record.attempt) == (DIES, 1)
    code, said = launch(tmp_path, *lines, "hydra.sweeper.resume=true")
    assert code == 0, said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1) | {FAILS: 2, DIES: 2}
    assert_same(open_sweep(tmp_path / "s").to_xarray(), open_sweep(undisturbed).to_xarray())


def test_a_job_that_submitit_interrupts_starts_again_in_its_directory(tmp_path):
    lines = ["hydra/launcher=submitit_local", "hydra.launcher.timeout_min=60"]
    process = start(tmp_path, *lines, "+x=0,4", accident="waits")
    waiting = tmp_path / "s" / "1"
    deadline = time.monotonic() + 120
    while not (tmp_path / "waits").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(JobRecord.read(waiting).pid, signal.SIGUSR2)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    record = JobRecord.read(waiting)
    assert (record.status, record.attempt) == ("finished", 2)
    assert marks(tmp_path) == {0: 1, DIES: 2}


def test_of_several_tasks_of_one_job_the_first_keeps_the_record(tmp_path):
    lines = ["hydra/launcher=submitit_local", "hydra.launcher.tasks_per_node=2"]
    code, said = launch(tmp_path, *lines, "+x=0,1")
    assert code == 0, said
    assert marks(tmp_path) == {0: 2, 1: 2}
    assert "left no return" not in said
    assert [JobRecord.read(tmp_path / "s" / name).status for name in "01"] == ["finished"] * 2
    assert list(tmp_path.glob("s/*/metrics_task.arrow")) == []
    assert open_sweep(tmp_path / "s").to_xarray()["value"].values.tolist() == [0, 1 / 7]


class Told(MultiRunMetricsWorkflow):
    """A task that fails until it is calm."""

    @staticmethod
    def task(x, place):  # noqa: D102
        with (Path(place) / "marks").open("a") as marks:
            marks.write(f"{x}\n")
        if x == FAILS and not (Path(place) / "calm").exists():
            raise ValueError("told to")
        return {"value": x / 7, "array": [x, x + 1]}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_workflow_fails_in_one_job_and_resumes(hydra_place, monkeypatch, engine):
    tests = Path(__file__).parent
    # Jobs import this module by its name.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [tests, tests.parent])))
    arguments = {
        "x": multirun(range(4)),
        "launcher": engine,
        "launcher_config": CONFIGS[engine],
        "working_dir": hydra_place / "sweep",
        "on_error": "continue",
    }
    workflow = Told(make_config(x=0, place=str(hydra_place)))
    workflow.run(**arguments)
    assert [failure.parameters["x"] for failure in workflow.failures] == [FAILS]
    assert isinstance(workflow.failures[0].exception, ValueError)
    assert workflow.to_xarray()["value"].isnull().values.tolist() == [False, False, True, False]
    (hydra_place / "calm").touch()
    workflow.run(**arguments, resume=True)
    assert marks(hydra_place) == dict.fromkeys(range(4), 1) | {FAILS: 2}
    assert os.getpid() not in {JobRecord.read(path).pid for path in workflow.multirun_working_dirs}
    plain = Told(make_config(x=0, place=str(hydra_place)))
    plain.run(x=multirun(range(4)), working_dir=hydra_place / "plain")
    assert_same(workflow.to_xarray(), plain.to_xarray())
