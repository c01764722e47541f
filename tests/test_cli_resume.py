"""`runcube resume`: the command line of a sweep once more, for what has not finished."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from hydra_app import write_app
from runcube import open_sweep
from runcube.cli.main import main
from runcube.record import JobRecord


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    write_app(folder)
    place = "hydra.sweep.dir='a study, no. 1'"
    options = ["hydra/sweeper=runcube", "lr=1,2,3", "fails=2", place]
    command = [sys.executable, "-W", "ignore", "app.py", "-m", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "told to fail" in done.stderr
    return folder


@pytest.fixture
def study(launched, tmp_path):
    """Give the sweep in a copied tree: nothing that it says of itself is absolute."""
    shutil.copytree(launched, tmp_path / "copied")
    return tmp_path / "copied" / "a study, no. 1"


def refused(capsys, study, message):
    assert main(["resume", str(study)]) == 2
    assert message in capsys.readouterr().err


def test_what_has_not_finished_runs_and_the_rest_stays(study, capfd):
    app = study.parent / "app.py"
    app.write_text(app.read_text().replace('raise ValueError("told to fail")', "pass"))
    before = (study / "0" / "job.json").read_bytes()
    record = json.loads((study / ".runcube" / "sweep.json").read_text())
    record["started"]["argv"] += ["hydra.sweeper.on_change=keep"]
    (study / ".runcube" / "sweep.json").write_text(json.dumps(record))
    assert main(["resume", str(study)]) == 0
    assert "hydra.sweeper.resume=true" in capfd.readouterr().err
    assert open_sweep(study, metrics=[]).status == {"finished": 3}
    assert (study / "0" / "job.json").read_bytes() == before
    assert JobRecord.read(study / "1").attempt == 2


def test_a_resumed_sweep_resumes_again_and_a_failure_is_exit_code_1(study, capfd):
    assert main(["resume", str(study)]) == 1
    assert main(["resume", str(study)]) == 1
    capfd.readouterr()
    assert JobRecord.read(study / "1").attempt == 3
    assert main(["resume", str(study), "--print"]) == 0
    command = capfd.readouterr().out
    assert command.count("hydra.sweep.dir=") == command.count("hydra.sweeper.resume=") == 1
    assert JobRecord.read(study / "1").attempt == 3


def test_a_sweep_that_was_started_from_code_says_so(study, capsys):
    file = study / ".runcube" / "sweep.json"
    record = json.loads(file.read_text())
    record["started"]["argv"] = ["-m", "ipykernel_launcher", "-f", "kernel.json"]
    file.write_text(json.dumps(record))
    refused(capsys, study, "it was started from Python code")
    del record["started"]
    file.write_text(json.dumps(record))
    refused(capsys, study, "does not say by which command it was started")


def test_a_sweep_of_another_sweeper_says_so(tmp_path, capsys):
    write_app(tmp_path)
    command = [sys.executable, "-W", "ignore", "app.py", "-m", "lr=1,2", "hydra.sweep.dir=plain"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    refused(capsys, tmp_path / "plain", "only `runcube` resumes")
    refused(capsys, tmp_path / "plain" / "0", "it has no `multirun.yaml`")
    refused(capsys, tmp_path / "nowhere", "no such directory")


def test_an_app_that_is_gone_is_named(study, capsys):
    (study.parent / "app.py").unlink()
    refused(capsys, study, "app.py is not there")
