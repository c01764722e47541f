"""`open_sweep` and `Sweep`: one sweep, read once, looked at in several ways."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from runcube import _core
from runcube.encoding import encode_metrics
from runcube.errors import BY_CODE, ProblemsError
from runcube.results import dataset, frame
from runcube.results.jobs import Jobs
from runcube.results.problem import Problem, described

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Layout = Literal["auto", "grid", "jobs"]
Duplicates = Literal["repeat", "last", "first", "error"]

_LAYOUTS = ("auto", "grid", "jobs")
_DUPLICATES = ("repeat", "last", "first", "error")


def open_sweep(
    path: str | PathLike[str],
    *,
    metrics: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
    loader: Callable[[Path], Mapping[str, Any]] | None = None,
    leftovers: bool = False,
    strict: bool = False,
) -> Sweep:
    """Read one sweep, whoever launched it.

    Parameters
    ----------
    path : path
        The directory of a sweep (it holds `multirun.yaml`, or job directories), or of a single
        run.
    metrics : str or sequence of str, optional
        Names of metric files relative to each job's directory, or globs (`**/*.npz`); of files of
        one job the later wins. By default the recorded `metrics.arrow`, else the one metric file
        that the jobs hold.
    loader : callable, optional
        Your own reader, `path -> mapping`, called for every metric file but recorded ones.
    leftovers : bool, default False
        Take in jobs that the sweep's definition cannot have produced.
    strict : bool, default False
        Raise what was unusable as one exception group, instead of listing it in `problems`.

    Returns
    -------
    Sweep
        What was read. Broken jobs are holes, and their problems are listed.

    Raises
    ------
    FileNotFoundError
        The path does not exist, holds no job, or no job has a file that `metrics` names.
    ValueError
        The jobs hold several metric files and none is asked for.
    runcube.errors.ProblemsError
        With `strict=True`, something was unusable.

    Examples
    --------
    >>> import tempfile
    >>> from runcube import open_sweep
    >>> from runcube.testing import make_tree
    >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.2], "seed": [0, 1, 2]})
    >>> sweep = open_sweep(tree.path)
    >>> sweep.axes
    {'lr': [0.1, 0.2], 'seed': [0, 1, 2]}
    >>> dict(sweep.to_xarray().sizes)
    {'lr': 2, 'seed': 3, 'curve_dim0': 10}
    """
    arguments = dict(locals())
    names = _names(metrics)
    given: object = loader
    if given is not None and not callable(given):
        message = f"`loader`: expected a callable, path -> mapping, got {type(given).__name__}"
        raise TypeError(message)
    entries = None if loader is None else (lambda file: _entries(loader, file))
    core = _core.open_sweep(Path(path), names, entries, bool(leftovers), None)
    sweep = Sweep(Path(path), core)
    sweep._arguments = arguments
    if strict and sweep.problems:
        raise ProblemsError(
            f"{len(sweep.problems)} problems in {path}",
            [BY_CODE[it.kind](str(it), path=str(it.path)) for it in sweep.problems],
        )
    return sweep


def _names(metrics: object) -> list[str] | None:
    if metrics is None:
        return None
    listed = [metrics] if isinstance(metrics, str | PathLike) else metrics
    if isinstance(listed, Sequence) and all(isinstance(it, str | PathLike) for it in listed):
        names = [fspath(name) for name in listed]
        if all(isinstance(name, str) for name in names):
            return names
    message = (
        "`metrics`: expected the name of a metric file, a glob, or a list of these, got "
        f"{metrics!r}"
    )
    raise TypeError(message)


def _entries(loader: Callable[[Path], Mapping[str, Any]], path: Path) -> Any:
    loaded: object = loader(path)
    if not isinstance(loaded, Mapping):
        message = (
            f"the loader gave a `{type(loaded).__name__}` for {path}: expected a mapping of metric "
            "names to values"
        )
        raise TypeError(message)
    return encode_metrics(loaded)


class Sweep:
    """One sweep as it was read; nothing of it changes. Made by `open_sweep`.

    It pickles as the call that opened it: a copy in another process reads the files again.
    """

    _arguments: Mapping[str, Any]

    def __init__(self, path: Path, core: _core.Sweep) -> None:
        self._path = path
        self._core = core

    def __reduce__(self) -> tuple[Any, ...]:
        # The current directory of the process that reads the copy may be another.
        return _reopened, ({**self._arguments, "path": self._path.absolute()},)

    @property
    def path(self) -> Path:
        """The directory that was opened."""
        return self._path

    @cached_property
    def jobs(self) -> Jobs:
        """The jobs, in job order: directory, number, parameters and status of each.

        Statuses are read when they are first asked for; what is unusable of the jobs' records is
        then in `jobs.problems`.
        """
        return Jobs(self._path.absolute(), self._core)

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """What the sweep varies: parameter → labels, in the sweep's order."""
        return dict(self._core.axes)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """What all jobs were given alike: parameter → value."""
        common = self._cube("jobs", "repeat")[2]
        return {name: value for name, value in common if name not in self.axes}

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics, in the order of the first job's record."""
        return tuple(self._core.metrics)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What was unusable, in job order."""
        return described(self._core.problems)

    @property
    def is_complete(self) -> bool:
        """Whether every cell of the sweep holds a job that recorded something."""
        return self._core.is_complete

    def metric_values(self, name: str) -> list[Any]:
        """One metric as the tasks recorded it: a value for each job, None where a job has none.

        Raises
        ------
        KeyError
            No job recorded a metric of that name.
        """
        if name not in self.metrics:
            message = f"no metric `{name}`; there are {', '.join(self.metrics) or 'none'}"
            raise KeyError(message)
        return self._core.values(name)

    def to_xarray(
        self,
        *,
        layout: Layout = "auto",
        duplicates: Duplicates = "repeat",
        singleton_dims: bool = False,
        include_paths: bool = False,
        include_status: bool = False,
    ) -> xr.Dataset:
        """Gather the sweep into a dataset.

        Parameters
        ----------
        layout : {"auto", "grid", "jobs"}
            One dimension for each axis; or one `job` dimension with the parameters as its
            coordinates. `auto` takes a grid where the sweep is one.
        duplicates : {"repeat", "last", "first", "error"}
            What becomes of several jobs with the same parameters.
        singleton_dims : bool, default False
            Give what all jobs have in common a dimension of length one.
        include_paths : bool, default False
            Add `working_subdir`, the directory of each job.
        include_status : bool, default False
            Add `status`, how each job ended.

        Returns
        -------
        xarray.Dataset
            A variable for each metric, over the sweep's axes and then the metric's own dimensions
            (`<metric>_dim0`, …). Missing values are NaN, NaT or None, never another number. The
            attributes are the overrides that all jobs have in common.

        Raises
        ------
        ValueError
            A grid is asked for and cannot be had, or duplicates are to be an error.
        """
        _check("layout", layout, _LAYOUTS)
        _check("duplicates", duplicates, _DUPLICATES)
        return dataset.from_cube(
            *self._cube(
                layout,
                duplicates,
                singleton_dims=singleton_dims,
                include_paths=include_paths,
                include_status=include_status,
            )
        )

    def to_pandas(self) -> pd.DataFrame:
        """Give a table with one row for each job: its directory, its parameters, its metrics.

        Returns
        -------
        pandas.DataFrame
            Columns `job` (the directory, relative to the sweep), each parameter, each metric.
            A metric that is an array is a column of arrays as they were recorded, None where a
            job has none.
        """
        return frame.from_cube(
            *self._cube("jobs", "repeat"),
            parameters=self._core.parameters,
            arrays=lambda place: self._core.values(self.metrics[place]),
        )

    def _cube(
        self,
        layout: str,
        duplicates: str,
        *,
        singleton_dims: bool = False,
        include_paths: bool = False,
        include_status: bool = False,
    ) -> Any:
        include = ["working_subdir"] * include_paths + ["status"] * include_status
        host = socket.gethostname() if include_status else None
        return self._core.cube(layout, duplicates, singleton_dims, include, host)

    def __repr__(self) -> str:
        lines = [f"<runcube.Sweep of {len(self.jobs)} jobs in {self._path}>"]
        sizes = [f"{name} ({len(labels)})" for name, labels in self.axes.items()]
        lines.append(f"axes:     {', '.join(sizes) or 'none'}")
        lines.append(f"metrics:  {', '.join(self.metrics) or 'none'}")
        if self.problems:
            lines.append(f"problems: {len(self.problems)}, the first: {self.problems[0]}")
        return "\n".join(lines)


def _reopened(arguments: Mapping[str, Any]) -> Sweep:
    return open_sweep(**arguments)


def _check(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        message = f"`{name}`: expected one of {', '.join(map(repr, known))}, got {value!r}"
        raise ValueError(message)
