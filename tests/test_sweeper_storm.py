"""A storm of accidents: processes are killed at random until a sweep is complete.

Each start of a task leaves a mark of its own outside the records, and so does each end, so that
the records are not asked whether they are right.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from runcube import open_sweep
from runcube.testing import assert_same

APP = """
import os, time
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(cfg):
    def mark(what):
        descriptor = os.open(os.environ["MARKS"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, f"{what} {cfg.x}\\n".encode())
        os.close(descriptor)
    mark("start")
    time.sleep(0.02)
    return {"value": cfg.x / 7, "text": f"x is {cfg.x}", "array": [cfg.x, cfg.x + 1]}

task()
"""
# 1,200 for each sweep; the long form (120,000) is 100 sweeps of 50 jobs.
SWEEPS = max(int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) // 1200, 1)
JOBS = 8 if SWEEPS == 1 else 50
MOST_LAUNCHES = 200


def command(folder: Path, name: str) -> subprocess.Popen[bytes]:
    (folder / "app.py").write_text(APP)
    arguments = ["-m", "hydra/sweeper=runcube", f"hydra.sweep.dir={name}", f"+x=range(0,{JOBS})"]
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "app.py", *arguments, "hydra.sweeper.resume=true"],
        cwd=folder,
        env=os.environ | {"MARKS": str(folder / f"{name}.marks")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finished(sweep: Path) -> set[str]:
    """Give the jobs whose own record says that they finished."""
    records = sweep.glob("*/job.json")
    return {path.parent.name for path in records if '"status":"finished"' in path.read_text()}


def starts(folder: Path, name: str) -> Counter[str]:
    marks = folder / f"{name}.marks"
    lines = marks.read_text().splitlines() if marks.exists() else []
    return Counter(line.split()[1] for line in lines)


@pytest.mark.parametrize("seed", range(SWEEPS))
def test_no_job_is_lost_and_none_runs_again_after_it_finished(tmp_path, seed):
    draw = random.Random(seed)
    calm = command(tmp_path, "calm")
    assert calm.communicate()[1] == b""
    assert calm.returncode == 0
    for _ in range(MOST_LAUNCHES):
        before = finished(tmp_path / "storm")
        started = starts(tmp_path, "storm")
        process = command(tmp_path, "storm")
        target = len(before) + draw.randrange(1, max(JOBS // 2, 2))
        while process.poll() is None and len(finished(tmp_path / "storm")) < target:
            time.sleep(0.01)
        time.sleep(draw.random() * 0.1)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        error = process.communicate()[1]
        again = {name for name in before if starts(tmp_path, "storm")[name] != started[name]}
        assert again == set()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error
    assert process.returncode == 0
    assert set(starts(tmp_path, "storm")) == {str(number) for number in range(JOBS)}
    sweep = open_sweep(tmp_path / "storm")
    assert sweep.is_complete
    assert_same(sweep.to_xarray(), open_sweep(tmp_path / "calm").to_xarray())


@pytest.mark.parametrize("limit", [2000, 6000])
def test_where_no_more_can_be_written_the_job_is_an_error_that_says_so(tmp_path, limit):
    app = APP.replace(
        'mark("start")',
        "import resource, signal\n"
        "    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"    resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))",
    ).replace("[cfg.x, cfg.x + 1]", "list(range(10_000))")
    (tmp_path / "app.py").write_text(app)
    done = subprocess.run(
        [sys.executable, "app.py", "-m", "hydra/sweeper=runcube", "+x=1", "hydra.sweep.dir=s"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    job = tmp_path / "s" / "0"
    assert not (job / "metrics.arrow").exists()
    (found,) = open_sweep(tmp_path / "s").jobs
    assert found.status == "error"
    assert "File too large" in (job / "job.json").read_text()
    assert list(job.glob(".*.tmp")) == []
