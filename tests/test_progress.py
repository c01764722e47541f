"""What a load tells of how far it has come, and that it can be ended."""

import io
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from rich.console import Console

from runcube import open_sweep
from runcube.results.progress import Bar
from runcube.testing import make_tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return make_tree(tmp_path_factory.mktemp("sweep") / "sweep", jobs=200)


def bar(*, terminal, patience=0.0, always=False):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, force_jupyter=False, width=80)
    return Bar(patience=patience, always=always, console=lambda: console), text


def test_a_callable_is_told_of_every_job(tree):
    calls = []
    open_sweep(tree.path, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (200, 200)
    assert calls == sorted(calls)


def test_a_callable_is_told_of_the_jobs_that_a_loader_read(tree):
    calls = []
    open_sweep(
        tree.path,
        metrics="metrics.npz",
        loader=lambda path: dict(np.load(path)),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [*((done, 200) for done in range(200)), (200, 200)]


def test_what_a_callable_raises_ends_the_load(tree):
    def progress(done, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_sweep(tree.path, progress=progress)


def test_a_sweep_pickles_without_who_looked_on(tree):
    sweep = open_sweep(tree.path, progress=lambda done, total: None)
    assert pickle.loads(pickle.dumps(sweep)).axes == sweep.axes


@pytest.mark.parametrize("wrong", [None, 1, "always"])
def test_another_progress_is_refused(tree, wrong):
    with pytest.raises(TypeError, match="`progress`: expected True, False, 'auto' or a callable"):
        open_sweep(tree.path, progress=wrong)


def test_a_bar_in_a_terminal_shows_jobs_and_rate():
    shown, text = bar(terminal=True)
    shown(0, 1000)
    shown(1000, 1000)
    shown.close()
    assert "1000/1000" in text.getvalue()
    assert "a second" in text.getvalue()


def test_a_bar_elsewhere_is_silent_unless_asked_for():
    for always in (False, True):
        shown, text = bar(terminal=False, always=always)
        shown(0, 1000)
        shown(1000, 1000)
        shown.close()
        assert ("1000/1000" in text.getvalue()) == always


def test_a_short_load_shows_no_bar():
    shown, text = bar(terminal=True, patience=3600.0)
    shown(0, 1000)
    shown(1000, 1000)
    shown.close()
    assert text.getvalue() == ""


def test_a_load_that_nobody_sees_prints_nothing(tree):
    program = f"import runcube; runcube.open_sweep({str(tree.path)!r}, progress='auto')"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (run.stdout, run.stderr) == (b"", b"")


def test_an_interrupted_load_leaves_no_index(tree, tmp_path, monkeypatch):
    place = tmp_path / "cache"
    monkeypatch.setenv("RUNCUBE_CACHE_DIR", str(place))
    ended = []
    threads = threading.active_count()

    def progress(done, total):
        if not ended:
            ended.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    # The signal arrives while a reader waits; the load ends, and so does nothing else.
    with pytest.raises(KeyboardInterrupt):
        open_sweep(
            tree.path,
            loader=lambda path: time.sleep(0.01) or {},
            metrics="metrics.npz",
            progress=progress,
        )
    assert not place.exists()
    assert threading.active_count() == threads
