"""The launcher `runcube`: what a worker that dies costs, limits of time, devices, Ctrl-C."""

# ruff: noqa: D102 - tasks made for a test speak for themselves

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hydra_zen import make_config, multirun

from runcube.launch.local import LocalSettings
from runcube.launch.lost import death, record_lost
from runcube.launch.progress import Progress
from runcube.record import JobRecord, Scheduler
from runcube.workflows import MultiRunMetricsWorkflow

TWO = {"n_jobs": 2}


class Deadly(dict):
    """A mapping that ends the process which packs it."""

    def __reduce__(self):
        os._exit(7)


class Fates(MultiRunMetricsWorkflow):
    """Jobs that end in the way they are told to."""

    @staticmethod
    def task(fate, x=0):
        if fate == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fate == "leave":
            os._exit(0)
        if fate == "leave with 7":
            os._exit(7)
        if fate == "exit":
            sys.exit(3)
        if fate == "raise":
            raise ValueError("told to fail")
        if fate == "sleep":
            time.sleep(60)
        if fate == "die once recorded":
            return Deadly(value=10 * x)
        if fate == "once":
            seen = Path("seen")
            if not seen.exists():
                seen.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return {
            "value": 10 * x,
            "pid": os.getpid(),
            "devices": os.environ.get("CUDA_VISIBLE_DEVICES", "none"),
        }

    def jobs_post_process(self):
        pass


def run(folder, *, config=None, on_error="continue", **parameters):
    workflow = Fates(make_config(fate="none", x=0))
    workflow.run(
        working_dir=folder,
        launcher="runcube",
        launcher_config=TWO if config is None else config,
        on_error=on_error,
        **parameters,
    )
    return workflow


def records(folder):
    return {
        int(path.parent.name): JobRecord.read(path.parent) for path in folder.glob("*/job.json")
    }


def test_two_workers_run_the_jobs_of_a_workflow(hydra_place):
    workflow = run(hydra_place / "sweep", x=multirun(range(6)))
    assert [job.return_value["value"] for job in workflow.jobs] == [0, 10, 20, 30, 40, 50]
    pids = {job.return_value["pid"] for job in workflow.jobs}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert workflow.to_xarray()["value"].values.tolist() == [0, 10, 20, 30, 40, 50]
    found = records(hydra_place / "sweep")
    assert {record.status for record in found.values()} == {"finished"}
    assert {record.scheduler.kind for record in found.values()} == {"runcube"}


def test_one_job_at_a_time_runs_in_this_process(hydra_place):
    workflow = run(hydra_place / "sweep", config={}, x=multirun([1, 2]))
    assert {job.return_value["pid"] for job in workflow.jobs} == {os.getpid()}


def test_a_worker_that_dies_costs_its_own_job_alone(hydra_place):
    fates = ["none", "kill", "leave", "leave with 7", "exit", "raise", "fine", "good"]
    workflow = run(hydra_place / "sweep", fate=multirun(fates))
    found = records(hydra_place / "sweep")
    bad = ["error"] * 5
    assert [found[i].status for i in range(8)] == ["finished", *bad, "finished", "finished"]
    assert "signal 9 (SIGKILL)" in found[1].error.message
    assert "exit code 0" in found[2].error.message
    assert "exit code 7" in found[3].error.message
    assert [found[i].error.type for i in (4, 5)] == ["SystemExit", "ValueError"]
    assert "SIGKILL" in (hydra_place / "sweep" / "1" / "error.txt").read_text()
    assert len(workflow.failures) == 5
    values = workflow.to_xarray()["value"].values
    assert [value == 0 for value in values] == [True, *[False] * 5, True, True]


def test_a_job_that_takes_too_long_is_ended(hydra_place):
    config = {"timeout_s": 3.0}
    run(hydra_place / "sweep", config=config, fate=multirun(["sleep", "none"]))
    found = records(hydra_place / "sweep")
    assert [found[i].status for i in range(2)] == ["timeout", "finished"]
    assert "3 s" in found[0].error.message


def test_a_failed_job_is_started_again_in_its_directory(hydra_place):
    config = {"isolate": True, "retries": 1}
    workflow = run(hydra_place / "sweep", config=config, fate=multirun(["once", "raise"]))
    found = records(hydra_place / "sweep")
    assert [(found[i].status, found[i].attempt) for i in range(2)] == [
        ("finished", 2),
        ("error", 2),
    ]
    assert len(workflow.failures) == 1


def test_a_job_that_returned_before_its_process_died_is_finished_and_not_run_again(hydra_place):
    config = {"isolate": True, "retries": 1}
    workflow = run(
        hydra_place / "sweep", config=config, fate="die once recorded", x=multirun([3, 4])
    )
    found = records(hydra_place / "sweep")
    assert [(found[i].status, found[i].attempt) for i in range(2)] == [("finished", 1)] * 2
    assert not workflow.failures
    assert [job.return_value["value"] for job in workflow.jobs] == [30, 40]


def test_every_worker_has_its_own_devices(hydra_place):
    config = {"n_jobs": 2, "devices": [3, [4, 5]]}
    workflow = run(hydra_place / "sweep", config=config, x=multirun(range(4)))
    pairs = {(job.return_value["pid"], job.return_value["devices"]) for job in workflow.jobs}
    assert {devices for _, devices in pairs} == {"3", "4,5"}
    assert len(pairs) == 2


@pytest.mark.parametrize("config", [{}, {"isolate": True}], ids=["here", "isolated"])
def test_a_stop_launches_nothing_more(hydra_place, config):
    fates = multirun(["none", "raise", "fine", "good"])
    with pytest.raises(ValueError, match="told to fail"):
        run(hydra_place / "sweep", config=config, on_error="stop", fate=fates)
    assert sorted(records(hydra_place / "sweep")) == [0, 1]


def test_a_killed_job_raises_at_the_end_of_a_workflow(hydra_place):
    with pytest.raises(RuntimeError, match="signal 9") as caught:
        run(hydra_place / "sweep", on_error="raise", fate=multirun(["kill", "none"]))
    assert str(hydra_place / "sweep" / "0") in str(caught.value.__notes__)
    assert records(hydra_place / "sweep")[1].status == "finished"


def test_a_value_that_cannot_be_sent_is_said_and_the_records_stay(hydra_place):
    class Unsent(Fates):
        @staticmethod
        def task(x):
            return {"value": x, "file": (Path.cwd() / "f").open("w")}

    workflow = Unsent(make_config(x=0))
    with pytest.raises(TypeError, match="cannot be sent"):
        workflow.run(
            working_dir=hydra_place / "sweep",
            launcher="runcube",
            launcher_config={"isolate": True},
            x=multirun([1]),
        )
    assert (hydra_place / "sweep" / "0" / "metrics.arrow").exists()


APP = """
import os, signal, sys, time
from pathlib import Path
import hydra

@hydra.main(version_base="1.3", config_path=None)
def task(config):
    (Path("started") / str(config.x)).touch()
    if config.x == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(config.get("seconds", 0))
    return config.x

task()
"""


def start_app(folder, *arguments):
    (folder / "started").mkdir()
    (folder / "app.py").write_text(APP)
    command = [sys.executable, "-W", "ignore", "app.py", "-m", "hydra/launcher=runcube"]
    lines = ["hydra.sweep.dir=out", "hydra.launcher.n_jobs=2", *arguments]
    return subprocess.Popen([*command, *lines], cwd=folder, stdout=subprocess.PIPE, text=True)


def test_an_app_without_a_workflow_gets_a_record_of_a_killed_job(tmp_path):
    with start_app(tmp_path, "+x=1,9,2") as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert sorted(path.name for path in (tmp_path / "started").iterdir()) == ["1", "2", "9"]
    assert list(records(tmp_path / "out")) == [1]
    assert records(tmp_path / "out")[1].status == "error"
    assert "3 of 3 jobs done, 1 failed" in output


def test_ctrl_c_stops_the_running_jobs_and_says_so_in_their_records(tmp_path):
    with start_app(tmp_path, "+x=1,2,3,4", "+seconds=60") as process:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "started").iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert {number: record.status for number, record in records(tmp_path / "out").items()} == {
        0: "stopped",
        1: "stopped",
    }


def test_the_end_of_a_process_is_read_from_its_exit_code():
    assert "SIGSEGV" in str(death(-11))
    assert "signal 63" in str(death(-63))


def test_a_job_that_had_finished_stays_so(tmp_path):
    JobRecord(status="finished", pid=5).write(tmp_path)
    assert not record_lost(tmp_path, "error", death(-9), pid=5, number=0)
    assert JobRecord.read(tmp_path).status == "finished"


def test_a_job_whose_metrics_are_written_had_returned(tmp_path):
    JobRecord(status="running", pid=5).write(tmp_path)
    (tmp_path / "metrics.arrow").touch()
    assert not record_lost(tmp_path, "error", death(-9), pid=5, number=0)
    assert JobRecord.read(tmp_path).status == "finished"


def test_the_record_of_an_earlier_attempt_does_not_speak_for_a_lost_job(tmp_path):
    JobRecord(status="finished", pid=4).write(tmp_path)
    assert record_lost(tmp_path, "timeout", death(None), pid=5, number=7)
    found = JobRecord.read(tmp_path)
    assert (found.status, found.num, found.scheduler) == ("timeout", 7, Scheduler("runcube"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_jobs": 0}, "`n_jobs` is 0"),
        ({"timeout_s": 0}, "`timeout_s` is 0"),
        ({"retries": -1}, "`retries` is -1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        LocalSettings(**settings)


def test_progress_is_said_in_lines_that_get_fewer(monkeypatch):
    now, lines = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(1000, lines.append, is_terminal=False)
    for done in range(1, 1001):
        now[0] += 0.5
        progress.changed(done=done, failed=done // 500, running=2)
    progress.end()
    assert lines[0] == "2 of 1000 jobs done, 2 running, 2 jobs/s, 8:19 left"
    assert lines[-1] == "1000 of 1000 jobs done, 2 failed, 2 jobs/s"
    assert 30 < len(lines) < 150


def test_a_launch_keeps_little_of_every_job(hydra_place):
    workflow = run(hydra_place / "sweep", config={}, x=multirun(range(3)))
    assert not any(any(job._kept.values()) for job in workflow.jobs)
    assert workflow.jobs[1].cfg.x == 1
    assert workflow.jobs[1].hydra_cfg.hydra.job.num == 1


def said(folder):
    """Give what the records of a sweep say of each job, but for times."""
    return {
        number: (found.status, found.num, found.signature, found.task, found.scheduler.id)
        for number, found in records(folder).items()
    }


def test_records_say_what_those_under_hydras_launcher_say(hydra_place):
    for launcher in ("basic", "runcube"):
        workflow = Fates(make_config(fate="none", x=0))
        workflow.run(working_dir=hydra_place / launcher, launcher=launcher, x=multirun([1, 2]))
    assert said(hydra_place / "runcube") == said(hydra_place / "basic")
    assert len({signature for _, _, signature, *_ in said(hydra_place / "basic").values()}) == 2


class Nested(MultiRunMetricsWorkflow):
    """Jobs that launch a sweep of their own, by Hydra's launcher."""

    @staticmethod
    def task(x):
        inner = Fates(make_config(fate="none", x=0))
        inner.run(working_dir=f"inner{x}", launcher="basic", x=multirun([x, x + 1, x + 2]))
        return {"value": x}

    def jobs_post_process(self):
        pass


def test_a_job_that_launches_others_and_those_keep_records_of_their_own(hydra_place):
    workflow = Nested(make_config(x=0))
    workflow.run(working_dir=hydra_place / "outer", launcher="runcube", x=multirun([5, 7]))
    alone = Fates(make_config(fate="none", x=0))
    alone.run(working_dir=hydra_place / "alone", launcher="basic", x=multirun([5, 6, 7]))
    (inner,) = hydra_place.rglob("inner5")
    assert said(inner) == said(hydra_place / "alone")
    outer = said(hydra_place / "outer")
    assert [outer[number][:2] for number in (0, 1)] == [("finished", 0), ("finished", 1)]
    assert outer[0][2] != outer[1][2]
