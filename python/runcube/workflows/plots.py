"""Lines of a metric against one axis of a dataset."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from typing import Any


def plot_lines(
    dataset: Any,
    metric: str,
    *,
    x: str,
    ax: Any = None,
    group: str | None = None,
    save_filename: str | os.PathLike[str] | None = None,
    **kwargs: Any,
) -> list[Any]:
    """Draw `metric` against `x`, one line for each combination of the other dimensions.

    Parameters
    ----------
    dataset : xarray.Dataset
        Holds `metric` with the dimension `x`.
    metric, x : str
        What to draw, against what.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure of its own.
    group : str, optional
        The dimension whose labels colour the lines.
    save_filename : path, optional
        Where to save the figure.
    **kwargs
        Given to xarray's `DataArray.plot.line`.

    Returns
    -------
    list of matplotlib.lines.Line2D
        The lines, in the order of the other dimensions.
    """
    _check(dataset, metric, x, group)
    array = dataset[metric]
    if array.sizes.get(x) is None:
        array = array.expand_dims(x)
    others = [name for name in array.dims if name != x]
    ax = _own_axes() if ax is None else ax
    title, legend = ax.get_title(), kwargs.pop("add_legend", True)
    colours: dict[Any, str] = {}
    lines: list[Any] = []
    for places in itertools.product(*(range(array.sizes[name]) for name in others)):
        labels = {
            name: _label(array, str(name), place)
            for name, place in zip(others, places, strict=True)
        }
        style: dict[str, Any] = {}
        if group is not None:
            key = repr(labels[group])
            style["color"] = colours.setdefault(key, f"C{len(colours) % 10}")
        if labels:
            style["label"] = ", ".join(f"{name}={label}" for name, label in labels.items())
        one = array.isel(dict(zip(others, places, strict=True)))
        lines += one.plot.line(x=x, ax=ax, add_legend=False, **(style | kwargs))
    # xarray names the last line's labels there.
    ax.set_title(title)
    if others and legend:
        ax.legend()
    if save_filename is not None:
        ax.figure.savefig(save_filename)
    return lines


def _check(dataset: Any, metric: str, x: str, group: str | None) -> None:
    if metric not in dataset.data_vars:
        listed = ", ".join(map(repr, dataset.data_vars)) or "none"
        msg = f"there is no metric {metric!r}; the metrics are: {listed}"
        raise ValueError(msg)
    array = dataset[metric]
    if x not in array.coords:
        msg = f"the metric {metric!r} has no dimension {x!r}; it has: {list(array.dims)}"
        raise ValueError(msg)
    if group is not None and group not in set(array.dims) - {x}:
        listed = ", ".join(repr(name) for name in array.dims if name != x) or "none"
        msg = f"`group` is {group!r}; the axes beside {x!r} are: {listed}"
        raise ValueError(msg)
    if array.dtype.kind not in "biuf":
        msg = f"the metric {metric!r} of dtype {array.dtype} has no lines; expected numbers"
        raise ValueError(msg)


def _own_axes() -> Any:
    # Not through pyplot, which would keep the figure alive in its list of open figures.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _label(array: Any, name: str, place: int) -> Any:
    coordinates: Mapping[str, Any] = array.coords
    return coordinates[name].values[place] if name in coordinates else place
