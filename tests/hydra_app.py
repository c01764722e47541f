"""A small Hydra app that tests launch as a user would: in a process of its own."""

import subprocess
import sys
from pathlib import Path

APP = """
import json
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig


@hydra.main(version_base=None, config_path="conf", config_name="config")
def task(cfg):
    if cfg.get("fails") == cfg.lr:
        raise ValueError("told to fail")
    values = {"loss": 10 * cfg.lr + cfg.get("seed", 0), "size": cfg.db.size}
    folder = Path(HydraConfig.get().runtime.output_dir)
    (folder / "metrics.json").write_text(json.dumps(values))


task()
"""
CONFIG = """
defaults:
  - _self_
  - db: small
lr: 1.0
seed: 0
note: ???
fails: null
"""


def write_app(folder: Path) -> None:
    """Write the app: `lr` (a float), `seed`, and a group `db` of `small` and `large`."""
    (folder / "conf" / "db").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "conf" / "config.yaml").write_text(CONFIG)
    (folder / "conf" / "db" / "small.yaml").write_text("size: 1\n")
    (folder / "conf" / "db" / "large.yaml").write_text("size: 100\n")


def launch(folder: Path, *arguments: str, fails: bool = False) -> None:
    """Run the app with these arguments."""
    if not (folder / "app.py").exists():
        write_app(folder)
    command = [sys.executable, "-W", "ignore", "app.py", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stderr
