"""What a run does to the directories that it works in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hydra_zen import multirun

from runcube import open_sweep
from runcube.workflows import MultiRunMetricsWorkflow

pytestmark = pytest.mark.usefixtures("hydra_place")


class Identity(MultiRunMetricsWorkflow):
    """Gives back what it got."""

    @staticmethod
    def task(x):
        """Return twice the value."""
        return {"x2": x}


def test_overwriting_removes_the_jobs_of_the_sweep_and_nothing_else(tmp_path):
    directory = tmp_path / "s"
    precious = directory / "outputs/2020/10"
    (precious / ".hydra").mkdir(parents=True)
    (precious / "weights.txt").write_text("kept")
    wf = Identity()
    with pytest.raises(ValueError, match="already holds 1 jobs"):
        wf.run(x=multirun([1, 2]), working_dir=directory)
    wf.run(x=multirun([1, 2]), working_dir=directory, overwrite=True)
    wf.run(x=multirun([3]), working_dir=directory, overwrite=True)
    assert not (directory / "1").exists()
    assert (precious / "weights.txt").read_text() == "kept"
    assert wf.metrics == {"x2": [3]}


class RemovesItself(MultiRunMetricsWorkflow):
    """A task that removes its own directory."""

    @staticmethod
    def task(x):
        """Remove the directory of the second job."""
        if x == 2:
            shutil.rmtree(Path.cwd())
        return {"x": x}


def test_a_job_that_removes_its_directory_is_still_recorded(tmp_path):
    wf = RemovesItself()
    wf.run(x=multirun([1, 2, 3]), working_dir=tmp_path)
    assert wf.metrics == {"x": [1, 2, 3]}
    assert [job.status for job in open_sweep(tmp_path).jobs] == ["finished"] * 3
