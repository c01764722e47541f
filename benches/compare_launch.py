"""One command for what a launch costs: no-op jobs in this process, by Hydra and by runcube.

Two comparisons, of one job each: the launchers alone, called as a sweeper calls them; and the whole
way of `python app.py -m ...`, with sweeper, launcher and records, less what one run takes to start.
Times drift on a shared machine, so every round times all of them, one after another, and the ratios
are those of the medians of one run. Hydra composes every job twice: its sweeper to check the batch,
its launcher to run it.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import shutil
import statistics
import subprocess
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

from launch_app import NAMES, OURS, STARTED, Run, no_op, run_app, version_arguments, write_configs
from runcube.launch.local import LocalLauncher, LocalSettings

BAR = 12.0
AIM_MS = 5.0
MOST_KIB = 2.0
TRACED = 200
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass
class Prepared:
    """A sweep that is ready to be launched, any number of times."""

    context: HydraContext
    sweep: Any
    jobs: list[list[str]]
    out: Path


@contextlib.contextmanager
def prepared(folder: Path, count: int) -> Iterator[Prepared]:
    if not (folder / "conf").exists():
        write_configs(folder / "conf")
    with initialize_config_dir(str(folder / "conf"), job_name="bench", **version_arguments()):
        hydra = GlobalHydra.instance().hydra
        sweep = hydra.compose_config(
            config_name="config",
            overrides=[f"hydra.sweep.dir={folder / 'out'}/{STARTED}", "hydra/hydra_logging=none"],
            run_mode=RunMode.MULTIRUN,
            from_shell=False,
            with_log_configuration=False,
        )
        context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(sweep))
        jobs = [
            [f"lr={0.001 * i}", f"seed={i}", f"model={NAMES['model'][i % 2]}"] for i in range(count)
        ]
        yield Prepared(context, sweep, jobs, folder / "out")


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
    shutil.rmtree(launch.out, ignore_errors=True)
    gc.collect()
    start = clock()
    work(launch)
    return (clock() - start) * 1e3 / len(launch.jobs)


def kibibytes(work: Callable[[Prepared], list[Any]], launch: Prepared, jobs: int) -> float:
    """Give what stays in memory for each job, once its return is kept."""
    launch = replace(launch, jobs=launch.jobs[:jobs])
    work(launch)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    returned = work(launch)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024 / len(returned)


def measure_launchers(launch: Prepared, options: argparse.Namespace) -> dict[str, float]:
    clock = CLOCKS[options.clock]
    few = replace(launch, jobs=launch.jobs[: options.hydra_jobs])
    works = {
        "check": (checked_by_hydra, few),
        "hydra": (by_hydra, few),
        "runcube": (by_runcube, launch),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for work, _ in works.values():
        work(replace(launch, jobs=launch.jobs[:4]))
    for _ in range(options.rounds):
        for name, (work, jobs) in works.items():
            times[name].append(milliseconds(work, jobs, clock))
    found = {f"{name}_ms": statistics.median(values) for name, values in times.items()}
    found["launcher_ratio"] = found["hydra_ms"] / found["runcube_ms"]
    found["sweep_ratio"] = (found["hydra_ms"] + found["check_ms"]) / found["runcube_ms"]
    found["hydra_kib"] = kibibytes(by_hydra, launch, options.hydra_jobs // 2)
    found["runcube_kib"] = kibibytes(by_runcube, launch, TRACED)
    return found


def measure_apps(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Time the whole way; what a run of two jobs takes is the price of starting."""
    times: dict[str, list[float]] = {"app_hydra": [], "app_runcube": []}
    for _ in range(options.app_rounds):
        for name, jobs, plugins in (
            ("app_hydra", options.hydra_jobs, []),
            ("app_runcube", options.jobs, OURS),
        ):
            start = getattr(run_app(folder, 2, plugins), options.clock)
            whole = getattr(run_app(folder, jobs, plugins), options.clock)
            times[name].append((whole - start) * 1e3 / (jobs - 2))
    found = {f"{name}_ms": statistics.median(values) for name, values in times.items()}
    found["app_ratio"] = found["app_hydra_ms"] / found["app_runcube_ms"]
    return found


def measure_growth(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Launch ten times as many jobs: time of each, and how much more memory each takes."""
    few, many = options.jobs, 10 * options.jobs
    launched = {jobs: in_a_process(folder, jobs) for jobs in (few, many)}
    apps = {jobs: run_app(folder, jobs, OURS) for jobs in (few, many)}
    found: dict[str, float] = {}
    for name, runs in (("launch", launched), ("app", apps)):
        for label, jobs in (("few", few), ("many", many)):
            found[f"{name}_{label}_ms"] = getattr(runs[jobs], options.clock) * 1e3 / jobs
        found[f"{name}_growth_kib"] = (runs[many].peak - runs[few].peak) / (many - few)
    return found


def in_a_process(folder: Path, jobs: int) -> Run:
    command = [sys.executable, __file__, "--only-launch", str(folder), "--jobs", str(jobs)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Run(**json.loads(text.splitlines()[-1]))


def only_launch(folder: Path, jobs: int) -> None:
    """Launch once, and print what it cost: the memory is what the launch added and kept."""
    with prepared(folder, jobs) as launch:
        by_runcube(replace(launch, jobs=launch.jobs[:4]))
        shutil.rmtree(launch.out)
        gc.collect()
        before, start = resident(), [clock() for clock in CLOCKS.values()]
        returned = by_runcube(launch)
        wall, cpu = (clock() - at for clock, at in zip(CLOCKS.values(), start, strict=True))
        gc.collect()
        print(json.dumps({"wall": wall, "cpu": cpu, "peak": resident() - before}))  # noqa: T201
        assert len(returned) == jobs
        shutil.rmtree(launch.out)


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def shown(found: dict[str, float], options: argparse.Namespace) -> Table:
    title = f"one no-op job in process, Hydra {hydra_version}, {options.clock} clock"
    table = Table(
        title=title, caption=f"by the job, of {options.jobs} and {options.hydra_jobs} jobs"
    )
    for name in ("", "jobs", "ms a job", "KiB kept a job", "times runcube"):
        table.add_column(name, justify="left" if not name else "right")
    few, many = str(options.hydra_jobs), str(options.jobs)

    def add(name: str, jobs: str, ms: float, ratio: float, kib: float | None = None) -> None:
        kept = "" if kib is None else f"{kib:.1f}"
        table.add_row(name, jobs, f"{ms:.2f}", kept, f"{ratio:.1f}")

    ms, kib = found["hydra_ms"], found["hydra_kib"]
    add(
        "Hydra: launcher, with its sweeper's check",
        few,
        ms + found["check_ms"],
        found["sweep_ratio"],
    )
    add("Hydra: launcher alone", few, ms, found["launcher_ratio"], kib)
    add("runcube: launcher alone", many, found["runcube_ms"], 1.0, found["runcube_kib"])
    if "app_ratio" in found:
        table.add_section()
        add("Hydra: python app.py -m", few, found["app_hydra_ms"], found["app_ratio"])
        add("runcube: the same, with records", many, found["app_runcube_ms"], 1.0)
    return table


def shown_growth(found: dict[str, float], options: argparse.Namespace) -> Table:
    few, many = options.jobs, 10 * options.jobs
    table = Table(title=f"runcube, {few} and {many} jobs, {options.clock} clock")
    for name in ("", f"ms a job of {few}", f"ms a job of {many}", "KiB of memory more a job"):
        table.add_column(name, justify="left" if not name else "right")
    for name, label in (("launch", "launcher alone"), ("app", "python app.py -m, with its start")):
        times = [f"{found[f'{name}_{size}_ms']:.2f}" for size in ("few", "many")]
        table.add_row(label, *times, f"{found[f'{name}_growth_kib']:.2f}")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="of runcube's; an even number")
    parser.add_argument(
        "--hydra-jobs", type=int, default=40, help="of Hydra's, for its time by job"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--app-rounds", type=int, default=1, help="of the whole way; 0 leaves it out"
    )
    parser.add_argument("--growth", action="store_true", help="also launch ten times as many jobs")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: for a busy machine")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--strict", action="store_true", help="fail where a bar is not met")
    parser.add_argument("--only-launch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    # What Hydra and we say of every job is not what is compared.
    logging.disable(logging.INFO)
    if options.only_launch is not None:
        only_launch(options.only_launch, options.jobs)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with prepared(folder, options.jobs) as launch:
            found = measure_launchers(launch, options)
        if options.app_rounds:
            found |= measure_apps(folder, options)
        if options.growth:
            found |= measure_growth(folder, options)
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        console = Console()
        console.print(shown(found, options))
        if options.growth:
            console.print(shown_growth(found, options))
        console.print(
            f"bars: {BAR:g} times less than Hydra's launcher alone, at most {MOST_KIB:g} KiB more "
            f"a job; aim: {AIM_MS:g} ms"
        )
    is_met = found["launcher_ratio"] >= BAR and found["runcube_kib"] <= MOST_KIB
    is_met = is_met and found.get("launch_growth_kib", 0) <= MOST_KIB
    return int(options.strict and not is_met)


if __name__ == "__main__":
    sys.exit(main())
