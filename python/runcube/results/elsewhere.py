"""HDF5, netCDF and Zarr: the formats that other libraries read for the core."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from runcube.encoding import Entry, encode_metrics
from runcube.errors import CorruptFileError, LimitError, UnsupportedError

_HDF5 = frozenset({".h5", ".hdf5"})
_ZARR = ".zarr"

# As in the core: what is read of a file beyond these is no measurement.
_FREE_BYTES = 1 << 28
_BYTES_FOR_ONE = 64
_EXACT_FLOATS = 2**53
_POINTER = b"version https://git-lfs"

# The library below netCDF4 and h5py may be used by one thread at a time.
_ONE_AT_A_TIME = threading.Lock()


def entries(path: Path) -> list[Entry]:
    """Read a file for the core, which may ask from any thread."""
    with _ONE_AT_A_TIME:
        return encode_metrics(read(path))


def read(path: Path) -> dict[str, Any]:
    """Read the arrays of a file, those of groups named with `.`.

    Of netCDF, and of what xarray wrote, the values are those that xarray decodes: scaled, masked,
    times as times; coordinates are among them. Attributes are no metrics.

    Raises
    ------
    ImportError
        The library that reads the format is not installed.
    ValueError
        The file is damaged, refers to other files, or claims far more than it holds.
    """
    _check(path)
    try:
        if path.suffix.lower() in _HDF5:
            return dict(_hdf5(path))
        if path.suffix.lower() == _ZARR:
            return dict(_zarr(path))
        return dict(_decoded(path, engine=None))
    except (OSError, KeyError, RuntimeError) as error:
        msg = f"no whole `{path.suffix}` file: {error}"
        raise CorruptFileError(msg, path=str(path)) from error


def _check(path: Path) -> None:
    """Refuse what would block or mislead the libraries."""
    if path.suffix.lower() == _ZARR:
        if not path.is_dir():
            msg = "a Zarr store is a directory: unpack it, or give a `loader`"
            raise UnsupportedError(msg, path=str(path))
    elif not path.is_file():
        msg = "no regular file"
        raise UnsupportedError(msg, path=str(path))
    else:
        with path.open("rb") as file:
            if file.read(len(_POINTER)) == _POINTER:
                msg = "a pointer of Git LFS stands in its place: fetch it with `git lfs pull`"
                raise CorruptFileError(msg, path=str(path))


def _hdf5(path: Path) -> Iterator[tuple[str, Any]]:
    h5py = _library("h5py", "hdf5")
    with h5py.File(path, "r") as file:
        if "_NCProperties" not in file.attrs:
            found: list[tuple[str, Any]] = []
            # Links are not followed: each may lead to another file.
            file.visititems(lambda name, item: found.append((name, item)))
            arrays = [(name, item) for name, item in found if isinstance(item, h5py.Dataset)]
            for name, item in arrays:
                if item.external or item.is_virtual:
                    msg = f"the array `{name}` lies in another file"
                    raise UnsupportedError(msg, path=str(path))
            _bound(path, sum(item.nbytes for _, item in arrays))
            for name, item in arrays:
                is_text = h5py.check_string_dtype(item.dtype) is not None
                value = np.asarray(item.asstr()[...] if is_text else item[...])
                yield name.replace("/", "."), _texts(value) if is_text else value
            return
    yield from _decoded(path, engine=None)


def _zarr(path: Path) -> Iterator[tuple[str, Any]]:
    zarr = _library("zarr", "zarr")
    store = zarr.open(str(path), mode="r")
    arrays = dict(_zarr_arrays(store, path.stem))
    if all(_names_dimensions(item) for item in arrays.values()):
        yield from _decoded(path, engine="zarr")
        return
    _bound(path, sum(item.nbytes for item in arrays.values()))
    for name, item in arrays.items():
        yield name, _texts(np.asarray(item[...]))


def _zarr_arrays(item: Any, name: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if hasattr(item, "members"):
        for inner, member in sorted(item.members()):
            below = f"{prefix}{inner}"
            yield from _zarr_arrays(member, below, f"{below}.")
    else:
        yield name, item


def _names_dimensions(item: Any) -> bool:
    """Whether xarray wrote the array: it alone names dimensions in every version."""
    names = getattr(item.metadata, "dimension_names", None) or item.attrs.get("_ARRAY_DIMENSIONS")
    return names is not None and None not in names


def _decoded(path: Path, *, engine: str | None) -> Iterator[tuple[str, Any]]:
    _library("zarr" if engine == "zarr" else "netCDF4", "zarr" if engine == "zarr" else "netcdf")
    import xarray as xr

    options: dict[str, Any] = {"consolidated": False} if engine == "zarr" else {}
    groups = xr.open_groups(path, engine=engine, **options)
    try:
        variables = [
            (f"{group.strip('/')}/{name}".strip("/").replace("/", "."), variable)
            for group, dataset in groups.items()
            for name, variable in dataset.variables.items()
        ]
        _bound(path, sum(variable.nbytes for _, variable in variables))
        for name, variable in variables:
            values = variable.values
            _check_exact(path, name, variable, values)
            yield name, _texts(values)
    finally:
        for dataset in groups.values():
            with closing(dataset):
                pass


def _check_exact(path: Path, name: str, variable: Any, values: Any) -> None:
    """Refuse integers that became floats, for the sake of a mask, and lost digits by that."""
    stored = variable.encoding.get("dtype")
    wide = stored is not None and np.dtype(stored) in (np.int64, np.uint64)
    scaled = {"scale_factor", "add_offset"} & variable.encoding.keys()
    if wide and values.dtype.kind == "f" and not scaled and np.any(np.abs(values) >= _EXACT_FLOATS):
        msg = f"the masked integers `{name}` are beyond what floats hold exactly: give a `loader`"
        raise UnsupportedError(msg, path=str(path))


def _texts(values: Any) -> Any:
    """Give an array of Python's texts as one of numpy's; anything else as it is."""
    if values.dtype.kind in "OT" and all(isinstance(item, str) for item in values.flat):
        return np.array(values.tolist(), dtype=np.str_).reshape(values.shape)
    return values


def _bound(path: Path, claimed: int) -> None:
    files = path.rglob("*") if path.is_dir() else [path]
    held = sum(file.stat().st_size for file in files if file.is_file())
    most = _FREE_BYTES + _BYTES_FOR_ONE * held
    if claimed > most:
        msg = f"its arrays claim {claimed} bytes; of {held} bytes at most {most} are read"
        raise LimitError(msg, path=str(path))


def _library(name: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        msg = f"{name} reads this format and is not installed: pip install 'runcube[{extra}]'"
        raise ImportError(msg) from error
