"""What the demo shows of its dataset: a table, a curve, a netCDF file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcube.cli.tables import Column, draw

if TYPE_CHECKING:
    import xarray as xr

    from runcube.cli.demo.study import DigitRobustness

_CONFIDENCE = 0.95
_CHANCE = 0.1
_NAMES = {"noise": "random signs (noise)", "gradient": "signs of the gradient"}


@dataclass(frozen=True)
class Interval:
    """The mean over seeds, and half the width of its 95 % interval."""

    mean: xr.DataArray
    half: xr.DataArray


def interval(values: xr.DataArray) -> Interval:
    """Average over `seed`, with Student's t for so few of them."""
    from scipy.special import stdtrit

    seeds = values.sizes["seed"]
    quantile = float(stdtrit(seeds - 1, 0.5 + _CONFIDENCE / 2))
    error = values.std("seed", ddof=1) / seeds**0.5
    return Interval(values.mean("seed"), quantile * error)


def table(dataset: xr.Dataset) -> str:
    """Give accuracy in per cent by epsilon and kind."""
    found = interval(dataset["accuracy"])
    columns = [Column("epsilon", [f"{epsilon:.3f}" for epsilon in dataset["epsilon"].values])]
    for kind in dataset["kind"].values:
        means, halves = (it.sel(kind=kind).values for it in (found.mean, found.half))
        texts = [
            f"{100 * mean:5.1f} ± {100 * half:3.1f} %"
            for mean, half in zip(means, halves, strict=True)
        ]
        columns.append(Column(str(kind), texts))
    return draw(columns)


def save_curve(study: DigitRobustness, path: Path) -> None:
    """Draw accuracy against epsilon: each seed thin, the mean over seeds thick with its band."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    accuracy = study.to_xarray()["accuracy"]
    found, epsilon = interval(accuracy), accuracy["epsilon"].values
    figure = Figure(figsize=(7.0, 4.5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    study.plot("accuracy", ax=ax, group="kind", linewidth=0.6, alpha=0.45, add_legend=False)
    handles: list[Any] = []
    for number, kind in enumerate(accuracy["kind"].values):
        mean, half = (it.sel(kind=kind).values for it in (found.mean, found.half))
        style: dict[str, Any] = {"color": f"C{number}", "markersize": 4, "clip_on": False}
        handles += ax.plot(epsilon, mean, "o-", label=_NAMES[str(kind)], **style)
        ax.fill_between(
            epsilon, mean - half, mean + half, color=f"C{number}", alpha=0.2, linewidth=0
        )
    handles.append(ax.axhline(_CHANCE, color="grey", linestyle=":", label="chance"))
    ax.set_title("Handwritten digits under perturbation: logistic regression")
    ax.set_xlabel("epsilon: change of every pixel (pixels range from 0 to 1)")
    ax.set_ylabel("accuracy on held-out images")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(float(epsilon.min()), float(epsilon.max()))
    ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    ax.grid(alpha=0.3)
    title = f"mean of {accuracy.sizes['seed']} seeds,\nits 95 % interval shaded"
    ax.legend(handles=handles, loc="center left", frameon=False, title=title, alignment="left")
    figure.savefig(path)
