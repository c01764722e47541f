"""Every bit flip and every cut of a recorded `metrics.arrow`: the same cell, or a reported hole.

Never another number, label or place. A sweep holds many damaged jobs, each in a place of its own,
and an intact neighbour for each, so that one gather judges them all:

    part  1000     1001     1002     …   a record's bytes, so many at a time
    a     intact  damaged   intact
    b    damaged   intact  damaged
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from runcube import open_sweep, save_metrics
from runcube.testing import assert_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import xarray


JOBS = 400  # damaged at a time


def write_job(directory: Path, part: int, side: str, *, yaml: bool) -> None:
    """Record what a job returned; every record has the same size."""
    overrides = [f"part={part}", f"side={side}"]
    curve = np.array([part / 3, -part, 0.5])
    text = f"{part}{side}"
    metrics = {"loss": 1 / part, "steps": 3 * part, "name": text, "curve": curve}
    directory.mkdir()
    save_metrics(directory / "metrics.arrow", metrics, overrides=overrides)
    if yaml:
        (directory / ".hydra").mkdir()
        lines = "".join(f"- {line}\n" for line in overrides)
        (directory / ".hydra/overrides.yaml").write_text(lines)


class Tree:
    """A sweep whose every second record is damaged, and put right again."""

    def __init__(self, path: Path, *, yaml: bool) -> None:
        self.path = path
        write_job(path / "sample", 1000, "a", yaml=False)
        self.size = (path / "sample/metrics.arrow").stat().st_size
        (path / "sample/metrics.arrow").unlink()
        (path / "sample").rmdir()
        self.records = {}
        for index in range(JOBS):
            for side in "ab":
                directory = path / f"{2 * index + (side == 'b')}"
                write_job(directory, 1000 + index, side, yaml=yaml)
                if (side == "b") == (index % 2 == 0):
                    file = directory / "metrics.arrow"
                    self.records[file] = (index, side, file.read_bytes())
        assert {len(content) for _, _, content in self.records.values()} == {self.size}
        self.intact = open_sweep(path).to_xarray()

    def damaged(self, change: Callable[[bytes, int], bytes]) -> Iterator[tuple[int, int]]:
        """Change a record at each of its bytes, and check; yield how many were, and are holes."""
        for start in range(0, self.size, JOBS):
            changed = 0
            for file, (index, _, content) in self.records.items():
                within = start + index < self.size
                file.write_bytes(change(content, start + index) if within else content)
                changed += within
            sweep = open_sweep(self.path)
            reported = {problem.path for problem in sweep.problems}
            assert reported <= {*self.records, *(file.parent for file in self.records)}
            holes = reported & self.records.keys()
            assert_same(sweep.to_xarray(), self.with_holes(holes))
            yield changed, len(holes)

    def with_holes(self, files: set[Path]) -> xarray.Dataset:
        """Return the intact dataset without the cells of these files."""
        if not files:
            return self.intact
        cells = [self.records[file][:2] for file in files]
        parts = np.array([index for index, _ in cells])
        sides = np.array([int(side == "b") for _, side in cells])
        dataset = self.intact.copy(deep=True)
        for name in ("loss", "steps", "curve"):
            values = dataset[name].values.astype(np.float64)
            values[parts, sides] = np.nan
            dataset[name] = (dataset[name].dims, values)
        dataset["name"] = dataset["name"].astype(object)
        dataset["name"].values[parts, sides] = None  # in place: xarray makes None a NaN
        return dataset


@pytest.fixture(scope="module", params=[True, False], ids=["with overrides.yaml", "without"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("records"), yaml=request.param)


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_harmless_or_a_reported_hole(tree, bit):
    def flip(content: bytes, position: int) -> bytes:
        changed = content[position] ^ 1 << bit
        return content[:position] + bytes([changed]) + content[position + 1 :]

    seen = list(tree.damaged(flip))
    assert sum(changed for changed, _ in seen) == tree.size
    assert sum(holes for _, holes in seen) > tree.size / 2


def test_a_cut_record_is_a_reported_hole(tree):
    for changed, holes in tree.damaged(lambda content, position: content[:position]):
        assert holes == changed


def test_the_tail_of_a_longer_record_behind_one_is_harmless_or_a_reported_hole(tree):
    """Two writers at once leave the end of a longer file behind a shorter one."""
    seen = tree.damaged(lambda content, position: content + content[-1 - position :])
    assert sum(changed for changed, _ in seen) == tree.size
