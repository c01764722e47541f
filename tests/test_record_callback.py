"""The callback that records jobs under Hydra's own sweeper and launcher."""

from __future__ import annotations

import subprocess
import sys

from runcube import open_sweep
from runcube.record import JobRecord

APP = """
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    if cfg.x == 2:
        raise ValueError("told to")
    return {"value": cfg.x / 2} if cfg.x else None

task()
"""
CALLBACK = "+hydra.callbacks.runcube._target_=runcube.launch.RecordCallback"


def run(folder, *arguments):
    (folder / "app.py").write_text(APP)
    command = [sys.executable, "-W", "ignore", "app.py", *arguments, CALLBACK]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_jobs_of_hydras_own_sweeper_are_recorded(tmp_path):
    done = run(tmp_path, "-m", "+x=0,1,2,3", "hydra.sweep.dir=s")
    assert done.returncode == 1
    assert "Callback" not in done.stderr
    sweep = open_sweep(tmp_path / "s")
    assert [job.status for job in sweep.jobs] == ["finished", "finished", "error", "finished"]
    assert sweep.to_xarray()["value"].values[[1, 3]].tolist() == [0.5, 1.5]
    record = JobRecord.read(tmp_path / "s" / "2")
    assert (record.num, record.error.message, record.task.name) == (2, "told to", "task")
    assert "told to" in (tmp_path / "s" / "2" / "error.txt").read_text()


def test_a_single_run_is_recorded(tmp_path):
    done = run(tmp_path, "+x=1", "hydra.run.dir=r")
    assert done.returncode == 0, done.stderr
    assert JobRecord.read(tmp_path / "r").status == "finished"
    assert open_sweep(tmp_path / "r").metrics == ("value",)


def test_our_own_sweeper_keeps_its_own_record(tmp_path):
    done = run(tmp_path, "-m", "hydra/sweeper=runcube", "+x=1,3", "hydra.sweep.dir=s")
    assert done.returncode == 0, done.stderr
    records = [JobRecord.read(tmp_path / "s" / str(number)) for number in range(2)]
    assert all(it.sweep is not None and it.attempt == 1 for it in records)
