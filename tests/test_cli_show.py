"""`runcube show`: the table, its order, its JSON, and what it says of problems."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

from runcube import open_sweep, save_metrics
from runcube.cli import cells
from runcube.cli.main import main
from runcube.testing import make_tree

ACCURACIES = [0.25, float("nan"), 0.125, None, 10.0, 9.0]


@pytest.fixture
def sweep(tmp_path):
    """Write a sweep of six jobs; one has no metrics, and one a NaN."""
    tree = make_tree(tmp_path / "sweep", axes={"lr": [0.1, 1e-5], "model": ["b", "a", "c"]})
    definition = tree.path / "multirun.yaml"
    text = definition.read_text()
    assert "    task:\n" in text
    definition.write_text(text.replace("    task:\n", "    task:\n    - fixed=null\n"))
    for number, accuracy in enumerate(ACCURACIES):
        folder = tree.path / str(number)
        (folder / "metrics.npz").unlink()
        lines = [line[2:] for line in (folder / ".hydra/overrides.yaml").read_text().splitlines()]
        lines.append("fixed=null")
        (folder / ".hydra/overrides.yaml").write_text("".join(f"- {line}\n" for line in lines))
        if accuracy is not None:
            values = {"accuracy": accuracy, "recall": np.zeros((2, 3), np.float32), "tag": "error"}
            save_metrics(folder / "metrics.arrow", values, overrides=lines)
    return tree.path


def shown(capsys, *arguments, code=0):
    assert main(["show", *map(str, arguments)]) == code
    return capsys.readouterr().out


def jobs_of(table):
    lines = table.splitlines()[2:]
    return [line.split()[0] for line in lines if line[0].isdigit() and " job" not in line]


def test_the_table_has_jobs_parameters_statuses_and_metrics(sweep, capsys):
    assert shown(capsys, sweep) == (
        "job     lr  model  status    accuracy  recall         tag\n"
        "───  ─────  ─────  ────────  ────────  ─────────────  ─────\n"
        "0      0.1  b      finished      0.25  float32[2, 3]  error\n"
        "1      0.1  a      finished       nan  float32[2, 3]  error\n"
        "2      0.1  c      finished     0.125  float32[2, 3]  error\n"
        "3    1e-05  b      unknown\n"
        "4    1e-05  a      finished        10  float32[2, 3]  error\n"
        "5    1e-05  c      finished         9  float32[2, 3]  error\n"
        "fixed: fixed=null\n"
        "6 jobs: 5 finished, 1 unknown\n"
        "incomplete: the sweep has cells without results\n"
    )


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        (["--reverse"], "543210"),
        (["--sort", "accuracy"], "205413"),
        (["--sort", "-accuracy"], "450213"),
        (["--sort=-accuracy", "--reverse"], "205413"),
        (["--sort", "model"], "140325"),
        (["--sort", "lr"], "345012"),
        (["--sort", "job", "--reverse"], "543210"),
        (["--sort", "-job"], "543210"),
        (["--sort", "status"], "012453"),
        (["--sort", "tag", "--limit", "2"], "01"),
    ],
    ids=" ".join,
)
def test_jobs_are_sorted_with_those_that_lack_a_value_last(sweep, capsys, arguments, order):
    assert jobs_of(shown(capsys, sweep, *arguments)) == list(order)


def test_a_limit_says_how_many_there_are(sweep, capsys):
    assert "\n6 jobs: 5 finished, 1 unknown; 2 shown\n" in shown(capsys, sweep, "--limit", 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sort", "acuracy"], "`--sort acuracy`: no parameter or metric of that name; "
         "did you mean `accuracy`?"),
        (["--sort", "-modle"], "did you mean `model`?"),
        (["--sort", "qqq"], "there are `lr`, `model`, `fixed`, `accuracy`, `recall`, `tag`"),
        (["--sort", "recall"], "its values are arrays or lists, which have no order"),
        (["--limit", "-1"], "`--limit`: expected a number of jobs, got -1"),
        (["--metrics", "nothing.npz"], "nothing.npz"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_exits_2(sweep, capsys, arguments, words):
    assert main(["show", str(sweep), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_path_that_cannot_be_opened_exits_2(tmp_path, capsys):
    for path in (tmp_path / "nowhere", tmp_path):
        assert main(["show", str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith(f"runcube: {path}")
        assert printed.out == ""


@pytest.mark.parametrize(("days", "more"), [((2, 10, 9), []), (range(1, 8), ["  … and more"])])
def test_a_sweep_without_jobs_names_the_latest_of_those_below(tmp_path, capsys, days, more):
    for day in days:
        folder = tmp_path / f"multirun/2026-1-{day}/12-00-00"
        make_tree(folder, axes={"x": [1, 2]}, metrics={"loss": ()})
    (tmp_path / "multirun/2026-2-1").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "multirun")
    # One that was to lie here, and none of whose jobs ever started.
    shutil.copy(folder / "multirun.yaml", tmp_path)
    assert main(["show", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    latest = sorted(days, reverse=True)[:5]
    assert printed.err.splitlines() == [
        f"runcube: {tmp_path}: no job in this directory itself, and sweeps below it; "
        "give one of them:",
        *(f"  {tmp_path}/multirun/2026-1-{day}/12-00-00" for day in latest),
        *more,
    ]


def test_a_parent_of_sweeps_shows_the_jobs_of_all(tmp_path, capsys):
    for day in (10, 9):
        make_tree(tmp_path / f"1-{day}", axes={"x": [1, 2]}, metrics={"loss": ()})
    assert main(["show", str(tmp_path)]) == 0
    head, _, *rows, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["job", "x", "status", "loss"]
    assert [row.split()[0] for row in rows] == ["1-9/0", "1-9/1", "1-10/0", "1-10/1"]
    assert total == "4 jobs: 4 finished"


def test_a_definition_without_jobs_names_jobs_that_lie_elsewhere(tmp_path, capsys):
    make_tree(tmp_path / "copy", axes={"x": [1, 2]}, metrics={"loss": ()})
    (tmp_path / "copy/multirun.yaml").rename(tmp_path / "multirun.yaml")
    assert main(["show", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith(f"give one of them:\n  {tmp_path}/copy\n")


def test_json_is_one_document_with_plain_types(sweep, capsys):
    def refuse(constant):
        raise AssertionError(constant)

    text = shown(capsys, sweep, "--json", "--sort", "accuracy")
    document = json.loads(text, parse_constant=refuse)
    assert list(document) == [
        "sweep",
        "axes",
        "fixed",
        "is_complete",
        "status",
        "jobs",
        "problems",
    ]
    assert document["status"] == {"finished": 5, "unknown": 1}
    assert document["is_complete"] is False
    assert document["axes"] == {"lr": [0.1, 1e-5], "model": ["b", "a", "c"]}
    assert document["fixed"] == {"fixed": None}
    assert document["problems"] == []
    assert document["jobs"][0] == {
        "job": "2",
        "status": "finished",
        "parameters": {"lr": 0.1, "model": "c", "fixed": None},
        "metrics": {"accuracy": 0.125, "recall": [[0.0] * 3] * 2, "tag": "error"},
    }
    found = {row["job"]: row["metrics"]["accuracy"] for row in document["jobs"]}
    assert (found["1"], found["3"]) == ("NaN", None)


def test_a_complete_sweep_is_not_called_incomplete(tmp_path, capsys):
    make_tree(tmp_path / "all", jobs=4, format="recorded")
    assert shown(capsys, tmp_path / "all").endswith("\n4 jobs: 4 finished\n")
    assert json.loads(shown(capsys, tmp_path / "all", "--json"))["is_complete"] is True


def test_json_numbers_are_exact(sweep, capsys):
    document = json.loads(shown(capsys, sweep, "--json"))
    opened = open_sweep(sweep)
    for row, value in zip(document["jobs"], opened.metric_values("accuracy"), strict=True):
        assert row["metrics"]["accuracy"] == ("NaN" if value != value else value)  # noqa: PLR0124


def test_problems_are_folded_on_standard_error_and_exit_1(sweep, capsys):
    for number in (0, 1, 2, 4):
        (sweep / str(number) / "metrics.arrow").write_bytes(b"")
    assert main(["show", str(sweep)]) == 1
    printed = capsys.readouterr()
    assert jobs_of(printed.out) == list("012345")
    heading, *lines = printed.err.splitlines()
    assert heading == "4 problems while reading:"
    assert all(line.startswith(f"  corrupt: {sweep}/{n}/") for n, line in enumerate(lines[:3]))
    assert lines[3:] == ["  … and 1 more (1 corrupt); `--json` has all"]
    assert main(["show", str(sweep), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 4


def test_a_chosen_metric_file_is_read(sweep, capsys):
    for number in range(6):
        np.savez(sweep / str(number) / "other.npz", score=np.float64(number))
    table = shown(capsys, sweep, "--metrics", "other.npz", "--sort", "-score", "--limit", 1)
    assert jobs_of(table) == ["5"]


def test_a_condition_selects_the_jobs_that_are_shown(sweep, capsys):
    assert jobs_of(shown(capsys, sweep, "--where", "lr < 0.1 and model != 'b'")) == ["4", "5"]
    assert jobs_of(shown(capsys, sweep, "--where=-1 < lr <= 1e-5", "--sort", "-accuracy")) == [
        *("4", "5", "3")
    ]
    assert jobs_of(shown(capsys, sweep, "--where", "not model in ['a', 'b']")) == ["2", "5"]
    document = json.loads(shown(capsys, sweep, "--json", "--where", "lr == 0.1"))
    assert [row["job"] for row in document["jobs"]] == ["0", "1", "2"]
    assert document["is_complete"] is True
    (sweep / "0/metrics.arrow").write_bytes(b"")
    assert jobs_of(shown(capsys, sweep, "--where", "lr < 0.1")) == ["3", "4", "5"]
    shown(capsys, sweep, "--where", "lr == 0.1", code=1)


@pytest.mark.parametrize(
    ("where", "lines"),
    [
        ("lr = 0.1", [
            "runcube: `where`: there is no operator `=`; write `==`", "  lr = 0.1", "     ^",
        ]),
        ("modle == 'a'", [
            "runcube: {path}: `where`: no job has a parameter `modle`; did you mean `model`?",
            "  modle == 'a'", "  ^^^^^",
        ]),
        ("model == 'A'", [
            "runcube: {path}: `where`: it selects none of the 6 jobs; in them `model` is "
            "'b', 'a', 'c'", "  model == 'A'", "  ^^^^^^^^^^^^",
        ]),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_met_is_underlined_and_exits_2(sweep, capsys, where, lines):
    assert main(["show", str(sweep), "--where", where]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [line.format(path=sweep) for line in lines]


def test_a_single_run_is_one_row(sweep, capsys):
    assert shown(capsys, sweep / "0").endswith("\n1 job: 1 finished\n")


class Terminal:
    """Make standard output look like a terminal of some width."""

    def __init__(self, monkeypatch, columns):
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_terminal_has_colours_and_is_not_overrun(sweep, capsys, monkeypatch):
    Terminal(monkeypatch, 40)
    table = shown(capsys, sweep)
    assert "\x1b[2munknown\x1b[0m" in table
    assert "float32" not in table
    assert "\nnot shown, for want of width: recall, tag\n" in table


def test_no_color_is_heeded(sweep, capsys, monkeypatch):
    Terminal(monkeypatch, 200)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(capsys, sweep)


@pytest.mark.parametrize(
    ("value", "text", "plain"),
    [
        (float("inf"), "inf", "Infinity"),
        (-float("inf"), "-inf", "-Infinity"),
        (np.float32(0.1), "0.1", 0.10000000149011612),
        (np.array(2), "2", 2),
        (True, "True", True),
        (2**80, str(2**80), 2**80),
        (1 + 2j, "(1+2j)", [1.0, 2.0]),
        (b"\x01", r"b'\x01'", "01"),
        ("a\nb", r"'a\nb'", "a\nb"),
        ("x" * 60, "x" * 47 + "…", "x" * 60),
        (list(range(60)), "list[60]", list(range(60))),
        (np.array([1 + 0j]), "complex128[1]", [[1.0, 0.0]]),
        (np.datetime64("2026-01-31"), "2026-01-31", "2026-01-31"),
        (np.array(["NaT"], "M8[s]"), "datetime64[s][1]", ["NaT"]),
        ({"a": [np.int8(1)]}, "{'a': [np.int8(1)]}", {"a": [1]}),
    ],
    ids=repr,
)
def test_values_as_text_and_as_json(value, text, plain):
    assert cells.as_text(value) == text
    assert cells.as_json(value) == plain
    json.dumps(cells.as_json(value), allow_nan=False)


def test_parameters_are_written_exactly():
    assert cells.as_text(0.1234567891, exact=True) == "0.1234567891"
    assert cells.as_text(1.0, exact=True) == "1.0"
    assert cells.as_text(None, exact=True) == "null"


def test_arrays_are_told_by_dtype_and_shape_and_single_numbers_as_numbers(tmp_path, capsys):
    values = {
        "flag": np.array([1]).any(),
        "half": np.float16(0.5),
        "count": np.int64(-3),
        "wave": np.complex128(1 + 2j),
        "day": np.datetime64("2026-01-31", "s"),
        "curve": np.zeros((2, 0, 3), np.float32),
        "days": np.zeros(4, "datetime64[ns]"),
        "words": np.array(["a", "bcd"]),
        "list": [1, 2],
        "none": None,
    }
    tree = make_tree(tmp_path / "s", axes={"lr": [0.1]}, metrics={})
    save_metrics(tree.path / "0" / "metrics.arrow", values, overrides=["lr=0.1"])
    table = shown(capsys, tree.path, "--metrics", "metrics.arrow").splitlines()
    assert re.split(r"  +", table[0])[-len(values) :] == list(values)
    assert re.split(r"  +", table[2].rstrip())[-len(values) + 1 :] == [
        *("True", "0.5", "-3", "(1+2j)", "2026-01-31 00:00:00"),
        *("float32[2, 0, 3]", "datetime64[ns][4]", "<U3[2]", "[1, 2]"),
    ]
