"""`runcube status`: counts, and why jobs failed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from hydra_app import write_app
from runcube.cli.main import main
from runcube.record import JobRecord
from runcube.testing import make_tree


def printed(capsys, *arguments, code=0):
    assert main(["status", *map(str, arguments)]) == code
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def launched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    write_app(folder)
    command = [sys.executable, "-W", "ignore", "app.py", "-m", "hydra/sweeper=runcube"]
    options = ["lr=1,2,3,4", "fails=2", "hydra.sweep.dir=study"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 1
    return folder / "study"


@pytest.fixture
def failing(launched, tmp_path):
    """Give a sweep of ours of four jobs: one failed, one is gone."""
    shutil.copytree(launched, tmp_path / "study")
    shutil.rmtree(tmp_path / "study" / "3")
    return tmp_path / "study"


def test_failed_jobs_are_listed_with_the_last_line_of_their_traceback(failing, capsys):
    lines = printed(capsys, failing, code=1).splitlines()
    assert [lines[0].split(), lines[2].split(maxsplit=2)] == [
        ["job", "status", "why"],
        ["1", "error", "ValueError: told to fail"],
    ]
    assert lines[3:] == ["4 jobs: 2 finished, 1 error; 1 missing"]


def test_the_document_says_the_same(failing, capsys):
    assert json.loads(printed(capsys, failing, "--json", code=1)) == {
        "sweep": str(failing),
        "status": {"finished": 2, "error": 1, "missing": 1},
        "failed": [{"job": "1", "status": "error", "why": "ValueError: told to fail"}],
        "problems": [],
    }


def test_without_a_traceback_the_record_says_why(failing, capsys):
    (failing / "1" / "error.txt").unlink()
    assert "ValueError: told to fail" in printed(capsys, failing, code=1)


def test_a_job_without_a_sign_of_life_is_told(failing, capsys):
    record = json.loads((failing / "0" / "job.json").read_text())
    # No process has this number: it is beyond what a system gives.
    (failing / "0" / "job.json").write_text(
        json.dumps(record | {"status": "running", "pid": 2**22 + 1})
    )
    out = printed(capsys, failing, "--limit", "1", code=1)
    assert "stale" in out
    assert "no sign of life since" in out
    assert "… and 1 more" in out


def test_a_sweep_without_failures_is_one_line_and_exit_code_0(tmp_path, capsys):
    tree = make_tree(tmp_path / "sweep", axes={"lr": [0.1, 0.2]}, format="recorded")
    assert printed(capsys, tree.path) == "2 jobs: 2 finished\n"


def test_a_plan_whose_jobs_have_no_directories_yet_has_missing_jobs(failing, capsys):
    for number in "012":
        shutil.rmtree(failing / number)
    assert printed(capsys, failing) == "4 jobs: 4 missing\n"


def test_a_damaged_record_is_a_problem_and_exit_code_1(tmp_path, capsys):
    tree = make_tree(tmp_path / "sweep", axes={"lr": [0.1, 0.2]}, format="recorded")
    (tree.path / "0" / "job.json").write_text("{")
    assert main(["status", str(tree.path)]) == 1
    assert "1 problem while reading" in capsys.readouterr().err


def test_what_is_no_sweep_is_refused(tmp_path, capsys):
    assert main(["status", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("runcube: ")


def test_a_note_is_appended_listed_and_removed(failing, capsys):
    assert main(["note", str(failing), "1", "diverged: see the plot"]) == 0
    name = capsys.readouterr().out.strip()
    with (failing / "1" / "notes.jsonl").open("a") as file:
        file.write('{"v": 1, "id": "torn')
    assert main(["note", str(failing), "1", "zweite"]) == 0
    capsys.readouterr()
    assert main(["note", str(failing), "1"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[3] for row in rows] == ["diverged: see the plot", "zweite"]
    assert main(["note", str(failing), "1", "--remove", name]) == 0
    assert main(["note", str(failing), "1"]) == 0
    assert [line.split("\t")[3] for line in capsys.readouterr().out.splitlines()] == ["zweite"]
    assert len((failing / "1" / "notes.jsonl").read_text().splitlines()) == 4
    assert JobRecord.read(failing / "1").status == "error"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["7", "text"], "no job `7`; there are `0`, `1`, `2`"),
        (["../study/1", "text"], "no job `../study/1`"),
        (["1", " "], "the note is empty"),
        (["1", "text", "--remove", "x"], "give one of them"),
        (["1", "--remove", "nothing"], "no note `nothing`"),
    ],
)
def test_what_cannot_be_noted_is_refused(failing, capsys, arguments, message):
    assert main(["note", str(failing), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (failing / arguments[0] / "notes.jsonl").exists()
