"""`.runcube/sweep.json`: what a sweep set out to run, kept beside its jobs (version 1).

::

    {"v": 1, "id": "…", "created": 1700000000.0, "hydra": "1.3.8",
     "definition": {"kind": "product", "axes": [{"name": "lr", "labels": ["0.1", "0.2"]}]}}

Labels are override text. Hydra's `multirun.yaml` cannot say that a parameter with one value was
swept; this record can, so that the dimension of length one comes back on load.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from runcube.launch.place import SWEEP_FOLDER_NAME, SWEEP_RECORD_NAME
from runcube.record import write_atomically

_VERSION = 1


_INDEXES = "index-v*.arrow"


def product_of(axes: Mapping[str, Sequence[str]] | None) -> dict[str, Any]:
    """Give the definition of a product.

    Parameters
    ----------
    axes : mapping or None
        Swept key -> override texts of its values, in the sweep's order; None where the sweeper
        decides on the jobs as it goes.

    Examples
    --------
    >>> product_of({"lr": ["0.1"]})
    {'kind': 'product', 'axes': [{'name': 'lr', 'labels': ['0.1']}]}
    """
    kind = "open" if axes is None else "product"
    listed = [{"name": name, "labels": list(labels)} for name, labels in (axes or {}).items()]
    return {"kind": kind, "axes": listed}


def write_sweep_record(
    directory: Path, *, identifier: str, definition: Mapping[str, Any], **details: Any
) -> None:
    """Write the record of the sweep in `directory`, whose index for reading is then gone.

    Parameters
    ----------
    identifier : str
        The identifier that the records of the sweep's jobs carry too.
    definition : mapping
        `kind`, `axes`, and whatever else says which jobs there are.
    **details
        What else is known of the sweep, such as `notes` and `tags`.
    """
    record = {
        "v": _VERSION,
        "id": identifier,
        "created": time.time(),
        "hydra": version("hydra-core"),
        "definition": dict(definition),
        "notes": [],
        "tags": [],
        **details,
    }
    folder = directory / SWEEP_FOLDER_NAME
    folder.mkdir(parents=True, exist_ok=True)
    # It speaks of the sweep as it was; whoever wants one makes it again.
    for index in folder.glob(_INDEXES):
        index.unlink(missing_ok=True)
    text = json.dumps(record, ensure_ascii=True, indent=1) + "\n"
    write_atomically(folder / SWEEP_RECORD_NAME, text)


def read_sweep_record(directory: Path) -> dict[str, Any]:
    """Read the record of the sweep in `directory`; empty where there is none that can be read."""
    try:
        text = (directory / SWEEP_FOLDER_NAME / SWEEP_RECORD_NAME).read_text(encoding="utf-8")
        record = json.loads(text)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) and record.get("v") == _VERSION else {}
