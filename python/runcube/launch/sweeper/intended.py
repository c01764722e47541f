"""The jobs that a sweep sets out to run, each found by its number.

::

    number   domain config   factor  factor       the last varies fastest
             lr=0.1 wd=2     a=1     b=x  b=y     lines of one job, in the order of their keys

Nothing is listed: a sweep of 10^12 jobs of which a few run costs what these few do.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runcube.domain.draws import seed_of_repetition
from runcube.launch.sweeper.domain_jobs import DomainJobs

Alternative = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Intended:
    """One job that a sweep sets out to run.

    Attributes
    ----------
    lines : tuple of str
        Its override lines.
    repetition : int
        Which repetition of its config it is.
    seed : int or None
        The seed of the repetition, where configs are repeated or come from a domain.
    aliases : mapping
        Parameter -> the name that its value is shown by.
    """

    lines: tuple[str, ...]
    repetition: int
    seed: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Combinations:
    """The jobs of a sweep.

    Attributes
    ----------
    domain : DomainJobs or None
        What stands in front of the factors.
    factors : list
        The alternatives of each factor, the last fastest.
    numbers : sequence of int
        Which combinations run, in order.
    repeats : int
        How often each runs.
    repeat_key : str or None
        The key that takes the seed of the repetition.
    definition : dict
        What `.runcube/sweep.json` holds of it.
    """

    domain: DomainJobs | None
    factors: list[list[Alternative]]
    numbers: Sequence[int]
    repeats: int
    repeat_key: str | None = None
    definition: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers) * self.repeats

    def __iter__(self) -> Iterator[Intended]:
        for chunk in self._chunks():
            for repetition in range(self.repeats):
                for number in chunk:
                    lines, aliases = self.lines_of(number)
                    seed = self.seed_of(repetition)
                    if self.repeat_key is not None:
                        # Whether the config has the key already or not.
                        lines += (f"++{self.repeat_key}={seed}",)
                    yield Intended(lines, repetition, seed, aliases)

    @property
    def seed(self) -> int | None:
        """What the seeds of repetitions come from; None where they have none."""
        if self.domain is not None:
            return self.domain.planned.seed
        return 0 if self.repeats > 1 or self.repeat_key is not None else None

    def seed_of(self, repetition: int) -> int | None:
        """Give the seed of a repetition."""
        return None if self.seed is None else seed_of_repetition(self.seed, repetition)

    def lines_of(self, number: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Give the lines of one combination, and the aliases of its values."""
        if self.domain is None:
            return combination(self.factors, number), {}
        item, rest = divmod(number, math.prod(map(len, self.factors)))
        config = self.domain.config(item)
        return config.lines + combination(self.factors, rest), config.aliases

    def describe(self) -> str:
        """Say which axes there are, in a few words."""
        axes = [
            f"{axis['name']} ({'drawn' if 'sampler' in axis else len(axis['labels'])})"
            for axis in self.definition["axes"]
        ]
        kind = self.definition["kind"]
        text = " x ".join(axes) or "no axes"
        text = text if kind == "product" else f"{kind} of {text}"
        return f"{text}, {self.repeats} repetitions" if self.repeats > 1 else text

    def _chunks(self) -> Iterator[Sequence[int]]:
        """Give the combinations that run before any of them is repeated."""
        each = None if self.domain is None else self.domain.planned.stream.repeat_each
        if each is None or self.repeats == 1:
            yield self.numbers
            return
        size = each * math.prod(map(len, self.factors))
        for _, chunk in itertools.groupby(self.numbers, lambda number: number // size):
            yield list(chunk)


def combination(factors: Sequence[Sequence[Alternative]], number: int) -> tuple[str, ...]:
    """Give the lines of one combination, in the order of their keys."""
    chosen: list[tuple[int, str]] = []
    for alternatives in reversed(factors):
        number, place = divmod(number, len(alternatives))
        chosen.extend(reversed(alternatives[place]))
    return tuple(line for _, line in sorted(chosen, key=lambda pair: pair[0]))
