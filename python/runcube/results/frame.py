"""From the core's arrays, one row for each job, to a pandas table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from runcube.results.dataset import Arrays


def from_cube(
    coordinates: Arrays,
    variables: Arrays,
    attributes: Iterable[tuple[str, Any]],
    *,
    parameters: list[list[tuple[str, Any]]],
    arrays: Callable[[int], list[Any]],
) -> pd.DataFrame:
    """Make the table: the job, its parameters in the order of its overrides, its metrics.

    `arrays` gives the values of a metric, by its place, as the jobs recorded them: a table holds
    each array as it is, without the padding that a dataset needs.
    """
    import pandas as pd

    (job, _, names), *others = coordinates
    columns: dict[str, Any] = {job: _series(names)}
    rows = len(names)
    varying = {name: array for name, dims, array in others if dims == [job]}
    fixed = dict(attributes)
    order = dict.fromkeys(name for row in parameters for name, _ in row)
    for name in order:
        if name in varying:
            columns[name] = _series(varying[name])
        elif name in fixed:
            columns[name] = _constant(fixed[name], rows)
    for place, (name, dims, array) in enumerate(variables):
        columns[name] = _series(array if len(dims) == 1 else arrays(place))
    return pd.DataFrame(columns)


def _series(values: Any) -> pd.Series[Any]:
    """Give a column that keeps None apart from NaN."""
    import pandas as pd

    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    return pd.Series(values, dtype=object) if kind == "O" else pd.Series(values)


def _constant(value: Any, rows: int) -> pd.Series[Any]:
    import pandas as pd

    plain = isinstance(value, bool | int | float)
    return pd.Series([value] * rows, dtype=None if plain else object)
