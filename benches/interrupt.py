"""How long a load goes on after Ctrl-C.

    python benches/interrupt.py --jobs 100000 --rounds 30

Each round is a process of its own, interrupted a little later than the one before, while it reads,
assembles or writes its index.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runcube.testing import make_tree

LOAD = """
import sys, time
import xarray
from runcube import open_sweep
print("ready", flush=True)
try:
    sys.stdin.readline()
    open_sweep(sys.argv[1], metrics="metrics.npz", cache="refresh", progress=False).to_xarray()
except KeyboardInterrupt:
    print(time.time(), flush=True)
"""


def main() -> None:
    """Make a sweep, interrupt loads of it, and print how late they end."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=100_000)
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--step", type=float, default=0.012, help="seconds, more each round")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = make_tree(Path(folder, "sweep"), jobs=given.jobs, format="npz")
        cache = Path(folder, "cache")
        waits = [given.step * number for number in range(1, given.rounds + 1)]
        late = [found for wait in waits for found in [after(tree.path, cache, wait)] if found]
        left = [path.name for path in cache.glob(".*")]
    shown = f"{len(late)} of {given.rounds} loads were interrupted"
    if late:
        shown += (
            f"; seconds until they ended: {statistics.median(late):.3f}, {max(late):.3f} at most"
        )
    sys.stdout.write(f"{shown}; left in the cache: {left or 'nothing'}\n")


def after(path: Path, cache: Path, wait: float) -> float | None:
    """Give the seconds from the signal to the end; `None` where the load was done before."""
    environment = {**os.environ, "RUNCUBE_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", LOAD, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as load:
        load.stdout.readline()
        load.stdin.write("\n")
        load.stdin.flush()
        time.sleep(wait)
        sent = time.time()
        load.send_signal(signal.SIGINT)
        ended = load.stdout.readline()
    return float(ended) - sent if ended else None


if __name__ == "__main__":
    main()
