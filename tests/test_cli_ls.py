"""`runcube ls`: what there is below a path, a line for each sweep."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from hydra_app import launch
from runcube import open_sweep
from runcube.cli.main import main
from runcube.testing import make_tree

TREES = Path(__file__).parent / "data" / "trees"


def listed(capsys, *arguments, code=0):
    assert main(["ls", *map(str, arguments)]) == code
    return capsys.readouterr().out


def lines(capsys, *arguments, code=0):
    return [line.split("\t") for line in listed(capsys, *arguments, code=code).splitlines()]


def test_a_pipe_gets_a_line_with_tabs_for_each_sweep(tmp_path, capsys):
    launch(tmp_path, "-m", "lr=1,2", "seed=0,3", "hydra.sweep.dir=multirun/2026-01-31/12-00-59")
    launch(tmp_path, "lr=2", "hydra.run.dir=outputs/2026-01-31_12-30-00")
    shutil.rmtree(tmp_path / "multirun/2026-01-31/12-00-59/3")
    (tmp_path / "multirun/2026-01-31/12-00-59/2/metrics.json").unlink()
    jobs = "2 finished, 1 unknown; 1 missing"
    assert lines(capsys, tmp_path) == [
        ["multirun/2026-01-31/12-00-59", "2026-01-31 12:00", "app", "lr 2, seed 2", jobs],
        ["outputs/2026-01-31_12-30-00", "2026-01-31 12:30", "app", "", "1 finished"],
    ]


def test_trees_of_every_tool_are_listed(capsys, monkeypatch):
    monkeypatch.chdir(TREES)
    found = {sweep: (axes, jobs) for sweep, _, _, axes, jobs in lines(capsys)}
    assert found["optuna"] == ("x 5, n 3", "5 finished")
    assert found["lightning/logs/train/multiruns/2026-01-31_12-00-00"] == (
        "seed 2, rate 2",
        "2 finished, 2 error",
    )
    assert found["submitit"][0] == "mode 4"
    for sweep, (_, jobs) in found.items():
        counts = open_sweep(sweep, metrics=[]).status
        assert jobs == ", ".join(f"{count} {status}" for status, count in counts.items())


def test_the_document_says_the_same(tmp_path, capsys):
    make_tree(tmp_path / "study", axes={"x": [1, 2, 3]})
    shutil.rmtree(tmp_path / "study" / "1")
    os.utime(tmp_path / "study" / "multirun.yaml", (1e9, 1e9))
    (sweep,) = json.loads(listed(capsys, tmp_path, "--json"))
    assert sweep == {
        "sweep": "study",
        "when": datetime.fromtimestamp(1e9).isoformat(),
        "app": sweep["app"],
        "axes": {"x": 3},
        "status": {"finished": 2, "missing": 1},
        "problems": 0,
        "error": None,
    }


def test_the_time_that_was_recorded_counts_more_than_a_name(tmp_path, capsys):
    tree = make_tree(tmp_path / "2026-01-31_12-00-00", axes={"x": [1, 2]})
    (tree.path / ".runcube").mkdir()
    record = {"v": 1, "created": 2e9, "definition": {"kind": "list", "axes": []}}
    (tree.path / ".runcube" / "sweep.json").write_text(json.dumps(record))
    (sweep,) = json.loads(listed(capsys, tree.path, "--json"))
    assert (sweep["sweep"], sweep["when"]) == (".", datetime.fromtimestamp(2e9).isoformat())


def test_problems_and_sweeps_that_cannot_be_opened_are_told_and_exit_1(tmp_path, capsys):
    damaged = make_tree(tmp_path / "a", axes={"x": [1, 2]})
    (damaged.path / "1" / ".hydra" / "overrides.yaml").write_text("- [\n")
    (tmp_path / "b").mkdir()
    shutil.copy(damaged.path / "multirun.yaml", tmp_path / "b")
    make_tree(tmp_path / "c", axes={"x": [1, 2]})
    jobs = [fields[-1] for fields in lines(capsys, tmp_path, code=1)]
    assert jobs[0] == "2 finished; 1 problem"
    assert jobs[1].startswith("cannot be opened: no job in this directory")
    assert jobs[2] == "2 finished"


def test_where_nothing_is_nothing_is_listed(tmp_path, capsys):
    assert main(["ls", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (
        "",
        f"runcube: {tmp_path}: no sweep and no single run below it\n",
    )
    assert listed(capsys, tmp_path, "--json") == "[]\n"
    assert main(["ls", str(tmp_path / "nowhere")]) == 2
    assert "no such directory" in capsys.readouterr().err


@pytest.mark.parametrize("plain", [True, False])
def test_a_terminal_gets_a_table_whose_cells_are_whole(tmp_path, capsys, monkeypatch, plain):
    name = "a-name-that-is-longer-than-what-a-table-of-jobs-shows-of-a-value"
    make_tree(tmp_path / name, axes={"x": [1, 2]})
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1" if plain else "")
    heading, _, line = listed(capsys, tmp_path).splitlines()
    assert name in line
    assert ("\x1b[32m2 finished\x1b[0m" in line) != plain
    assert ("\x1b" in heading) != plain


def test_hundreds_of_sweeps_are_listed_in_order(tmp_path, capsys):
    tree = make_tree(tmp_path / "0", axes={"x": [1, 2]}, metrics={"loss": ()})
    for number in range(1, 150):
        shutil.copytree(tree.path, tmp_path / str(number))
    found = lines(capsys, tmp_path)
    assert [fields[0] for fields in found] == [str(number) for number in range(150)]
    assert {fields[-1] for fields in found} == {"2 finished"}
