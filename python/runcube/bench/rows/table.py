"""Which rows there are, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runcube.bench.figures import Measured
from runcube.bench.rows.cold import cold
from runcube.bench.rows.gather import gather, recorded
from runcube.bench.rows.index import index
from runcube.bench.rows.large import large
from runcube.bench.rows.launch import launch
from runcube.bench.rows.reopen import checked, refresh, trust
from runcube.bench.rows.size import memory, scaling
from runcube.bench.rows.startup import startup
from runcube.bench.setting import Setting

Row = Callable[[Setting], Measured]

ROWS: Mapping[str, Row] = {
    "gather": gather,
    "recorded": recorded,
    "index": index,
    "cold": cold,
    "checked": checked,
    "trust": trust,
    "refresh": refresh,
    "scaling": scaling,
    "memory": memory,
    "large": large,
    "startup": startup,
    "launch": launch,
}
MADE = ("recorded", "index", "refresh", "scaling", "large", "launch")
"""The rows that need sweeps made for them: a sweep that was given has none of these."""
