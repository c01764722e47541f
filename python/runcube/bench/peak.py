"""Gather one sweep, and say how far memory rose above the imports: a process of its own.

::

    python -m runcube.bench.peak SWEEP [METRICS]

Prints a JSON document: the bytes of the peak above the imports, and those of the dataset.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import xarray as xr

from runcube import open_sweep

_STATUS = Path("/proc/self/status")
_UNIT = 1 if sys.platform == "darwin" else 1024


def peak() -> int:
    """Give the largest memory that this process has held, in bytes.

    The system's own account of a process that another started begins with that one's peak, so the
    kernel's account of the memory itself is read where there is one.
    """
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
    text = next(line for line in lines if line.startswith("VmHWM:"))
    return int(text.split()[1]) * 1024


def gathered(path: str, metrics: str | None) -> xr.Dataset:
    """Gather the sweep from its files."""
    return open_sweep(path, metrics=metrics, cache=False, progress=False).to_xarray()


def main(path: str, metrics: str | None = None) -> None:
    """Gather, and print what that took."""
    before = peak()
    dataset = gathered(path, metrics)
    found = {"peak": peak() - before, "dataset": dataset.nbytes}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
