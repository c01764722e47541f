"""What a careful user writes by hand today: one loop over the jobs, the C YAML loader, no waste.

The baseline beside which gathering is timed. It assumes what such a loop assumes: numbered
directories, plain `key=value` overrides, every metric alike in every job, and nothing broken.
"""
# Paths are text, because `pathlib` would cost the loop a tenth of its time.
# ruff: noqa: PTH123

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
import yaml  # type: ignore[import-untyped]

Loader = Callable[[str], Mapping[str, Any]]
_WORDS = {"null": None, "True": True, "False": False, "true": True, "false": False}


def gather(path: str | os.PathLike[str], format: str = "npz") -> xr.Dataset:  # noqa: A002
    """Gather a sweep of numbered jobs into a dense dataset.

    Parameters
    ----------
    path
        The sweep's directory.
    format
        `npz`, `arrow`, `json` or `pt`: the kind of `metrics.<format>` in each job.

    Returns
    -------
    xarray.Dataset
        A dimension for each parameter that has several values, labels in the order of the jobs;
        NaN where no job is. Parameters with one value are attributes.
    """
    load = _loader(format)
    root = os.fspath(path)
    with os.scandir(root) as entries:
        numbers = sorted(int(entry.name) for entry in entries if entry.name.isdigit())
    parameters: dict[str, dict[Any, int]] = {}
    values: dict[str, list[Any]] = {}
    places = []
    for number in numbers:
        job = f"{root}/{number}"
        with open(f"{job}/.hydra/overrides.yaml", "rb") as file:
            lines = yaml.load(file, Loader=yaml.CSafeLoader)
        place = {}
        for line in lines:
            key, _, text = line.partition("=")
            labels = parameters.setdefault(key, {})
            place[key] = labels.setdefault(_parse(text), len(labels))
        places.append(place)
        for name, value in load(f"{job}/metrics.{format}").items():
            values.setdefault(name, []).append(value)
    axes = {key: list(labels) for key, labels in parameters.items() if len(labels) > 1}
    index = tuple(np.array([place[key] for place in places]) for key in axes)
    grid = tuple(len(labels) for labels in axes.values())
    variables = {}
    for name, column in values.items():
        stacked = np.array(column)
        dense = np.full(grid + stacked.shape[1:], np.nan)
        dense[index] = stacked
        extra = [f"{name}_dim{k}" for k in range(stacked.ndim - 1)]
        variables[name] = ([*axes, *extra], dense)
    fixed = {key: next(iter(labels)) for key, labels in parameters.items() if len(labels) == 1}
    return xr.Dataset(variables, coords=axes, attrs=fixed)


def _parse(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _WORDS.get(text, text.strip("\"'"))


def _loader(format: str) -> Loader:  # noqa: A002
    if format == "arrow":
        return _arrow_loader()
    if format == "pt":
        return _torch_loader()
    return {"npz": _load_npz, "json": _load_json}[format]


def _load_npz(path: str) -> Mapping[str, Any]:
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


def _load_json(path: str) -> Mapping[str, Any]:
    with open(path, "rb") as file:
        content: dict[str, Any] = json.load(file)
    return content


def _arrow_loader() -> Loader:
    import pyarrow as pa

    def load(path: str) -> Mapping[str, Any]:
        with pa.OSFile(path) as file:
            batch = pa.ipc.open_file(file).get_batch(0)
        row = {}
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if isinstance(column, pa.FixedShapeTensorArray):
                row[name] = column.to_numpy_ndarray()[0]
            elif name != "overrides":
                row[name] = column[0].as_py()
        return row

    return load


def _torch_loader() -> Loader:
    import torch

    def load(path: str) -> Mapping[str, Any]:
        return {name: value.numpy() for name, value in torch.load(path, weights_only=True).items()}

    return load
