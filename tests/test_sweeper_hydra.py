"""Our sweeper in place of Hydra's basic one: Hydra's own suites, and the same files on disk."""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from pathlib import Path

import hydra.version
import pytest
from hydra.core.plugins import Plugins
from hydra.test_utils.launcher_common_tests import (
    BatchedSweeperTestSuite,
    IntegrationTestSuite,
    LauncherTestSuite,
)

from hydra_app import write_app
from runcube import open_sweep
from runcube.record import JobRecord

OURS = "hydra/sweeper=runcube"
# Hydra's suites run on defaults of older Hydras.
ON_DEFAULTS = pytest.mark.filterwarnings("ignore:Future Hydra versions will no longer change")
# What belongs to the sweeper itself, or is another in every launch.
OWN_LINE = re.compile(r"hydra[/.]sweeper|output_dir|^\s*dir: |hydra\.sweep\.dir")


@pytest.fixture(scope="module", autouse=True)
def plugins() -> None:
    """Find the plugins before a fixture of Hydra's saves its state, or their configs are lost."""
    Plugins.instance()


@pytest.fixture(autouse=True)
def earliest_version_base() -> None:
    """Forget what apps that ran in this process before said of `version_base`."""
    earliest = getattr(hydra.version, "__compat_version__", None)
    if earliest is not None:  # Hydra 1.4 has one base alone
        hydra.version.VersionBase.instance().setbase(earliest)


@ON_DEFAULTS
@pytest.mark.parametrize(("launcher_name", "overrides"), [("basic", [OURS])])
class TestHydrasLauncherSuite(LauncherTestSuite):
    """Hydra's basic launcher under our sweeper."""


@ON_DEFAULTS
@pytest.mark.parametrize(
    ("launcher_name", "overrides"), [("basic", [OURS, "hydra.sweeper.max_batch_size=2"])]
)
class TestHydrasBatchedSuite(BatchedSweeperTestSuite):
    """Batches."""


@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    # One of its tests launches twice into one directory.
    [({}, ["-m", "hydra/launcher=basic", OURS, "hydra.sweeper.overwrite=true"])],
)
class TestHydrasIntegrationSuite(IntegrationTestSuite):
    """Whole apps."""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if not (folder / "app.py").exists():
        write_app(folder)
    command = [sys.executable, "-W", "ignore", "app.py", "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def files(folder: Path) -> dict[str, list[str]]:
    """Give what Hydra wrote, without our records, the logs' times and the sweeper's own lines."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_ours = name.startswith(".runcube") or path.name in {"job.json", "error.txt"}
        if path.is_file() and not is_ours:
            text = re.sub(r"\[\d{4}-[^\]]*\]", "[]", path.read_text(encoding="utf-8"))
            lines = text.splitlines()
            if path.name in {"hydra.yaml", "multirun.yaml"}:
                start = lines.index("  sweeper:")
                end = next(
                    n for n in range(start + 1, len(lines)) if not lines[n].startswith("    ")
                )
                del lines[start:end]
            if path.suffix == ".log":
                # Hydra 1.4 logs the frames of a failure, and the wrapper's are among them.
                lines = [line for line in lines if not line.startswith("  ")]
            found[name] = [line for line in lines if not OWN_LINE.search(line)]
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ["lr=0.1,0.2", "seed=range(0,2)", "db=small,large"],
        ["lr=0.1,0.2", "lr=0.3,0.4", "+new=1,2", "++seed=3", "db=choice(large)"],
        ["hydra.sweep.subdir=${hydra.job.override_dirname}", "lr=1,2", "db.size=1"],
        ["lr=1,2,3", "fails=2"],
    ],
    ids=["product", "prefixes", "subdir", "failure"],
)
def test_a_sweep_leaves_what_the_basic_sweeper_leaves(tmp_path, arguments):
    theirs = run(tmp_path, *arguments, "hydra.sweep.dir=theirs")
    ours = run(tmp_path, *arguments, OURS, "hydra.sweep.dir=ours")
    assert ours.returncode == theirs.returncode, ours.stderr
    assert re.sub(r"\[20[^\]]*\]", "", ours.stdout) == re.sub(r"\[20[^\]]*\]", "", theirs.stdout)
    assert ours.stderr.splitlines()[-3:] == theirs.stderr.splitlines()[-3:]
    expected, got = files(tmp_path / "theirs"), files(tmp_path / "ours")
    assert list(got) == list(expected)
    for name, lines in expected.items():
        assert list(difflib.unified_diff(lines, got[name])) == [], name


def test_every_job_is_planned_and_recorded(tmp_path):
    done = run(tmp_path, OURS, "lr=1,2", "seed=range(0,2)", "fails=2", "hydra.sweep.dir=s")
    assert done.returncode == 1
    sweep = tmp_path / "s"
    text = (sweep / ".runcube/jobs.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["num"], line["dir"]) for line in lines] == [(n, str(n)) for n in range(4)]
    assert [line["overrides"][:2] for line in lines][2] == ["lr=2", "seed=0"]
    records = [JobRecord.read(sweep / str(number)) for number in range(4)]
    assert [it.status for it in records] == ["finished", "finished", "error", "error"]
    assert [it.signature for it in records] == [line["signature"] for line in lines]
    assert records[0].task.name == "task"
    assert records[2].error.type == "ValueError"
    assert len({it.sweep for it in records}) == 1


def test_the_record_of_a_sweep_says_how_it_was_started(tmp_path):
    write_app(tmp_path)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q", "-b", "trunk"], ["add", "app.py"], ["commit", "-qm", "First"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    notes = ["hydra.sweeper.notes=[first look]", "hydra.sweeper.tags=[a, b]"]
    done = run(tmp_path, OURS, "lr=1,2", "seed=choice(3)", "hydra.sweep.dir=a/s", *notes)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "a/s/.runcube/sweep.json").read_text())
    assert record["definition"] == {
        "kind": "product",
        "axes": [{"name": "lr", "labels": ["1", "2"]}, {"name": "seed", "labels": ["3"]}],
    }
    assert record["started"]["argv"][2:5] == ["app.py", "-m", OURS]
    assert record["started"]["cwd"] == "../.."
    assert (record["git"]["branch"], record["git"]["dirty"]) == ("trunk", False)
    assert len(record["git"]["commit"]) == 40
    assert record["packages"]["hydra-core"] == record["hydra"]
    assert (record["notes"], record["tags"]) == (["first look"], ["a", "b"])
    assert str(tmp_path) not in json.dumps(record)


def test_a_sweep_is_read_as_the_product_that_it_is(tmp_path):
    assert run(tmp_path, OURS, "lr=2,1", "seed=choice(3)", "hydra.sweep.dir=s").returncode == 0
    dataset = open_sweep(tmp_path / "s").to_xarray()
    assert dict(dataset.sizes) == {"lr": 2, "seed": 1}
    assert dataset["lr"].values.tolist() == [2, 1]
    assert dataset["loss"].values.tolist() == [[23.0], [13.0]]
    assert open_sweep(tmp_path / "s").is_complete


RETURNS = """
import sys
import hydra

@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def task(cfg):
    kinds = {{0: {{"loss": 1.5, "name": "x"}}, 1: 7, 2: {{1: object()}}, 3: None, 4: [1]}}
    if cfg.seed == 5:
        sys.exit(3)
    return kinds[cfg.seed]

task()
""".format()


def test_an_app_may_return_anything_and_mappings_are_recorded(tmp_path):
    write_app(tmp_path)
    (tmp_path / "app.py").write_text(RETURNS)
    done = run(tmp_path, OURS, "seed=range(0,5)", "hydra.sweep.dir=s")
    assert done.returncode == 0, done.stderr
    sweep = open_sweep(tmp_path / "s")
    assert [job.status for job in sweep.jobs] == ["finished"] * 5
    assert sweep.to_xarray()["loss"].values[0] == 1.5


def test_an_exit_within_a_job_ends_no_other(tmp_path):
    write_app(tmp_path)
    (tmp_path / "app.py").write_text(RETURNS)
    done = run(tmp_path, OURS, "seed=5,0,1", "hydra.sweep.dir=s")
    assert done.returncode == 3
    statuses = [JobRecord.read(tmp_path / "s" / str(number)).status for number in range(3)]
    assert statuses == ["error", "finished", "finished"]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("lrr=1,2", "did you mean `lr`?"),
        ("db=smal,large", "did you mean `small`?"),
        ("db.sise=1,2", "did you mean `db.size`?"),
        ("dbb=small,large", "did you mean `db`?"),
        ("lr=interval(0, 1)", "swept over an interval"),
        ("hydra.sweeper.repeats=0", "`hydra.sweeper.repeats`: expected 1 or more, got 0"),
        ("hydra.sweeper.on_error=never", "expected one of raise, continue, stop, got 'never'"),
        ("hydra.sweep.subdir=same", "two jobs would run in the directory `same`"),
    ],
)
def test_what_no_job_can_take_is_an_error_before_anything_is_written(tmp_path, argument, expected):
    done = run(tmp_path, OURS, "seed=0,1", argument, "hydra.sweep.dir=s")
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    left = (
        {path.name for path in (tmp_path / "s").rglob("*")} if (tmp_path / "s").exists() else set()
    )
    assert left <= {".runcube", "lock"}
