"""What the jobs of a drawn tree record: any values, or series with labels of their own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from runcube.testing.values import metric_records


@st.composite
def records(
    draw: st.DrawFn, jobs: int, *, taken: Sequence[str], recorded: bool
) -> list[dict[str, Any]]:
    """Draw what each job recorded: never nothing, for that is a fate of its own."""
    drawn = draw(metric_records(jobs, taken=taken, recorded=recorded, permuted=True))
    return [record or {"lone": 1.5} for record in drawn]


@st.composite
def series_records(draw: st.DrawFn, jobs: int, name: str) -> list[dict[str, Any]]:
    """Draw series of several kinds beside their labels."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["int", "int", "float", "text"]))
    wrong, lacking, deep, as_list = (draw(st.booleans()) for _ in range(4))
    drawn: list[dict[str, Any]] = []
    for number in range(jobs):
        size = int(random.integers(1 if number == 0 else 0, 5))
        labels = random.integers(-3, 5, size)
        record: dict[str, Any] = {}
        if not (lacking and random.integers(3) == 0):
            record[name] = {
                "int": labels,
                "float": labels / 2,
                "text": np.array([f"e{label}" for label in labels], "U3"),
            }[kind]
        rows = size + int(wrong and random.integers(4) == 0)
        record["loss"] = random.standard_normal(rows)
        record["best"] = float(size)
        record["count"] = random.integers(0, 9, rows)
        if as_list and rows:
            record["loss"] = record["loss"].tolist()
        if deep:
            record["image"] = random.integers(0, 9, (rows, 1 + int(random.integers(3)), 2))
        drawn.append(record)
    return drawn
