"""Turn runs into a cube: launch Hydra sweeps, record every job, gather them into labelled arrays.

Names are loaded when they are first used: importing the package loads no xarray, pandas, torch or
hydra.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hydra_zen import hydra_list as hydra_list
    from hydra_zen import multirun as multirun
    from hydra_zen import zen as zen

    from runcube.encoding import save_metrics as save_metrics
    from runcube.errors import RuncubeError as RuncubeError
    from runcube.integrations.checkpoint import load_from_checkpoint as load_from_checkpoint
    from runcube.integrations.experiment import load_experiment as load_experiment
    from runcube.integrations.metrics_callback import MetricsCallback as MetricsCallback
    from runcube.overrides import format_override as format_override
    from runcube.results.finding import find_sweeps as find_sweeps
    from runcube.results.gathered import Sweep as Sweep
    from runcube.results.netcdf import from_netcdf as from_netcdf
    from runcube.results.opening import open_sweep as open_sweep
    from runcube.results.reading import load_metrics as load_metrics
    from runcube.results.reading import parse_override as parse_override
    from runcube.results.zarr_store import from_zarr as from_zarr
    from runcube.workflows.base import BaseWorkflow as BaseWorkflow
    from runcube.workflows.decorator import sweep as sweep
    from runcube.workflows.metrics import MultiRunMetricsWorkflow as MultiRunMetricsWorkflow
    from runcube.workflows.robustness import RobustnessCurve as RobustnessCurve

_HOMES = {
    "BaseWorkflow": "runcube.workflows.base",
    "MetricsCallback": "runcube.integrations.metrics_callback",
    "MultiRunMetricsWorkflow": "runcube.workflows.metrics",
    "RobustnessCurve": "runcube.workflows.robustness",
    "RuncubeError": "runcube.errors",
    "Sweep": "runcube.results.gathered",
    "find_sweeps": "runcube.results.finding",
    "format_override": "runcube.overrides",
    "from_netcdf": "runcube.results.netcdf",
    "from_zarr": "runcube.results.zarr_store",
    "hydra_list": "hydra_zen",
    "load_experiment": "runcube.integrations.experiment",
    "load_from_checkpoint": "runcube.integrations.checkpoint",
    "load_metrics": "runcube.results.reading",
    "multirun": "hydra_zen",
    "open_sweep": "runcube.results.opening",
    "parse_override": "runcube.results.reading",
    "save_metrics": "runcube.encoding",
    "sweep": "runcube.workflows.decorator",
    "zen": "hydra_zen",
}

__all__ = [
    "BaseWorkflow",
    "MetricsCallback",
    "MultiRunMetricsWorkflow",
    "RobustnessCurve",
    "RuncubeError",
    "Sweep",
    "__version__",
    "find_sweeps",
    "format_override",
    "from_netcdf",
    "from_zarr",
    "hydra_list",
    "load_experiment",
    "load_from_checkpoint",
    "load_metrics",
    "multirun",
    "open_sweep",
    "parse_override",
    "save_metrics",
    "sweep",
    "zen",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("runcube._core").__version__
    home = _HOMES.get(name)
    if home is None:
        message = f"module `runcube` has no attribute `{name}`"
        raise AttributeError(message)
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
