"""Accidents of every kind in one sweep: each costs its own job, and a resume runs exactly those.

What happens to the launching process is in `test_sweeper_storm.py` and `test_sweeper_resume.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from runcube import open_sweep
from runcube.record import JobRecord

APP = """
import os, signal, sys, time
from dataclasses import dataclass
import hydra
from hydra.core.config_store import ConfigStore

@dataclass
class Config:
    fate: str = "fine"
    x: int = 0

ConfigStore.instance().store(name="config", node=Config)

@hydra.main(version_base="1.3", config_path=None, config_name="config")
def task(cfg):
    with open(os.environ["MARKS"], "a") as marks:
        marks.write(f"{cfg.fate}\\n")
    if not os.path.exists("calm"):
        if cfg.fate == "raises":
            raise ValueError("told to")
        if cfg.fate == "leaves":
            os._exit(7)
        if cfg.fate == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if cfg.fate == "hangs":
            time.sleep(600)
    return {"value": len(cfg.fate)}

task()
"""
FATES = ["good", "raises", "leaves", "fine", "killed", "hangs", "well"]
BAD = {"raises", "leaves", "killed", "hangs"}
LINES = [
    "hydra/sweeper=runcube",
    "hydra/launcher=runcube",
    "hydra.launcher.n_jobs=2",
    "hydra.launcher.timeout_s=4",
    "hydra.sweep.dir=s",
]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(APP)
    return subprocess.run(
        [sys.executable, "-W", "ignore", "app.py", "-m", *LINES, *arguments],
        cwd=folder,
        env=os.environ | {"MARKS": str(folder / "marks")},
        capture_output=True,
        text=True,
        check=False,
    )


def marks(folder: Path) -> Counter[str]:
    return Counter((folder / "marks").read_text().split())


def test_every_accident_costs_its_own_job_and_a_resume_runs_exactly_those(tmp_path):
    fates = f"fate={','.join(FATES)}"
    done = run(tmp_path, fates)
    assert done.returncode == 1, done.stderr
    assert marks(tmp_path) == dict.fromkeys(FATES, 1)
    records = {fate: JobRecord.read(tmp_path / "s" / str(at)) for at, fate in enumerate(FATES)}
    assert {fate: record.status for fate, record in records.items()} == {
        "good": "finished",
        "raises": "error",
        "leaves": "error",
        "fine": "finished",
        "killed": "error",
        "hangs": "timeout",
        "well": "finished",
    }
    messages = {fate: record.error.message for fate, record in records.items() if fate in BAD}
    assert messages["raises"] == "told to"
    assert "exit code 7" in messages["leaves"]
    assert "signal 9 (SIGKILL)" in messages["killed"]
    assert "4 s" in messages["hangs"]
    values = open_sweep(tmp_path / "s").to_xarray()["value"]
    assert values.isnull().values.tolist() == [fate in BAD for fate in FATES]

    (tmp_path / "calm").touch()
    done = run(tmp_path, fates, "hydra.sweeper.resume=true")
    assert done.returncode == 0, done.stderr
    assert marks(tmp_path) == {fate: 2 if fate in BAD else 1 for fate in FATES}
    values = open_sweep(tmp_path / "s").to_xarray()["value"]
    assert values.values.tolist() == [len(fate) for fate in FATES]


def test_a_value_that_one_job_cannot_take_is_an_error_before_any_job_runs(tmp_path):
    done = run(tmp_path, "x=1,2,three")
    assert done.returncode == 1
    assert "'three'" in done.stderr
    assert not (tmp_path / "marks").exists()
    assert not list(tmp_path.glob("s/*/"))
