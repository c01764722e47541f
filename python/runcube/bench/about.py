"""Where a bench ran: without that, its figures mean little."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runcube import _core
from runcube.bench.setting import Setting

_PACKAGES = ("runcube", "numpy", "xarray", "pyarrow", "torch", "netCDF4", "polars", "duckdb")
_MOUNTS = Path("/proc/self/mounts")
_PROCESSOR = Path("/proc/cpuinfo")


def about(setting: Setting) -> dict[str, Any]:
    """Tell the machine, the versions, and what was asked for."""
    place = setting.folder if setting.given is None else setting.given.path
    return {
        "jobs": setting.jobs,
        "formats": [setting.given.format] if setting.given else list(setting.formats),
        "rounds": setting.rounds,
        "page_cache": "warm; dropped for `cold`" if setting.is_cold else "warm",
        "machine": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "file_system": file_system(place),
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
        "is_optimised": _core.IS_OPTIMISED,
    }


def file_system(path: Path) -> str:
    """Give the kind of the file system that a path is on, or an empty text."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [line.split()[1:3] for line in lines]
    real = path.resolve()
    # The deepest holds it; of several at one place the last covers the others.
    holding = [(len(place), kind) for place, kind in mounts if real.is_relative_to(place)]
    return max(enumerate(holding), key=lambda it: (it[1][0], it[0]))[1][1] if holding else ""


def _processor() -> str:
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
