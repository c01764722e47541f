"""A storm of accidents: processes are killed at random until a sweep is complete.

Each start of a task leaves a mark of its own outside the records, and so does each end, so that
the records are not asked whether they are right.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import xarray

from runcube import open_sweep
from runcube.record import JobRecord
from runcube.testing import assert_same

APP = """
import fcntl, os, time
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    def mark(what):
        descriptor = os.open(os.environ["MARKS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, f"{what} {cfg.x} {os.getpid()}\\n".encode())
        os.close(descriptor)
    with open(f"{os.environ['MARKS']}-{cfg.x}", "w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mark("twice")
        mark("start")
        time.sleep(0.02)
    return {"value": cfg.x / 7, "text": f"x is {cfg.x}", "array": [cfg.x, cfg.x + 1]}

task()
"""
# 1,200 for each sweep; the long form (120,000) is 100 sweeps of 50 jobs.
SWEEPS = max(int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) // 1200, 1)
JOBS = 8 if SWEEPS == 1 else 50
MOST_LAUNCHES = 200
ENGINES = {"here": [], "workers": ["hydra/launcher=runcube", "hydra.launcher.n_jobs=2"]}


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    (folder / "app.py").write_text(APP)
    lines = ["-m", "hydra/sweeper=runcube", "hydra.sweep.dir=s", f"+x=range(0,{JOBS})"]
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "app.py", *lines, *arguments],
        cwd=folder,
        env=os.environ | {"MARKS": str(folder / "marks")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finished(folder: Path) -> set[str]:
    """Give the jobs whose own record says that they finished."""
    records = (folder / "s").glob("*/job.json")
    return {path.parent.name for path in records if '"status":"finished"' in path.read_text()}


def marks(folder: Path) -> list[list[str]]:
    path = folder / "marks"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def starts(folder: Path) -> Counter[str]:
    return Counter(name for what, name, _ in marks(folder) if what == "start")


def parent(pid: int) -> int | None:
    """Give the process that started another one, None where that is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def disturb(process: subprocess.Popen[bytes], folder: Path, draw: random.Random) -> None:
    """Wait until some more jobs have finished; then kill the launcher, or the last worker."""
    target = len(finished(folder)) + draw.randrange(1, max(JOBS // 2, 2))
    while process.poll() is None and len(finished(folder)) < target:
        time.sleep(0.01)
    time.sleep(draw.random() * 0.1)
    victim = process.pid
    workers = [int(pid) for _, _, pid in marks(folder)[-2:] if parent(int(pid)) == process.pid]
    if workers and draw.random() < 0.6:
        victim = draw.choice(workers)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> xarray.Dataset:
    """Give the dataset of the sweep when nothing happens to it."""
    folder = tmp_path_factory.mktemp("calm")
    process = start(folder)
    assert process.communicate()[1] == b""
    assert process.returncode == 0
    return open_sweep(folder / "s").to_xarray()


@pytest.mark.parametrize("seed", range(SWEEPS))
@pytest.mark.parametrize("engine", ENGINES)
def test_no_job_is_lost_and_none_runs_again_after_it_finished(tmp_path, undisturbed, engine, seed):
    draw = random.Random(seed)
    for _ in range(MOST_LAUNCHES):
        before, started = finished(tmp_path), starts(tmp_path)
        process = start(tmp_path, *ENGINES[engine], "hydra.sweeper.resume=true")
        while process.poll() is None:
            disturb(process, tmp_path, draw)
        error = process.communicate()[1]
        again = {name for name in before if starts(tmp_path)[name] != started[name]}
        assert again == set()
        # A killed worker fails its job, and with it, at the end, the launch.
        assert process.returncode in {0, 1, -signal.SIGKILL}, error
        if len(finished(tmp_path)) == JOBS:
            break
    assert set(starts(tmp_path)) == {str(number) for number in range(JOBS)}
    assert [name for what, name, _ in marks(tmp_path) if what == "twice"] == []
    sweep = open_sweep(tmp_path / "s")
    assert sweep.is_complete
    assert_same(sweep.to_xarray(), undisturbed)


WRITES = """
import resource, signal
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (cfg.limit, cfg.limit))
    return {"array": list(range(10_000))}

task()
"""


@pytest.mark.parametrize(("limit", "status"), [(100, "stale"), (2000, "error"), (6000, "error")])
def test_where_no_more_can_be_written_the_old_record_stays_or_the_new_one_says_so(
    tmp_path, limit, status
):
    (tmp_path / "app.py").write_text(WRITES)
    lines = ["-m", "hydra/sweeper=runcube", f"+limit={limit}", "hydra.sweep.dir=s"]
    done = subprocess.run(
        [sys.executable, "app.py", *lines], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 1
    job = tmp_path / "s" / "0"
    assert not (job / "metrics.arrow").exists()
    (found,) = open_sweep(tmp_path / "s").jobs
    assert found.status == status
    record = JobRecord.read(job)
    if status == "stale":
        assert record.status == "running"
    else:
        assert "File too large" in record.error.message
    assert list(job.glob(".*.tmp")) == []
