"""`xarray.open_dataset(path, engine="runcube")`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Unpack

from xarray import Dataset
from xarray.backends import BackendEntrypoint

from runcube.errors import ProblemWarning
from runcube.results.gathered import GatherOptions

_MARKS = ("multirun.yaml", ".runcube/sweep.json", ".runcube/jobs.jsonl")


class RuncubeBackend(BackendEntrypoint):
    """Opens the directory of a sweep as a dataset; xarray finds it by its entry point.

    Beside xarray's `drop_variables` it takes the arguments of `open_sweep` and of
    `Sweep.to_xarray`. What was unusable is warned of, since a dataset has no place for it.

    Examples
    --------
    >>> import tempfile, xarray
    >>> from runcube.testing import make_tree
    >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.5]})
    >>> dict(xarray.open_dataset(tree.path, engine="runcube", where="lr > 0.2").sizes)["lr"]
    1
    """

    description: ClassVar[str] = "Sweeps of Hydra, as directories of jobs (runcube)"
    open_dataset_parameters: ClassVar[tuple[str, ...]] = (
        "drop_variables",
        "metrics",
        "where",
        "loader",
        "leftovers",
        "strict",
        *GatherOptions.__annotations__,
    )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        metrics: Any = None,
        where: str | None = None,
        loader: Any = None,
        leftovers: bool = False,
        strict: bool = False,
        **options: Unpack[GatherOptions],
    ) -> Dataset:
        """Gather the sweep in a directory.

        Raises
        ------
        FileNotFoundError, ValueError
            As `open_sweep` and `Sweep.to_xarray`.

        Warns
        -----
        runcube.errors.ProblemWarning
            Something was unusable: how much, and the first.
        """
        from runcube.results.opening import open_sweep

        sweep = open_sweep(
            filename_or_obj,
            metrics=metrics,
            where=where,
            loader=loader,
            leftovers=leftovers,
            strict=strict,
        )
        if sweep.problems:
            message = f"{len(sweep.problems)} problems, the first: {sweep.problems[0]}"
            warnings.warn(message, ProblemWarning, stacklevel=3)
        dataset = sweep.to_xarray(**options)
        dropped = [drop_variables] if isinstance(drop_variables, str) else drop_variables
        return dataset.drop_vars(dropped or (), errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether it is the directory of a sweep by its own files."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        return any((Path(filename_or_obj) / mark).is_file() for mark in _MARKS)
