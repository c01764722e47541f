"""Synthetic sweeps of any size, written quickly, with the truth kept in memory."""

import io
import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from runcube.testing.text import (
    config_yaml,
    hydra_yaml,
    job_directory,
    multirun_yaml,
    override_text,
    overrides_yaml,
)

Format = Literal["npz", "arrow", "json", "pt", "recorded"]
"""A kind of metric file; `recorded` is the `metrics.arrow` that `runcube.save_metrics` writes."""

METRICS: Mapping[str, tuple[int, ...]] = {"loss": (), "curve": (10,)}
_ALIKE = 10


@dataclass(frozen=True)
class Tree:
    """A synthetic sweep on disk, and what it holds.

    Attributes
    ----------
    path
        The sweep's directory.
    axes
        Parameter → labels, in the definition's order.
    values
        Metric → float64 array of shape (labels of each axis …, shape of the metric …).
    directories
        The jobs' directories relative to `path`, by job number.
    """

    path: Path
    axes: Mapping[str, tuple[Any, ...]]
    values: Mapping[str, np.ndarray]
    directories: tuple[str, ...]


def make_tree(
    path: str | Path,
    *,
    jobs: int = 1000,
    axes: Mapping[str, Sequence[Any]] | None = None,
    metrics: Mapping[str, tuple[int, ...]] = METRICS,
    format: Format = "npz",  # noqa: A002 - the word that the rest of the package uses
    subdir: str = "${hydra.job.num}",
    seed: int = 0,
    config: bool = False,
    hydra: bool = False,
) -> Tree:
    r"""Write a complete product sweep the way Hydra's basic sweeper leaves it.

    Parameters
    ----------
    path
        The sweep's directory; it must not exist or be empty.
    jobs
        How many jobs, where `axes` is not given: two models, five learning rates and as many
        seeds as it takes, or seeds alone if ten does not divide it.
    axes
        Parameter → labels.
    metrics
        Name → shape of the float64 values that each job holds.
    format
        The kind of metric file.
    subdir
        `hydra.sweep.subdir`: `${hydra.job.num}`, `${hydra.job.override_dirname}`, `${key}`.
    seed
        Equal seeds give equal bytes.
    config, hydra
        Write each job's `config.yaml`, `hydra.yaml` too.

    Returns
    -------
    Tree
        The truth.

    Examples
    --------
    >>> import tempfile
    >>> from runcube.testing import make_tree
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tree = make_tree(folder, axes={"lr": [0.1, 0.2], "x": [1, 2, 3]})
    ...     text = (tree.path / "4" / ".hydra" / "overrides.yaml").read_text()
    >>> text
    '- lr=0.2\n- x=2\n'
    >>> tree.values["curve"].shape
    (2, 3, 10)
    """
    root = Path(path)
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        message = f"`{root}` is not empty: a synthetic sweep needs a directory of its own"
        raise FileExistsError(message)
    labels = {key: tuple(values) for key, values in (axes or _axes(jobs)).items()}
    texts = [[f"{key}={override_text(v)}" for v in values] for key, values in labels.items()]
    arguments = [f"{key}={_listed(values)}" for key, values in labels.items()]
    multirun = multirun_yaml(params={}, arguments=arguments, subdir=subdir)
    (root / "multirun.yaml").write_text(multirun, encoding="utf-8")
    count = math.prod(len(values) for values in labels.values())
    random = np.random.default_rng(seed)
    columns = {name: random.standard_normal((count, *shape)) for name, shape in metrics.items()}
    file_name, encode = _encoder(format)
    directories = []
    for number, lines in enumerate(itertools.product(*texts)):
        directory = job_directory(subdir, number, lines)
        folder = root / directory
        outputs = folder / ".hydra"
        outputs.mkdir(parents=True)
        (outputs / "overrides.yaml").write_text(overrides_yaml(lines), encoding="utf-8")
        if config:
            values = dict(zip(labels, _nth(labels, number), strict=True))
            (outputs / "config.yaml").write_text(config_yaml(values), encoding="utf-8")
        if hydra:
            text = hydra_yaml(number=number, lines=lines, subdir=subdir)
            (outputs / "hydra.yaml").write_text(text, encoding="utf-8")
        row = {name: column[number] for name, column in columns.items()}
        encode(folder / file_name, row, lines)
        directories.append(directory)
    shape = tuple(len(values) for values in labels.values())
    values = {name: column.reshape(shape + column.shape[1:]) for name, column in columns.items()}
    return Tree(root, labels, values, tuple(directories))


def _axes(jobs: int) -> Mapping[str, Sequence[Any]]:
    if jobs % _ALIKE:
        return {"seed": range(jobs)}
    rates = [0.1, 0.03, 0.01, 0.003, 0.001]
    return {"model": ["linear", "forest"], "lr": rates, "seed": range(jobs // _ALIKE)}


def _listed(values: Sequence[Any]) -> str:
    """Write labels as one sweep; a comma list needs two of them."""
    text = ",".join(override_text(value) for value in values)
    return text if len(values) > 1 else f"choice({text})"


def _nth(labels: Mapping[str, Sequence[Any]], number: int) -> list[Any]:
    """Give the labels of one job of a product whose last axis changes fastest."""
    found = []
    for values in reversed(list(labels.values())):
        number, place = divmod(number, len(values))
        found.append(values[place])
    return found[::-1]


Encoder = Callable[[Path, Mapping[str, np.ndarray], Sequence[str]], None]


def _encoder(format: Format) -> tuple[str, Encoder]:  # noqa: A002
    encoders: dict[str, tuple[str, Encoder]] = {
        "npz": ("metrics.npz", _write_npz),
        "arrow": ("metrics.arrow", _write_arrow),
        "json": ("metrics.json", _write_json),
        "pt": ("metrics.pt", _write_torch),
        "recorded": ("metrics.arrow", _write_recorded),
    }
    if format not in encoders:
        message = f"`format` must be one of {', '.join(encoders)}; got {format!r}"
        raise ValueError(message)
    return encoders[format]


def _write_npz(path: Path, row: Mapping[str, np.ndarray], lines: Sequence[str]) -> None:  # noqa: ARG001
    # One write of one buffer: `np.savez` on a path asks the system many times a file.
    buffer = io.BytesIO()
    np.savez(buffer, **row)  # type: ignore[arg-type]
    path.write_bytes(buffer.getbuffer())


def _write_json(path: Path, row: Mapping[str, np.ndarray], lines: Sequence[str]) -> None:  # noqa: ARG001
    plain = {name: value.tolist() for name, value in row.items()}
    path.write_text(json.dumps(plain), encoding="utf-8")


def _write_torch(path: Path, row: Mapping[str, np.ndarray], lines: Sequence[str]) -> None:  # noqa: ARG001
    import torch

    torch.save({name: torch.tensor(value) for name, value in row.items()}, path)


def _write_arrow(path: Path, row: Mapping[str, np.ndarray], lines: Sequence[str]) -> None:  # noqa: ARG001
    import pyarrow as pa

    columns = {}
    for name, value in row.items():
        whole = np.asarray(value).reshape(1, *np.shape(value))
        tensor = pa.FixedShapeTensorArray
        columns[name] = tensor.from_numpy_ndarray(whole) if value.ndim else pa.array(whole)
    batch = pa.record_batch(columns)
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_file(buffer, batch.schema) as writer:
        writer.write_batch(batch)
    path.write_bytes(buffer.getvalue())


def _write_recorded(path: Path, row: Mapping[str, np.ndarray], lines: Sequence[str]) -> None:
    from runcube import save_metrics

    plain = {name: value if value.ndim else float(value) for name, value in row.items()}
    save_metrics(path, plain, overrides=list(lines))
