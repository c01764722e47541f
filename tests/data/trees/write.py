"""Write the trees of this folder: `python write.py submitit`, in an environment that has the tool.

Paths and the name of the machine are then replaced by others, so that a tree says nothing of who
wrote it. submitit's pickles are emptied: they hold code, take 75 kB for each
job, and are never opened.
"""

import contextlib
import json
import logging
import math
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent.resolve()
NAMES = {
    str(HERE): "/study",
    sys.prefix: "/python",
    f"={socket.gethostname()}": "=node",
    platform.platform(): "Linux",
}

ARGUMENTS = {
    "submitit": [
        "hydra.sweep.dir=submitit",
        "hydra/launcher=submitit_local",
        "+mode=ok,raises,killed,logs",
    ],
    "optuna": [
        "hydra.sweep.dir=optuna",
        "hydra/sweeper=optuna",
        "hydra.sweeper.n_trials=5",
        "hydra.sweeper.n_jobs=2",
        "hydra.sweeper.sampler.seed=1",
        "+x=interval(0,2)",
        "+n=range(1,4)",
        "+kind=a,b c",
        "+fixed=3",
    ],
    "lightning": [
        "hydra.sweep.dir=lightning/logs/train/multiruns/2026-01-31_12-00-00",
        "+seed=0,1",
        "+rate=0.1,100.0",
    ],
}


def submitit(cfg, folder):
    """Do what `mode` says: return, raise, be killed, or log an exception and raise it."""
    if cfg.mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        if cfg.mode != "ok":
            raise ValueError("told to fail")
    except ValueError:
        if cfg.mode == "logs":
            logging.getLogger(__name__).exception("gave up")
        raise
    (folder / "metrics.json").write_text(json.dumps({"loss": 1.5}))


def optuna(cfg, folder):
    """Record a loss that follows from the parameters, and return it to the sweeper."""
    loss = (cfg.x - 1) ** 2 + cfg.n
    (folder / "metrics.json").write_text(json.dumps({"loss": loss}))
    return loss


def lightning(cfg, folder):
    """Train as the task wrapper of a widespread template does; a large rate fails."""
    import torch
    from lightning import LightningModule, Trainer, seed_everything
    from lightning.pytorch.loggers import CSVLogger

    class Line(LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def training_step(self, batch, place):
            loss = self.layer(batch).pow(2).mean()
            self.log("train/loss", loss, on_step=False, on_epoch=True)
            if cfg.rate > 1 and self.current_epoch == 1:
                raise RuntimeError("diverged")
            return loss

        def validation_step(self, batch, place):
            self.log("val/loss", self.layer(batch).pow(2).mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=cfg.rate)

    log = logging.getLogger("src.utils.utils")
    data = torch.utils.data.DataLoader(torch.ones(4, 1), batch_size=4)
    try:
        seed_everything(cfg.seed)
        Trainer(
            accelerator="cpu",
            max_epochs=2,
            log_every_n_steps=1,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            logger=CSVLogger(str(folder), name="csv"),
        ).fit(Line(), data, data)
    except Exception:
        log.exception("")
        raise
    finally:
        log.info("Output dir: %s", folder)


TASKS = {"submitit": submitit, "optuna": optuna, "lightning": lightning}


def mushin():
    """Run a study of three jobs: finite values, those that JSON lacks, and an exception."""
    from mushin.workflows import MultiRunMetricsWorkflow, multirun

    class Study(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x):
            if x == 3:
                raise ValueError("told to fail")
            return {"loss": math.inf if x == 2 else 0.5, "curve": [1.0, -math.inf, math.nan]}

    with contextlib.suppress(ValueError):
        Study().run(x=multirun([1, 2, 3]), working_dir=str(HERE / "mushin"))


def task(cfg):
    """Run the task of the tree."""
    from hydra.core.hydra_config import HydraConfig

    folder = Path(HydraConfig.get().runtime.output_dir)
    return TASKS[os.environ["TREE"]](cfg, folder)


def write(tree):
    """Launch the sweep, whether or not jobs of it fail, and clean it."""
    shutil.rmtree(HERE / tree, ignore_errors=True)
    if tree == "mushin":
        mushin()
    else:
        command = [sys.executable, __file__, "-m", *ARGUMENTS[tree]]
        subprocess.run(command, cwd=HERE, check=False, env=os.environ | {"TREE": tree})
    for unused in (HERE / tree).rglob("%j"):
        unused.rmdir()
    for file in (HERE / tree).rglob("*"):
        if file.suffix == ".pkl":
            file.write_bytes(b"")
        elif file.is_file():
            text = file.read_bytes().decode()
            for own, other in NAMES.items():
                text = text.replace(own, other)
            file.write_bytes(text.encode())


if __name__ == "__main__":
    if "TREE" in os.environ:
        import hydra

        hydra.main(version_base=None, config_path=None)(task)()
    else:
        write(sys.argv[1])
