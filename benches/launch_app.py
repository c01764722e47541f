"""The app that `compare_launch.py` launches: its configs, its no-op task, and one run of it.

`python launch_app.py -m ...` is an app of Hydra's like any other, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIGS = "RUNCUBE_BENCH_CONFIGS"
PEAK = "RUNCUBE_BENCH_PEAK"
# As in Hydra's default for the directory of a sweep.
STARTED = "${now:%Y-%m-%d}/${now:%H-%M-%S}"
OURS = ["hydra/sweeper=runcube", "hydra/launcher=runcube"]
CONFIG = """
defaults:
  - _self_
  - data: small
  - model: linear
  - optimiser: adam
lr: 0.1
seed: 0
epochs: 10
output: ${hydra:runtime.output_dir}
trainer: {precision: 32, devices: [0, 1], checkpoint: {every: 5, keep: 3}}
"""
OPTIONS = {
    "data": "path: /data/set\nsplits: [0.8, 0.1, 0.1]\nworkers: 4\nshuffle: true\n",
    "model": "width: 128\ndepth: 4\nactivation: relu\ndropout: 0.1\n",
    "optimiser": "name: adam\nlr: ${lr}\nbetas: [0.9, 0.999]\nweight_decay: 0.01\n",
}
NAMES = {"data": ["small", "large"], "model": ["linear", "deep"], "optimiser": ["adam", "sgd"]}


def write_configs(folder: Path) -> None:
    for group, names in NAMES.items():
        (folder / group).mkdir(parents=True)
        for name in names:
            (folder / group / f"{name}.yaml").write_text(OPTIONS[group])
    (folder / "config.yaml").write_text(CONFIG)


def version_arguments() -> dict[str, str]:
    from hydra import __version__ as hydra_version

    return {"version_base": "1.3"} if hydra_version.startswith("1.3.") else {}


def no_op(config: Any) -> None:
    """Do nothing: what is timed is the launch."""


@dataclass
class Run:
    """What one run of the app cost, in seconds and KiB."""

    wall: float
    cpu: float
    peak: float


def run_app(folder: Path, jobs: int, plugins: list[str]) -> Run:
    """Sweep over an even number of jobs, in a process of its own and a new directory."""
    import time

    with tempfile.TemporaryDirectory(dir=folder) as out:
        lines = [
            f"seed=range(0,{jobs // 2})",
            "model=linear,deep",
            f"hydra.sweep.dir={out}/{STARTED}",
        ]
        command = [sys.executable, __file__, "-m", *lines, "hydra/hydra_logging=none", *plugins]
        peak = Path(out) / "peak"
        environment = os.environ | {CONFIGS: str(folder / "conf"), PEAK: str(peak)}
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        found = len(list(Path(out).glob("*/*/*/.hydra")))
        if process.returncode or found != jobs:
            sys.exit(f"the app ended with {process.returncode}, and {found} of {jobs} jobs")
        return Run(wall, usage.ru_utime + usage.ru_stime, float(peak.read_text()))


def peak_kib() -> int:
    """Give the largest memory that this process has held, as the kernel's account of it has it.

    What `wait4` gives of a process begins with the memory of the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    text = next(line for line in lines if line.startswith("VmHWM:"))
    return int(text.split()[1])


if __name__ == "__main__":
    import hydra

    hydra.main(config_path=os.environ[CONFIGS], config_name="config", **version_arguments())(
        no_op
    )()
    Path(os.environ[PEAK]).write_text(str(peak_kib()), encoding="ascii")
