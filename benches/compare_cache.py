"""One command for the ratios of the cache: the `stat` floor, a checked and a trusting reopening.

The peers are timed in the same rounds: a bare loop in Rust that asks for the stamps of the files
that the index depends on, and xarray's load of the same dataset from a netCDF file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

import contenders
from compare_gather import Timed, timed
from runcube import _core, open_sweep
from runcube.results.opening import SETTLED_SECONDS
from runcube.testing import Tree, assert_same, make_tree


def entrants(tree: Tree, kind: contenders.Kind, netcdf: Path) -> dict[str, Timed]:
    """Give what each round times; the floors say themselves how long they took."""
    names = contenders.needed(kind)
    found: dict[str, Timed] = {}
    for workers, threads in ((1, "1 thread"), (2, "2 threads")):
        found[f"stat floor, {threads}"] = lambda w=workers: _core.stat_floor(
            tree.path, tree.directories, names, w
        )
    found["from the files"] = timed(lambda: contenders.runcube(tree))
    found["from the files, and index"] = timed(lambda: opened(tree, cache="refresh"))
    found["checked"] = timed(lambda: opened(tree, cache=True))
    found["trust"] = timed(lambda: opened(tree, cache="trust"))
    found["netCDF"] = timed(lambda: loaded(netcdf))
    return found


def opened(tree: Tree, **options: object) -> xr.Dataset:
    return open_sweep(tree.path, **options).to_xarray()


def loaded(netcdf: Path) -> xr.Dataset:
    with xr.open_dataset(netcdf) as dataset:
        return dataset.load()


def measure(tree: Tree, works: dict[str, Timed], rounds: int) -> dict[str, float]:
    """Give the median microseconds for a job of each entrant."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(work())
    jobs = len(tree.directories)
    return {name: statistics.median(found) / jobs * 1e6 for name, found in times.items()}


def refreshed(tree: Tree, kind: contenders.Kind) -> float:
    """Give the microseconds for a job of a refresh after one job in a thousand has changed."""
    for directory in tree.directories[::1000]:
        file = tree.path / directory / contenders.METRICS[kind]
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    return timed(lambda: opened(tree))() / len(tree.directories) * 1e6


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("--jobs", type=int, default=10_000, help="size of the tree")
    parser.add_argument("--format", choices=list(contenders.METRICS), default="npz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", type=Path, help="where the tree is made for the while")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    kind: contenders.Kind = options.format
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        os.environ["RUNCUBE_CACHE_DIR"] = str(Path(folder) / "cache")
        tree = make_tree(Path(folder) / "sweep", jobs=options.jobs, format=kind)
        netcdf = Path(folder) / "sweep.nc"
        read = contenders.runcube(tree)
        read.to_netcdf(netcdf)
        time.sleep(SETTLED_SECONDS + 0.1)
        for cache in ("refresh", True, "trust"):
            assert_same(opened(tree, cache=cache), read)
        assert all(np.array_equal(loaded(netcdf)[name], read[name]) for name in read.data_vars)
        medians = measure(tree, entrants(tree, kind, netcdf), options.rounds)
        medians["refresh of one in a thousand"] = refreshed(tree, kind)
    floor = min(value for name, value in medians.items() if name.startswith("stat floor"))
    ratios = {
        "checked / stat floor": medians["checked"] / floor,
        "trust / netCDF": medians["trust"] / medians["netCDF"],
        "refresh / checked": medians["refresh of one in a thousand"] / medians["checked"],
    }
    about = {"jobs": options.jobs, "format": kind, "rounds": options.rounds}
    about |= {"cores": os.cpu_count(), "cache": "warm"}
    content = about | {"microseconds_per_job": medians, "ratios": ratios}
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
