"""`job.json`: what it holds, how large it is, and how it follows a job."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcube.record import (
    ERROR_NAME,
    RECORD_LIMIT,
    RECORD_NAME,
    ErrorSummary,
    JobRecord,
    JobRecorder,
    Scheduler,
    TaskIdentity,
    Times,
)

FULL = JobRecord(
    status="error",
    sweep="ab12",
    num=7,
    repetition=2,
    seed=11,
    attempt=3,
    times=Times(created=1.5, start=2.5, last=3.5, stopped=4.5),
    heartbeat_s=10.0,
    host="node",
    pid=42,
    user="someone",
    scheduler=Scheduler(kind="slurm", id="99_1"),
    signature="0" * 64,
    task=TaskIdentity(module="pkg.mod", name="A.task", source="1" * 64),
    targets=["+x=1", "lr='a b'"],
    error=ErrorSummary(type="ValueError", message="no data", where="a.py:3 in f"),
)


def test_a_record_comes_back_as_it_was(tmp_path):
    FULL.write(tmp_path)
    assert JobRecord.read(tmp_path) == FULL


def test_job_json_has_the_keys_of_version_1():
    data = json.loads(FULL.to_json())
    assert set(data) == {
        "v",
        "sweep",
        "num",
        "repetition",
        "seed",
        "status",
        "attempt",
        "times",
        "heartbeat_s",
        "host",
        "pid",
        "user",
        "scheduler",
        "signature",
        "task",
        "targets",
        "error",
    }
    assert data["v"] == 1
    assert set(data["times"]) == {"created", "start", "last", "stopped"}
    assert set(data["scheduler"]) == {"kind", "id"}
    assert set(data["task"]) == {"module", "name", "source"}
    assert set(data["error"]) == {"type", "message", "where"}


def test_unknown_keys_are_ignored():
    data = json.loads(FULL.to_json())
    data["later"] = 1
    data["times"]["later"] = 1
    assert JobRecord.from_json(json.dumps(data)) == FULL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"v": 2, "status": "running"}', "version 2"),
        ('{"status": "running"}', "version None"),
        ("[1]", "version 'list'"),
        ("{", "no JSON"),
        ('{"v": 1}', "no `status`"),
        ('{"v": 1, "status": "dancing"}', "dancing"),
    ],
)
def test_a_text_that_is_no_record_says_why(text, words):
    with pytest.raises(ValueError, match=words):
        JobRecord.from_json(text)


@given(st.text(max_size=6000), st.text(max_size=6000))
def test_a_record_stays_below_its_limit(message, where):
    error = ErrorSummary("ValueError", message, where)
    text = dataclasses.replace(FULL, error=error).to_json()
    assert len(text.encode()) < RECORD_LIMIT
    kept = JobRecord.from_json(text).error
    assert kept is not None
    assert kept.message == message or message.startswith(kept.message.removesuffix("..."))


def test_targets_that_do_not_fit_are_left_out():
    record = dataclasses.replace(FULL, targets=["+x='" + "a" * 5000 + "'"])
    assert JobRecord.from_json(record.to_json()).targets is None


def recorder_in(directory, **changes):
    return JobRecorder(directory, JobRecord(status="registered", **changes))


def test_a_job_that_returns_is_finished(tmp_path):
    recorder = recorder_in(tmp_path / "new", num=4)
    recorder.start()
    running = JobRecord.read(tmp_path / "new")
    recorder.finish()
    finished = JobRecord.read(tmp_path / "new")
    assert (running.status, finished.status) == ("running", "finished")
    assert (running.pid, running.num, running.times.stopped) == (os.getpid(), 4, None)
    assert finished.times.created <= finished.times.start <= finished.times.stopped


def test_a_job_that_raises_keeps_its_traceback(tmp_path):
    recorder = recorder_in(tmp_path)
    recorder.start()
    try:
        json.loads("{")
    except ValueError as error:
        recorder.fail(error)
    record = JobRecord.read(tmp_path)
    assert record.status == "error"
    assert record.error is not None
    assert record.error.type == "json.decoder.JSONDecodeError"
    assert record.error.where is not None
    assert record.error.where.startswith("decoder.py:")
    assert "Traceback" in (tmp_path / ERROR_NAME).read_text()


def test_an_interrupted_job_is_stopped(tmp_path):
    recorder = recorder_in(tmp_path)
    recorder.start()
    recorder.stop(KeyboardInterrupt())
    assert JobRecord.read(tmp_path).status == "stopped"


def test_an_attempt_counts_and_drops_the_old_traceback(tmp_path):
    first = recorder_in(tmp_path)
    first.start()
    first.fail(ValueError("x"))
    second = recorder_in(tmp_path)
    second.start()
    second.finish()
    record = JobRecord.read(tmp_path)
    assert record.attempt == 2
    assert record.error is None
    assert record.times.created == first.record.times.created
    assert not (tmp_path / ERROR_NAME).exists()


def test_a_damaged_older_record_does_not_stop_a_job(tmp_path):
    (tmp_path / RECORD_NAME).write_text("{")
    recorder = recorder_in(tmp_path)
    recorder.start()
    recorder.finish()
    assert JobRecord.read(tmp_path).attempt == 1


def test_a_job_ends_once(tmp_path):
    recorder = recorder_in(tmp_path)
    recorder.start()
    recorder.finish()
    with pytest.raises(RuntimeError, match="cannot become"):
        recorder.fail(ValueError())


def test_the_heartbeat_touches_the_record_and_ends_with_the_job(tmp_path):
    recorder = recorder_in(tmp_path, heartbeat_s=0.01)
    recorder.start()
    path = tmp_path / RECORD_NAME
    os.utime(path, (1, 1))
    for _ in range(500):
        if path.stat().st_mtime > 1:
            break
        time.sleep(0.01)
    assert path.stat().st_mtime > 1
    recorder.finish()
    os.utime(path, (1, 1))
    time.sleep(0.05)
    assert path.stat().st_mtime == 1


def test_the_recorder_is_bound_to_its_directory(tmp_path, monkeypatch):
    (tmp_path / "job").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    recorder = recorder_in("job")
    recorder.start()
    monkeypatch.chdir(tmp_path / "elsewhere")
    recorder.finish()
    assert JobRecord.read(tmp_path / "job").status == "finished"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert [path.name for path in (tmp_path / "job").iterdir()] == [RECORD_NAME]


def test_an_exception_without_a_text_is_recorded(tmp_path):
    class BadError(Exception):
        def __str__(self):
            raise RuntimeError

    recorder = recorder_in(tmp_path)
    recorder.start()
    recorder.fail(BadError())
    assert JobRecord.read(tmp_path).status == "error"


def test_importing_the_record_loads_nothing_heavy():
    code = (
        "import sys, runcube.record\n"
        "print([name for name in ('hydra', 'numpy', 'torch', 'xarray') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
