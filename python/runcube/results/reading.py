"""Single files and single texts, read by the core."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runcube import _core
from runcube.errors import NotFoundError

if TYPE_CHECKING:
    from os import PathLike


def load_metrics(path: str | PathLike[str]) -> dict[str, Any]:
    """Read one metric file.

    Parameters
    ----------
    path : path
        A `.npz`, `.npy`, `.arrow`, `.feather`, `.parquet`, `.json`, `.jsonl`, `.ndjson`, `.csv`,
        `.yaml`, `.safetensors`, `.pt` or `.pkl` file, an event file of TensorBoard, or `.h5`,
        `.nc` and `.zarr`, which need h5py, netCDF4 and zarr. Of `.pt` and `.pkl`, plain data,
        arrays and tensors are read, and nothing that they name is ever run.

    Returns
    -------
    dict
        Metric name → value, in the order of the file. Arrays are numpy arrays of the dtype and
        shape that was written (0-d ones included), lists are lists, scalars are Python's where
        Python has the type (`float32` stays `numpy.float32`). A csv file, json lines
        and a json list of mappings are series: each name is an array over the rows, also over a
        single one. A row that lacks a number is NaN where all the others are exact as floats;
        every other hole is None, in an array of objects.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged, or of a format that is not read (`runcube.errors.CorruptFileError`,
        `UnsupportedError`).
    ImportError
        The library that reads the format is not installed.

    Warns
    -----
    UserWarning
        A value in the file that no metric can be, such as a set, is left out.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from runcube import load_metrics, save_metrics
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "metrics.arrow"
    >>> save_metrics(path, {"accuracy": 0.9, "confusion": [[8, 1], [2, 9]]})
    >>> load_metrics(path)
    {'accuracy': 0.9, 'confusion': [[8, 1], [2, 9]]}
    """
    file = Path(path)
    if _core.is_read_elsewhere(file.name):
        from runcube.results import elsewhere

        if not file.exists():
            message = f"{file}: there is no such file"
            raise NotFoundError(message, path=str(file))
        return elsewhere.read(file)
    return _core.load_metrics(file)


@dataclass(frozen=True, slots=True)
class Override:
    """One line of Hydra's override grammar, parsed.

    Attributes
    ----------
    prefix : str
        `""`, `"+"`, `"++"` or `"~"`.
    key : str
        The key, with its package (`db@backup`) where it has one.
    is_sweep : bool
        Whether it sweeps over several values.
    value : Any
        The value, or the list of the values of a sweep (None where they cannot be listed).
    """

    prefix: str
    key: str
    is_sweep: bool
    value: Any


def parse_override(text: str) -> Override:
    """Parse one override, as Hydra 1.4 does.

    Raises
    ------
    ValueError
        The text does not follow the grammar; the message underlines where.

    Examples
    --------
    >>> from runcube import parse_override
    >>> parse_override("+model.lr=1e-3")
    Override(prefix='+', key='model.lr', is_sweep=False, value=0.001)
    >>> parse_override("seed=range(0,3)").value
    [0, 1, 2]
    """
    return Override(*_core.parse_override(text))
