"""What a row of the report says: a figure, its target, and whether that was reached."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from runcube.bench.turns import Times

Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One claim.

    Attributes
    ----------
    row
        The row that it belongs to, by which it is asked for.
    work
        What was done.
    unit
        What the value counts: `times the floor`, `ms`.
    value
        The figure; None where it was not measured, or means nothing.
    target
        What it should be; None where it is told for information.
    bound
        Whether the target is the most that it should be, or the least.
    note
        Why there is no value, or what it stands on.
    """

    row: str
    work: str
    unit: str
    value: float | None
    target: float | None = None
    bound: Bound = "at most"
    note: str = ""

    @property
    def is_reached(self) -> bool | None:
        """Whether the target was reached; None where there is no value or no target.

        Examples
        --------
        >>> Figure("gather", "npz", "times the floor", 1.1, target=1.2).is_reached
        True
        >>> Figure("gather", "npz", "times faster", 40.0, target=50.0, bound="at least").is_reached
        False
        """
        if self.value is None or self.target is None:
            return None
        if self.bound == "at most":
            return self.value <= self.target
        return self.value >= self.target


@dataclass(frozen=True, slots=True)
class Measured:
    """What the measuring of a row gave.

    Attributes
    ----------
    figures
        Its claims.
    times
        What was timed, by what was done.
    doubts
        Why some of the claims have no value.
    """

    figures: list[Figure]
    times: dict[str, Times] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def unless(self, doubt: str | None, value: float) -> float | None:
        """Give a value, or none and note why not."""
        if doubt is None:
            return value
        if doubt not in self.doubts:
            self.doubts.append(doubt)
        return None


def not_measured(figure: Figure, note: str) -> Measured:
    """Give a row without its value, and say why."""
    return Measured([replace(figure, value=None, note=note)])
