"""Which library the tests of the traps run on: runcube, or another one with the same API.

The traps (`test_traps_*.py`) are mistakes that libraries
with this API make. So that each test is known to see its trap, the same bodies run on one of
them, in an environment of its own:

    uv venv other --python 3.11
    uv pip install -p other/bin/python mushin-py==0.16.0 pytest hydra-joblib-launcher netcdf4
    RUNCUBE_TRAPS_LIBRARY=mushin MPLBACKEND=agg other/bin/python -m pytest \
        -o addopts=--import-mode=importlib -o filterwarnings=ignore \
        tests/test_traps_*.py

There every mark below is a claim that is checked: `falls` expects exactly that exception
(`AssertionError` where the library answers, wrongly), `avoids` expects the test to pass. The run
is green when the marks say what that version does.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

NAME = os.environ.get("RUNCUBE_TRAPS_LIBRARY", "runcube")
OWN = NAME == "runcube"

workflows = importlib.import_module(f"{NAME}.workflows")
MultiRunMetricsWorkflow: Any = workflows.MultiRunMetricsWorkflow
RobustnessCurve: Any = workflows.RobustnessCurve
multirun: Any = workflows.multirun
hydra_list: Any = workflows.hydra_list


# What a library reads to load its own records: runcube finds them unasked.
RECORD = None if OWN else "mushin_metrics.json"


def falls(kind: type[BaseException], how: str, *, always: bool = True) -> pytest.MarkDecorator:
    """Mark a trap that mushin-py 0.16.0 falls into: what it raises here, and what it does."""
    return pytest.mark.xfail(not OWN, raises=kind, strict=always, reason=how)


# Marks a trap that mushin-py 0.16.0 avoids: there, too, the test passes.
avoids = pytest.mark.xfail(False, reason="avoided by mushin-py 0.16.0")  # noqa: FBT003
