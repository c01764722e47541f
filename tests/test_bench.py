"""`runcube bench`: what it measures, what it refuses to claim, and what it says of bad requests."""

from __future__ import annotations

import json
import os

import pytest

from cached_loads import SETTLED_SECONDS, hasten
from runcube.bench import about, careful, peers, usual, workloads
from runcube.bench.figures import Figure
from runcube.bench.rows import cold, index
from runcube.bench.rows.table import ROWS
from runcube.bench.turns import Contender, in_turns
from runcube.cli.main import main
from runcube.testing import make_tree


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    hasten(monkeypatch)
    for module in (workloads, index):
        monkeypatch.setattr(module, "SETTLED_SECONDS", SETTLED_SECONDS)
    # However busy the machine is.
    monkeypatch.setattr(usual, "TOO_SLOW", 1e9)


@pytest.fixture
def bench(capsys, tmp_path):
    def run(*arguments, code=0):
        command = ["bench", "--jobs", "100", "--rounds", "1", "--directory", str(tmp_path)]
        assert main([*command, *arguments]) == code
        return capsys.readouterr()

    return run


@pytest.fixture
def found(bench):
    def run(*arguments):
        return json.loads(bench("--json", *arguments).out)

    return run


def of_row(document, row):
    return [figure for figure in document["figures"] if figure["row"] == row]


def test_every_row_is_measured_or_says_why_not(found):
    document = found("--formats", "npz,json")
    assert list(dict.fromkeys(it["row"] for it in document["figures"])) == list(ROWS)
    assert [it for it in document["figures"] if it["value"] is None and not it["note"]] == []
    assert document["about"].keys() >= {
        "jobs", "formats", "rounds", "page_cache", "machine", "cores", "python", "versions"
    }  # fmt: skip
    assert {time["contender"] for time in document["times"]} >= {
        "runcube", "careful Python loop", "floor, 1 thread", "floor of two files, 2 threads",
        "stat floor, 1 thread", "first load", "reopening, checked", "reopening, not checked",
        "netCDF, opened and loaded", "refresh", "memcpy into fresh memory", "python -c pass",
    }  # fmt: skip
    assert all(time["microseconds_per_job"] > 0 for time in document["times"])


def test_the_tables_show_figures_targets_and_times(bench):
    text = bench("--formats", "npz", "--rows", "gather,launch").out
    assert "100 jobs, npz; page cache warm; median of 1 rounds" in text
    assert "! fewer than 5 rounds: medians of so few jump about" in text
    assert "≤ 1.20" in text
    assert "≥ 50.0" in text
    assert "compare_launch.py" in text
    assert "floor, 2 threads" in text
    assert f"Python {about.platform.python_version()}, runcube" in text


@pytest.mark.parametrize(
    ("baseline", "unit"),
    [
        ("READ_ONE_FILE", "times the floor"),
        ("CAREFUL", "times faster than the careful Python loop"),
    ],
)
def test_a_slow_baseline_gives_no_ratio(found, monkeypatch, baseline, unit):
    monkeypatch.setattr(usual, baseline, {"npz": 0.0} if baseline == "CAREFUL" else 0.0)
    document = found("--formats", "npz", "--rows", "gather")
    values = {figure["unit"]: figure["value"] for figure in of_row(document, "gather")}
    assert values.pop("times faster than a workflow library") is None
    assert values.pop(unit) is None
    assert all(value > 0 for value in values.values())
    assert any("ratios to it are not given" in warning for warning in document["warnings"])


def test_wrong_numbers_are_never_timed(bench, monkeypatch):
    right = careful.gather
    monkeypatch.setattr(careful, "gather", lambda *arguments: right(*arguments) + 1)
    said = bench("--formats", "npz", "--rows", "gather", code=2).err
    assert "the datasets differ, so their times mean nothing" in said
    assert "`loss` by careful Python loop" in said


def test_contenders_take_turns():
    order = []

    def turn(name):
        return Contender(name, lambda: order.append(name) or 1.0, 10, lambda: order.append("…"))

    times = in_turns([turn("a"), turn("b")], rounds=2, say=str, what="", warm=True)
    assert order == ["…", "a", "…", "b"] * 3
    assert (times["a"].seconds, times["a"].per_job) == (1.0, 1e5)


def test_the_median_of_the_rounds_counts():
    seconds = iter([9.0, 1.0, 2.0, 30.0])
    times = in_turns([Contender("a", lambda: next(seconds), 1)], rounds=3, say=str, what="")
    assert (times["a"].seconds, times["a"].best) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("value", "target", "bound", "reached"),
    [
        (1.2, 1.2, "at most", True),
        (1.3, 1.2, "at most", False),
        (50.0, 50.0, "at least", True),
        (49.0, 50.0, "at least", False),
        (None, 1.2, "at most", None),
        (1.2, None, "at most", None),
    ],
)
def test_a_target_is_reached_or_not(value, target, bound, reached):
    assert Figure("row", "work", "unit", value, target, bound).is_reached is reached


@pytest.mark.parametrize("kind", ["npz", "recorded"])
def test_a_given_sweep_is_measured_and_left_as_it_is(found, tmp_path, kind):
    tree = make_tree(tmp_path / "own", jobs=40, format=kind)
    before = sorted((path, path.stat().st_mtime_ns) for path in tree.path.rglob("*"))
    document = found("--tree", str(tree.path), "--rows", "gather,checked,trust,refresh,memory")
    assert sorted((path, path.stat().st_mtime_ns) for path in tree.path.rglob("*")) == before
    assert document["about"]["jobs"] == 40
    measured = {it["row"] for it in document["figures"] if it["value"] is not None}
    assert measured == {"gather", "checked", "trust", "memory"}
    (refresh,) = of_row(document, "refresh")
    assert refresh["note"] == "needs a sweep to which jobs may be added"


def test_a_given_sweep_of_several_files_is_asked_about(bench, tmp_path):
    tree = make_tree(tmp_path / "own", jobs=40)
    for job in tree.directories:
        (tree.path / job / "other.npz").write_bytes((tree.path / job / "metrics.npz").read_bytes())
    said = bench("--tree", str(tree.path), code=2).err
    assert "metrics.npz" in said
    assert "other.npz" in said
    out = bench("--tree", str(tree.path), "--metrics", "other.npz", "--rows", "gather").out
    assert "gather given, warm" in out


def test_the_readers_of_files_alone_give_the_numbers(tmp_path):
    workload = workloads.Workloads(tmp_path, str).get("arrow", 100)
    (polars,), doubts = peers.of_files(workload)
    assert (polars.name, polars.jobs, doubts) == ("polars, metric files alone", 100, [])
    assert polars.run() > 0


def test_a_reader_that_fails_or_errs_is_left_out(tmp_path):
    workload = workloads.Workloads(tmp_path, str).get("arrow", 100)
    other = make_tree(tmp_path / "other", jobs=100, seed=1)
    wrong = workloads.Workload(workload.path, "arrow", workload.directories, "metrics.arrow")
    object.__setattr__(wrong, "tree", other)
    assert peers.of_files(wrong) == (
        [],
        ["polars, metric files alone is not timed: its numbers are not those of the files"],
    )
    (workload.path / "7" / "metrics.arrow").write_bytes(b"no arrow")
    contenders, (doubt,) = peers.of_files(workload)
    assert contenders == []
    assert doubt.startswith("polars, metric files alone is not timed: ")


def test_a_page_cache_that_may_not_be_dropped_is_said(found, monkeypatch):
    monkeypatch.setattr(cold, "can_drop_pages", lambda: False)
    (figure,) = of_row(found("--rows", "cold", "--cold"), "cold")
    assert figure["value"] is None
    assert "may not be dropped" in figure["note"]
    (figure,) = of_row(found("--rows", "cold"), "cold")
    assert "`--cold`" in figure["note"]


def test_a_cold_gather_is_measured_after_every_drop(found, monkeypatch):
    drops = []
    monkeypatch.setattr(cold, "can_drop_pages", lambda: True)
    monkeypatch.setattr(cold, "drop_pages", lambda: drops.append(None))
    document = found("--rows", "cold", "--cold", "--formats", "npz")
    assert [time["contender"] for time in document["times"]] == [
        "floor, 1 thread",
        *(f"floor, {threads} threads" for threads in (8, 32, 128)),
        "runcube",
    ]
    assert len(drops) == 5


def test_the_cache_of_the_user_is_left_alone(found, monkeypatch, tmp_path):
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(tmp_path / "mine"))
    found("--rows", "checked,trust,refresh,index", "--formats", "npz")
    assert os.environ["RUNCUBE_CACHE_DIR"] == str(tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--jobs", "3"], "`--jobs`: expected 100 or more, got 3"),
        (["--rounds", "0"], "`--rounds`: expected 1 or more, got 0"),
        (["--formats", "npz,hdf"], "`--formats`: expected some of npz, arrow, json, pt; got `hdf`"),
        (["--rows", "gather,speed"], "got `speed`"),
        (["--metrics", "a.npz"], "`--metrics` names the file of each job of a sweep that `--tree`"),
        (["--tree", "nowhere"], "nowhere"),
        (["--directory", "nowhere"], "nowhere"),
    ],
)
def test_a_bad_request_is_answered_in_a_line(capsys, arguments, said):
    assert main(["bench", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
