"""What others do with the same files, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from runcube.bench.turns import Contender, timed
from runcube.bench.workloads import Workload

LIBRARIES = ("mushin", "rai_toolbox.mushin")
"""Workflow libraries that load a directory of Hydra jobs by `load_from_dir` and `to_xarray`."""

Column = Callable[[], Any]
"""Reads the files, and gives the scalar metric of every job."""


def of_files(workload: Workload) -> tuple[list[Contender], list[str]]:
    """Give the readers of the metric files alone, without what tells the jobs apart.

    Returns
    -------
    list of Contender, list of str
        Those that give the right numbers, and why others do not.
    """
    makers = {"json": ("duckdb", _duckdb), "arrow": ("polars", _polars)}
    if workload.tree is None or workload.format not in makers:
        return [], []
    name, make = makers[workload.format]
    read = make([str(workload.path / job / workload.metrics) for job in workload.directories])
    if read is None:
        return [], []
    expected = workload.tree.values["loss"].ravel()
    return _checked(f"{name}, metric files alone", read, expected, workload.jobs)


def of_workflows(workload: Workload) -> tuple[list[Contender], list[str]]:
    """Give the workflow libraries that load a sweep of `.pt` files; as `of_files` does."""
    found: list[Contender] = []
    doubts: list[str] = []
    if workload.tree is None:
        return found, doubts
    for name in LIBRARIES:
        load = _library(name, workload)
        if load is not None:
            expected = workload.tree.values["loss"]
            contenders, refused = _checked(name, load, expected, workload.jobs)
            found += contenders
            doubts += refused
    return found, doubts


def has_workflows() -> bool:
    """Whether a workflow library is installed."""
    return any(_installed(name) is not None for name in LIBRARIES)


def _checked(
    name: str, read: Column, expected: np.ndarray, jobs: int
) -> tuple[list[Contender], list[str]]:
    try:
        values = np.asarray(read())
    except Exception as error:  # noqa: BLE001 - another library's failure is told, and ends nothing
        return [], [f"{name} is not timed: {type(error).__name__}: {error}".splitlines()[0]]
    if not np.array_equal(values, expected):
        return [], [f"{name} is not timed: its numbers are not those of the files"]
    return [Contender(name, timed(read), jobs)], []


def _duckdb(files: list[str]) -> Column | None:
    duckdb = _installed("duckdb")
    if duckdb is None:
        return None

    def read() -> Any:
        with duckdb.connect() as connection:
            found = connection.execute("SELECT loss, curve FROM read_json_auto($1)", [files])
            return found.fetchnumpy()["loss"]

    return read


def _polars(files: list[str]) -> Column | None:
    polars = _installed("polars")
    if polars is None:
        return None

    def read() -> Any:
        return polars.scan_ipc(files).collect()["loss"].to_numpy()

    return read


def _library(name: str, workload: Workload) -> Column | None:
    library = _installed(name)
    if library is None or workload.tree is None:
        return None

    def task() -> None:
        """Do nothing: only loading is timed."""

    loader = type("Loader", (library.MultiRunMetricsWorkflow,), {"task": staticmethod(task)})
    axes = tuple(workload.tree.axes)

    def load() -> Any:
        loaded = loader().load_from_dir(workload.path, metrics_filename=workload.metrics)
        return loaded.to_xarray()["loss"].transpose(*axes).values

    return load


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None
