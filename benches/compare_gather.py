"""One command for the ratios: the floor, runcube and the careful Python loop, interleaved.

Absolute times drift on a shared machine, so every round times all of them, one after another,
and the ratios are those of the medians of one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import contenders
from runcube.testing import Tree, make_tree

# Microseconds a job, warm: twice what two cores and ext4 took when this was written. A baseline
# that is slower would flatter the ratio.
SLOW_FLOOR_OF_ONE_FILE = 6.0
SLOW_CAREFUL = {"npz": 680.0, "recorded": 960.0}

Timed = Callable[[], float]


def timed(work: Callable[[], object]) -> Timed:
    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return run


def entrants(tree: Tree, kind: contenders.Kind) -> dict[str, Timed]:
    """Give what each round times; the floors say themselves how long they read."""
    names = contenders.needed(kind)
    two = (contenders.OVERRIDES, contenders.METRICS[kind])
    found: dict[str, Timed] = {}
    for workers, threads in ((1, "1 thread"), (2, "2 threads")):
        found[f"floor, {threads}"] = lambda w=workers: contenders.floor(tree, names, w)
        if names != two:
            key = f"floor of two files, {threads}"
            found[key] = lambda w=workers: contenders.floor(tree, two, w)
    found["runcube"] = timed(lambda: contenders.runcube(tree))
    found["careful loop"] = timed(lambda: contenders.careful(tree, kind))
    return found


def measure(tree: Tree, kind: contenders.Kind, rounds: int) -> dict[str, float]:
    """Give the median microseconds for a job of each entrant."""
    works = entrants(tree, kind)
    for work in works.values():
        work()
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(work())
    jobs = len(tree.directories)
    return {name: statistics.median(found) / jobs * 1e6 for name, found in times.items()}


def ratios(medians: dict[str, float]) -> dict[str, float]:
    """Compare runcube with the fastest of each floor's thread counts, and with the loop."""
    found = {}
    for floor in ("floor", "floor of two files"):
        times = [value for name, value in medians.items() if name.startswith(f"{floor},")]
        if times:
            found[f"runcube / {floor}"] = medians["runcube"] / min(times)
    found["careful loop / runcube"] = medians["careful loop"] / medians["runcube"]
    return found


def warnings(medians: dict[str, float], kind: contenders.Kind) -> list[str]:
    """Say which baselines are so slow here that a ratio to them means nothing."""
    found = []
    floor = min(value for name, value in medians.items() if name.startswith("floor,"))
    if floor > SLOW_FLOOR_OF_ONE_FILE * len(contenders.needed(kind)):
        found.append(f"The floor took {floor:.1f} µs a job: too slow to compare with.")
    if medians["careful loop"] > SLOW_CAREFUL[kind]:
        loop = medians["careful loop"]
        found.append(f"The careful loop took {loop:.0f} µs a job: too slow to compare with.")
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--jobs", type=int, default=10_000, help="size of the tree")
    parser.add_argument("--format", choices=list(contenders.METRICS), default="npz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", type=Path, help="where the tree is made for the while")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    kind: contenders.Kind = options.format
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        tree = make_tree(Path(folder) / "sweep", jobs=options.jobs, format=kind)
        ours, theirs = contenders.runcube(tree), contenders.careful(tree, kind)
        if found := contenders.differences(tree, ours, theirs):
            sys.exit(f"The datasets differ, so their times mean nothing: {', '.join(found)}")
        medians = measure(tree, kind, options.rounds)
    notes = warnings(medians, kind)
    compared = {} if notes else ratios(medians)
    if options.json:
        about = {"jobs": options.jobs, "format": kind, "rounds": options.rounds}
        about |= {"cores": os.cpu_count(), "cache": "warm", "warnings": notes}
        content = about | {"microseconds_per_job": medians, "ratios": compared}
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        return
    table = Table(title=f"{options.jobs} jobs, {kind}, warm, {os.cpu_count()} cores")
    table.add_column(f"median of {options.rounds}")
    table.add_column("µs a job", justify="right")
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}")
    table.add_section()
    for name, value in compared.items():
        table.add_row(name, f"{value:.2f}")
    console = Console()
    for note in notes:
        console.print(note)
    console.print(table)


if __name__ == "__main__":
    main()
