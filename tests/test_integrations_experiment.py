"""One job as a whole, whoever launched it."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra_zen import multirun

from runcube import MultiRunMetricsWorkflow, load_experiment, save_metrics
from runcube.errors import CorruptFileError, InvalidArgumentError
from runcube.testing import make_tree

pytestmark = pytest.mark.usefixtures("hydra_place")


class Trains(MultiRunMetricsWorkflow):
    @staticmethod
    def task(lr, name="it's"):
        for epoch in (2, 10):
            torch.save({"epoch": epoch}, f"epoch={epoch}.ckpt")
        Path("deep").mkdir()
        torch.save({"curve": torch.tensor([lr, 2 * lr])}, "deep/curve.pt")
        if lr == 3:
            raise KeyError(lr)
        return {"loss": lr * 2, "confusion": np.eye(2, dtype=np.int8)}


@pytest.fixture
def sweep():
    wf = Trains({"name": "plain"})
    wf.run(lr=multirun([1.0, 2.0, 3.0]), name="a,b", on_error="continue")
    return wf


def test_a_job_of_a_sweep_is_loaded_with_all_that_it_holds(sweep):
    experiment = load_experiment(sweep.working_dir / "1")
    assert experiment.working_dir == sweep.working_dir / "1"
    assert experiment.cfg == sweep.cfgs[1] == {"name": "a,b", "lr": 2.0}
    assert experiment.hydra_cfg.hydra.job.num == 1
    assert experiment.overrides == ["+lr=2.0", "name='a,b'"]
    assert experiment.parameters == {"lr": 2.0, "name": "a,b"}
    assert experiment.status == "finished"
    assert experiment.metrics["loss"] == 4.0
    assert experiment.metrics["confusion"].dtype == np.int8
    names = [path.name for path in experiment.ckpts]
    assert names == ["epoch=2.ckpt", "epoch=10.ckpt"]
    assert experiment.ckpts[0].parent == experiment.working_dir


def test_a_failed_job_has_no_metrics(sweep):
    experiment = load_experiment(sweep.multirun_working_dirs[2])
    assert (experiment.status, experiment.metrics) == ("error", {})
    assert len(experiment.ckpts) == 2


def test_other_metric_files_are_read_by_name(sweep):
    experiment = load_experiment(sweep.working_dir / "1")
    assert experiment.load_metrics("deep/curve.pt")["curve"].tolist() == [2.0, 4.0]
    both = experiment.load_metrics(["metrics.arrow", "**/*.pt"])
    assert list(both) == ["loss", "confusion", "curve"]
    with pytest.raises(FileNotFoundError, match=r"'nothing\.npz' matches no file"):
        experiment.load_metrics(["metrics.arrow", "nothing.npz"])


def test_a_single_run_of_plain_hydra_is_loaded(tmp_path):
    (tmp_path / "app.py").write_text(
        "import hydra, torch\n"
        "base = {} if hydra.__version__ >= '1.4' else {'version_base': '1.3'}\n"
        "@hydra.main(config_path=None, **base)\n"
        "def main(cfg):\n"
        "    torch.save({'x2': torch.tensor([2 * cfg.x])}, cfg.file)\n"
        "main()\n"
    )
    file = tmp_path / "out" / "metrics.pt"
    command = [sys.executable, "app.py", "+x=3", f"+file={file}", "hydra.run.dir=out"]
    subprocess.run(command, check=True, cwd=tmp_path)
    experiment = load_experiment("out")
    assert experiment.parameters == {"x": 3, "file": str(file)}
    assert experiment.status == "finished"
    assert experiment.metrics["x2"].tolist() == [6]
    assert experiment.ckpts == ()
    save_metrics(tmp_path / "out" / "metrics.feather", {"x": 1})
    with pytest.raises(InvalidArgumentError, match=r"`metrics\.feather`, `metrics\.pt`: pick"):
        _ = load_experiment("out").metrics


def test_files_of_a_sweep_within_the_job_are_not_its_own():
    class Outer(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            inner = Trains()
            inner.run(lr=multirun([1.0, 2.0]), working_dir="inner")
            Path("weights").mkdir()
            Path("weights/own.ckpt").touch()

    wf = Outer()
    wf.run(x=1)
    experiment = load_experiment(wf.multirun_working_dirs[0])
    assert [path.name for path in experiment.ckpts] == ["own.ckpt"]
    inner = load_experiment(experiment.working_dir / "inner" / "0")
    assert len(inner.ckpts) == 2


def test_an_experiment_does_not_change_and_pickles(sweep):
    experiment = load_experiment(str(sweep.working_dir / "0"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        experiment.status = "x"
    assert experiment.cfg is experiment.cfg
    again = pickle.loads(pickle.dumps(experiment))
    assert again == experiment
    assert again.cfg == experiment.cfg
    assert again.metrics["loss"] == 2.0


def test_a_sweep_is_no_experiment(sweep):
    with pytest.raises(InvalidArgumentError, match=r"a sweep with 3 jobs; .*`open_sweep`.*/0$"):
        load_experiment(sweep.working_dir)


def test_a_sweep_of_one_job_is_no_experiment_either(tmp_path):
    tree = make_tree(tmp_path / "tree", axes={"lr": [0.1]})
    with pytest.raises(InvalidArgumentError, match="a sweep with 1 jobs"):
        load_experiment(tree.path)
    assert load_experiment(tree.path / "0").parameters == {"lr": 0.1}


def test_a_directory_without_a_job_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_experiment(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError):
        load_experiment(tmp_path / "empty")


def test_a_damaged_file_of_torch_is_an_error_and_not_another_number(sweep):
    folder = sweep.multirun_working_dirs[0]
    path = folder / "damaged.pt"
    torch.save({"loss": torch.full((64,), 0.5)}, path)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(np.full(64, 0.5, np.float32).tobytes()) + 3] ^= 1
    path.write_bytes(damaged)
    assert torch.load(path)["loss"][0] != 0.5
    with pytest.raises(CorruptFileError):
        load_experiment(folder).load_metrics("damaged.pt")
