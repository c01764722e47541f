"""The cache under those who write at the same time: other jobs, other readers, and a sudden end.

`RUNCUBE_TEST_EXAMPLES` scales how long each of them goes on.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cached_loads import (
    NUMBERED,
    SETTLED_SECONDS,
    assert_cached_as_read,
    hasten,
    is_decided,
    settle,
)
from runcube import open_sweep
from written_jobs import job

EXAMPLES = int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200"))
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))
ROUNDS = max(2, EXAMPLES // 200)
KILLS = max(4, EXAMPLES // 200)
JOBS = 40

# Changes a tree until it is told to stop, by its input: then it says that it has.
MUTATOR = """
import os, random, shutil, sys
import numpy as np
from written_jobs import job
root, seed = sys.argv[1], int(sys.argv[2])
chance = random.Random(seed)
from pathlib import Path

def change(number):
    path = Path(root, str(number))
    file = path / "metrics.npz"
    how = chance.choice(["add", "rewrite", "quietly", "cut", "remove", "replace"])
    if not path.exists():
        job(path, [f"seed={number}"], {"loss": chance.random()})
    elif how == "rewrite":
        np.savez(file, loss=chance.random())
    elif how == "quietly" and file.exists():
        times = file.stat()
        np.savez(file, loss=chance.random())
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif how == "cut" and file.exists():
        file.write_bytes(file.read_bytes()[: chance.randrange(200)])
    elif how == "remove":
        shutil.rmtree(path)
    elif how == "replace":
        # Not beside it, where a load would meet two metric files.
        np.savez(Path(root).parent / "other.npz", loss=chance.random())
        (Path(root).parent / "other.npz").replace(file)

for line in sys.stdin:
    for _ in range(int(line)):
        change(chance.randrange(60))
    print("done", flush=True)
"""

# Loads a sweep over and over, so that each load writes its index.
LOADER = """
import sys
from runcube import open_sweep
from runcube.results import opening
from cached_loads import SETTLED_SECONDS
opening.SETTLED_SECONDS, opening.FEWEST_CACHED_JOBS = SETTLED_SECONDS, 1
print("ready", flush=True)
while True:
    open_sweep(sys.argv[1], cache="refresh")
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    place = tmp_path / "cache"
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(place))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    hasten(monkeypatch)
    return place


@pytest.fixture(params=["walked", "numbered"])
def folder(request, tmp_path):
    """Return a sweep whose jobs are found by a walk, or by the names in its directory alone."""
    path = tmp_path / "sweep"
    for seed in range(JOBS):
        job(path / str(seed), [f"seed={seed}"], {"loss": seed / 2})
    if request.param == "numbered":
        (path / "multirun.yaml").write_text(NUMBERED)
    settle()
    return path


def started(program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_whatever_changed_meanwhile_a_load_in_a_quiet_moment_is_right(folder, cache):
    decided = 0
    with started(MUTATOR, folder, SEED) as mutator:
        for round_ in range(ROUNDS):
            # Many, or one alone, which may leave the directory as it was.
            mutator.stdin.write("30\n" if round_ % 4 < 2 else "1\n")
            mutator.stdin.flush()
            # Loads of a tree in motion, which leave their indexes for the quiet moment.
            for _ in range(5):
                open_sweep(folder)
            assert mutator.stdout.readline() == "done\n"
            assert_cached_as_read(folder)
            if round_ % 2:
                time.sleep(SETTLED_SECONDS)
            assert_cached_as_read(folder)
            decided += is_decided(cache) is True
        mutator.stdin.close()
    assert mutator.returncode == 0
    # Where the names tell which jobs there are, later loads began with what earlier ones decided.
    assert (decided > 0) == (folder / "multirun.yaml").exists()


def test_a_process_that_is_killed_while_it_writes_leaves_a_whole_index_or_none(folder, cache):
    chance = random.Random(SEED)
    for _ in range(KILLS):
        with started(LOADER, folder) as loader:
            assert loader.stdout.readline() == "ready\n"
            time.sleep(chance.uniform(0.0, 0.02))
            loader.send_signal(signal.SIGKILL)
            loader.communicate()
        assert_cached_as_read(folder, metrics=None)
        np.savez(folder / "7" / "metrics.npz", loss=chance.random())
        assert_cached_as_read(folder)
    assert len([path for path in cache.iterdir() if path.suffix == ".arrow"]) == 1
    shutil.rmtree(cache)


def test_readers_and_writers_at_the_same_time_are_none_the_wiser(folder):
    loaders = [started(LOADER, folder) for _ in range(2)]
    try:
        assert [loader.stdout.readline() for loader in loaders] == ["ready\n"] * 2
        for round_ in range(ROUNDS):
            np.savez(folder / str(round_ % JOBS) / "metrics.npz", loss=round_ + 100.0)
            time.sleep(SETTLED_SECONDS)
            assert_cached_as_read(folder)
    finally:
        for loader in loaders:
            loader.kill()
            loader.communicate()
