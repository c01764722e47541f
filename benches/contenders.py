"""What is timed against what: three ways from a sweep's directory to its numbers."""

from __future__ import annotations

import inspect
from typing import Literal

import numpy as np
import xarray as xr

import careful_python
from runcube import _core, open_sweep
from runcube.testing import Tree

Kind = Literal["npz", "recorded"]

OVERRIDES = ".hydra/overrides.yaml"
METRICS: dict[Kind, str] = {"npz": "metrics.npz", "recorded": "metrics.arrow"}
_UNCACHED = {"cache": False} if "cache" in inspect.signature(open_sweep).parameters else {}


def needed(kind: Kind) -> tuple[str, ...]:
    """Give the files of a job that a gather must open: a record carries its own overrides."""
    return (METRICS[kind],) if kind == "recorded" else (OVERRIDES, METRICS[kind])


def floor(tree: Tree, names: tuple[str, ...], workers: int) -> float:
    """Open, read and close these files of every job, and give the seconds taken."""
    _, seconds = _core.read_floor(tree.path, tree.directories, names, workers)
    return seconds


def runcube(tree: Tree) -> xr.Dataset:
    """Gather with runcube, from the path to the dataset."""
    return open_sweep(tree.path, **_UNCACHED).to_xarray()


def careful(tree: Tree, kind: Kind) -> xr.Dataset:
    """Gather with the careful Python loop."""
    return careful_python.gather(tree.path, "arrow" if kind == "recorded" else kind)


def differences(tree: Tree, ours: xr.Dataset, theirs: xr.Dataset) -> list[str]:
    """Say where two datasets differ from each other or from what the tree was made of."""
    found = []
    for axis, labels in tree.axes.items():
        if not list(labels) == ours[axis].values.tolist() == theirs[axis].values.tolist():
            found.append(f"labels of `{axis}`")
    for name, values in tree.values.items():
        for source, dataset in (("runcube", ours), ("careful loop", theirs)):
            variable = dataset[name]
            dims = (*tree.axes, *(f"{name}_dim{k}" for k in range(values.ndim - len(tree.axes))))
            if variable.dims != dims or not np.array_equal(variable.values, values):
                found.append(f"`{name}` of the {source}")
    return found
