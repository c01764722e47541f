"""`.runcube/jobs.jsonl`: the jobs that were planned, one on each line, only ever appended to.

The last line for a directory counts. A line that was torn by an accident is none: what is appended
after it starts on a line of its own.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from runcube.launch.place import SWEEP_FOLDER_NAME

PLAN_NAME = "jobs.jsonl"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What the plan says of one job.

    Attributes
    ----------
    num : int
        Its number.
    dir : str
        Its directory, relative to the sweep's, with `/`.
    overrides : tuple of str
        Its override lines.
    repetition : int
        Which repetition of its config it is.
    seed : int or None
        The seed of the repetition.
    aliases : mapping
        Parameter -> alias of its value.
    signature : str or None
        The signature of its config.
    superseded : str or None
        The directory that has taken its place.
    """

    num: int
    dir: str
    overrides: tuple[str, ...]
    repetition: int = 0
    seed: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    signature: str | None = None
    superseded: str | None = None

    @property
    def is_inside(self) -> bool:
        """Whether the job lies below its sweep: no plan can name any other."""
        path = PurePosixPath(self.dir)
        return not path.is_absolute() and ".." not in path.parts and bool(path.parts)

    def to_json(self) -> str:
        """Give the line, with its end."""
        return json.dumps({name: getattr(self, name) for name in _NAMES}, ensure_ascii=True) + "\n"


# In the order in which they are written.
_NAMES = tuple(item.name for item in dataclasses.fields(PlanLine))


def read_plan(sweep: Path) -> dict[str, PlanLine]:
    """Read the plan of a sweep: directory -> its last line, in the order of the first ones."""
    try:
        data = (sweep / SWEEP_FOLDER_NAME / PLAN_NAME).read_bytes()
    except FileNotFoundError:
        return {}
    lines: dict[str, PlanLine] = {}
    for text in data.split(b"\n"):
        line = _line(text)
        if line is not None:
            lines[line.dir] = line
    return lines


def append_plan(sweep: Path, lines: Iterable[PlanLine]) -> None:
    """Append to the plan of a sweep, in one write that is on the disk when this returns."""
    data = bytearray()
    for line in lines:
        data += line.to_json().encode()
    if not data:
        return
    folder = sweep / SWEEP_FOLDER_NAME
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PLAN_NAME).open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                data[:0] = b"\n"
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _line(text: bytes) -> PlanLine | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("dir"), str):
        return None
    values: dict[str, Any] = {name: found[name] for name in _NAMES if name in found}
    values.setdefault("overrides", [])
    return PlanLine(**({"num": -1} | values | _checked(values)))


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    # Another writer's line may say anything; what it leaves out has a default.
    is_number = isinstance(values.get("num"), int)
    overrides = values["overrides"]
    return {
        "num": values["num"] if is_number else -1,
        "overrides": tuple(map(str, overrides)) if isinstance(overrides, list) else (),
        "repetition": values.get("repetition") or 0,
        "aliases": values.get("aliases") or {},
    }
