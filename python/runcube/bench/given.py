"""A sweep that the user has, as a workload."""

from __future__ import annotations

from pathlib import Path

from runcube import open_sweep
from runcube.bench.errors import BenchError
from runcube.bench.workloads import RECORDED, Workload

FORMAT = "given"
_ENDINGS = frozenset(
    {".arrow", ".csv", ".json", ".jsonl", ".npz", ".parquet", ".pickle", ".pkl", ".pt"}
    | {".safetensors", ".yaml"}
)


def given(path: Path, metrics: str | None) -> Workload:
    """Make a workload of a sweep.

    Parameters
    ----------
    path
        Its directory. Nothing is written into it.
    metrics
        The metric file of each job; None for recorded metrics, or for the one file that there is.

    Raises
    ------
    runcube.bench.errors.BenchError
        There are several metric files, or no job has what a gather opens.
    """
    sweep = open_sweep(path, metrics=metrics, cache=False, progress="auto")
    root = path.absolute()
    directories = [job.path.relative_to(root).as_posix() for job in sweep.jobs]
    is_recorded = metrics is None and (path / directories[0] / RECORDED).is_file()
    name = RECORDED if is_recorded else metrics or _only_file(path / directories[0])
    workload = Workload(path, FORMAT, tuple(directories), name, is_recorded)
    whole = tuple(
        directory
        for directory in directories
        if all((path / directory / needed).is_file() for needed in workload.needed)
    )
    if not whole:
        message = f"{path}: no job has {' and '.join(f'`{it}`' for it in workload.needed)}"
        raise BenchError(message)
    return Workload(path, FORMAT, whole, name, is_recorded)


def _only_file(job: Path) -> str:
    names = sorted(file.name for file in job.iterdir() if file.suffix in _ENDINGS)
    if len(names) == 1:
        return names[0]
    listed = ", ".join(f"`{name}`" for name in names) or "none"
    message = f"{job}: expected one metric file, found {listed}: say which by `--metrics NAME`"
    raise BenchError(message)
