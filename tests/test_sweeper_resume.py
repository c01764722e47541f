"""Resuming a sweep: what finished is kept, the rest runs, and what has changed is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runcube import open_sweep
from runcube.cli.main import main
from runcube.errors import ConflictError
from runcube.launch.sweeper.lock import sweep_lock
from runcube.launch.sweeper.plan_file import PlanLine, append_plan, read_plan
from runcube.record import JobRecord

OURS = "hydra/sweeper=runcube"
APP = """
import os, signal, sys, time
import hydra
from hydra.core.hydra_config import HydraConfig

@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def task(cfg):
    num = HydraConfig.get().job.num
    with open(os.environ["MARKS"], "a") as marks:
        marks.write(f"{cfg.x} {cfg.y} {num}\\n")
    todo = os.environ.get("ACCIDENT", "").split()
    if todo[:2] == [str(cfg.x), str(cfg.y)]:
        if todo[2] == "raise":
            raise ValueError("told to")
        if todo[2] == "wait":
            time.sleep(60)
        os.kill(os.getpid(), getattr(signal, todo[2]))
    return {"sum": cfg.x + cfg.y * FACTOR + cfg.extra, "num": num}

FACTOR = 10
task()
"""
LINES = ("x=1,2", "y=0,1,2")


def write_app(folder: Path, *, extra: int = 0) -> None:
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "config.yaml").write_text(f"x: 0\ny: 0\nextra: {extra}\n")
    (folder / "app.py").write_text(APP)


@pytest.fixture
def place(tmp_path):
    write_app(tmp_path)
    return tmp_path


def command(*arguments: str) -> list[str]:
    given = arguments if any(a.startswith("x=") for a in arguments) else (*LINES, *arguments)
    return [sys.executable, "-W", "ignore", "app.py", "-m", OURS, "hydra.sweep.dir=s", *given]


def environment(place: Path, accident: str = "") -> dict[str, str]:
    return os.environ | {"MARKS": str(place / "marks"), "ACCIDENT": accident}


def run(place: Path, *arguments: str, accident: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=place,
        env=environment(place, accident),
        capture_output=True,
        text=True,
        check=False,
    )


def resume(place: Path, *arguments: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
    done = run(place, *arguments, "hydra.sweeper.resume=true")
    assert (done.returncode != 0) == fails, done.stderr
    return done


def marks(place: Path) -> list[str]:
    """Give `x y` of every start of a task, in their order."""
    lines = (place / "marks").read_text().splitlines()
    return [line.rpartition(" ")[0] for line in lines]


def sums(place: Path) -> list[Any]:
    return open_sweep(place / "s").to_xarray()["sum"].values.tolist()


ALL = ["1 0", "1 1", "1 2", "2 0", "2 1", "2 2"]
SUMS = [[1, 11, 21], [2, 12, 22]]


@pytest.mark.parametrize("accident", ["raise", "SIGKILL", "SIGINT", "SIGTERM"])
def test_a_resume_runs_what_did_not_finish_and_nothing_else(place, accident):
    first = run(place, accident=f"1 2 {accident}")
    assert first.returncode != 0
    assert not open_sweep(place / "s").is_complete
    before = marks(place)
    assert before == (ALL if accident == "raise" else ALL[:3])
    resume(place)
    again = ["1 2"] if accident == "raise" else ALL[2:]
    assert marks(place) == [*before, *again]
    assert sums(place) == SUMS
    record = JobRecord.read(place / "s" / "2")
    assert (record.status, record.attempt, record.num) == ("finished", 2, 2)
    assert open_sweep(place / "s").to_xarray()["num"].values.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert open_sweep(place / "s").is_complete
    resume(place)
    assert len(marks(place)) == len(before) + len(again)


def test_a_wider_resume_gives_new_numbers_and_one_product(place):
    run(place, "x=1,2", "y=0,1")
    resume(place)
    assert marks(place) == ["1 0", "1 1", "2 0", "2 1", "1 2", "2 2"]
    plan = read_plan(place / "s")
    assert [(line.num, line.dir, line.overrides) for line in plan.values()][4:] == [
        (4, "4", ("x=1", "y=2")),
        (5, "5", ("x=2", "y=2")),
    ]
    assert sums(place) == SUMS


def test_a_narrower_resume_forgets_nothing_but_the_index_beside_the_sweep(place):
    run(place)
    index = place / "s" / ".runcube" / "index-v1.arrow"
    index.touch()
    resume(place, "x=2", "y=0,1")
    assert not index.exists()
    assert len(marks(place)) == 6
    assert sums(place) == SUMS


def test_changed_code_runs_again_in_new_directories_and_is_reported(place):
    run(place, "x=1,2", "y=0")
    (place / "app.py").write_text(APP.replace("cfg.y * FACTOR", "100"))
    done = resume(place, "x=1,2", "y=0")
    assert "the code of `task` has changed since 2 of the jobs finished" in done.stdout
    plan = read_plan(place / "s")
    assert [line.superseded for line in plan.values()] == ["2", "3", None, None]
    assert sums(place) == [101, 102]
    before = {path: path.read_bytes() for path in (place / "s" / "0").rglob("*") if path.is_file()}
    resume(place, "x=1,2", "y=0")
    assert len(marks(place)) == 4
    assert all(path.read_bytes() == text for path, text in before.items())


def test_a_changed_default_is_named_and_old_results_are_not_taken(place):
    run(place, "x=1,2", "y=0")
    write_app(place, extra=5)
    refused = resume(place, "x=1,2", "y=0", "hydra.sweeper.on_change=error", fails=True)
    assert "the config has (`extra` (0 -> 5)) changed since 2" in refused.stderr
    assert "Traceback" not in refused.stderr
    resume(place, "x=1,2", "y=0", "hydra.sweeper.on_change=keep")
    assert len(marks(place)) == 2
    resume(place, "x=1,2", "y=0")
    assert len(marks(place)) == 4
    assert sums(place) == [6, 7]


def test_a_sweep_of_plain_hydra_is_resumed_by_its_files(place):
    text = APP.replace("return {", "values = {")
    save = "import json; from pathlib import Path\n    "
    save += 'Path(HydraConfig.get().runtime.output_dir, "m.json").write_text(json.dumps(values))'
    (place / "app.py").write_text(text.replace("\n\nFACTOR", f"\n    {save}\n\nFACTOR"))
    plain = [argument for argument in command() if argument != OURS]
    env = environment(place, "1 2 SIGKILL")
    subprocess.run(plain, cwd=place, env=env, capture_output=True, check=False)
    resume(place)
    assert marks(place) == [*ALL[:3], *ALL[2:]]
    assert sums(place) == SUMS


def test_a_sweep_of_plain_hydra_without_metric_files_is_refused(place):
    plain = [argument for argument in command() if argument != OURS]
    subprocess.run(plain, cwd=place, env=environment(place), capture_output=True, check=True)
    done = resume(place, fails=True)
    assert "has a record or a metric file, so nothing says which of them finished" in done.stderr


def test_a_dry_run_says_what_a_resume_would_skip_and_writes_nothing(place):
    run(place, accident="1 1 raise")
    before = sorted((path, path.stat().st_mtime_ns) for path in (place / "s").rglob("*"))
    done = resume(place, "hydra.sweeper.dry_run=true")
    assert "6 jobs: x (2) x y (3)" in done.stdout
    assert "5 have finished, 0 are running, 1 would run" in done.stdout
    assert before == sorted((path, path.stat().st_mtime_ns) for path in (place / "s").rglob("*"))


def test_two_processes_that_resume_at_once_run_each_job_once(place):
    run(place, accident="1 1 SIGKILL")
    started = [
        subprocess.Popen(
            command("hydra.sweeper.resume=true"),
            cwd=place,
            env=environment(place),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in started]
    assert marks(place) == [*ALL[:2], *ALL[1:]]
    for process, error in zip(started, errors, strict=True):
        assert process.returncode == 0 or "is launching into" in error
    assert sums(place) == SUMS


def test_a_running_job_is_left_alone(place):
    holder = subprocess.Popen(
        command(),
        cwd=place,
        env=environment(place, "1 1 wait"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (place / "marks").exists() or len(marks(place)) < 2:
            time.sleep(0.05)
        busy = resume(place, fails=True)
        assert f"process {holder.pid} on " in busy.stderr
        assert len(marks(place)) == 2
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    statuses = [job.status for job in open_sweep(place / "s").jobs]
    assert statuses == ["finished", "stale"]
    resume(place)
    assert sums(place) == SUMS


def test_the_command_resumes_a_sweep_as_it_was_started(place, monkeypatch, capfd):
    run(place, accident="1 1 raise")
    monkeypatch.setenv("MARKS", str(place / "marks"))
    assert main(["resume", str(place / "s"), "--dry-run"]) == 0
    assert "5 have finished, 0 are running, 1 would run" in capfd.readouterr().out
    assert main(["resume", str(place / "s")]) == 0
    assert marks(place) == [*ALL, "1 1"]
    assert sums(place) == SUMS
    assert main(["resume", str(place)]) == 2
    assert "it is no sweep that Hydra started" in capfd.readouterr().err


def test_a_lock_is_held_once_and_let_go(tmp_path):
    with sweep_lock(tmp_path), pytest.raises(ConflictError, match="this one"), sweep_lock(tmp_path):
        pass
    with sweep_lock(tmp_path):
        assert (tmp_path / ".runcube" / "lock").exists()


def test_a_torn_line_of_the_plan_spoils_no_other(tmp_path):
    lines = [PlanLine(number, str(number), [f"x={number}"]) for number in range(3)]
    append_plan(tmp_path, lines[:2])
    plan = tmp_path / ".runcube" / "jobs.jsonl"
    plan.write_bytes(plan.read_bytes()[:-5])
    append_plan(tmp_path, lines[2:])
    assert list(read_plan(tmp_path)) == ["0", "2"]
    plan.write_text(plan.read_text() + 'null\n{"dir": 3}\n{"dir": "7", "num": "x"}\n')
    assert read_plan(tmp_path)["7"] == PlanLine(-1, "7", ())


@pytest.mark.parametrize(
    ("setting", "status", "started"),
    [
        ("on_error=continue", 0, 6),
        ("on_error=raise", 1, 6),
        ("on_error=stop", 1, 2),
        ("max_failures=1", 1, 2),
    ],
)
def test_what_a_failure_ends(place, setting, status, started):
    done = run(place, f"hydra.sweeper.{setting}", accident="1 1 raise")
    assert (done.returncode, len(marks(place))) == (status, started)
    resume(place)
    assert sums(place) == SUMS


def test_a_job_that_fails_is_tried_again_in_its_directory(place):
    done = run(place, "hydra.sweeper.retries=2", "x=1", "y=0,1", accident="1 1 raise")
    assert done.returncode == 1
    assert marks(place) == ["1 0", "1 1", "1 1", "1 1"]
    assert JobRecord.read(place / "s" / "1").attempt == 3


def test_when_the_time_is_spent_the_rest_is_skipped_and_resumes(place):
    done = run(place, "hydra.sweeper.max_total_seconds=0")
    assert done.returncode == 0, done.stderr
    assert not (place / "marks").exists()
    statuses = {job.status for job in open_sweep(place / "s").jobs}
    assert statuses == {"skipped"}
    resume(place)
    assert marks(place) == ALL
    assert JobRecord.read(place / "s" / "0").attempt == 1
    assert sums(place) == SUMS


def test_repetitions_are_a_dimension_and_resume(place):
    run(place, "x=1,2", "y=0", "hydra.sweeper.repeats=2", accident="2 0 raise")
    resume(place, "x=1,2", "y=0", "hydra.sweeper.repeats=3")
    assert marks(place) == ["1 0", "2 0", "1 0", "2 0", "2 0", "2 0", "1 0", "2 0"]
    dataset = open_sweep(place / "s").to_xarray()
    assert dict(dataset.sizes) == {"x": 2, "y": 1, "repeat": 3} or dataset.sizes["repeat"] == 3
    assert [JobRecord.read(place / "s" / str(n)).repetition for n in range(6)] == [0, 0, 1, 1, 2, 2]


def test_overwriting_removes_planned_jobs_alone(place):
    run(place)
    (place / "s" / "mine").mkdir()
    refused = run(place)
    assert refused.returncode == 1
    assert "holds 6 of the planned jobs already" in refused.stderr
    done = run(place, "x=5", "y=0,1", "hydra.sweeper.overwrite=true")
    assert done.returncode == 0, done.stderr
    assert (place / "s" / "mine").exists()
    assert sums(place) == [5, 15]
    text = (place / "s/.runcube/jobs.jsonl").read_text()
    assert [json.loads(line)["num"] for line in text.splitlines()] == [0, 1]


def test_under_joblib_jobs_keep_their_numbers_and_directories(place):
    run(place, accident="1 1 raise")
    for number in ("0", "3"):
        record = JobRecord.read(place / "s" / number)
        JobRecord(status="error", sweep=record.sweep, signature=record.signature).write(
            place / "s" / number
        )
    resume(place, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    assert sorted(marks(place)[6:]) == ["1 0", "1 1", "2 0"]
    assert sums(place) == SUMS
    assert open_sweep(place / "s").to_xarray()["num"].values.tolist() == [[0, 1, 2], [3, 4, 5]]
