"""Sweeps on a real Slurm: what the queue, a cancellation and a lost launcher do to records."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hydra_zen import make_config, multirun

from runcube import MultiRunMetricsWorkflow, open_sweep
from runcube.record import JobRecord
from runcube.testing import assert_same
from slurm_cluster import queue, slurm_cluster

pytestmark = pytest.mark.engines

JOBS, FAILS, WAITS = 24, 5, 7
APP = """
import os, time
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    with open(os.environ["MARKS"], "a") as marks:
        marks.write(f"{cfg.x}\\n")
    if not os.path.exists(os.environ["CALM"]):
        if cfg.x == 5:
            raise ValueError("told to")
        if cfg.x == 7:
            time.sleep(600)
    return {"value": cfg.x / 7, "text": f"x is {cfg.x}", "array": [cfg.x, cfg.x + 1]}

task()
"""
SLURM = [
    "hydra/launcher=submitit_slurm",
    "hydra.launcher.timeout_min=10",
    "hydra.launcher.cpus_per_task=1",
    "hydra.launcher.array_parallelism=5",
]
SECONDS = 200


@pytest.fixture(scope="module")
def slurm():
    with slurm_cluster(cpus=6) as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables


def start(folder: Path, *arguments: str, jobs: str = f"range(0,{JOBS})") -> subprocess.Popen[str]:
    (folder / "app.py").write_text(APP)
    command = ["-m", "hydra/sweeper=runcube", "hydra.sweep.dir=s", f"+x={jobs}"]
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "app.py", *command, *arguments],
        cwd=folder,
        env=os.environ | {"MARKS": str(folder / "marks"), "CALM": str(folder / "calm")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, error = process.communicate(timeout=SECONDS)
    return process.returncode, output + error


def marks(folder: Path) -> Counter[int]:
    path = folder / "marks"
    return Counter(map(int, path.read_text().split())) if path.exists() else Counter()


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def scancel(name: str) -> None:
    subprocess.run(["scancel", name], check=True, capture_output=True)


def statuses(sweep: Path) -> dict[str, int]:
    return dict(Counter(job.status for job in open_sweep(sweep).jobs))


def without_slurm(folder: Path) -> None:
    """Run the same sweep in one process: what every engine's datasets are compared with."""
    (folder / "calm").touch()
    here = folder / "here"
    here.mkdir()
    (here / "calm").touch()
    assert ended(start(here))[0] == 0


def test_a_sweep_of_24_jobs_loses_the_failed_and_the_cancelled_one_alone(slurm, tmp_path):
    process = start(tmp_path, *SLURM)
    cancelled = tmp_path / "s" / str(WAITS)
    wait_for(lambda: marks(tmp_path)[WAITS], "the job that is to be cancelled")
    name = JobRecord.read(cancelled).scheduler.id
    assert queue(slurm)[name] == "RUNNING"
    submitted = json.loads((cancelled / "launch.json").read_text())
    assert submitted["scheduler"] == {"kind": "slurm", "id": name}
    scancel(name)
    code, said = ended(process)
    assert code == 1, said
    assert "told to" in said
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1)
    assert statuses(tmp_path / "s") == {"finished": 22, "error": 1, "stopped": 1}
    record = JobRecord.read(cancelled)
    assert (record.status, record.num, record.scheduler.id) == ("stopped", WAITS, name)
    assert "CANCELLED" in record.error.message
    assert JobRecord.read(tmp_path / "s" / str(FAILS)).error.message == "told to"
    assert int(open_sweep(tmp_path / "s").to_xarray()["value"].notnull().sum()) == 22

    without_slurm(tmp_path)
    code, said = ended(start(tmp_path, *SLURM, "hydra.sweeper.resume=true"))
    assert code == 0, said
    again = {FAILS: 2, WAITS: 2}
    assert marks(tmp_path) == dict.fromkeys(range(JOBS), 1) | again
    assert JobRecord.read(cancelled).attempt == 2
    expected = open_sweep(tmp_path / "here" / "s")
    assert_same(open_sweep(tmp_path / "s").to_xarray(), expected.to_xarray())


class Fates(MultiRunMetricsWorkflow):
    """A task that does as it is told."""

    @staticmethod
    def task(x, place):  # noqa: D102
        folder = Path(place)
        (folder / f"started-{x}").touch()
        if not (folder / "calm").exists():
            if x == 1:
                raise ValueError("told to")
            if x == 2:
                time.sleep(600)
        return {"value": x / 7}


def test_a_workflow_on_slurm_gives_back_what_finished_and_says_what_did_not(
    slurm, hydra_place, monkeypatch
):
    # Jobs import this module by its name.
    tests = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, [tests, tests.parent])))
    settings = {"timeout_min": 10, "cpus_per_task": 1, "array_parallelism": 4}
    arguments = {
        "x": multirun(range(4)),
        "working_dir": hydra_place / "sweep",
        "launcher": "submitit_slurm",
        "launcher_config": settings,
        "on_error": "continue",
    }

    def cancel():
        wait_for((hydra_place / "started-2").exists, "the job that is to be cancelled")
        scancel(JobRecord.read(hydra_place / "sweep" / "2").scheduler.id)

    canceller = threading.Thread(target=cancel)
    canceller.start()
    workflow = Fates(make_config(x=0, place=str(hydra_place)))
    workflow.run(**arguments)
    canceller.join()
    assert [job.return_value for job in workflow.jobs[::3]] == [{"value": 0}, {"value": 3 / 7}]
    assert [failure.parameters["x"] for failure in workflow.failures] == [1, 2]
    assert "CANCELLED" in workflow.failures[1].message
    assert workflow.to_xarray()["value"].isnull().values.tolist() == [False, True, True, False]
    (hydra_place / "calm").touch()
    for started in hydra_place.glob("started-*"):
        started.unlink()
    workflow.run(**arguments, resume=True)
    assert sorted(path.name for path in hydra_place.glob("started-*")) == ["started-1", "started-2"]
    assert workflow.to_xarray()["value"].values.tolist() == [0, 1 / 7, 2 / 7, 3 / 7]


def test_a_job_whose_time_is_spent_is_timed_out(slurm, tmp_path):
    process = start(tmp_path, *SLURM, "hydra.launcher.timeout_min=5", jobs=f"0,{WAITS}")
    wait_for(lambda: marks(tmp_path)[WAITS], "the job that takes too long")
    # What submitit has Slurm send two minutes before the end.
    name = JobRecord.read(tmp_path / "s" / "1").scheduler.id
    subprocess.run(["scancel", "--signal=USR2", name], check=True)
    code, said = ended(process)
    assert code == 1, said
    record = JobRecord.read(tmp_path / "s" / "1")
    assert (record.status, record.error.type) == (
        "timeout",
        "submitit.core.utils.UncompletedJobError",
    )
    assert statuses(tmp_path / "s") == {"finished": 1, "timeout": 1}


def test_jobs_that_wait_in_the_queue_are_not_launched_again(slurm, tmp_path):
    lines = [*SLURM, "hydra.launcher.array_parallelism=1"]
    process = start(tmp_path, *lines, jobs="range(0,9)")
    wait_for(lambda: marks(tmp_path)[FAILS - 2], "a few jobs")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    code, said = ended(start(tmp_path, "hydra.sweeper.resume=true", jobs="range(0,9)"))
    assert code == 0, said
    assert "are still running and are left alone" in said
    wait_for(lambda: marks(tmp_path)[WAITS], "the last but one job")
    (name,) = [name for name, state in queue(slurm).items() if state == "RUNNING"]
    scancel(name)
    wait_for(lambda: not queue(slurm), "the end of the queue")
    (tmp_path / "calm").touch()
    code, said = ended(start(tmp_path, "hydra.sweeper.resume=true", jobs="range(0,9)"))
    assert code == 0, said
    assert marks(tmp_path) == dict.fromkeys(range(9), 1) | {FAILS: 2, WAITS: 2}
    assert open_sweep(tmp_path / "s").is_complete
