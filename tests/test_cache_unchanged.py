"""What was decided of a sweep is believed while nothing changed that decided it, and no longer."""

import json
import os
import shutil
import time

import pytest

import runcube
from cached_loads import (
    NUMBERED,
    SETTLED_SECONDS,
    assert_alike,
    assert_cached_as_read,
    hasten,
    is_decided,
    outcome,
    sections,
    settle,
)
from runcube import _core
from runcube.launch.sweep_record import product_of, write_sweep_record
from runcube.testing import make_tree
from written_jobs import job


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    hasten(monkeypatch)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path):
    tree = make_tree(tmp_path / "sweep", axes={"lr": [0.1, 0.2], "seed": [0, 1, 2]})
    settle()
    return tree.path


def test_an_unchanged_sweep_is_decided_once(folder, cache):
    assert_cached_as_read(folder)
    assert is_decided(cache)
    for use in (True, "trust"):
        assert outcome(folder, cache=use).keys() == outcome(folder, cache=False).keys()
    assert_cached_as_read(folder)
    assert_cached_as_read(folder, leftovers=True)
    assert_cached_as_read(folder, where="lr < 0.2")
    assert is_decided(cache)


def test_trust_reads_what_was_decided_and_not_by_what(folder, cache):
    before = outcome(folder)
    assert is_decided(cache)
    [index] = cache.iterdir()
    content = bytearray(index.read_bytes())
    # Its name in the first batch of those that a trusting load has no need of.
    content[content.index(b"job lines")] ^= 1
    index.write_bytes(content)
    (folder / "3/.hydra/overrides.yaml").unlink()
    assert_alike(outcome(folder, cache="trust"), before)
    with pytest.raises(AssertionError):
        assert_alike(outcome(folder), before)
    assert_cached_as_read(folder)


@pytest.mark.parametrize("use", [True, "trust"])
def test_jobs_that_appear_and_vanish_are_noticed(folder, cache, use):
    runcube.open_sweep(folder)
    assert is_decided(cache)
    shutil.copytree(folder / "5", folder / "6")
    (folder / "6/.hydra/overrides.yaml").write_text("- lr=0.2\n- seed=3\n")
    found = runcube.open_sweep(folder, cache=use, leftovers=True)
    assert [job.number for job in found.jobs] == list(range(7))
    shutil.rmtree(folder / "6")
    shutil.rmtree(folder / "2")
    assert [job.number for job in runcube.open_sweep(folder, cache=use).jobs] == [0, 1, 3, 4, 5]
    assert_cached_as_read(folder)


def test_a_load_of_other_jobs_leaves_the_decision_to_the_next(folder, cache):
    runcube.open_sweep(folder, leftovers=True)
    assert is_decided(cache) is False
    [index] = cache.glob("index-*")
    written = index.stat().st_mtime_ns
    runcube.open_sweep(folder, leftovers=True)
    runcube.open_sweep(folder, where="lr < 0.2")
    assert index.stat().st_mtime_ns == written
    runcube.open_sweep(folder)
    assert is_decided(cache)


def test_another_definition_is_noticed(folder, cache):
    runcube.open_sweep(folder)
    settle()
    file = folder / "multirun.yaml"
    text = file.read_text()
    assert "seed=0,1,2" in text
    file.write_text(text.replace("seed=0,1,2", "seed=0,1,2,3"))
    assert runcube.open_sweep(folder).axes["seed"] == [0, 1, 2, 3]
    assert_cached_as_read(folder)


def test_a_record_and_a_plan_that_come_later_are_noticed(folder, cache):
    runcube.open_sweep(folder)
    assert is_decided(cache)
    axes = {"lr": ["0.1", "0.2"], "seed": ["0", "1"]}
    write_sweep_record(folder, identifier="later", definition=product_of(axes))
    assert_cached_as_read(folder)
    settle()
    runcube.open_sweep(folder, cache="refresh")
    plan = folder / ".runcube/jobs.jsonl"
    line = {"num": 0, "dir": "0", "overrides": ["lr=0.1", "seed=0"], "repetition": 4}
    plan.write_text(json.dumps(line | {"aliases": {"lr": "slow"}}) + "\n")
    sweep = runcube.open_sweep(folder)
    assert "slow" in sweep.to_xarray().indexes["lr"]
    assert_cached_as_read(folder)
    settle()
    # What the plan says is part of what is kept.
    runcube.open_sweep(folder, cache="refresh")
    assert_cached_as_read(folder)
    plan.write_text(plan.read_text().replace("slow", "late"))
    assert "late" in runcube.open_sweep(folder).to_xarray().indexes["lr"]


def test_jobs_that_were_planned_and_never_made_stay_counted(folder, cache):
    lines = [
        {"num": number, "dir": str(number), "overrides": [f"lr={lr}", f"seed={seed}"]}
        for number, (lr, seed) in enumerate((lr, seed) for lr in (0.1, 0.2) for seed in range(5))
    ]
    (folder / ".runcube").mkdir()
    (folder / ".runcube/jobs.jsonl").write_text("".join(json.dumps(it) + "\n" for it in lines))
    settle()
    missing = runcube.open_sweep(folder)._core.missing
    assert missing == 4
    assert runcube.open_sweep(folder)._core.missing == missing
    assert_cached_as_read(folder)


def test_what_follows_from_other_files_is_decided_by_each_load(tmp_path, cache):
    root = tmp_path / "sweep"
    for number, overrides in enumerate([["x=1"], ["x=1", "y=2"]]):
        job(root / str(number), overrides, {"loss": float(number)})
        (root / str(number) / ".hydra/config.yaml").write_text("x: 1\ny: 7\n")
    (root / "multirun.yaml").write_text(NUMBERED)
    settle()
    sweep = runcube.open_sweep(root)
    assert sweep.axes["y"] == [7, 2]
    assert not sweep.problems
    assert is_decided(cache) is None
    (root / "0/.hydra/config.yaml").write_text("x: 1\ny: 8\n")
    assert runcube.open_sweep(root).axes["y"] == [8, 2]


def test_repetitions_that_the_jobs_record_are_read_by_each_load(tmp_path, cache):
    root = tmp_path / "sweep"
    for number in range(2):
        job(root / str(number), ["x=1"], {"loss": float(number)})
    (root / "multirun.yaml").write_text(NUMBERED)
    settle()
    assert not runcube.open_sweep(root).problems
    assert is_decided(cache) is None
    for number in range(2):
        record = {"v": 1, "repetition": 1 - number}
        (root / str(number) / "job.json").write_text(json.dumps(record))
    assert list(runcube.open_sweep(root).to_xarray()["loss"].values.ravel()) == [1.0, 0.0]
    assert_cached_as_read(root)


def test_leftovers_are_judged_by_each_load(folder, cache):
    job(folder / "6", ["lr=0.9", "seed=0"], {"loss": 1.0})
    settle()
    assert runcube.open_sweep(folder).problems
    assert is_decided(cache) is None
    assert_cached_as_read(folder)


def test_a_link_may_lead_elsewhere_without_a_trace(folder, cache, tmp_path):
    (folder / "5").rename(tmp_path / "elsewhere")
    (folder / "5").symlink_to(tmp_path / "elsewhere")
    settle()
    assert len(runcube.open_sweep(folder).jobs) == 6
    assert is_decided(cache) is None
    (tmp_path / "elsewhere").rename(tmp_path / "gone")
    assert len(runcube.open_sweep(folder).jobs) == 5


def test_a_directory_that_changed_just_now_decides_nothing_yet(folder, cache, monkeypatch):
    monkeypatch.setattr(runcube.results.opening, "SETTLED_SECONDS", 1.0)
    (folder / "notes").mkdir()
    before = time.time() - 10
    for path in folder.rglob("*"):
        os.utime(path, (before, before))
    time.sleep(1.1)
    (folder / "more").mkdir()
    runcube.open_sweep(folder)
    assert is_decided(cache) is False
    assert_cached_as_read(folder)
    time.sleep(1.1)
    # The first load after that decides it, though no job is new.
    assert_cached_as_read(folder)
    assert is_decided(cache)


def test_a_copy_may_hold_more_jobs_under_the_same_stamps(folder, cache, tmp_path):
    (folder / ".runcube").mkdir()
    settle()
    use = ("beside", SETTLED_SECONDS, 0)
    _core.open_sweep(folder, None, None, leftovers=False, workers=None, cache=use)
    assert "verdict" in sections(folder / ".runcube/index-v1.arrow")
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    shutil.copytree(copy / "5", copy / "6")
    (copy / "6/.hydra/overrides.yaml").write_text("- lr=0.2\n- seed=3\n")
    shutil.copystat(folder, copy)
    sweep = runcube.open_sweep(copy, leftovers=True)
    assert [job.number for job in sweep.jobs] == list(range(7))
    assert_cached_as_read(copy)


def test_holes_and_problems_are_those_of_the_files(folder, cache):
    (folder / "3/metrics.npz").unlink()
    (folder / "4/metrics.npz").write_bytes(b"damaged")
    settle()
    assert_cached_as_read(folder)
    assert is_decided(cache)
    assert_cached_as_read(folder)
    assert len(runcube.open_sweep(folder).problems) == 1
    assert not runcube.open_sweep(folder).is_complete


def test_who_looks_on_is_told_of_all_jobs(folder, cache):
    runcube.open_sweep(folder)
    told = []
    runcube.open_sweep(folder, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
