"""The setting `signature_exclude`: keys of the config that do not make a job another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runcube.errors import InvalidArgumentError
from runcube.launch.sweep_record import read_sweep_record
from runcube.launch.sweeper.settings import Settings


def exclusions(settings: Settings, definition: Mapping[str, Any], sweep: Path) -> tuple[str, ...]:
    """Give the keys that signatures leave out: those of the settings, else those of the record.

    Raises
    ------
    InvalidArgumentError
        One of them is swept: jobs that differ in it alone would be taken for each other.
    """
    keys = settings.signature_exclude
    if keys is None:
        recorded = read_sweep_record(sweep).get("signature_exclude") if settings.resume else None
        keys = [str(key) for key in recorded] if isinstance(recorded, list) else []
    for axis in definition["axes"]:
        for key in keys:
            if f"{axis['name']}.".startswith(f"{key}."):
                raise InvalidArgumentError(
                    f"`hydra.sweeper.signature_exclude` leaves out `{key}`, and the sweep runs "
                    f"over `{axis['name']}`: jobs that differ in it would count as one"
                )
    return tuple(keys)
