"""From the core's Arrow table to the libraries that take one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from runcube.results.gathered import Sweep


def to_arrow(sweep: Sweep) -> pa.Table:
    """Give a sweep as a pyarrow table."""
    try:
        import pyarrow as pa
    except ImportError as error:
        message = "`Sweep.to_arrow` needs pyarrow: `pip install 'runcube[arrow]'`"
        raise ImportError(message, name="pyarrow") from error
    return pa.table(sweep)


def to_polars(sweep: Sweep) -> pl.DataFrame:
    """Give a sweep as a polars table."""
    try:
        import polars as pl
    except ImportError as error:
        message = "`Sweep.to_polars` needs polars: `pip install 'runcube[polars]'`"
        raise ImportError(message, name="polars") from error
    return pl.DataFrame(sweep)
