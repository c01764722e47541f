"""Whether what was loaded is what the tasks held in memory, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from runcube.cli.demo.study import DIGITS, Cell, Plan

if TYPE_CHECKING:
    import xarray as xr


def expected(plan: Plan, held: Mapping[Cell, Mapping[str, Any]]) -> xr.Dataset:
    """Make the dataset from memory alone, by hand.

    Raises
    ------
    KeyError
        A job that the plan has was never seen.
    """
    import xarray as xr

    axes = ("kind", "seed", "epsilon")
    shape = (len(plan.kinds), len(plan.seeds), len(plan.epsilons))
    accuracy, loss, recall = np.empty(shape), np.empty(shape), np.empty((*shape, DIGITS))
    for place in np.ndindex(shape):
        a, b, c = place
        metrics = held[plan.kinds[a], plan.seeds[b], plan.epsilons[c]]
        accuracy[place], loss[place] = metrics["accuracy"], metrics["loss"]
        recall[place] = metrics["recall"]
    return xr.Dataset(
        {
            "accuracy": (axes, accuracy),
            "loss": (axes, loss),
            "recall": ((*axes, "recall_dim0"), recall),
        },
        coords={
            "kind": list(plan.kinds),
            "seed": list(plan.seeds),
            "epsilon": list(plan.epsilons),
            "recall_dim0": np.arange(DIGITS),
        },
    )


def differences(loaded: xr.Dataset, truth: xr.Dataset) -> list[str]:
    """Say where two datasets differ, once for each variable; nothing if they are the same."""
    from runcube.testing.compare import assert_same

    try:
        assert_same(loaded, truth)
    except AssertionError as whole:
        found = []
        for name in truth.data_vars:
            try:
                assert_same(loaded[[name]], truth[[name]])
            except AssertionError as error:
                found.append(str(error))
            except KeyError:
                found.append(f"variable `{name}` is missing")
        return found or [str(whole)]
    return []
