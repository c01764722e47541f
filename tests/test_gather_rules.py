"""Sweeps of any history gather by the rules: drawn trees against the oracle.

`RUNCUBE_TEST_EXAMPLES` is the number of sweeps, `RUNCUBE_TEST_SEED` chooses which; a failure
prints the seed.
"""

import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

import runcube
from runcube.errors import ProblemWarning
from runcube.testing import assert_same
from runcube.testing.oracle import Expected
from runcube.testing.rules import Call, Refused, SweepTree, expected, write_tree


def check(tree: SweepTree, call: Call) -> None:
    """Write a sweep, gather it, and hold everything that comes out to the truth."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "sweep")
        write_tree(tree, root)
        truth = expected(tree, call, str(root))
        sweep = runcube.open_sweep(root, leftovers=call.leftovers)
        check_problems(root, sweep.problems, truth.problems)
        names = [job.path.relative_to(root).as_posix() for job in sweep.jobs]
        assert names == truth.jobs, f"jobs: {names}, expected {truth.jobs}"
        shown = {key: list(labels) for key, labels in sweep.axes.items()}
        assert repr(shown) == repr(dict(truth.axes)), f"axes: {shown}, expected {truth.axes}"
        if isinstance(truth.dataset, Refused):
            with pytest.raises(ValueError) as caught:
                gathered(sweep, call)
            assert truth.dataset.words in str(caught.value)
            return
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            dataset = gathered(sweep, call)
        assert_same(dataset, truth.dataset)
        categories = [it.category for it in met]
        assert categories == [ProblemWarning] * truth.warnings, f"{truth.warnings} expected: {met}"


def gathered(sweep: Any, call: Call) -> Any:
    return sweep.to_xarray(
        layout=call.layout,
        duplicates=call.duplicates,
        coord_from_metrics=call.coordinate,
        include_paths=call.paths,
        include_status=call.status,
    )


def check_problems(root: Path, problems: Any, expected_ones: list[Expected]) -> None:
    """Each fault is reported once, and nothing else is."""
    found = [(Path(it.path).relative_to(root).as_posix(), it.kind) for it in problems]
    left = list(found)
    for one in expected_ones:
        hits = [it for it in left if it[0] == one.path and it[1] in one.kinds]
        assert hits, f"no problem for {one}: {found}"
        left.remove(hits[0])
    assert left == [], f"nobody expects {left}; expected {expected_ones}"
