"""`runcube index` and `runcube cache`, and indexes beside sweeps."""

import os
import shutil
import time

import numpy as np
import pytest

from cached_loads import assert_alike, assert_cached_as_read, hasten, outcome, settle
from runcube import MultiRunMetricsWorkflow, multirun, open_sweep
from runcube.cli import main as command
from runcube.results import opening
from written_jobs import job


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    place = tmp_path / "cache"
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(place))
    hasten(monkeypatch)
    monkeypatch.setattr("runcube.cli.index.SETTLED_SECONDS", opening.SETTLED_SECONDS)
    return place


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "sweep"
    for seed in range(5):
        job(path / str(seed), [f"seed={seed}"], {"loss": seed / 2})
    settle()
    return path


def losses(path, **options):
    return open_sweep(path, **options).metric_values("loss")


def replace(path, loss, *, times=None):
    before = path.stat()
    np.savez(path, loss=loss)
    os.utime(path, ns=times or (before.st_atime_ns, before.st_mtime_ns))


def test_an_index_beside_a_sweep_serves_copies_of_the_tree(folder, tmp_path, cache, capsys):
    assert command.main(["index", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / '.runcube' / 'index-v1.arrow'}\n"
    copied = shutil.copytree(folder, tmp_path / "copied")
    assert not cache.exists()
    # Sizes and times are all that a copy keeps: this change cannot be seen.
    replace(copied / "3" / "metrics.npz", 7.0)
    assert losses(copied)[3] == 1.5
    replace(copied / "3" / "metrics.npz", 8.0, times=(0, 0))
    assert losses(copied)[3] == 8.0
    assert losses(folder) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_an_index_beside_a_sweep_changes_nothing_that_a_load_shows(folder):
    read = outcome(folder, cache=False)
    command.main(["index", str(folder)])
    assert_alike(outcome(folder), read)
    assert_cached_as_read(folder, metrics="*.npz")
    job(folder / "5", ["seed=5"], {"loss": 9.0})
    assert_cached_as_read(folder)


def test_an_index_is_removed(folder, capsys):
    command.main(["index", str(folder)])
    assert command.main(["index", "--remove", str(folder)]) == 0
    assert not list((folder / ".runcube").iterdir())
    assert command.main(["index", "--remove", str(folder)]) == 2
    assert "it has no index" in capsys.readouterr().err


def test_an_index_that_cannot_be_is_an_error(folder, monkeypatch, capsys):
    monkeypatch.setattr("runcube.cli.index.SETTLED_SECONDS", 3600.0)
    assert command.main(["index", str(folder)]) == 2
    assert "no job of the sweep can be kept in an index" in capsys.readouterr().err
    monkeypatch.setattr("runcube.cli.index.SETTLED_SECONDS", 0.0)
    (folder / ".runcube").write_text("in the way")
    assert command.main(["index", str(folder)]) == 2
    assert ".runcube" in capsys.readouterr().err


def test_caches_are_listed_and_cleared(folder, tmp_path, cache, capsys):
    other = shutil.copytree(folder, tmp_path / "other")
    settle()
    open_sweep(folder)
    open_sweep(other)
    (cache / "index-v1-0123456789abcdef.arrow").write_bytes(b"damaged")
    assert command.main(["cache", "ls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["0", "jobs"], ["5", "jobs"]]
    assert lines[0].endswith("index-v1-0123456789abcdef.arrow (damaged)")
    assert [line.split()[-1] for line in lines[1:3]] == [str(other), str(folder)]
    assert lines[3] == f"3 in {cache}"
    assert command.main(["cache", "clear", str(other)]) == 0
    assert capsys.readouterr().out == "removed 1 index\n"
    assert command.main(["cache", "ls", str(other)]) == 0
    assert capsys.readouterr().out == f"0 in {cache}\n"
    assert command.main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == "removed 2 indexes\n"
    assert list(cache.iterdir()) == []


def test_indexes_that_nobody_used_or_needs_go_when_another_is_written(folder, tmp_path, cache):
    sweeps = {name: shutil.copytree(folder, tmp_path / name) for name in ("long", "gone", "used")}
    settle()
    files = {}
    for name, path in sweeps.items():
        before = set(cache.glob("*")) if cache.exists() else set()
        losses(path)
        (files[name],) = set(cache.glob("*")) - before
    day = 24 * 3600
    for name, days in (("long", 100), ("gone", 10), ("used", 80)):
        used = time.time() - days * day
        os.utime(files[name], (used, used))
    shutil.rmtree(sweeps["gone"])
    losses(sweeps["used"])
    assert time.time() - files["used"].stat().st_mtime < day
    losses(folder)
    assert {name for name, file in files.items() if file.exists()} == {"used"}
    assert losses(sweeps["long"]) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_refreshed_sweep_is_the_sweep_as_it_is_now(folder):
    for cache in (True, False, "trust", "refresh"):
        sweep = open_sweep(folder, cache=cache, metrics="metrics.npz")
        before = sweep.metric_values("loss")
        replace(folder / "3" / "metrics.npz", before[3] + 1)
        again = sweep.refresh()
        assert again.metric_values("loss")[3] == before[3] + 1
        assert sweep.metric_values("loss") == before
        assert again.path.samefile(sweep.path)


def test_a_launch_takes_the_index_of_earlier_jobs_away(tmp_path, capsys):
    class Squares(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x: int) -> dict:
            return {"y": x**2}

    Squares().run(x=multirun([1, 2]), working_dir=tmp_path / "sweep")
    assert command.main(["index", str(tmp_path / "sweep")]) == 0
    index = tmp_path / "sweep/.runcube/index-v1.arrow"
    assert index.is_file()
    Squares().run(x=multirun([3, 4]), working_dir=tmp_path / "sweep", overwrite=True)
    assert not index.exists()
    assert open_sweep(tmp_path / "sweep").to_xarray()["y"].values.tolist() == [9, 16]
