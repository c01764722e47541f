"""`Sweep`: one sweep as it was read, looked at in several ways."""

from __future__ import annotations

import socket
import warnings
from collections import Counter
from collections.abc import Sequence
from functools import cached_property, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from runcube import _core
from runcube.errors import ProblemWarning
from runcube.results import dataset, frame, page, tables
from runcube.results.jobs import Jobs
from runcube.results.problem import Problem, described

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import xarray as xr

Layout = Literal["auto", "grid", "jobs"]
Duplicates = Literal["repeat", "last", "first", "error"]


class GatherOptions(TypedDict, total=False):
    """The options of `Sweep.to_xarray`, which the methods that write its dataset take as well."""

    layout: Layout
    duplicates: Duplicates
    coord_from_metrics: str | None
    singleton_dims: bool
    include_paths: bool
    include_status: bool


_LAYOUTS = ("auto", "grid", "jobs")
_DUPLICATES = ("repeat", "last", "first", "error")


class Sweep:
    """One sweep as it was read; nothing of it changes. Made by `open_sweep`.

    It pickles as the call that opened it: a copy in another process reads the files again.
    """

    def __init__(self, path: Path, core: _core.Sweep, again: partial[Sweep]) -> None:
        self._path = path
        self._core = core
        self._again = again

    def __reduce__(self) -> tuple[Any, ...]:
        again = self._again
        if callable(again.keywords["progress"]):
            # Who looks on here is not there, and a function may not pickle.
            again = partial(again.func, **again.keywords | {"progress": "auto"})
        return again, ()

    def refresh(self) -> Sweep:
        """Open the sweep again as it is now, with the arguments that opened this one.

        Only what changed is read: jobs that appeared, changed, shrank or vanished are noticed by
        the stamp of every file. Where this one was opened with `cache=False` or a `loader`,
        everything is read.

        Returns
        -------
        Sweep
            The sweep as it is now; this one stays as it was.
        """
        return self._again(cache=bool(self._again.keywords["cache"]))

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
    def status(self) -> dict[str, int]:
        """How many jobs stand how: status → count, the most frequent first.

        `missing`, at the end, are jobs that were planned, or that the sweep's definition promises,
        and that have no directory.

        Examples
        --------
        >>> import shutil, tempfile
        >>> from runcube import open_sweep
        >>> from runcube.testing import make_tree
        >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.2, 0.5]})
        >>> shutil.rmtree(tree.path / "2")
        >>> open_sweep(tree.path).status
        {'finished': 2, 'missing': 1}
        """
        counts = dict(Counter(self.jobs.statuses).most_common())
        missing = self._core.missing
        return counts | {"missing": missing} if missing else counts

    @cached_property
    def axes(self) -> dict[str, list[Any]]:
        """What the sweep varies: parameter → labels, in the sweep's order."""
        return dict(self._core.axes)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """What all jobs were given alike: parameter → value."""
        return {name: value for name, value in self._core.fixed if name not in self.axes}

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
        """Whether every cell, of those that were selected, holds a job that recorded something."""
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

    def _described_values(self, name: str) -> list[Any]:
        """Give `metric_values`, with an array of numbers as its dtype and shape."""
        return self._core.values(name, described=True)

    def to_xarray(
        self,
        *,
        layout: Layout = "auto",
        duplicates: Duplicates = "repeat",
        coord_from_metrics: str | None = None,
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
        coord_from_metrics : str, optional
            A metric whose values label the leading dimension of the others, such as "epoch". The
            series of all jobs are joined on its sorted labels, and the dimension has its name. Of
            equal labels within a job the last row counts that has a value of the metric (NaN is
            one, a blank of a table is none); metrics that are single values keep their dimensions.
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
            A grid is asked for and cannot be had, duplicates are to be an error, or
            `coord_from_metrics` is no metric or has no order (NaN among its labels).

        Warns
        -----
        runcube.errors.ProblemWarning
            A job's series has another length than its coordinate: a hole.

        Examples
        --------
        >>> import tempfile
        >>> from runcube import open_sweep
        >>> from runcube.testing import make_tree
        >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.5]})
        >>> def read(path):
        ...     return {"epoch": [1, 2], "loss": [0.9, 0.4], "best": 0.4}
        >>> sweep = open_sweep(tree.path, loader=read)
        >>> dataset = sweep.to_xarray(coord_from_metrics="epoch")
        >>> dataset["loss"].dims, dataset["best"].dims
        (('lr', 'epoch'), ('lr',))
        >>> dataset["loss"].sel(epoch=2).values
        array([0.4, 0.4])
        """
        _check("layout", layout, _LAYOUTS)
        _check("duplicates", duplicates, _DUPLICATES)
        return dataset.from_cube(
            *self._cube(
                layout,
                duplicates,
                coord_from_metrics=coord_from_metrics,
                singleton_dims=singleton_dims,
                include_paths=include_paths,
                include_status=include_status,
            )
        )

    def to_netcdf(self, path: str | PathLike[str], **options: Unpack[GatherOptions]) -> None:
        """Gather the sweep into a netCDF file from which `from_netcdf` reads the same dataset.

        What netCDF has no type for is stored beside attributes that say so: a hole never becomes
        a number, nor a number another one. Other tools read numbers, texts and times as such.

        Parameters
        ----------
        path : path
            The file. One that is there is replaced when the new one is complete.
        **options
            Those of `to_xarray`.

        Raises
        ------
        ImportError
            netCDF4 is not installed: it is in `runcube[netcdf]`.
        """
        from runcube.results import netcdf

        netcdf.write(self.to_xarray(**options), path)

    def to_zarr(self, path: str | PathLike[str], **options: Unpack[GatherOptions]) -> None:
        """Gather the sweep into a Zarr store from which `from_zarr` reads the same dataset.

        Parameters
        ----------
        path : path
            The folder. A store that is there is replaced when the new one is complete.
        **options
            Those of `to_xarray`.

        Raises
        ------
        FileExistsError
            There is something that is no Zarr store.
        ImportError
            zarr is not installed: it is in `runcube[zarr]`.
        """
        from runcube.results import zarr_store

        zarr_store.write(self.to_xarray(**options), path)

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

    def to_arrow(self) -> pa.Table:
        """Give an Arrow table with one row for each job: its directory, parameters and metrics.

        Returns
        -------
        pyarrow.Table
            Columns `job` (the directory, relative to the sweep), each parameter, each metric; the
            fields' metadata say which (`runcube.role`). Ints stay ints where jobs lack them: null
            is what a job lacks. Arrays of one shape are fixed-shape tensors; lists and ragged or
            empty arrays are lists. Complex numbers have a last dimension of two, and times that
            are none are null. Values without a common exact type are JSON text (`runcube.dtype`
            is `json`).

        Raises
        ------
        ImportError
            pyarrow is not installed: it is in `runcube[arrow]`.

        See Also
        --------
        to_pandas : the same rows, with numpy arrays as values.
        """
        return tables.to_arrow(self)

    def to_polars(self) -> pl.DataFrame:
        """Give the table of `to_arrow` as polars has it; a sweep is also taken by `pl.from_arrow`.

        Raises
        ------
        ImportError
            polars is not installed: it is in `runcube[polars]`.
        """
        return tables.to_polars(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._core.table(requested_schema)

    def _cube(
        self,
        layout: str,
        duplicates: str,
        *,
        coord_from_metrics: str | None = None,
        singleton_dims: bool = False,
        include_paths: bool = False,
        include_status: bool = False,
    ) -> Any:
        include = ["working_subdir"] * include_paths + ["status"] * include_status
        host = socket.gethostname() if include_status else None
        *cube, refused = self._core.cube(
            layout, duplicates, singleton_dims, coord_from_metrics, include, host
        )
        for problem in described(refused):
            warnings.warn(str(problem), ProblemWarning, stacklevel=3)
        return cube

    def __repr__(self) -> str:
        lines = [f"<runcube.Sweep of {len(self.jobs)} jobs in {self._path}>"]
        sizes = [f"{name} ({len(labels)})" for name, labels in self.axes.items()]
        lines.append(f"axes:     {', '.join(sizes) or 'none'}")
        lines.append(f"metrics:  {', '.join(self.metrics) or 'none'}")
        if self.problems:
            lines.append(f"problems: {len(self.problems)}, the first: {self.problems[0]}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return page.of_sweep(self)


def _check(name: str, value: object, known: Sequence[str]) -> None:
    if value not in known:
        message = f"`{name}`: expected one of {', '.join(map(repr, known))}, got {value!r}"
        raise ValueError(message)
