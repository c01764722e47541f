"""Sweeps of any history gather by the rules: drawn trees against the oracle.

`RUNCUBE_TEST_EXAMPLES` is the number of sweeps over all properties, `RUNCUBE_TEST_SEED` chooses
which; a failure prints the seed. With `RUNCUBE_TEST_COVERAGE` the table of what was tried is
printed (`pytest -s`).
"""

import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, seed, settings

import runcube
from gather_cases import CASES
from runcube.errors import ProblemsError, ProblemWarning
from runcube.testing import assert_same
from runcube.testing.oracle import Expected
from runcube.testing.rules import Call, Refused, SweepTree, expected, features, write_tree
from runcube.testing.rules.draw import sweep_trees

EXAMPLES = round(int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) * 0.4)
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))
# How often each feature must be tried, of 2,000 sweeps; once from 1,000 on, else not at all.
LEAST, OF, SMALL = 20, 2000, 1000

# The rule's number, and what of it.
EVERY = (
    "1 agreeing plan line",
    "1 contradicting overrides.yaml",
    "1 contradicting plan line",
    "1 key taken out",
    "1 metrics.arrow",
    "1 no .hydra",
    "1 overrides.yaml",
    "1 several lines for a key",
    "2 axis with one value",
    "2 hydra.sweeper.params",
    "2 recorded product",
    "2 recorded zip",
    "3 aliases",
    "3 aliases that are alike",
    "3 interpolation",
    "3 ints and floats",
    "3 labels of several kinds",
    "3 lists as labels",
    "3 natural order",
    "3 order of the plan",
    "3 range",
    "3 shuffled",
    "5 definition of none of the jobs",
    "5 left over by number",
    "5 left over by value",
    "5 left-over metrics.arrow",
    "5 leftovers taken in",
    "5 named otherwise",
    "5 nested sweep",
    "5 nested sweep below a job",
    "5 superseded",
    "6 hole of bool",
    "6 hole of complex",
    "6 hole of float",
    "6 hole of int",
    "6 hole of text",
    "6 job without metrics",
    "7 several dtypes",
    "7 several numbers of dimensions",
    "8 coordinate refused",
    "8 further dimensions",
    "8 joined coordinate",
    "8 length",
    "8 series of another length",
    "9 duplicates refused",
    "9 gave way, or without identity",
    "9 repeat under error",
    "9 repeat under first",
    "9 repeat under last",
    "9 repeat under repeat",
    "9 repetition in job.json",
    "9 repetition in the plan",
    "10 auto: grid",
    "10 auto: jobs",
    "10 grid refused",
    "10 grid: grid",
    "10 jobs: jobs",
    "11 dots and slashes",
    "11 metric named like a parameter",
    "11 our names taken",
    "11 status or working_subdir",
    "12 attribute of type float",
    "12 attribute of type int",
    "12 attribute of type str",
    "12 fixed null",
    "14 cut overrides.yaml",
    "14 empty file",
    "14 flipped file",
    "14 no identity",
    "14 random file",
    "14 strict",
    "14 truncated file",
)


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def check(tree: SweepTree, call: Call) -> set[str]:
    """Write a sweep, gather it, hold what comes out to the truth, and name what was tried."""
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
        if truth.problems:
            with pytest.raises(ProblemsError) as strict:
                runcube.open_sweep(root, leftovers=call.leftovers, strict=True)
            assert len(strict.value.exceptions) == len(truth.problems)
        if isinstance(truth.dataset, Refused):
            with pytest.raises(ValueError, match=truth.dataset.words):
                gathered(sweep, call)
        else:
            with warnings.catch_warnings(record=True) as met:
                warnings.simplefilter("always")
                dataset = gathered(sweep, call)
            assert_same(dataset, truth.dataset)
            categories = [it.category for it in met]
            assert categories == [ProblemWarning] * truth.warnings, [str(it) for it in met]
    return features(tree, call, truth)


def gathered(sweep: Any, call: Call) -> Any:
    """Gather a sweep as the call says."""
    return sweep.to_xarray(
        layout=call.layout,
        duplicates=call.duplicates,
        coord_from_metrics=call.coordinate,
        include_paths=call.paths,
        include_status=call.status,
    )


def check_problems(root: Path, problems: Any, truth: Any) -> None:
    """Each fault is reported once, naming the file or the job, and nothing else is."""
    left = [(Path(it.path).relative_to(root).as_posix(), it.kind) for it in problems]
    one: Expected
    for one in truth:
        hits = [it for it in left if it[0] == one.path and it[1] in one.kinds]
        assert hits, f"no problem for {one}: {left}"
        left.remove(hits[0])
    assert left == [], f"nobody expects {left}; expected {truth}"


@pytest.mark.parametrize("name", CASES)
def test_a_sweep_that_once_was_gathered_wrongly(name: str) -> None:
    check(*CASES[name])


def test_drawn_sweeps_gather_by_the_rules_and_every_rule_is_tried() -> None:
    tried: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=max(1, EXAMPLES),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(sweep_trees())
    def gather(drawn: tuple[SweepTree, Call]) -> None:
        note(f"RUNCUBE_TEST_SEED={SEED}")
        tried.update(check(*drawn))

    gather()
    if os.environ.get("RUNCUBE_TEST_COVERAGE"):
        for name in EVERY:
            print(f"{tried[name]:6d}  {name}")  # noqa: T201
    least = LEAST * EXAMPLES // OF if EXAMPLES >= OF else int(EXAMPLES >= SMALL)
    rare = {name: tried[name] for name in EVERY if tried[name] < least}
    assert rare == {}, f"tried less than {least} times in {EXAMPLES} sweeps"
