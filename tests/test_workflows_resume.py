"""A workflow under our sweeper: its settings, and runs that are taken up again."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hydra_zen import multirun

from runcube.workflows import MultiRunMetricsWorkflow


class Sums(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, y, marks):
        with Path(marks).open("a") as file:
            file.write(f"{x} {y}\n")
        if (x, y) == (2, 1) and not Path(marks).with_name("healed").exists():
            raise ValueError("not yet")
        return {"sum": x + 10 * y}


@pytest.fixture
def marks(tmp_path):
    return tmp_path / "marks"


def given(marks):
    return {"x": multirun([1, 2]), "y": multirun([0, 1]), "marks": str(marks)}


def test_a_run_that_failed_is_resumed(tmp_path, marks):
    wf = Sums()
    with pytest.raises(ValueError, match="not yet"):
        wf.run(working_dir=tmp_path / "s", **given(marks))
    assert len(wf.failures) == 1
    marks.with_name("healed").touch()
    wf.run(working_dir=tmp_path / "s", resume=True, **given(marks))
    assert marks.read_text().splitlines() == ["1 0", "1 1", "2 0", "2 1", "2 1"]
    assert wf.to_xarray()["sum"].values.tolist() == [[1, 11], [2, 12]]
    assert wf.is_complete
    assert wf.metrics == {"sum": [1, 11, 2, 12]}
    assert [job.return_value for job in wf.jobs] == [{"sum": it} for it in (1, 11, 2, 12)]
    assert [job.overrides[0] for job in wf.jobs] == ["+x=1", "+x=1", "+x=2", "+x=2"]
    assert [job.cfg.x for job in wf.jobs] == [1, 1, 2, 2]
    carried = pickle.loads(pickle.dumps(wf.jobs))
    assert [job.return_value for job in carried] == [job.return_value for job in wf.jobs]
    again = Sums()
    again.run(working_dir=tmp_path / "s", resume=True, **given(marks))
    assert len(marks.read_text().splitlines()) == 5
    assert again.to_xarray().identical(wf.to_xarray())


def test_the_jobs_of_a_narrower_resume_are_all_that_the_sweep_holds(tmp_path, marks):
    Sums().run(working_dir=tmp_path / "s", on_error="continue", **given(marks))
    wf = Sums()
    narrow = given(marks) | {"x": multirun([1]), "y": multirun([0])}
    wf.run(working_dir=tmp_path / "s", resume=True, **narrow)
    assert [job.status.name for job in wf.jobs] == ["COMPLETED"] * 3 + ["UNKNOWN"]
    assert [failure.parameters["x"] for failure in wf.failures] == [2]


def test_a_dry_run_of_a_resume_says_what_it_would_skip(tmp_path, marks, capsys):
    Sums().run(working_dir=tmp_path / "s", on_error="continue", **given(marks))
    Sums().run(working_dir=tmp_path / "s", resume=True, dry_run=True, **given(marks))
    assert "3 have finished, 0 are running, 1 would run" in capsys.readouterr().out
    assert len(marks.read_text().splitlines()) == 4


def test_settings_of_the_sweeper_are_given_by_name(tmp_path, marks):
    marks.with_name("healed").touch()
    config = {"repeats": 2, "exclude": ["x=2 y=1"], "tags": ["first"], "zip": []}
    wf = Sums()
    wf.run(working_dir=tmp_path / "s", sweeper_config=config, **given(marks))
    assert len(wf.jobs) == 6
    dataset = wf.to_xarray(layout="grid")
    assert dict(dataset.sizes) == {"x": 2, "y": 2, "repeat": 2}
    record = json.loads((tmp_path / "s" / ".runcube" / "sweep.json").read_text())
    assert (record["definition"]["kind"], record["tags"]) == ("list", ["first"])


def test_what_cannot_be_resumed_is_an_error(tmp_path, marks):
    with pytest.raises(ValueError, match="give `working_dir`"):
        Sums().run(resume=True, **given(marks))
    with pytest.raises(ValueError, match="needs the sweeper `runcube`, not `basic`"):
        Sums().run(working_dir=tmp_path / "s", resume=True, sweeper="basic", **given(marks))
    with pytest.raises(ValueError, match="`resume`, which is an argument of `run`"):
        Sums().run(sweeper_config={"resume": True}, **given(marks))
