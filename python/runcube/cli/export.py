"""`runcube export`: a sweep as one file.

=================  ===============================================================
ending             holds
=================  ===============================================================
`.nc`              the dataset, without loss (`runcube.from_netcdf`)
`.zarr`            the same in a folder (`runcube.from_zarr`)
`.csv`             a row for each job; arrays are JSON in a cell
`.parquet`         a row for each job, with exact types
`.arrow`           the same as an Arrow IPC file
=================  ===============================================================
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from os import fspath
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import Parameter

from runcube.cli import cells
from runcube.cli.problems import report_problems
from runcube.cli.refusal import Refusal
from runcube.results.gathered import Duplicates, GatherOptions, Layout, Sweep
from runcube.results.opening import open_sweep
from runcube.results.replacing import replaced

if TYPE_CHECKING:
    import pandas as pd

_STEP = 1024


def export(
    path: Path,
    file: Path,
    /,
    *,
    metrics: Annotated[list[str] | None, Parameter(negative="")] = None,
    layout: Layout | None = None,
    duplicates: Duplicates | None = None,
    leftovers: Annotated[bool, Parameter(negative="")] = False,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Write a sweep to one file for other tools.

    Parameters
    ----------
    path
        The directory of a sweep, or of a single run.
    file
        The file to write: `.nc` and `.zarr` hold the arrays without loss; `.csv`, `.parquet` and
        `.arrow` a table with one row for each job.
    metrics
        A metric file of each job, or a glob, instead of the recorded metrics. May be repeated.
    layout
        Of arrays: one dimension for each axis, or one for the jobs; `auto` by default.
    duplicates
        Of arrays: what becomes of several jobs with the same parameters; `repeat` by default.
    leftovers
        Take in jobs that the sweep's definition cannot have produced.
    force
        Replace the file if it exists.
    """
    ending = _ENDINGS.get(file.suffix.lower())
    if ending is None:
        message = f"{file}: no format has this ending; there are {', '.join(_ENDINGS)}"
        raise Refusal(message)
    given = {"layout": layout, "duplicates": duplicates}
    options = {name: value for name, value in given.items() if value is not None}
    if options and not ending.takes_options:
        name = next(iter(options))
        message = f"`--{name}`: a table has a row for each job; it is for `.nc` and `.zarr`"
        raise Refusal(message)
    if lexists(file) and not force:
        message = f"{file} exists; `--force` replaces it"
        raise Refusal(message)
    sweep = open_sweep(path, metrics=metrics or None, leftovers=leftovers)
    try:
        content = ending.write(sweep, file, options)
    except ImportError as error:
        raise Refusal(str(error)) from error
    print(f"{file}: {content}, {_size(_bytes(file))}")
    report_problems(sweep.problems, listing=f"runcube show {path} --json")
    return 1 if sweep.problems else 0


def _netcdf(sweep: Sweep, file: Path, options: GatherOptions) -> str:
    from runcube.results import netcdf

    dataset = sweep.to_xarray(**options)
    netcdf.write(dataset, file)
    return _dimensions(sweep, dataset.sizes)


def _zarr(sweep: Sweep, file: Path, options: GatherOptions) -> str:
    from runcube.results import zarr_store

    dataset = sweep.to_xarray(**options)
    zarr_store.write(dataset, file)
    return _dimensions(sweep, dataset.sizes)


def _csv(sweep: Sweep, file: Path, _: GatherOptions) -> str:
    table = _with_texts(sweep.to_pandas())
    with replaced(file) as temporary:
        table.to_csv(temporary, index=False)
    return _rows(*table.shape)


def _parquet(sweep: Sweep, file: Path, _: GatherOptions) -> str:
    table = sweep.to_arrow()
    import pyarrow.parquet

    with replaced(file) as temporary:
        pyarrow.parquet.write_table(table, temporary)
    return _rows(*table.shape)


def _arrow(sweep: Sweep, file: Path, _: GatherOptions) -> str:
    table = sweep.to_arrow()
    import pyarrow as pa

    with (
        replaced(file) as temporary,
        pa.OSFile(fspath(temporary), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    return _rows(*table.shape)


class Ending(NamedTuple):
    """How a format is written; the function gives what it wrote, in words."""

    write: Callable[[Sweep, Path, Any], str]
    takes_options: bool


_ENDINGS = {
    ".nc": Ending(_netcdf, takes_options=True),
    ".zarr": Ending(_zarr, takes_options=True),
    ".csv": Ending(_csv, takes_options=False),
    ".parquet": Ending(_parquet, takes_options=False),
    ".arrow": Ending(_arrow, takes_options=False),
}


def _with_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Write out what a cell of CSV would shorten: long arrays above all."""
    for name in table:
        if table[name].dtype == object:
            table[name] = table[name].map(_text)
    return table


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if cells.is_array(value):
        return json.dumps(cells.as_json(value), ensure_ascii=False)
    return value


def _dimensions(sweep: Sweep, sizes: Mapping[Any, int]) -> str:
    metrics = len(sweep.metrics)
    lengths = ", ".join(f"{name} ({size})" for name, size in sizes.items())
    counted = f"{metrics} metric{'' if metrics == 1 else 's'}"
    return f"{counted} over {lengths}" if lengths else counted


def _rows(rows: int, columns: int) -> str:
    return f"{rows} row{'' if rows == 1 else 's'}, {columns} column{'' if columns == 1 else 's'}"


def _bytes(file: Path) -> int:
    parts = file.rglob("*") if file.is_dir() else [file]
    return sum(part.stat().st_size for part in parts if part.is_file())


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < _STEP:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= _STEP
    return f"{count:.1f} GiB"
