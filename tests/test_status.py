"""How a job stands, from its `job.json`."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from runcube import open_sweep, save_metrics


def job(path, overrides):
    """Write a job's overrides."""
    (path / ".hydra").mkdir(parents=True)
    (path / ".hydra/overrides.yaml").write_text("".join(f"- {line}\n" for line in overrides))


def write_record(path, **changes):
    record = {
        "v": 1,
        "status": "running",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "heartbeat_s": 10,
        "times": {"start": time.time()},
    }
    (path / "job.json").write_text(json.dumps(record | changes))


def test_the_status_of_a_job_comes_from_its_record(tmp_path):
    for number in range(7):
        job(tmp_path / str(number), [f"x={number}"])
    write_record(tmp_path / "0", status="finished")
    write_record(tmp_path / "1")
    write_record(tmp_path / "2", pid=2**22 + 1)
    write_record(tmp_path / "3", host="elsewhere")
    write_record(tmp_path / "4", host="elsewhere")
    os.utime(tmp_path / "4/job.json", (time.time() - 61, time.time() - 61))
    # The number of a process that is gone, given to another one since.
    write_record(tmp_path / "5", times={"start": 1.0})
    statuses = [it.status for it in open_sweep(tmp_path).jobs]
    assert statuses == ["finished", "running", "stale", "running", "stale", "stale", "unknown"]
    dataset = open_sweep(tmp_path).to_xarray(include_status=True, include_paths=True)
    assert dataset["status"].values.tolist() == statuses
    assert dataset["working_subdir"].values.tolist() == [str(tmp_path / f"{n}") for n in range(7)]


def test_a_process_that_has_ended_and_that_nobody_asked_about_runs_no_job(tmp_path):
    job(tmp_path / "0", ["x=1"])
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as process:
        assert process.stdout.read() == b""
        # Its output ends a moment before it does; it stays in the table until it is waited for.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        write_record(tmp_path / "0", pid=process.pid)
        assert open_sweep(tmp_path).jobs[0].status == "stale"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"v": 2}', '{"v": 1, "status": "odd"}'])
def test_a_damaged_record_leaves_the_status_unknown_and_is_a_problem(tmp_path, text):
    job(tmp_path / "0", ["x=1"])
    (tmp_path / "0/job.json").write_text(text)
    sweep = open_sweep(tmp_path)
    assert sweep.jobs[0].status == "unknown"
    assert [it.path for it in sweep.jobs.problems] == [tmp_path / "0/job.json"]
    assert sweep.problems == ()


def test_a_stale_job_that_had_returned_is_finished(tmp_path):
    job(tmp_path / "0", ["x=1"])
    save_metrics(tmp_path / "0/metrics.arrow", {"loss": 1.0}, overrides=["x=1"])
    write_record(tmp_path / "0", pid=2**22 + 1)
    assert open_sweep(tmp_path).jobs[0].status == "finished"
