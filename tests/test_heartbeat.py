"""The sign of life of running jobs."""

from __future__ import annotations

import os
import threading
import time

import pytest

from runcube.heartbeat import Heart, heart

OLD = 1.0
SOON = 0.01
FAR = 3600.0


@pytest.fixture
def path(tmp_path):
    return a_file(tmp_path, "a")


def a_file(folder, name):
    made = folder / name
    made.touch()
    os.utime(made, (OLD, OLD))
    return made


def is_touched(path, seconds=10.0):
    deadline = time.monotonic() + seconds
    while path.stat().st_mtime == OLD:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def threads():
    return [it for it in threading.enumerate() if it.name == "runcube-heartbeat"]


def ended(before, seconds=10.0):
    """Wait until no thread is left but those from before."""
    deadline = time.monotonic() + seconds
    while set(threads()) - set(before) and time.monotonic() < deadline:
        time.sleep(0.005)
    return not set(threads()) - set(before)


def test_each_file_is_touched_again_and_again(tmp_path):
    heart, files = Heart(), [a_file(tmp_path, name) for name in "ab"]
    for file in files:
        heart.begin(file, seconds=SOON)
    for _ in range(3):
        assert all(map(is_touched, files))
        for file in files:
            os.utime(file, (OLD, OLD))
    for file in files:
        heart.end(file)


def test_all_of_them_share_a_thread_that_ends_after_the_last(tmp_path):
    before, heart = threads(), Heart()
    files = [a_file(tmp_path, str(number)) for number in range(5)]
    for file in files:
        heart.begin(file, seconds=FAR)
    assert len(set(threads()) - set(before)) == 1
    # Woken earlier than it had in mind, it finds nothing left to do.
    heart.begin(files[0], seconds=SOON)
    for file in files:
        heart.end(file)
    assert ended(before)


def test_jobs_that_follow_one_another_share_it_too(tmp_path):
    before, heart = threads(), Heart()
    seen = set()
    for number in range(20):
        file = a_file(tmp_path, str(number))
        heart.begin(file, seconds=FAR)
        seen |= set(threads()) - set(before)
        heart.end(file)
    assert len(seen) == 1
    heart.begin(file, seconds=SOON)
    heart.end(file)
    assert ended(before)


def test_after_the_last_thread_comes_another(path):
    before, heart = threads(), Heart()
    heart.begin(path, seconds=SOON)
    heart.end(path)
    assert ended(before)
    heart.begin(path, seconds=SOON)
    assert is_touched(path)
    heart.end(path)


def test_a_file_is_left_alone_once_that_was_asked_for(tmp_path, path):
    heart, other = Heart(), a_file(tmp_path, "b")
    heart.begin(path, seconds=SOON)
    heart.begin(other, seconds=SOON)
    assert is_touched(path)
    heart.end(path)
    os.utime(path, (OLD, OLD))
    os.utime(other, (OLD, OLD))
    assert is_touched(other)
    assert path.stat().st_mtime == OLD
    heart.end(other)


def test_one_that_is_due_sooner_waits_for_no_other(tmp_path, path):
    heart, other = Heart(), a_file(tmp_path, "b")
    heart.begin(other, seconds=FAR)
    heart.begin(path, seconds=SOON)
    assert is_touched(path)
    assert other.stat().st_mtime == OLD
    heart.end(path)
    heart.end(other)


def test_a_file_that_is_gone_hinders_no_other(tmp_path, path):
    heart, gone = Heart(), a_file(tmp_path, "gone")
    gone.unlink()
    heart.begin(gone, seconds=SOON)
    heart.begin(path, seconds=SOON)
    assert is_touched(path)
    assert not gone.exists()
    heart.end(gone)
    heart.end(path)


def test_what_never_began_may_end(path):
    Heart().end(path)


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_has_a_heart_of_its_own(tmp_path, path):
    mine, other = heart(), a_file(tmp_path, "b")
    mine.begin(other, seconds=FAR)
    with mine._changed:
        # As another thread may do at the moment of a fork.
        child = os.fork()
        if not child:
            heart().begin(path, seconds=SOON)
            os._exit(0 if heart() is not mine and is_touched(path) else 1)
    mine.end(other)
    assert os.waitpid(child, 0)[1] == 0
