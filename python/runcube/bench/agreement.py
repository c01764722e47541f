"""Holding the datasets of all contenders against each other: wrong results are never timed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from runcube.bench.errors import DifferentDatasetsError
from runcube.bench.workloads import Workload


def require_equal(workload: Workload, datasets: Mapping[str, xr.Dataset]) -> None:
    """Refuse to time what gives other numbers.

    Parameters
    ----------
    workload
        The sweep.
    datasets
        What each contender made of it, by its name.

    Raises
    ------
    runcube.bench.errors.DifferentDatasetsError
        A dataset differs from what the tree was made of, or from the others.
    """
    found = differences(workload, datasets)
    if found:
        message = f"{workload.path}: the datasets differ, so their times mean nothing: "
        raise DifferentDatasetsError(message + ", ".join(found))


def differences(workload: Workload, datasets: Mapping[str, xr.Dataset]) -> list[str]:
    """Say where datasets differ from what the tree was made of, or else from the first of them."""
    expected: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    labels: dict[str, Sequence[object]]
    tree = workload.tree
    if tree is not None:
        labels = {name: list(values) for name, values in tree.axes.items()}
        for name, values in tree.values.items():
            extra = (f"{name}_dim{k}" for k in range(values.ndim - len(tree.axes)))
            expected[name] = ((*tree.axes, *extra), values)
    else:
        first = next(iter(datasets.values()))
        labels = {str(name): first[name].values.tolist() for name in first.xindexes}
        for metric, variable in first.data_vars.items():
            expected[str(metric)] = (tuple(map(str, variable.dims)), variable.values)
    found = []
    for source, dataset in datasets.items():
        for axis, wanted in labels.items():
            if axis not in dataset.coords or dataset[axis].values.tolist() != wanted:
                found.append(f"labels of `{axis}` by {source}")
        for name, (dims, values) in expected.items():
            given = dataset.get(name)
            if given is None or given.dims != dims or not _equal(given.values, values):
                found.append(f"`{name}` by {source}")
    return found


def _equal(one: np.ndarray, other: np.ndarray) -> bool:
    numbers = one.dtype.kind in "fc" and other.dtype.kind in "fc"
    return bool(np.array_equal(one, other, equal_nan=numbers))
