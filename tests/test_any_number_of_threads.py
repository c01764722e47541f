"""A load is the same by any number of threads: its values, and what it says in which order.

`RUNCUBE_TEST_EXAMPLES` is the number of sweeps over all properties, `RUNCUBE_TEST_SEED` chooses
which; a failure prints the seed.
"""

import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, note, seed, settings

from cached_loads import assert_alike, options_of, outcome
from runcube import _core
from runcube.testing.rules import write_tree
from runcube.testing.rules.draw import sweep_trees

EXAMPLES = round(int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) * 0.03)
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))
# The place of `workers` among the arguments of the core.
WORKERS = 4


def test_drawn_sweeps_load_alike_by_any_number_of_threads(monkeypatch):
    open_sweep, asked = _core.open_sweep, {}

    def with_workers(*arguments):
        assert arguments[WORKERS] is None
        return open_sweep(*arguments[:WORKERS], asked["workers"], *arguments[WORKERS + 1 :])

    monkeypatch.setattr(_core, "open_sweep", with_workers)

    @seed(SEED)
    @settings(
        max_examples=max(1, EXAMPLES),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(sweep_trees())
    def check(drawn):
        tree, call = drawn
        note(f"RUNCUBE_TEST_SEED={SEED}")
        options = options_of(call) | {"cache": False}
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder, "sweep")
            write_tree(tree, root)
            asked["workers"] = 1
            alone = outcome(root, **options)
            for asked["workers"] in (2, 5, 9):
                assert_alike(outcome(root, **options), alone)

    check()
