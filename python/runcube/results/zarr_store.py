"""Gathered sweeps as Zarr stores: the same content as the netCDF files, in a folder."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from runcube.errors import CorruptFileError, NotFoundError, RuncubeError
from runcube.results import stored
from runcube.results.replacing import replaced

if TYPE_CHECKING:
    from os import PathLike

    import xarray as xr

_FORMAT = 2
"""Of Zarr: the third has no specification of texts yet."""
_BEST_RATIO = 100_000
"""Of Zstandard, where all numbers are alike."""
_DIMENSIONS = "_ARRAY_DIMENSIONS"


def write(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Write a gathered dataset to a Zarr store, in one step."""
    zarr = _library("Sweep.to_zarr")
    content = stored.encode(dataset)
    with replaced(Path(path), owned=is_store) as temporary:
        group = zarr.create_group(temporary, zarr_format=_FORMAT, attributes=content.attributes)
        for variable in content.variables:
            texts = variable.values.dtype == object
            array = group.create_array(
                variable.name,
                shape=variable.values.shape,
                dtype="string" if texts else variable.values.dtype,
                # Without one, readers take zeros for missing.
                fill_value="" if texts else variable.fill,
                # A chunk that is left out weighs nothing, and the bound on reading counts bytes.
                config={"write_empty_chunks": True},
                attributes={**variable.attributes, _DIMENSIONS: list(variable.dimensions)},
            )
            if variable.values.size:
                array[...] = variable.values
        zarr.consolidate_metadata(group.store)


def from_zarr(path: str | PathLike[str]) -> xr.Dataset:
    """Read a store that `Sweep.to_zarr` wrote.

    Parameters
    ----------
    path : path
        The folder.

    Returns
    -------
    xarray.Dataset
        What `Sweep.to_xarray` gave: the same dtypes, objects, holes, names and attributes, in
        memory.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    ValueError
        The store is damaged (`runcube.errors.CorruptFileError`), or not written by runcube
        (`UnsupportedError`): `xarray.open_zarr` reads such a store.
    ImportError
        zarr is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from runcube import from_zarr, open_sweep
    >>> from runcube.testing import assert_same, make_tree
    >>> folder = Path(tempfile.mkdtemp())
    >>> sweep = open_sweep(make_tree(folder / "sweep", axes={"lr": [0.1, 0.2]}).path)
    >>> sweep.to_zarr(folder / "sweep.zarr")
    >>> assert_same(from_zarr(folder / "sweep.zarr"), sweep.to_xarray())
    """
    zarr = _library("from_zarr")
    path = Path(path)
    if not path.exists():
        message = f"{path}: there is no such folder"
        raise NotFoundError(message, path=str(path))
    try:
        group = zarr.open_group(path, mode="r")
        arrays = dict(group.arrays())
        needed = sum(array.nbytes for array in arrays.values())
        stored.check_size(path, needed, ratio=_BEST_RATIO)
        content = stored.StoredDataset(
            [_variable(name, array) for name, array in arrays.items()], dict(group.attrs)
        )
    except RuncubeError:
        raise
    except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
        message = f"{path}: no Zarr store, or a damaged one: {error}"
        raise CorruptFileError(message, path=str(path)) from error
    return stored.decode(content, path=str(path))


def is_store(path: Path) -> bool:
    """Whether a folder is a Zarr store."""
    return any((path / name).is_file() for name in (".zgroup", ".zarray", "zarr.json"))


def _variable(name: str, array: Any) -> stored.StoredVariable:
    attributes = dict(array.attrs)
    dimensions = tuple(attributes.pop(_DIMENSIONS, ()))
    values = np.asarray(array[...])
    if values.dtype.kind not in "biufcmM":
        values = values.astype(object)
    return stored.StoredVariable(name, dimensions, values, attributes)


def _library(caller: str) -> ModuleType:
    try:
        import zarr
    except ImportError as error:
        message = f"`{caller}` needs zarr: `pip install 'runcube[zarr]'`"
        raise ImportError(message, name="zarr") from error
    return zarr
