"""How long a gather takes where every open waits: reads in flight decide, and not the cores.

    pip install fusepy && apt-get install fuse3 libfuse2
    python benches/compare_waiting.py --jobs 5000 --wait 5

A file system in user space hands everything through to a sweep, and sleeps before each open. The
floors read the same files with a fixed number of threads.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runcube import _core, open_sweep
from runcube.testing import make_tree

THREADS = (2, 8, 32, 128)
NAMES = [".hydra/overrides.yaml", "metrics.npz"]


def serve(source: str, mount: str, wait: float) -> None:
    """Hand a directory through, until it is unmounted."""
    from fuse import FUSE, FuseOSError, Operations

    class Waiting(Operations):
        def getattr(self, path, fh=None):  # noqa: ARG002 - the library's names
            try:
                found = os.lstat(source + path)
            except OSError as error:
                raise FuseOSError(error.errno or errno.EIO) from None
            return {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}

        def readdir(self, path, fh):  # noqa: ARG002
            return [".", "..", *(it.name for it in Path(source + path).iterdir())]

        def open(self, path, flags):  # noqa: ARG002
            time.sleep(wait)
            return os.open(source + path, os.O_RDONLY)

        def read(self, path, size, offset, fh):  # noqa: ARG002
            return os.pread(fh, size, offset)

        def release(self, path, fh):  # noqa: ARG002
            os.close(fh)

    # It is an error of the library's that somebody unmounts.
    with contextlib.suppress(RuntimeError):
        FUSE(Waiting(), mount, foreground=True, ro=True, attr_timeout=3600, entry_timeout=3600)


def gather(path: Path) -> None:
    """Gather the sweep from its files."""
    open_sweep(path, metrics=NAMES[1], cache=False, progress=False).to_xarray()


def main() -> None:
    """Mount, time in turns, unmount."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, default=5000)
    arguments.add_argument("--wait", type=float, default=5.0, help="milliseconds for each open")
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, mount = Path(folder, "source"), Path(folder, "mount")
        mount.mkdir()
        tree = make_tree(source, jobs=given.jobs, format="npz")
        call = f"serve({str(source)!r}, {str(mount)!r}, {given.wait / 1e3})"
        command = [sys.executable, "-c", f"from compare_waiting import serve; {call}"]
        server = subprocess.Popen(command, cwd=Path(__file__).parent)
        try:
            while not os.path.ismount(mount):
                if server.poll() is not None:
                    sys.exit("the file system could not be mounted")
                time.sleep(0.05)
            report(mount, list(tree.directories), given.rounds)
        finally:
            subprocess.run(["fusermount3", "-u", str(mount)], check=False)
            server.wait()


def report(mount: Path, jobs: list[str], rounds: int) -> None:
    """Print the medians."""
    gather(mount)
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for count in THREADS:
            _, took = _core.read_floor(mount, jobs, NAMES, count)
            seconds.setdefault(f"bare reads, {count} threads", []).append(took)
        start = time.perf_counter()
        gather(mount)
        seconds.setdefault("runcube", []).append(time.perf_counter() - start)
    best = min(statistics.median(took) for name, took in seconds.items() if name != "runcube")
    for name, took in seconds.items():
        median = statistics.median(took)
        line = f"{name:24} {median:8.2f} s  {median / best:6.2f} times the best\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
