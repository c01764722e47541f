"""A load from the cache is a load of the files: drawn sweeps, before and after a change.

`RUNCUBE_TEST_EXAMPLES` is the number of sweeps over all properties, `RUNCUBE_TEST_SEED` chooses
which; a failure prints the seed.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from cached_loads import (
    assert_alike,
    assert_cached_as_read,
    hasten,
    options_of,
    outcome,
    settle,
)
from runcube.testing.rules import write_tree
from runcube.testing.rules.draw import sweep_trees

EXAMPLES = round(int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) * 0.03)
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    hasten(monkeypatch)


def changes(root):
    """Return the files of the sweep that a change may take."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def change(path, how):
    content = path.read_bytes()
    if how == "removed":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif how == "flipped":
        # In place, of the same size and with the same time of modification.
        times = path.stat()
        with path.open("r+b") as file:
            file.seek(len(content) // 2)
            file.write(bytes(byte ^ 1 for byte in content[len(content) // 2 :][:1]))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    else:
        path.with_name("other").write_bytes(content + b"\n")
        path.with_name("other").replace(path)


def test_drawn_sweeps_load_from_the_cache_as_from_their_files():
    @seed(SEED)
    @settings(
        max_examples=max(1, EXAMPLES),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(sweep_trees(), st.randoms(use_true_random=False))
    def check(drawn, random):
        tree, call = drawn
        note(f"RUNCUBE_TEST_SEED={SEED}")
        options = options_of(call)
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder, "sweep")
            write_tree(tree, root)
            settle()
            read = outcome(root, cache=False, **options)
            for cache in ("refresh", True, "trust", True):
                assert_alike(outcome(root, cache=cache, **options), read)
            for _ in range(2):
                if not (files := changes(root)):
                    break
                chosen = random.choice(files)
                how = random.choice(["removed", "cut", "flipped", "replaced"])
                note(f"{how}: {chosen.relative_to(root)}")
                change(chosen, how)
                assert_cached_as_read(root, **options)
                settle()
                assert_cached_as_read(root, **options)

    check()
