"""How jobs stand that another tool ran: by their logs, their launcher's files, their metrics."""

import json
import os
import shutil
import time
from pathlib import Path

import hydra
import pytest

from hydra_app import launch
from runcube import open_sweep
from runcube.testing import make_tree

TREES = Path(__file__).parent / "data" / "trees"
LIGHTNING = "lightning/logs/train/multiruns"

LOGS = """
import logging, os, signal
import hydra
log = logging.getLogger(__name__)

@hydra.main(version_base=None, config_path=None)
def task(cfg):
    try:
        if cfg.x in (1, 2):
            raise ValueError("told to fail")
    except ValueError:
        log.exception("gave up")
    if cfg.x == 2:
        log.info("trying again")
    if cfg.x == 3:
        os.kill(os.getpid(), signal.SIGKILL)

task()
"""


def statuses(path, **options):
    sweep = open_sweep(path, **options)
    return {job.path.name: job.status for job in sweep.jobs}, sweep.status


def copied(tree, folder):
    """Copy a tree, for its times to be set."""
    return shutil.copytree(TREES / tree, folder / "copy")


# Hydra 1.4 writes into a job's log what it raised; before, nothing tells of it.
RAISED = "unknown" if hydra.__version__ < "1.4" else "error"


def test_a_job_with_metrics_is_finished_and_one_that_raised_is_what_its_log_says(tmp_path):
    launch(tmp_path, "-m", "lr=1,2,3", "hydra.sweep.dir=out", "fails=2.0", fails=True)
    expected = {"0": "finished", "1": RAISED, "2": "finished"}
    counts = {"finished": 2, RAISED: 1}
    assert statuses(tmp_path / "out") == (expected, counts)
    assert statuses(tmp_path / "out", metrics=[]) == (expected, counts)


def test_a_damaged_metric_file_finishes_no_job(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2]}, metrics={"loss": ()}, format="json")
    name = next(it.name for it in (tree.path / "0").iterdir() if it.suffix == ".json")
    (tree.path / "1" / name).write_text('{"loss": ')
    assert statuses(tree.path)[0] == {"0": "finished", "1": "unknown"}


def test_a_log_that_ends_in_a_traceback_is_of_a_failed_job_and_a_kill_leaves_the_rest_missing(
    tmp_path,
):
    (tmp_path / "app.py").write_text(LOGS)
    launch(tmp_path, "-m", "+x=0,1,2,3,4,5", "hydra.sweep.dir=out", fails=True)
    found = statuses(tmp_path / "out")
    assert found[0] == {"0": "unknown", "1": "error", "2": "unknown", "3": "unknown"}
    assert found[1] == {"unknown": 3, "error": 1, "missing": 2}
    # A log that went on after a traceback leaves open what became of the job, metrics or not.
    (tmp_path / "out" / "0" / "metrics.json").write_text("{}")
    (tmp_path / "out" / "2" / "metrics.json").write_text('{"loss": 1}')
    assert statuses(tmp_path / "out", metrics=[])[0] == {
        "0": "finished",
        "1": "error",
        "2": "unknown",
        "3": "unknown",
    }


@pytest.mark.parametrize("metrics", [[], ["csv/*/metrics.csv"]], ids=["unread", "read"])
def test_the_last_words_of_lightning_and_its_template_tell_how_a_job_ended(metrics):
    (found, counts) = statuses(TREES / LIGHTNING / "2026-01-31_12-00-00", metrics=metrics)
    assert found == {"0": "finished", "1": "error", "2": "finished", "3": "error"}
    assert counts == {"finished": 2, "error": 2}


def test_a_job_of_submitit_without_a_result_has_not_finished(tmp_path):
    sweep = copied("submitit", tmp_path)
    (unfinished,) = (
        folder
        for folder in (sweep / ".submitit").iterdir()
        if not list(folder.glob("*_result.pkl"))
    )
    for file in (*unfinished.iterdir(), *sweep.rglob("*.log")):
        os.utime(file)
    rest = {"0": "finished", "1": "unknown", "3": "error"}
    assert statuses(sweep)[0] == rest | {"2": "running"}
    # Metrics are no sign of an end while the process goes on.
    (sweep / "2" / "metrics.json").write_text('{"loss": 2}')
    assert statuses(sweep)[0] == rest | {"2": "running"}
    for file in (*unfinished.iterdir(), *sweep.rglob("2/*")):
        os.utime(file, (time.time() - 3700,) * 2)
    assert statuses(sweep)[0] == rest | {"2": "stale"}


def test_the_process_of_a_local_job_of_submitit_is_looked_up(tmp_path):
    sweep = copied("submitit", tmp_path)
    (job, process) = (sweep / "2/.hydra/hydra.yaml", str(os.getpid()))
    (log,) = (
        it for it in sweep.glob(".submitit/*/*_log.out") if not list(it.parent.glob("*_result.pkl"))
    )
    number = log.parent.name
    log.write_text(log.read_text().replace("=node", f"={os.uname().nodename}"))
    job.write_text(job.read_text().replace(number, process))
    log.parent.rename(log.parent.with_name(process))
    for file in sweep.rglob("*"):
        os.utime(file, (time.time() - 3700,) * 2)
    submitted = next((sweep / ".submitit" / process).glob("*_submitted.pkl"))
    os.utime(submitted)
    assert statuses(sweep)[0]["2"] == "running"
    # A process that began long after the job has only its number.
    os.utime(submitted, (1, 1))
    assert statuses(sweep)[0]["2"] == "stale"


def test_what_was_planned_and_defined_and_never_ran_is_missing(tmp_path):
    axes = {"x": [1, 2, 3], "y": [1, 2]}
    for name, subdir in (("numbered", "${hydra.job.num}"), ("named", "x=${x}/y=${y}")):
        tree = make_tree(tmp_path / name, axes=axes, subdir=subdir)
        whole = open_sweep(tree.path)
        for job in (whole.jobs[0], whole.jobs[3]):
            shutil.rmtree(job.path)
        assert open_sweep(tree.path).status == {"finished": 4, "missing": 2}
        assert open_sweep(tree.path, where="x == 2").status == {"finished": 1, "missing": 1}
    assert open_sweep(tmp_path).status == {"finished": 8, "missing": 4}


def test_planned_jobs_are_missing_but_for_superseded_ones(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2, 3]})
    (tree.path / ".runcube").mkdir()
    lines = [{"dir": str(number)} for number in range(5)] + [{"dir": "9", "superseded": "0"}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tree.path / ".runcube" / "jobs.jsonl").write_text(text)
    assert open_sweep(tree.path).status == {"finished": 3, "missing": 2}


@pytest.mark.parametrize(
    ("name", "said", "status"),
    [
        ("launch.json", "registered", "registered"),
        ("launch.json", "skipped", "skipped"),
        ("mushin_cell_status.json", "completed", "finished"),
        ("mushin_cell_status.json", "failed", "error"),
        ("mushin_cell_status.json", "odd", RAISED),
    ],
)
def test_records_of_who_planned_or_ran_it_count(tmp_path, name, said, status):
    launch(tmp_path, "lr=1", "hydra.run.dir=out", "fails=1.0", fails=True)
    (tmp_path / "out" / name).write_text(json.dumps({"status": said}))
    assert [job.status for job in open_sweep(tmp_path / "out").jobs] == [status]


def test_statuses_are_read_when_they_are_asked_for(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2]})
    sweep = open_sweep(tree.path)
    (tree.path / "0" / "app.log").write_text("Traceback (most recent call last):\nError: a\n")
    assert [job.status for job in sweep.jobs] == ["error", "finished"]


def test_a_sweep_that_is_opened_without_metrics_has_no_problem_with_that(tmp_path):
    tree = make_tree(tmp_path, axes={"x": [1, 2]})
    sweep = open_sweep(tree.path, metrics=[])
    assert (sweep.problems, sweep.metrics, sweep.status) == ((), (), {"finished": 2})
