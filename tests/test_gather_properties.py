"""Gathering gives what the sweep held, and names each damage: drawn sweeps against the oracle.

`RUNCUBE_TEST_EXAMPLES` is the number of sweeps over all properties, `RUNCUBE_TEST_SEED` chooses
which; a failure prints the seed.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from hypothesis import HealthCheck, example, given, note, seed, settings

import runcube
from runcube.testing import (
    Axis,
    Damage,
    Fixed,
    Job,
    SweepCase,
    assert_same,
    expected_axes,
    expected_dataset,
    expected_problems,
    sweep_cases,
    write_case,
)

EXAMPLES = int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200"))
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))


def drawn(share: float, **options: Any) -> Callable[[Callable[[SweepCase], None]], Any]:
    """Run a property on its share of the sweeps."""

    def decorate(check: Callable[[SweepCase], None]) -> Any:
        configured = settings(
            max_examples=max(1, round(EXAMPLES * share)),
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        return seed(SEED)(configured(given(sweep_cases(**options))(check)))

    return decorate


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def check(case: SweepCase) -> None:
    """Write a sweep, gather it, and hold everything that comes out to the truth."""
    note(f"RUNCUBE_TEST_SEED={SEED}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "sweep")
        write_case(case, root)
        sweep = runcube.open_sweep(root)
        check_problems(case, root, sweep.problems)
        assert_same(sweep.to_xarray(), expected_dataset(case))
        assert {key: list(labels) for key, labels in sweep.axes.items()} == expected_axes(case)
        jobs = [Path(job.path) for job in sweep.jobs]
        identified = [number for number in range(len(case.jobs)) if case.identified(number)]
        # A job whose overrides are cut has no place, and is a job all the same.
    present = {root / case.directory(n) for n, job in enumerate(case.jobs) if job.present}
    assert {root / case.directory(number) for number in identified} <= set(jobs) <= present


def check_problems(case: SweepCase, root: Path, problems: Any) -> None:
    """Each damage is reported once, naming the file, and nothing else is."""
    found = [(Path(problem.path).relative_to(root).as_posix(), problem) for problem in problems]
    for expected in expected_problems(case):
        # A job that is left aside as a whole is named by its directory.
        places = {expected.path, expected.path.removesuffix("/.hydra/overrides.yaml")}
        hits = [item for item in found if item[0] in places]
        assert len(hits) == 1, f"{expected} is reported {len(hits)} times: {found}"
        assert hits[0][1].kind in expected.kinds
        assert hits[0][1].message
        found.remove(hits[0])
    assert found == [], "problems where nothing was damaged"


LOST = Job({"m": 1.0}, damage=Damage("truncated"))


@example(SweepCase((), (Axis("x", (1,)),), (Job({"m": 1.0}),)))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": 1.0}), Job(None, present=False))))
@example(SweepCase((), (Axis("x", (1, 2)),), (LOST, LOST)))
@example(SweepCase((), (Axis("x", ("1", 1, True, None)),), (Job({"m": 1}),) * 4))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"x": 1}), Job({"x": 2}))))
@example(SweepCase((), (Axis("x", (1, 2)), Fixed("db.y", value=[1])), (Job({"m": 1}),) * 2))
@example(SweepCase((Axis("b", (1, 2)),), (Axis("a", (1, 2)),), (Job({"m": 1}),) * 4))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": "nan"}), Job(None))))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": True}), LOST)))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": 2**53 + 1}), LOST)))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": [1.0]}), Job({"m": [1.0, 2.0]}))))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": [[1]]}), Job({"m": [[1, 2], [3, 4]]}))))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": 1.0}), Job({"m": [1.0]}))))
@drawn(0.25, recorded=False)
def test_npz_sweeps_gather_to_what_they_held(case: SweepCase) -> None:
    check(case)


@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": "end\0"}), LOST), recorded=True))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": "y" * 1001}),) * 2, recorded=True))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"m": 1}, cut=0.5),) * 2, recorded=True))
@example(SweepCase((), (Axis("x", (1, 2)),), (Job({"overrides": 1}),) * 2, recorded=True))
@drawn(0.25, recorded=True)
def test_recorded_sweeps_gather_to_what_they_held(case: SweepCase) -> None:
    check(case)


@drawn(0.05, damaged=False)
def test_a_moved_sweep_is_the_same(case: SweepCase) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, Path(folder, "here"))
        first = runcube.open_sweep(Path(folder, "here")).to_xarray()
        shutil.move(Path(folder, "here"), Path(folder, "there"))
        assert_same(runcube.open_sweep(Path(folder, "there")).to_xarray(), first)


@drawn(0.05)
def test_naming_the_file_changes_nothing_but_reports_the_jobs_that_lack_it(case: SweepCase) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_case(case, folder)
        found = runcube.open_sweep(folder)
        if not any(job.present and job.metrics is not None for job in case.jobs):
            with pytest.raises(FileNotFoundError, match=case.file_name):
                runcube.open_sweep(folder, metrics=case.file_name)
            return
        named = runcube.open_sweep(folder, metrics=case.file_name)
        assert_same(named.to_xarray(), found.to_xarray())
        lacking = {
            str(Path(folder, case.directory(number)))
            for number, job in enumerate(case.jobs)
            if job.present and job.metrics is None
        }
        reported = {str(p.path) for p in named.problems}
        assert reported - lacking == {str(p.path) for p in found.problems} - lacking
        assert {str(p.path) for p in named.problems if p.kind == "no-match"} <= lacking


def test_a_leftover_of_an_earlier_sweep_is_left_aside_and_reported(tmp_path: Path) -> None:
    earlier = SweepCase((), (Axis("x", (7, 8, 9)),), (Job({"m": 7.0}),) * 3)
    later = SweepCase((), (Axis("x", (1, 2)),), (Job({"m": 1.0}), Job({"m": 2.0})))
    write_case(earlier, tmp_path)
    for number in range(2):
        shutil.rmtree(tmp_path / str(number))
    write_case(later, tmp_path)
    sweep = runcube.open_sweep(tmp_path)
    assert_same(sweep.to_xarray(), expected_dataset(later))
    assert [Path(problem.path).relative_to(tmp_path).parts[0] for problem in sweep.problems] == [
        "2"
    ]


def test_labels_that_hydra_took_the_quotes_from_are_what_the_jobs_say(tmp_path: Path) -> None:
    axis = Axis("x", (1, 2.5), sweep='choice("1","2.5")')
    case = SweepCase((), (axis,), (Job({"m": 1.0}), Job({"m": 2.0})))
    write_case(case, tmp_path)
    dataset = runcube.open_sweep(tmp_path).to_xarray()
    by_hand = xr.Dataset({"m": ("x", [1.0, 2.0])}, coords={"x": [1.0, 2.5]})
    assert_same(dataset, by_hand)
