"""Reading again what was read before: `checked`, `trust` and `refresh`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from runcube import open_sweep
from runcube.bench.agreement import require_equal
from runcube.bench.cache import cache_in
from runcube.bench.figures import Figure, Measured, not_measured
from runcube.bench.rows.stamps import against_stamps
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed
from runcube.bench.workloads import Workload

CHECKED = "reopening, checked"
TRUSTED = "reopening, not checked"
NETCDF = "netCDF, opened and loaded"
REFRESHED = "refresh"
_NETCDF_TARGET = 1.0
_REFRESH_TARGET = 1.1
# One new job among so many.
_NEW = 1000


def checked(setting: Setting) -> Measured:
    """Time the reopening that asks for every stamp, against asking alone."""
    workload = setting.first
    work = f"reopen {workload.format}, checked"
    with cache_in(setting.folder / "cache"):
        _remember(workload)
        require_equal(workload, {CHECKED: workload.reopen()})
        ours = Contender(CHECKED, timed(workload.reopen), workload.jobs)
        return against_stamps(setting, "checked", work, workload, ours)


def trust(setting: Setting) -> Measured:
    """Time the reopening that asks for nothing, against the same data as one netCDF file."""
    workload = setting.first
    work = f"reopen {workload.format}, not checked"
    unit = "times netCDF, opened and loaded"
    file = setting.folder / "sweep.nc"
    dataset = workload.gather()
    try:
        dataset.to_netcdf(file)
    except (ImportError, ValueError) as error:
        return Measured([Figure("trust", work, unit, None, _NETCDF_TARGET, note=str(error))])
    with cache_in(setting.folder / "cache"):
        _remember(workload)
        loaded = _loaded(file)
        same = all(np.array_equal(loaded[name], dataset[name]) for name in dataset.data_vars)
        require_equal(workload, {TRUSTED: workload.reopen("trust")})
        ways = [
            Contender(TRUSTED, timed(lambda: workload.reopen("trust")), workload.jobs),
            Contender(NETCDF, timed(lambda: _loaded(file)), workload.jobs),
        ]
        times = setting.in_turns(work, ways)
    ratio = times[TRUSTED].seconds / times[NETCDF].seconds
    note = "" if same else "netCDF does not give the same values back"
    figure = Figure("trust", work, unit, ratio if same else None, _NETCDF_TARGET, note=note)
    return Measured([figure], {work: times})


def refresh(setting: Setting) -> Measured:
    """Time a refresh after one job in a thousand is new, against the checked reopening."""
    figure = Figure("refresh", "refresh", f"times {CHECKED}", None, _REFRESH_TARGET)
    if setting.given is not None:
        return not_measured(figure, "needs a sweep to which jobs may be added")
    workload = setting.first
    count = max(workload.jobs // _NEW, 1)
    # One part for each round, and one for the turn that does not count.
    parts = setting.rounds + 1
    if 2 * parts * count > workload.jobs:
        note = f"{workload.jobs} jobs are too few for {setting.rounds} rounds"
        return not_measured(figure, note)
    work = f"refresh {workload.format} after {count} new job{'' if count == 1 else 's'}"
    stride = workload.jobs // (parts * count)
    held = Held(workload, setting.folder / "held", workload.directories[::stride][: parts * count])
    try:
        with cache_in(setting.folder / "cache"):
            _remember(workload)
            before = open_sweep(workload.path, metrics=workload.asked, progress=False)
            ways = [
                Contender(
                    CHECKED,
                    timed(workload.reopen),
                    workload.jobs,
                    prepare=lambda: _remember(workload),
                ),
                Contender(
                    REFRESHED,
                    timed(lambda: before.refresh().to_xarray()),
                    workload.jobs,
                    prepare=lambda: held.release(count),
                ),
            ]
            times = setting.in_turns(work, ways)
            held.release(parts * count)
            require_equal(workload, {REFRESHED: before.refresh().to_xarray()})
    finally:
        held.release(parts * count)
    ratio = times[REFRESHED].seconds / times[CHECKED].seconds
    return Measured([replace(figure, work=work, value=ratio)], {work: times})


class Held:
    """Jobs that are kept aside, so that they can come new.

    Parameters
    ----------
    workload
        The sweep that they are of.
    folder
        Where they lie meanwhile.
    directories
        The jobs.
    """

    def __init__(self, workload: Workload, folder: Path, directories: Sequence[str]) -> None:
        folder.mkdir()
        self._workload = workload
        self._folder = folder
        self._names = list(directories)
        for name in self._names:
            (workload.path / name).rename(folder / name)
        workload.note_change()

    def release(self, count: int) -> None:
        """Put so many of them where they belong."""
        for name in self._names[:count]:
            (self._folder / name).rename(self._workload.path / name)
        self._workload.note_change()
        del self._names[:count]


def _remember(workload: Workload) -> None:
    """Write the cache of a sweep, once its files are relied upon."""
    workload.settle()
    workload.reopen("refresh")


def _loaded(file: Path) -> xr.Dataset:
    with xr.open_dataset(file) as dataset:
        return dataset.load()
