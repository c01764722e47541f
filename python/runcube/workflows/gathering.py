"""From a sweep on disk to what a metrics workflow shows: files, lists, target coordinates."""

from __future__ import annotations

import contextlib
import importlib.util
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hydra_zen import hydra_list

from runcube import _core
from runcube.encoding import named_metrics
from runcube.errors import RuncubeError, UnsupportedError
from runcube.launch.hydra import parsed_lines
from runcube.launch.returns import KeptJobReturn
from runcube.overrides import format_override
from runcube.record import JobRecord

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep

TARGET_AXIS = "job_dir"

Loader = Callable[[Path], Mapping[str, Any]]

_TORCH_SUFFIXES = frozenset({".pt", ".pth"})
_SCALARS = (type(None), bool, int, float, complex, str, bytes, np.generic)


def opened(directory: Path, selection: str | Sequence[str] | None, loader: Loader | None) -> Sweep:
    """Open the sweep in `directory` with the chosen metric files of its jobs.

    Raises
    ------
    FileNotFoundError
        A pattern matches nothing in any job.
    """
    from runcube.results.opening import open_sweep

    sweep = open_sweep(directory, metrics=selection, loader=loader)
    if selection is None:
        return sweep
    for pattern in [selection] if isinstance(selection, str) else selection:
        if not any(True for job in sweep.jobs for _ in job.path.glob(pattern)):
            msg = f"`metrics_filename` {pattern!r} matches no file in any job of {directory}"
            raise FileNotFoundError(msg)
    if loader is None and _has_torch() and any(map(_is_refused, sweep.problems)):
        sweep = open_sweep(directory, metrics=selection, loader=native_metrics)
    return sweep


def native_metrics(path: Path) -> Mapping[str, Any]:
    """Read a metric file natively; what is refused of a `.pt` goes to torch, weights only."""
    try:
        return _core.load_metrics(str(path))
    except UnsupportedError:
        if path.suffix not in _TORCH_SUFFIXES or not _has_torch():
            raise
    import torch

    loaded = torch.load(path, weights_only=True, map_location="cpu")
    if not isinstance(loaded, Mapping):
        msg = f"{path} holds a {type(loaded).__name__}; expected a mapping of metric names"
        raise TypeError(msg)
    return loaded


def metric_lists(sweep: Sweep, jobs: Sequence[Any]) -> dict[str, list[Any]]:
    """Give metric name -> one entry for each job, and what `jobs` returned beyond the records."""
    lists = {name: unwrapped(list(sweep.metric_values(name))) for name in sweep.metrics}
    places = {job.path: number for number, job in enumerate(sweep.jobs)}
    for job in jobs:
        if isinstance(job, KeptJobReturn):
            # It has nothing beyond its record.
            continue
        value = job.return_value if job.failure is None else None
        if not isinstance(value, Mapping) or job.directory not in places:
            continue
        with warnings.catch_warnings():
            # Whatever there is to warn of was said when the job was recorded.
            warnings.simplefilter("ignore")
            named = named_metrics(value)
        for name in named.keys() - set(sweep.metrics):
            lists.setdefault(name, [None] * len(places))[places[job.directory]] = named[name]
    return lists


def unwrapped(values: list[Any]) -> list[Any]:
    """Take the only element out of lists of length one, where every job's value is scalar-like.

    Examples
    --------
    >>> unwrapped([[1.0], None, 2.0]), unwrapped([[1.0], [1.0, 2.0]])
    ([1.0, None, 2.0], [[1.0], [1.0, 2.0]])
    """
    single = [isinstance(value, list) and len(value) == 1 for value in values]
    inner = [value[0] if one else value for value, one in zip(values, single, strict=True)]
    return inner if all(isinstance(value, _SCALARS) for value in inner) else values


def target_lines(directories: Iterable[str]) -> dict[str, list[str]]:
    """Give the overrides of each target job as lines; none of a directory that is no job."""
    from runcube.results.opening import open_sweep

    lines: dict[str, list[str]] = {}
    for directory in directories:
        lines[directory] = []
        with contextlib.suppress(RuncubeError, FileNotFoundError):
            for job in open_sweep(directory, metrics=[]).jobs[:1]:
                lines[directory] = [_line(key, value) for key, value in job.parameters.items()]
    return lines


def _line(key: str, value: Any) -> str:
    return format_override(key, hydra_list(value) if isinstance(value, list) else value)


def target_overrides(sweep: Sweep) -> dict[str, list[Any]]:
    """Give parameter -> one value for each label of the target axis, as the jobs recorded them."""
    found = _targets(sweep)
    names = list(dict.fromkeys(name for values in found.values() for name in values))
    return {name: [values.get(name) for values in found.values()] for name in names}


def add_target_coordinates(dataset: Any, sweep: Sweep, *, everything: bool) -> Any:
    """Add the targets' parameters as coordinates along the target axis, where they vary."""
    if TARGET_AXIS not in dataset.coords or dataset.coords[TARGET_AXIS].ndim != 1:
        return dataset
    along = dataset.coords[TARGET_AXIS]
    found = _targets(sweep)
    names = dict.fromkeys(name for values in found.values() for name in values)
    for name in names:
        values = [found.get(label, {}).get(name) for label in along.values.tolist()]
        if everything or len({(type(value), repr(value)) for value in values}) > 1:
            stored = name
            while stored in dataset.variables or stored in dataset.dims:
                stored += "_"
            dataset = dataset.assign_coords({stored: (along.dims, label_array(values))})
    return dataset


def label_array(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Give values as a coordinate: one kind as such, a hole in numbers as NaN, else objects.

    Examples
    --------
    >>> label_array([1.0, None]).dtype.name, label_array([1, "a"]).dtype.name
    ('float64', 'object')
    """
    kinds = {type(value) for value in values}
    if kinds in ({bool}, {str}):
        return np.array(values)
    if kinds == {int} and all(-(2**63) <= value < 2**63 for value in values):
        return np.array(values, dtype=np.int64)
    exact = all(float(v) == v for v in values if type(v) is int and abs(v) < 2**63)
    if kinds <= {int, float, type(None)} and kinds != {type(None)} and exact:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    objects = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        objects[place] = str(value) if isinstance(value, (list, dict)) else value
    return objects


def _targets(sweep: Sweep) -> dict[Any, dict[str, Any]]:
    labels = sweep.axes.get(TARGET_AXIS)
    if labels is None:
        labels = [sweep.fixed[TARGET_AXIS]] if TARGET_AXIS in sweep.fixed else []
    found: dict[Any, dict[str, Any]] = {}
    for job in sweep.jobs:
        label = job.parameters.get(TARGET_AXIS)
        if label in labels and label not in found:
            with contextlib.suppress(OSError, ValueError, TypeError):
                targets = JobRecord.read(job.path).targets
                if targets is not None:
                    found[label] = parsed_lines(targets)
        if len(found) == len(labels):
            break
    return {label: found.get(label, {}) for label in labels} if found else {}


def _is_refused(problem: Any) -> bool:
    """Whether a whole file was refused, and not a single metric, which torch gives no better."""
    whole = problem.kind == "unsupported" and not problem.message.startswith("metric `")
    return whole and Path(problem.path).suffix in _TORCH_SUFFIXES


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None
