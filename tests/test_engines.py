"""Launchers of Hydra's plugins under our sweeper: the same records, datasets and resume.

What a launcher hands back when a task raises or its process dies differs from one to the next; what
stands on disk does not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from runcube import open_sweep
from runcube.record import JobRecord
from runcube.testing import assert_same

pytestmark = pytest.mark.engines

ENGINES = {
    "joblib": {"n_jobs": 2},
    "submitit_local": {"timeout_min": 60},
    "ray": {"ray": {"init": {"num_cpus": 2, "include_dashboard": False}}},
}
JOBS, FAILS, DIES = 4, 1, 2
APP = """
import os, sys, time
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    with open(os.environ["MARKS"], "a") as marks:
        marks.write(f"{cfg.x}\\n")
    accident = os.environ["ACCIDENT"]
    if cfg.x == 1 and accident:
        raise ValueError("told to")
    if cfg.x == 2 and accident == "dies":
        os._exit(3)
    if cfg.x == 2 and accident == "waits" and not os.path.exists("waits"):
        open("waits", "w").close()
        time.sleep(100)
    return {"value": cfg.x / 7, "text": f"x is {cfg.x}", "array": [cfg.x, cfg.x + 1]}

task()
"""


def settings(values: dict, prefix: str = "hydra.launcher") -> list[str]:
    """Write the settings of a launcher as lines."""
    lines = []
    for key, value in values.items():
        is_node = isinstance(value, dict)
        name = f"{prefix}.{key}"
        lines += settings(value, name) if is_node else [f"++{name}={json.dumps(value)}"]
    return lines


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
def test_a_sweep_of_an_app_loses_the_jobs_of_accidents_alone_and_resumes(
    tmp_path, undisturbed, engine
):
    lines = [f"hydra/launcher={engine}", *settings(ENGINES[engine])]
    # Ray starts a job again whose process dies; joblib ends its other processes with it.
    bad = {FAILS, DIES} if engine == "submitit_local" else {FAILS}
    code, said = launch(tmp_path, *lines, accident="dies" if DIES in bad else "raises")
    assert code == 1, said
    assert "told to" in said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1)
    expected = ["error" if number in bad else "finished" for number in range(JOBS)]
    assert statuses(tmp_path) == expected
    if DIES in bad:
        record = JobRecord.read(tmp_path / "s" / str(DIES))
        assert "its process is gone" in record.error.message
        assert (record.num, record.attempt) == (DIES, 1)
    code, said = launch(tmp_path, *lines, "hydra.sweeper.resume=true")
    assert code == 0, said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1) | dict.fromkeys(bad, 2)
    assert_same(open_sweep(tmp_path / "s").to_xarray(), open_sweep(undisturbed).to_xarray())


def test_a_job_that_submitit_interrupts_starts_again_in_its_directory(tmp_path):
    lines = ["hydra/launcher=submitit_local", "hydra.launcher.timeout_min=60"]
    process = start(tmp_path, *lines, "+x=0,2", accident="waits")
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
    code, said = launch(tmp_path, *lines, "+x=1")
    assert code == 0, said
    assert marks(tmp_path) == {1: 2}
    assert "left no return" not in said
    assert JobRecord.read(tmp_path / "s" / "0").status == "finished"
    assert list(tmp_path.glob("s/*/metrics_task.arrow")) == []
    assert open_sweep(tmp_path / "s").to_xarray()["value"].item() == 1 / 7


WORKFLOW = """
import json, os, sys
from pathlib import Path
from hydra_zen import make_config
from runcube import MultiRunMetricsWorkflow, multirun
from runcube.record import JobRecord
from runcube.testing import assert_same

class Told(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, place):
        with open(f"{place}/marks", "a") as marks:
            marks.write(f"{x}\\n")
        if x == 1 and not os.path.exists(f"{place}/calm"):
            raise ValueError("told to")
        return {"value": x / 7, "array": [x, x + 1]}

def main():
    config = make_config(x=0, place=os.getcwd())
    swept = {"x": multirun(range(3)), "on_error": "continue"}
    engine = {"launcher": sys.argv[1], "launcher_config": json.loads(sys.argv[2])}
    workflow = Told(config)
    workflow.run(**swept, **engine, working_dir="sweep")
    assert [failure.parameters["x"] for failure in workflow.failures] == [1]
    assert isinstance(workflow.failures[0].exception, ValueError)
    assert workflow.to_xarray()["value"].isnull().values.tolist() == [False, True, False]
    Path("calm").touch()
    workflow.run(**swept, **engine, working_dir="sweep", resume=True)
    assert sorted(Path("marks").read_text().split()) == ["0", "1", "1", "2"]
    assert os.getpid() not in {JobRecord.read(job).pid for job in workflow.multirun_working_dirs}
    plain = Told(config)
    plain.run(**swept, working_dir="plain")
    assert_same(workflow.to_xarray(), plain.to_xarray())

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_workflow_of_a_script_fails_in_one_job_and_resumes(tmp_path, engine):
    (tmp_path / "script.py").write_text(WORKFLOW)
    command = [sys.executable, "script.py", engine, json.dumps(ENGINES[engine])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
