"""Sweeps of any history, in memory: what stands in each directory, what was planned and defined.

    SweepTree ── definition     `multirun.yaml`: a product, and how directories are named
              ├─ record         `.runcube/sweep.json`: a product or a zip
              ├─ plan           `.runcube/jobs.jsonl`: PlanLine, …
              ├─ folders        Folder: overrides asked for and carried, metrics, damages
              └─ nested         a sweep of its own further down

A `SweepCase` is a product whose jobs all belong; here directories may have been used before, lines
may contradict each other, and nothing need be defined at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from runcube.testing.cases import NUMBERED, Axis, Damage, Fixed
from runcube.testing.text import override_text

OLD = 77
"""A value of jobs of earlier sweeps."""


@dataclass(frozen=True)
class Line:
    """One override of a job.

    Attributes
    ----------
    key
        The parameter's name.
    value
        The value that the text stands for.
    text
        The right side; made from the value if left empty.
    prefix
        `""`, `"+"`, `"++"`, or `"~"`: the key is taken out, and there is no right side.
    """

    key: str
    value: Any = None
    text: str = ""
    prefix: str = ""

    @property
    def written(self) -> str:
        """Give the line as it stands in files."""
        if self.prefix == "~":
            return f"~{self.key}"
        return f"{self.prefix}{self.key}={self.text or override_text(self.value)}"


Lines = tuple[Line, ...]


@dataclass(frozen=True)
class Folder:
    """One directory of a sweep.

    Attributes
    ----------
    name
        Its path, relative to the sweep.
    asked
        What `.hydra/overrides.yaml` says; `None`: there is no such file.
    bare
        There is no `.hydra` at all.
    cut
        Where that file was cut off, as a part of the way to its last `=`; never after a line.
    carried
        The overrides in `metrics.arrow`; `None`: it holds no such column.
    metrics
        Name → value; `None`: there is no metric file.
    damage
        What happened to the metric file.
    repetition
        What `job.json` says; `None`: there is no such file.
    """

    name: str
    asked: Lines | None = None
    bare: bool = False
    cut: float | None = None
    carried: Lines | None = None
    metrics: Mapping[str, Any] | None = None
    damage: Damage | None = None
    repetition: int | None = None


@dataclass(frozen=True)
class PlanLine:
    """One line of `.runcube/jobs.jsonl`; what is `None` or empty is not written."""

    directory: str
    overrides: Lines | None = None
    repetition: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    superseded: str | None = None


@dataclass(frozen=True)
class Definition:
    """What `multirun.yaml` says."""

    params: tuple[Axis | Fixed, ...]
    arguments: tuple[Axis | Fixed, ...]
    subdir: str = NUMBERED


@dataclass(frozen=True)
class Record:
    """What `.runcube/sweep.json` says."""

    kind: Literal["product", "zip"]
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class SweepTree:
    """A sweep's directory.

    Attributes
    ----------
    folders
        In the order in which they are made.
    definition, record, plan
        What is known of the sweep as a whole.
    recorded
        Metrics are in `metrics.arrow`; else in `metrics.npz`.
    nested
        Directories below, each a sweep of its own with one job.
    """

    folders: tuple[Folder, ...]
    definition: Definition | None = None
    record: Record | None = None
    plan: tuple[PlanLine, ...] = ()
    recorded: bool = True
    nested: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Give the metric files' name."""
        return "metrics.arrow" if self.recorded else "metrics.npz"

    @property
    def items(self) -> tuple[Axis | Fixed, ...]:
        """Give what is defined, in the definition's order."""
        if self.record is not None:
            return self.record.axes
        if self.definition is None:
            return ()
        return (*self.definition.params, *self.definition.arguments)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Give the parameters that the definition sweeps."""
        return tuple(item for item in self.items if isinstance(item, Axis))


@dataclass(frozen=True)
class Call:
    """How the sweep is opened and gathered."""

    layout: Literal["auto", "grid", "jobs"] = "auto"
    duplicates: Literal["repeat", "last", "first", "error"] = "repeat"
    coordinate: str | None = None
    leftovers: bool = False
    paths: bool = False
    status: bool = False


def identity(value: Any) -> tuple[str, str]:
    """Tell values apart as gathering does.

    Examples
    --------
    >>> identity(-0.0) == identity(0.0), identity(1) == identity(True)
    (True, False)
    """
    if isinstance(value, float) and not math.isnan(value):
        return "float", repr(value + 0.0)
    return type(value).__name__, str(value)


def assigned(lines: Sequence[Line]) -> dict[str, Any]:
    """Give parameter → value: of several lines for a key the last counts.

    Examples
    --------
    >>> assigned([Line("x", 1), Line("y", 2), Line("x", 3), Line("y", prefix="~")])
    {'x': 3}
    """
    values = {line.key: line for line in lines}
    return {key: line.value for key, line in values.items() if line.prefix != "~"}


def same_parameters(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two jobs were given the same."""
    return {k: identity(v) for k, v in one.items()} == {k: identity(v) for k, v in other.items()}
