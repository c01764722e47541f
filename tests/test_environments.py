"""Where a workflow may run: a function of `hydra.main`, a notebook, after other uses of Hydra.

Whatever the place and however a run ends, Hydra's global state is afterwards what it was.
"""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import hydra
import nbformat
import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobRuntime
from hydra.version import VersionBase
from omegaconf import OmegaConf

from runcube import MultiRunMetricsWorkflow, multirun

pytestmark = pytest.mark.usefixtures("hydra_place")

BASE = {} if hydra.__version__ >= "1.4" else {"version_base": "1.3"}


class Doubles(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x):
        if x == "fails":
            raise KeyError(x)
        if x == "interrupts":
            raise KeyboardInterrupt
        return {"x2": 2 * x}


def hydras_state():
    root = logging.getLogger()
    config = HydraConfig.instance().cfg
    return {
        "hydra": GlobalHydra.instance().hydra,
        "config": None if config is None else OmegaConf.to_container(config, resolve=False),
        "runtime": OmegaConf.to_container(JobRuntime.instance().conf),
        "base": VersionBase.instance().version_base,
        "store": dict(ConfigStore.instance().repo),
        "directory": Path.cwd(),
        # Libraries set variables of OpenMP (`KMP_...`) when they are first imported.
        "environment": {k: v for k, v in os.environ.items() if not k.startswith("KMP_")},
        "handlers": list(root.handlers),
        "level": root.level,
        "disabled": logging.getLogger(__name__).disabled,
    }


WAYS = {
    "basic": {"x": multirun([1, 2])},
    "one job": {"x": 1},
    "joblib": {"x": multirun([1, 2]), "launcher": "joblib", "launcher_config": {"n_jobs": 2}},
    "batches": {"x": multirun([1, 2, 3]), "overrides": ["hydra.sweeper.max_batch_size=2"]},
    "in place": {"x": 1, "overrides": ["hydra.job.chdir=False"]},
    "environment": {"x": 1, "overrides": ["+hydra.job.env_set.RUNCUBE_TEST=yes"]},
    "fails": {"x": multirun(["fails", 1])},
    "stops": {"x": multirun(["fails", 1]), "on_error": "stop"},
    "is interrupted": {"x": multirun([1, "interrupts"])},
    "is refused": {"y": 1},
    "dry run": {"x": multirun([1, 2]), "dry_run": True},
}


@pytest.mark.parametrize("arguments", WAYS.values(), ids=WAYS)
def test_hydras_state_is_put_back_however_a_run_ends(arguments):
    before = hydras_state()
    with contextlib.suppress(KeyError, KeyboardInterrupt, ValueError):
        Doubles().run(**arguments)
    assert hydras_state() == before


def test_a_run_leaves_an_open_hydra_usable(tmp_path):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "mine.yaml").write_text("a: 1\n")
    with hydra.initialize_config_dir(str(tmp_path / "conf"), job_name="mine", **BASE):
        before = hydras_state()
        wf = Doubles()
        wf.run(x=multirun([1, 2]))
        assert hydras_state() == before
        assert hydra.compose("mine", overrides=["a=2"]) == {"a": 2}
        assert wf.to_xarray()["x2"].values.tolist() == [2, 4]


def test_a_run_works_after_a_hydra_that_was_never_closed(tmp_path):
    hydra.initialize(config_path=None, **BASE)
    wf = Doubles()
    wf.run(x=multirun([1, 2]), launcher="joblib", launcher_config={"n_jobs": 2})
    assert wf.metrics == {"x2": [2, 4]}
    assert GlobalHydra.instance().is_initialized()


def test_batches_by_an_override_come_back_in_one_order():
    wf = Doubles()
    wf.run(x=multirun([5, 3, 4, 1, 2]), overrides=["hydra.sweeper.max_batch_size=2"])
    assert wf.metrics == {"x2": [10, 6, 8, 2, 4]}
    assert [job.return_value["x2"] for job in wf.jobs] == [10, 6, 8, 2, 4]
    assert [job.hydra_cfg.hydra.job.num for job in wf.jobs] == [0, 1, 2, 3, 4]
    assert wf.to_xarray()["x"].values.tolist() == [5, 3, 4, 1, 2]


APP = """
import hydra
from hydra.core.hydra_config import HydraConfig
from runcube import MultiRunMetricsWorkflow, multirun

class Inner(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x, scale):
        return {"y": x * scale}

base = {} if hydra.__version__ >= "1.4" else {"version_base": "1.3"}

@hydra.main(config_path=None, **base)
def main(cfg):
    number, directory = HydraConfig.get().job.num, HydraConfig.get().runtime.output_dir
    wf = Inner({"scale": cfg.scale})
    wf.run(x=multirun([1, 2]), launcher=cfg.launcher, working_dir=f"{directory}/inner")
    assert HydraConfig.get().job.num == number
    print("values", number, wf.to_xarray()["y"].values.tolist())

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_the_jobs_of_a_hydra_app_run_workflows(tmp_path, launcher):
    (tmp_path / "app.py").write_text(APP)
    arguments = ["-m", f"+launcher={launcher}", "+scale=1,10", "hydra.sweep.dir=out"]
    command = [sys.executable, "-W", "error", "app.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("values")]
    assert lines == ["values 0 [1, 2]", "values 1 [10, 20]"]
    assert sorted(path.name for path in (tmp_path / "out").glob("*/inner/*/metrics.arrow")) == (
        ["metrics.arrow"] * 4
    )


CELLS = [
    """
import logging, pickle
import runcube
from hydra.core.global_hydra import GlobalHydra
from runcube import MultiRunMetricsWorkflow, multirun
handlers = list(logging.getLogger().handlers)

def half(x):
    return x / 2

class Halves(MultiRunMetricsWorkflow):
    @staticmethod
    def task(x: float, seed: int):
        return {"half": half(x) + seed}
""",
    """
wf = Halves()
wf.run(x=multirun([1.0, 3.0]), seed=multirun([0, 1]), working_dir="first")
ds = wf.to_xarray()
assert ds["half"].values.tolist() == [[0.5, 1.5], [1.5, 2.5]]
assert not GlobalHydra.instance().is_initialized()
assert list(logging.getLogger().handlers) == handlers
ds
""",
    """
wf.run(x=multirun([1.0, 3.0]), seed=2, launcher="joblib", launcher_config={"n_jobs": 2})
assert wf.to_xarray()["half"].values.tolist() == [2.5, 3.5]
assert pickle.loads(pickle.dumps(wf)).metrics == wf.metrics
assert Halves().load_from_dir("first").to_xarray().identical(ds)
""",
    """
@runcube.sweep
def doubles(x):
    return {"x2": 2 * half(x)}

for launcher in ("basic", "joblib"):
    assert doubles.run(x=multirun([1, 2]), launcher=launcher)["x2"].values.tolist() == [1, 2]
doubles(5)
""",
]

EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read("notebook.ipynb", as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
nbformat.write(notebook, "executed.ipynb")
"""


def test_a_notebook_runs_classes_and_functions_of_its_own(tmp_path):
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebook.ipynb")
    command = [sys.executable, "-c", EXECUTE]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    executed = nbformat.read(tmp_path / "executed.ipynb", as_version=4)
    shown = [
        output["data"]["text/plain"]
        for cell in executed.cells
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert "half" in shown[0]
    assert shown[1] == "{'x2': 5.0}"
