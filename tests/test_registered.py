"""`launch.json`: jobs that wait in a queue are registered until they speak for themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runcube import open_sweep
from runcube.cli.main import main
from runcube.launch.gate import Gate
from runcube.launch.hydra import JobReturn
from runcube.launch.registered import LaunchRecord, is_queued, withdraw
from runcube.launch.sweeper.launching import Launch
from runcube.launch.sweeper.matching import State
from runcube.launch.sweeper.placing import Placed
from runcube.launch.sweeper.plan_file import PlanLine, append_plan
from runcube.record import JobRecord, Scheduler


class Queue:
    """A launcher whose jobs may wait: it looks at what stands in their places."""

    def __init__(self, sweep, error=None):
        self.sweep, self.error, self.seen = sweep, error, []

    def launch(self, lines, first):  # noqa: D102  Hydra's
        self.seen = [LaunchRecord.read(self.sweep / str(place)) for place in range(len(lines))]
        if self.error is not None:
            JobRecord(status="finished").write(self.sweep / "0")
            raise self.error
        return [JobReturn(overrides=job) for job in lines]


def planned(sweep, count):
    lines = [PlanLine(number, str(number), (f"x={number}",)) for number in range(count)]
    append_plan(sweep, lines)
    return [Placed(line, State.RUN, line.overrides) for line in lines]


def launch(sweep, launcher, jobs, *, queue="submitit_slurm"):
    return Launch(
        launcher=launcher,
        sweep=sweep,
        identifier="id",
        gate=Gate(sweep),
        batch_size=None,
        retries=0,
        is_sequential=False,
        queue=queue,
    ).run(jobs)


def test_jobs_are_registered_while_they_wait_and_no_longer(tmp_path):
    queue = Queue(tmp_path)
    launch(tmp_path, queue, planned(tmp_path, 2))
    assert [(found.status, found.num, found.sweep) for found in queue.seen] == [
        ("registered", 0, "id"),
        ("registered", 1, "id"),
    ]
    assert {found.scheduler for found in queue.seen} == {Scheduler("submitit_slurm")}
    assert [path.name for path in tmp_path.iterdir()] == [".runcube"]


def test_jobs_that_start_at_once_are_not_registered(tmp_path):
    queue = Queue(tmp_path)
    launch(tmp_path, queue, planned(tmp_path, 1), queue=None)
    assert queue.seen == [None]
    assert [is_queued(name) for name in ("basic", "runcube", "joblib", "ray", None)] == [
        *[False] * 3,
        True,
        False,
    ]


def test_what_a_launcher_left_waiting_stays_registered(tmp_path, capsys):
    with pytest.raises(RuntimeError, match="lost"):
        launch(tmp_path, Queue(tmp_path, RuntimeError("lost")), planned(tmp_path, 3))
    withdraw(tmp_path / "2")
    assert main(["status", str(tmp_path), "--json"]) == 0
    status = json.loads(capsys.readouterr().out)["status"]
    assert status == {"finished": 1, "registered": 1, "missing": 1}
    assert open_sweep(tmp_path, metrics=[]).status == status


def test_a_sweep_of_which_no_job_has_begun_says_how_they_stand(tmp_path, capsys):
    planned(tmp_path, 3)
    LaunchRecord("registered", Scheduler("ray", "7")).write(tmp_path / "0")
    LaunchRecord("skipped").write(tmp_path / "1")
    assert main(["status", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == "3 jobs: 1 registered, 1 skipped; 1 missing"
    assert LaunchRecord.read(tmp_path / "0").scheduler.id == "7"


@pytest.mark.parametrize("text", ["", "[]", '{"v": 2, "status": "registered"}', '{"v": 1}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path, text):
    (tmp_path / "launch.json").write_text(text)
    assert LaunchRecord.read(tmp_path) is None
    assert LaunchRecord.read(tmp_path / "none") is None


def test_only_two_things_can_be_said_of_a_job_before_it_starts():
    with pytest.raises(
        ValueError, match="`status` is 'finished'; expected one of registered, skip"
    ):
        LaunchRecord("finished")


def test_a_withdrawn_job_keeps_what_else_stands_in_its_directory(tmp_path):
    place = tmp_path / "0"
    LaunchRecord("registered").write(place)
    (place / "mine").touch()
    withdraw(place)
    withdraw(place)
    assert [path.name for path in Path(place).iterdir()] == ["mine"]
