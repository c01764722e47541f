"""The cache: what it takes, what it notices, and that it is only ever a matter of time."""

import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from cached_loads import assert_alike, assert_cached_as_read, hasten, outcome, settle
from runcube import open_sweep
from runcube.results import opening
from runcube.testing import make_tree
from written_jobs import job


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give each test a folder for caches of its own."""
    place = tmp_path / "cache"
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(place))
    hasten(monkeypatch)
    return place


@pytest.fixture
def folder(tmp_path):
    """Return a sweep of ten jobs that has settled."""
    path = tmp_path / "sweep"
    for seed in range(10):
        job(path / str(seed), [f"seed={seed}"], {"loss": seed / 2, "curve": np.arange(3.0)})
    settle()
    return path


def losses(path, **options):
    return open_sweep(path, **options).metric_values("loss")


def replace_quietly(path, seed, loss):
    """Change a job's value, and hide that from all but the file's time of change."""
    file = path / str(seed) / "metrics.npz"
    before = file.stat()
    np.savez(file, loss=loss, curve=np.arange(3.0))
    assert file.stat().st_size == before.st_size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("kind", ["npz", "arrow", "json", "pt", "recorded"])
@pytest.mark.parametrize("subdir", ["${hydra.job.num}", "${hydra.job.override_dirname}"])
def test_a_reload_is_the_load(tmp_path, kind, subdir):
    tree = make_tree(tmp_path / "sweep", jobs=100, format=kind, subdir=subdir)
    settle()
    metrics = None if kind in {"npz", "recorded"} else "metrics.*"
    read = outcome(tree.path, metrics=metrics, cache=False)
    for cache in (True, True, "trust", "refresh", True):
        assert_alike(outcome(tree.path, metrics=metrics, cache=cache), read)


def test_trust_looks_at_no_file_that_the_cache_knows(folder):
    losses(folder)
    replace_quietly(folder, 3, 7.0)
    assert losses(folder, cache="trust")[3] == 1.5
    assert losses(folder)[3] == 7.0


def test_a_value_of_the_same_size_with_the_old_time_is_noticed(folder):
    losses(folder)
    replace_quietly(folder, 3, 7.0)
    assert losses(folder) == [0.0, 0.5, 1.0, 7.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]


def test_a_file_that_changed_just_now_is_not_relied_upon(folder, monkeypatch):
    monkeypatch.setattr(opening, "SETTLED_SECONDS", 3600.0)
    losses(folder)
    replace_quietly(folder, 3, 7.0)
    assert losses(folder, cache="trust")[3] == 7.0


def test_a_file_of_the_future_is_not_relied_upon(folder):
    later = time.time() + 3600
    os.utime(folder / "3" / "metrics.npz", (later, later))
    settle()
    losses(folder)
    np.savez(folder / "3" / "metrics.npz", loss=7.0, curve=np.arange(3.0))
    os.utime(folder / "3" / "metrics.npz", (later, later))
    assert losses(folder, cache="trust")[3] == 7.0


def test_jobs_that_appear_vanish_shrink_and_change_are_noticed(folder):
    losses(folder)
    job(folder / "10", ["seed=10"], {"loss": 9.0, "curve": np.arange(3.0)})
    assert_cached_as_read(folder)
    shutil.rmtree(folder / "0")
    assert_cached_as_read(folder)
    (folder / "4" / "metrics.npz").write_bytes(b"")
    assert_cached_as_read(folder)
    (folder / "5" / "metrics.npz").unlink()
    assert_cached_as_read(folder)
    (folder / "6" / ".hydra" / "overrides.yaml").write_text("- seed=66\n")
    assert_cached_as_read(folder)
    settle()
    for _ in range(2):
        assert_cached_as_read(folder)


def test_a_file_that_was_looked_for_in_vain_is_noticed(tmp_path):
    path = tmp_path / "sweep"
    for seed in range(4):
        job(path / str(seed), [f"seed={seed}"], {"loss": 1.0} if seed else None)
    settle()
    assert losses(path) == [None, 1.0, 1.0, 1.0]
    np.savez(path / "0" / "metrics.npz", loss=2.0)
    assert losses(path) == [2.0, 1.0, 1.0, 1.0]


def test_a_directory_that_a_glob_listed_is_noticed(folder):
    read = open_sweep(folder, metrics="*.npz")
    assert read.metrics == ("loss", "curve")
    np.savez(folder / "2" / "other.npz", accuracy=1.0)
    assert open_sweep(folder, metrics="*.npz").metrics == ("loss", "curve", "accuracy")
    (folder / "2" / "other.npz").unlink()
    assert open_sweep(folder, metrics="*.npz").metrics == ("loss", "curve")


def test_what_a_link_leads_to_is_noticed(folder, tmp_path):
    for name, loss in (("one", 7.0), ("two", 8.0)):
        job(tmp_path / name, ["seed=3"], {"loss": loss, "curve": np.arange(3.0)})
    file = folder / "3" / "metrics.npz"
    file.unlink()
    file.symlink_to(tmp_path / "one" / "metrics.npz")
    settle()
    assert losses(folder)[3] == 7.0
    file.unlink()
    file.symlink_to(tmp_path / "two" / "metrics.npz")
    assert losses(folder)[3] == 8.0


def test_the_order_of_metrics_stays_when_the_first_job_goes(tmp_path):
    path = tmp_path / "sweep"
    job(path / "0", ["seed=0"], {"b": 1.0, "a": 1.0})
    for seed in range(1, 6):
        job(path / str(seed), [f"seed={seed}"], {"a": 2.0, "c": 2.0, "b": 2.0})
    settle()
    assert open_sweep(path).metrics == ("b", "a", "c")
    shutil.rmtree(path / "0")
    assert open_sweep(path).metrics == ("a", "c", "b")
    assert_cached_as_read(path)


def test_a_condition_takes_the_selected_jobs_from_the_cache(folder):
    losses(folder)
    for where in ("seed < 3", "seed in [1, 9]"):
        assert_cached_as_read(folder, where=where)
    replace_quietly(folder, 1, 7.0)
    assert losses(folder, where="seed < 3") == [0.0, 7.0, 1.0]


def test_each_choice_of_files_has_a_cache_of_its_own(folder):
    for seed in range(10):
        (folder / str(seed) / "other.json").write_text(json.dumps({"accuracy": seed}))
    settle()
    for _ in range(2):
        assert open_sweep(folder, metrics="other.json").metrics == ("accuracy",)
        assert open_sweep(folder, metrics="metrics.npz").metrics == ("loss", "curve")
        assert open_sweep(folder, metrics=[]).metrics == ()


@pytest.mark.parametrize("part", [0, 1, 9, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("how", ["cut", "flip", "text"])
def test_a_damaged_index_is_made_anew_in_silence(folder, cache, part, how):
    wanted = outcome(folder, cache="refresh")
    (index,) = cache.iterdir()
    content = index.read_bytes()
    place = part if isinstance(part, int) else round(part * (len(content) - 1))
    if how == "cut":
        index.write_bytes(content[:place])
    elif how == "flip":
        flipped = bytes([content[place] ^ 4])
        index.write_bytes(content[:place] + flipped + content[place + 1 :])
    else:
        index.write_bytes(content[:place] + b"no index" + content[place:])
    for cache_mode in ("trust", True):
        assert_alike(outcome(folder, cache=cache_mode), wanted)
    assert index.read_bytes()[:6] == b"ARROW1"


def test_the_index_of_another_sweep_in_its_place_is_none(folder, cache, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    np.savez(other / "3" / "metrics.npz", loss=7.0, curve=np.arange(3.0))
    settle()
    losses(folder)
    (mine,) = cache.iterdir()
    losses(other)
    (theirs,) = set(cache.iterdir()) - {mine}
    theirs.replace(mine)
    assert losses(folder, cache="trust")[3] == 1.5


def test_a_moved_sweep_is_read_anew(folder, tmp_path):
    losses(folder)
    moved = folder.rename(tmp_path / "moved")
    job(folder / "0", ["seed=0"], {"loss": 9.0, "curve": np.arange(3.0)})
    assert losses(folder) == [9.0]
    assert_cached_as_read(moved)


def test_reading_writes_nothing_beside_the_jobs(folder):
    def tree():
        return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    before = tree()
    for cache in (True, True, "trust", "refresh", False):
        losses(folder, cache=cache)
    assert tree() == before


def test_a_folder_for_caches_that_cannot_be_costs_nothing_but_time(folder, cache):
    cache.write_text("in the way")
    for mode in (True, True, "trust", "refresh"):
        assert len(losses(folder, cache=mode)) == 10
    assert cache.read_text() == "in the way"


def test_without_the_cache_nothing_is_kept(folder, cache):
    losses(folder, cache=False)
    open_sweep(folder, loader=lambda path: dict(np.load(path)))
    open_sweep(folder, where="seed < 3")
    assert not cache.exists()


def test_few_jobs_are_not_worth_an_index(folder, cache, monkeypatch):
    monkeypatch.setattr(opening, "FEWEST_CACHED_JOBS", 11)
    losses(folder)
    assert not cache.exists()


def test_a_problem_is_remembered_with_its_file(folder):
    (folder / "4" / "metrics.npz").write_bytes(b"PK")
    settle()
    read = open_sweep(folder, cache=False).problems
    assert [Path(it.path) for it in read] == [folder / "4" / "metrics.npz"]
    for cache in (True, True, "trust"):
        assert open_sweep(folder, cache=cache).problems == read


@pytest.mark.parametrize("wrong", ["checked", "", None, 2])
def test_another_use_of_the_cache_is_refused(folder, wrong):
    with pytest.raises(ValueError, match=r"`cache`: expected True, False, 'trust' or 'refresh'"):
        open_sweep(folder, cache=wrong)
