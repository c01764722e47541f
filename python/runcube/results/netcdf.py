"""Gathered sweeps as netCDF files, without loss, and readable by any other tool.

====================  ==========================  ================================================
in the dataset        in the file                 attributes
====================  ==========================  ================================================
int, uint, float32,   themselves
float64
float16               float32                     `runcube_dtype`
bool                  int8                        `runcube_dtype`; `dtype = "bool"`
complex               float32 or float64, a last  `runcube_dtype`
                      dimension of two
datetime64            int64, the count of units   `runcube_dtype`; `units`, `calendar`,
                                                  `_FillValue` (NaT)
timedelta64           the same                    `runcube_dtype`; `units`, `_FillValue`
fixed-width text      string                      `runcube_dtype` (`U5`)
ints and None         int64                       `runcube_objects = "int"`; `_FillValue`
bools and None        int8                        `runcube_objects = "bool"`; `_FillValue`
texts and None        string                      `runcube_objects = "text"`; `runcube_missing`
anything else, texts  string: JSON of each        `runcube_objects = "json"`; `runcube_dtype` of
with NUL, bytes       element                     what is no array of objects
====================  ==========================  ================================================

`runcube_missing` is the value, used for nothing else, that stands for None (as JSON). Every
variable has `runcube_name` and `runcube_dimensions`, its names in the dataset (as JSON: `/` is `.`
in the file, and what netCDF refuses is `_`), `runcube_role` (`coordinate` or `variable`) and
`runcube_place`. The file has `runcube_format`, and `runcube_attributes`: the dataset's attributes,
exactly; beside it each of them stands by itself for other readers. Zarr stores hold the same.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from runcube.errors import CorruptFileError, NotFoundError
from runcube.results import stored
from runcube.results.replacing import replaced

if TYPE_CHECKING:
    from os import PathLike

    import xarray as xr


_BEST_RATIO = 1032
"""Of deflate, with which other tools may have packed the file."""
_TEXT_BYTES = 16
"""Where a text lies, for each."""


def write(dataset: xr.Dataset, path: str | PathLike[str]) -> None:
    """Write a gathered dataset to a netCDF file, in one step."""
    netcdf = _library("Sweep.to_netcdf")
    content = stored.encode(dataset)
    with (
        replaced(Path(path)) as temporary,
        netcdf.Dataset(temporary, "w", format="NETCDF4") as file,
    ):
        file.setncatts(content.attributes)
        for name, size in content.sizes.items():
            # A dimension of length 0 can grow, which nobody does.
            file.createDimension(name, size)
        for variable in content.variables:
            texts = variable.values.dtype == object
            created = file.createVariable(
                variable.name,
                str if texts else variable.values.dtype,
                variable.dimensions,
                fill_value=variable.fill,
                # HDF5 then sees a flipped bit; it has no checksum for texts and single values.
                fletcher32=bool(variable.dimensions) and not texts,
            )
            created.set_auto_maskandscale(False)
            created.setncatts(variable.attributes)
            if variable.values.size:
                created[...] = variable.values


def from_netcdf(path: str | PathLike[str]) -> xr.Dataset:
    """Read a file that `Sweep.to_netcdf` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    xarray.Dataset
        What `Sweep.to_xarray` gave: the same dtypes, objects, holes, names and attributes. It is
        in memory, and the file is closed.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged (`runcube.errors.CorruptFileError`), or not written by runcube
        (`UnsupportedError`): `xarray.open_dataset` reads such a file. One that claims to hold far
        more than its size allows is a `LimitError`.
    ImportError
        netCDF4 is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from runcube import from_netcdf, open_sweep
    >>> from runcube.testing import assert_same, make_tree
    >>> folder = Path(tempfile.mkdtemp())
    >>> sweep = open_sweep(make_tree(folder / "sweep", axes={"lr": [0.1, 0.2]}).path)
    >>> sweep.to_netcdf(folder / "sweep.nc")
    >>> assert_same(from_netcdf(folder / "sweep.nc"), sweep.to_xarray())
    """
    netcdf = _library("from_netcdf")
    path = Path(path)
    if not path.exists():
        message = f"{path}: there is no such file"
        raise NotFoundError(message, path=str(path))
    try:
        with netcdf.Dataset(path, "r") as file:
            file.set_auto_maskandscale(False)
            file.set_auto_chartostring(False)
            needed = sum(it.size * _width(it) for it in file.variables.values())
            stored.check_size(path, needed, ratio=_BEST_RATIO)
            content = stored.StoredDataset(
                [_variable(name, it) for name, it in file.variables.items()],
                {name: file.getncattr(name) for name in file.ncattrs()},
            )
    except (OSError, RuntimeError) as error:
        message = f"{path}: no netCDF file, or a damaged one: {error}"
        raise CorruptFileError(message, path=str(path)) from error
    return stored.decode(content, path=str(path))


def _variable(name: str, variable: Any) -> stored.StoredVariable:
    attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
    values = np.asarray(variable[...], object if variable.dtype is str else None)
    values = values.reshape(variable.shape)
    return stored.StoredVariable(name, variable.dimensions, values, attributes)


def _width(variable: Any) -> int:
    return _TEXT_BYTES if variable.dtype is str else int(variable.dtype.itemsize)


def _library(caller: str) -> ModuleType:
    try:
        import netCDF4
    except ImportError as error:
        message = f"`{caller}` needs netCDF4: `pip install 'runcube[netcdf]'`"
        raise ImportError(message, name="netCDF4") from error
    return netCDF4
