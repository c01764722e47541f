"""`runcube watch`: the jobs of a sweep until they have ended."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import pytest

from runcube.cli import watch
from runcube.cli.main import main
from runcube.record import JobRecord
from runcube.testing import make_tree


@pytest.fixture
def study(tmp_path):
    """Give a sweep of three jobs, of which the last is running, in this process."""
    tree = make_tree(tmp_path / "study", axes={"lr": [0.1, 0.2, 0.3]}, format="recorded")
    record = JobRecord(status="finished", pid=os.getpid(), host=os.uname().nodename)
    for number in range(3):
        record.write(tree.path / str(number))
    dataclasses.replace(record, status="running").write(tree.path / "2")
    return tree.path


def ends_with(monkeypatch, job, status):
    """Let the job end while the watch waits."""

    def sleep(seconds):
        assert seconds == 0.25
        dataclasses.replace(JobRecord.read(job), status=status).write(job)

    monkeypatch.setattr(watch.time, "sleep", sleep)


def test_a_pipe_gets_a_line_for_each_change(study, capsys, monkeypatch):
    ends_with(monkeypatch, study / "2", "finished")
    assert main(["watch", str(study), "--interval", "0.25"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 jobs: 2 finished, 1 running",
        "2\tfinished",
        "3 jobs: 3 finished",
    ]


def test_a_failure_is_exit_code_1(study, capsys, monkeypatch):
    ends_with(monkeypatch, study / "2", "error")
    assert main(["watch", str(study), "--interval", "0.25"]) == 1
    assert "2\terror\n" in capsys.readouterr().out


def test_a_terminal_gets_a_table_that_changes(study, capsys, monkeypatch):
    (study / "1" / "error.txt").write_text("Traceback\nValueError: no [data]\n")
    dataclasses.replace(JobRecord.read(study / "1"), status="error").write(study / "1")
    ends_with(monkeypatch, study / "2", "finished")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["watch", str(study), "--interval", "0.25"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "3 of 3 jobs have ended" in shown
    assert "ValueError: no [data]" in shown


def test_missing_jobs_are_waited_for_while_their_launcher_lives(study):
    def hold(**holder):
        (study / ".runcube").mkdir(exist_ok=True)
        (study / ".runcube" / "lock").write_text(json.dumps(holder))

    assert watch.is_launching(study)
    hold(pid=os.getpid(), host=os.uname().nodename)
    assert watch.is_launching(study)
    hold(pid=1, host="another-machine")
    assert watch.is_launching(study)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    hold(pid=ended.pid, host=os.uname().nodename)
    assert not watch.is_launching(study)
    shutil.rmtree(study / "2")
    assert [look.missing for look in watch.looks(study, 0.25)] == [1]


def test_ctrl_c_ends_it(study, monkeypatch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(watch.time, "sleep", interrupt)
    assert main(["watch", str(study)]) == 130


def test_an_interval_of_nothing_is_refused(study, capsys):
    assert main(["watch", str(study), "--interval", "0"]) == 2
    assert "expected seconds above 0" in capsys.readouterr().err
