"""Workflows: a task, the sweep that runs it, and the dataset that comes out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hydra_zen import hydra_list, multirun, zen

    from runcube.workflows.base import BaseWorkflow
    from runcube.workflows.metrics import MultiRunMetricsWorkflow
    from runcube.workflows.robustness import RobustnessCurve

__all__ = [
    "BaseWorkflow",
    "MultiRunMetricsWorkflow",
    "RobustnessCurve",
    "hydra_list",
    "multirun",
    "zen",
]

_HOMES = {
    "BaseWorkflow": "runcube.workflows.base",
    "MultiRunMetricsWorkflow": "runcube.workflows.metrics",
    "RobustnessCurve": "runcube.workflows.robustness",
    "hydra_list": "hydra_zen",
    "multirun": "hydra_zen",
    "zen": "hydra_zen",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
