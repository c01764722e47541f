"""One command for what a launch costs: no-op jobs in this process, by Hydra and by runcube.

Times drift on a shared machine, so every round times all of them, one after another, and the
ratios are those of the medians of one run. Hydra composes every job twice: its sweeper to check
the batch, its launcher to run it; both are shown.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra import __version__ as hydra_version
from hydra import initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode
from rich.console import Console
from rich.table import Table

from runcube.launch.local import LocalLauncher, LocalSettings

BAR = 12.0
AIM_MS = 5.0
TRACED = 30
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
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


def no_op(config: Any) -> None:
    """Do nothing: what is timed is the launch."""


@dataclass
class Prepared:
    """A sweep that is ready to be launched, any number of times."""

    context: HydraContext
    sweep: Any
    jobs: list[list[str]]


@contextlib.contextmanager
def prepared(folder: Path, count: int) -> Iterator[Prepared]:
    write_configs(folder / "conf")
    base = {"version_base": "1.3"} if hydra_version.startswith("1.3.") else {}
    with initialize_config_dir(str(folder / "conf"), job_name="bench", **base):
        hydra = GlobalHydra.instance().hydra
        sweep = hydra.compose_config(
            config_name="config",
            overrides=[f"hydra.sweep.dir={folder / 'out'}", "hydra/hydra_logging=none"],
            run_mode=RunMode.MULTIRUN,
            from_shell=False,
            with_log_configuration=False,
        )
        context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(sweep))
        jobs = [
            [f"lr={0.001 * i}", f"seed={i}", f"model={NAMES['model'][i % 2]}"] for i in range(count)
        ]
        yield Prepared(context, sweep, jobs)


def by_hydra(launch: Prepared) -> list[Any]:
    Plugins.instance()
    from hydra._internal.core_plugins.basic_launcher import BasicLauncher

    launcher = BasicLauncher()
    launcher.setup(hydra_context=launch.context, task_function=no_op, config=launch.sweep)
    return list(launcher.launch(launch.jobs, 0))


def checked_by_hydra(launch: Prepared) -> None:
    loader = launch.context.config_loader
    for job in launch.jobs:
        loader.load_sweep_config(launch.sweep, list(job))


def by_runcube(launch: Prepared) -> list[Any]:
    launcher = LocalLauncher(LocalSettings(), launch.context, no_op, launch.sweep)
    return list(launcher.launch(launch.jobs, 0))


def milliseconds(
    work: Callable[[Prepared], object], launch: Prepared, clock: Callable[[], float]
) -> float:
    gc.collect()
    start = clock()
    work(launch)
    return (clock() - start) * 1e3 / len(launch.jobs)


def kibibytes(work: Callable[[Prepared], list[Any]], launch: Prepared) -> float:
    """Give what stays in memory for each job, once its return is kept."""
    launch = replace(launch, jobs=launch.jobs[:TRACED])
    work(launch)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    returned = work(launch)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024 / len(returned)


def measure(launch: Prepared, rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    works = {"check": checked_by_hydra, "hydra": by_hydra, "runcube": by_runcube}
    times: dict[str, list[float]] = {name: [] for name in works}
    few = replace(launch, jobs=launch.jobs[:4])
    for work in works.values():
        work(few)
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(milliseconds(work, launch, clock))
    found = {f"{name}_ms": statistics.median(values) for name, values in times.items()}
    found["launcher_ratio"] = found["hydra_ms"] / found["runcube_ms"]
    found["sweep_ratio"] = (found["hydra_ms"] + found["check_ms"]) / found["runcube_ms"]
    found["hydra_kib"] = kibibytes(by_hydra, launch)
    found["runcube_kib"] = kibibytes(by_runcube, launch)
    return found


def shown(found: dict[str, float]) -> Table:
    table = Table(title=f"one no-op job in process, Hydra {hydra_version}")
    for name in ("", "ms a job", "KiB kept a job", "times runcube"):
        table.add_column(name, justify="left" if not name else "right")
    whole = found["hydra_ms"] + found["check_ms"]
    kept = f"{found['hydra_kib']:.1f}"
    table.add_row("Hydra: check and launch", f"{whole:.1f}", kept, f"{found['sweep_ratio']:.1f}")
    ratio = f"{found['launcher_ratio']:.1f}"
    table.add_row("Hydra: launch alone", f"{found['hydra_ms']:.1f}", kept, ratio)
    own = f"{found['runcube_ms']:.2f}"
    table.add_row("runcube: launch", own, f"{found['runcube_kib']:.1f}", "1.0")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: for a busy machine")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--strict", action="store_true", help="fail where the bar is not met")
    options = parser.parse_args()
    # What Hydra and we say of every job is not what is compared.
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder), options.jobs) as launch:
        found = measure(launch, options.rounds, CLOCKS[options.clock])
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        console = Console()
        console.print(shown(found))
        console.print(f"bar: {BAR:g} times less than Hydra's launcher; aim: {AIM_MS:g} ms")
    return int(options.strict and found["launcher_ratio"] < BAR)


if __name__ == "__main__":
    sys.exit(main())
