"""The Rust core: scan, parse, place.

Private: the names of `runcube` are the public ones.
"""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ERROR_CODES",
    "IS_OPTIMISED",
    "Sweep",
    "__version__",
    "cache_clear",
    "cache_directory",
    "cache_list",
    "copy_floor",
    "find_sweeps",
    "is_read_elsewhere",
    "list_sweeps",
    "load_metrics",
    "open_sweep",
    "parse_override",
    "read_floor",
    "save_metrics",
    "stat_floor",
]
__version__: str
ERROR_CODES: list[str]
IS_OPTIMISED: bool

def is_read_elsewhere(name: str) -> bool: ...
def load_metrics(path: str | PathLike[str]) -> dict[str, Any]: ...
def save_metrics(
    path: str | PathLike[str],
    entries: Sequence[tuple[str, str, object]],
    overrides: Sequence[str] | None,
) -> None: ...
def parse_override(text: str) -> tuple[str, str, bool, Any]: ...
def open_sweep(
    path: str | PathLike[str],
    metrics: Sequence[str] | None,
    loader: Callable[[Any], Sequence[tuple[str, str, object]]] | None,
    leftovers: bool,
    workers: int | None,
    condition: str | None = None,
    elsewhere: Callable[[Any], Sequence[tuple[str, str, object]]] | None = None,
    cache: tuple[str, float, int] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Sweep: ...
def cache_directory() -> Path | None: ...
def cache_list() -> list[tuple[Path, int, str | None, int]]: ...
def cache_clear(below: str | PathLike[str] | None) -> int: ...
def find_sweeps(path: str | PathLike[str]) -> list[Path]: ...
def list_sweeps(
    path: str | PathLike[str], host: str | None
) -> list[
    tuple[
        str,
        str | float | None,
        str | None,
        list[tuple[str, int]],
        list[tuple[str, int]],
        int,
        int | str,
    ]
]: ...
def read_floor(
    path: str | PathLike[str], jobs: Sequence[str], names: Sequence[str], workers: int
) -> tuple[int, float]: ...
def stat_floor(
    path: str | PathLike[str], jobs: Sequence[str], names: Sequence[str], workers: int
) -> float: ...
def copy_floor(size: int) -> float: ...

@final
class Sweep:
    @property
    def jobs(self) -> list[tuple[str, int | None]]: ...
    @property
    def parameters(self) -> list[list[tuple[str, Any]]]: ...
    @property
    def axes(self) -> list[tuple[str, list[Any]]]: ...
    @property
    def fixed(self) -> list[tuple[str, Any]]: ...
    @property
    def metrics(self) -> list[str]: ...
    @property
    def problems(self) -> list[tuple[str, str, str]]: ...
    @property
    def is_complete(self) -> bool: ...
    @property
    def missing(self) -> int: ...
    def values(self, name: str, described: bool = False) -> list[Any]: ...
    def table(self, requested_schema: object) -> object: ...
    def statuses(self, host: str | None) -> tuple[list[str], list[tuple[str, str, str]]]: ...
    def cube(
        self,
        layout: str,
        duplicates: str,
        singleton_dims: bool,
        coordinate: str | None,
        include: Sequence[str],
        host: str | None,
    ) -> tuple[
        list[tuple[str, list[str], NDArray[np.generic]]],
        list[tuple[str, list[str], NDArray[np.generic]]],
        list[tuple[str, Any]],
        list[tuple[str, str, str]],
    ]: ...
