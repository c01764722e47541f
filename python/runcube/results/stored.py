"""A dataset as variables and attributes that netCDF and Zarr can hold, and back.

Every variable says itself where it belongs, so that a file from which another tool took some
still reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from runcube.errors import CorruptFileError, LimitError, UnsupportedError
from runcube.results import dataset as datasets
from runcube.results import stored_values, tagged

if TYPE_CHECKING:
    import xarray as xr

FORMAT = "runcube_format"
VERSION = 1

_ATTRIBUTES = "runcube_attributes"
_NAME = "runcube_name"
_DIMENSIONS = "runcube_dimensions"
_ROLE = "runcube_role"
_PLACE = "runcube_place"
_COORDINATE = "coordinate"
_VARIABLE = "variable"
_PARTS = "complex_parts"
_LONGEST_NAME = 200
_ALWAYS = 1 << 30
# What netCDF, HDF5 and xarray read a meaning into.
_TAKEN = {"CLASS", "DIMENSION_LIST", "NAME", "REFERENCE_LIST", "coordinates"}

Attribute = str | int | float


@dataclass(frozen=True, slots=True)
class StoredVariable:
    """One variable of a file."""

    name: str
    dimensions: tuple[str, ...]
    values: np.ndarray
    attributes: Mapping[str, Any]
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """The content of a file."""

    variables: Sequence[StoredVariable]
    attributes: Mapping[str, Any]

    @property
    def sizes(self) -> dict[str, int]:
        """The dimensions, with their lengths."""
        return {
            name: size
            for variable in self.variables
            for name, size in zip(variable.dimensions, variable.values.shape, strict=True)
        }


def encode(dataset: xr.Dataset) -> StoredDataset:
    """Turn a gathered dataset into what is stored of it."""
    names = _Names()
    roles = [(name, _COORDINATE) for name in dataset.coords]
    roles += [(name, _VARIABLE) for name in dataset.data_vars]
    beside = _auxiliary(dataset, names)
    variables = []
    for place, (name, role) in enumerate(roles):
        variable = dataset.variables[name]
        try:
            stored = stored_values.encode(np.asarray(variable.values))
        except TypeError as error:
            message = f"the variable `{name}` cannot be stored: {error}"
            raise TypeError(message) from error
        dimensions = tuple(names[str(dimension)] for dimension in variable.dims)
        if stored.values.ndim > len(dimensions):
            dimensions = (*dimensions, names.own(_PARTS))
        attributes: dict[str, Any] = {
            _NAME: tagged.dumps(name),
            _DIMENSIONS: tagged.dumps([str(dimension) for dimension in variable.dims]),
            _ROLE: role,
            _PLACE: place,
            **stored.attributes,
        }
        near = [names[it] for it, dims in beside if set(dims) <= set(variable.dims)]
        if role == _VARIABLE and near:
            attributes["coordinates"] = " ".join(near)
        variables.append(
            StoredVariable(names[str(name)], dimensions, stored.values, attributes, stored.fill)
        )
    return StoredDataset(variables, _attributes(dataset.attrs))


def _auxiliary(dataset: xr.Dataset, names: _Names) -> list[tuple[str, tuple[Any, ...]]]:
    """Give the coordinates that are not their dimension's: other readers look for them by name."""
    found = [(str(name), it.dims) for name, it in dataset.coords.items() if it.dims != (name,)]
    return [(name, dims) for name, dims in found if " " not in names[name]]


def _attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Give each attribute for other readers, and all of them exactly for ours."""
    names = _Names()
    found: dict[str, Any] = {
        FORMAT: VERSION,
        _ATTRIBUTES: tagged.dumps([[name, value] for name, value in attrs.items()]),
    }
    for name, value in attrs.items():
        stored = names[str(name)]
        if stored.startswith(("_", "runcube_")) or stored in _TAKEN:
            stored = names.own(f"attribute_{stored}")
        found[stored] = _attribute(value)
    return found


def _attribute(value: Any) -> Attribute:
    if isinstance(value, str):
        # A text that a file cannot hold is given with escapes.
        return value if stored_values.is_plain(value) else tagged.dumps(value)
    if isinstance(value, float) or (isinstance(value, int) and -(2**63) <= value < 2**63):
        return value
    return str(value)


class _Names:
    """Names that files can hold, each for one name of the dataset."""

    def __init__(self) -> None:
        self._stored: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._stored:
            self._stored[name] = self._free(_safe(name))
        return self._stored[name]

    def own(self, name: str) -> str:
        """Give a name of ours."""
        if name not in self._own:
            self._own[name] = self._free(name)
        return self._own[name]

    def _free(self, name: str) -> str:
        while name in self._stored.values() or name in self._own.values():
            name += "_"
        return name


def _safe(name: str) -> str:
    """Give the nearest name that netCDF, HDF5 and Zarr take.

    Examples
    --------
    >>> _safe("val/acc"), _safe("%s"), _safe("__x"), _safe("end ")
    ('val.acc', '_%s', 'x__x', 'end')
    """
    text = unicodedata.normalize("NFC", name).replace("/", ".").replace("\\", "_")
    text = "".join("_" if unicodedata.category(it) in _UNHELD else it for it in text)
    while len(text.encode()) > _LONGEST_NAME:
        text = text[:-1]
    text = text.rstrip()
    if not text or (text[0].isascii() and not text[0].isalnum() and text[0] != "_"):
        text = f"_{text}"
    return f"x{text}" if text.startswith("__") else text


# Control characters, lone surrogates, separators of lines and paragraphs.
_UNHELD = {"Cc", "Cs", "Zl", "Zp"}


def check_size(path: Path, needed: int, *, ratio: int) -> None:
    """Refuse a file that says of itself that it holds more than its bytes can be unpacked to.

    Parameters
    ----------
    path : pathlib.Path
        The file, or folder.
    needed : int
        How many bytes of memory its variables take.
    ratio : int
        How many bytes one byte of it can stand for.

    Raises
    ------
    runcube.errors.LimitError
        They are too many.
    """
    parts = path.rglob("*") if path.is_dir() else [path]
    held = sum(part.stat().st_size for part in parts if part.is_file())
    if needed > max(_ALWAYS, ratio * held):
        message = (
            f"{path}: {held} bytes that claim to hold {needed}: not written by runcube, or damaged"
        )
        raise LimitError(message, path=str(path))


def decode(stored: StoredDataset, *, path: str) -> xr.Dataset:
    """Undo `encode`.

    Raises
    ------
    runcube.errors.UnsupportedError
        The file is none of ours, or of a later format.
    runcube.errors.CorruptFileError
        The file contradicts itself.
    """
    version = stored.attributes.get(FORMAT)
    if version is None:
        message = (
            f"{path}: not written by runcube (it has no attribute `{FORMAT}`); "
            "`xarray.open_dataset` reads it"
        )
        raise UnsupportedError(message, path=path)
    if version != VERSION:
        message = (
            f"{path}: written in format {version} of a later runcube; this one reads {VERSION}: "
            "update runcube"
        )
        raise UnsupportedError(message, path=path)
    try:
        return _decoded(stored)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        message = f"{path}: damaged, or changed by another program: {error!r}"
        raise CorruptFileError(message, path=path) from error


def _decoded(stored: StoredDataset) -> xr.Dataset:
    parts: dict[str, list[tuple[str, list[str], Any]]] = {_COORDINATE: [], _VARIABLE: []}
    ours = [it for it in stored.variables if _ROLE in it.attributes]
    for variable in sorted(ours, key=lambda it: int(it.attributes[_PLACE])):
        array = stored_values.decode(variable.values, variable.attributes)
        dimensions = tagged.loads(variable.attributes[_DIMENSIONS])
        name = tagged.loads(variable.attributes[_NAME])
        if array.ndim != len(dimensions):
            message = f"`{name}` has {array.ndim} dimensions, and names for {len(dimensions)}"
            raise ValueError(message)
        parts[variable.attributes[_ROLE]].append((name, dimensions, array))
    attributes = tagged.loads(stored.attributes[_ATTRIBUTES])
    return datasets.from_cube(parts[_COORDINATE], parts[_VARIABLE], attributes)
