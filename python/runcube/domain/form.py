r"""The canonical form of a domain: a sum of cubes.

::

    form   = cube + cube + …                 none at all: no configs
    cube   = weight? factor * factor * …     at least one factor
    factor = Listed    one parameter over values that are listed
           | Drawn     one parameter drawn by a sampler, afresh for each config
           | Zipped    several forms of one length, walked side by side

A zip is one factor of one cube, whatever its length, so a product of zips stays small. Its rows are
walked as the terms of a sum would be: slowest. So the place of a config in its cube is a number in
mixed radix, most significant first: the zips in their order, then the listed factors in theirs.
Drawn factors have no digit. A cube of drawn factors alone has no end.

Zips are flat: a part that is itself nothing but a zip is replaced by its parts, and the weight of a
part of one cube goes to the cube around. Hence `+`, `*` and `@` are associative to the letter, and
equal constructions are equal forms.

The order of the cubes: neighbours that bear weights form a block, drawn from in proportion; each
cube without a weight is a block of its own; blocks run one after the other. Nothing runs after
a block without end, so only the last may be one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from runcube.domain.sampling import Sampler
from runcube.domain.values import Entry, entry_text


@dataclass(frozen=True, eq=False)
class Listed:
    """One parameter over values that are listed.

    Attributes
    ----------
    key : str
        The parameter, with a `+` or `++` where it has one.
    label : str or None
        The alias of its name.
    values : range or tuple
        Its values.
    aliases : tuple
        For each value its alias or None; empty where none has one.
    """

    key: str
    label: str | None
    values: range | tuple[Entry, ...]
    aliases: tuple[str | None, ...] = ()

    @property
    def length(self) -> int:
        """How many values it has."""
        # `len` ends at 2**63.
        values = self.values
        if isinstance(values, range):
            return max(0, -((values.start - values.stop) // values.step))
        return len(values)

    def texts(self) -> Iterator[str]:
        """Give the override text of each value."""
        return map(entry_text, self.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listed):
            return NotImplemented
        if (self.key, self.label, self.aliases) != (other.key, other.label, other.aliases):
            return False
        if isinstance(self.values, range) and isinstance(other.values, range):
            return self.values == other.values
        # By text: 1, 1.0, "1" and True are four values, and nan is itself.
        return self.length == other.length and all(
            one == two for one, two in zip(self.texts(), other.texts(), strict=True)
        )

    def __hash__(self) -> int:
        return hash((self.key, self.length))


@dataclass(frozen=True)
class Drawn:
    """One parameter, drawn by a sampler for each config."""

    key: str
    label: str | None
    sampler: Sampler


@dataclass(frozen=True)
class Zipped:
    """Forms of one length, side by side."""

    parts: tuple[Form, ...]

    @property
    def length(self) -> int:
        """The length of each part."""
        return self.parts[0].finite_length


Factor: TypeAlias = Listed | Drawn | Zipped
Option: TypeAlias = Listed | Drawn


@dataclass(frozen=True)
class Cube:
    """A product of factors, and its weight among its neighbours in a sum."""

    factors: tuple[Factor, ...]
    weight: float | None = None

    @functools.cached_property
    def length(self) -> int | None:
        """How many configs it has; None for no end."""
        lengths = [f.length for f in self.factors if not isinstance(f, Drawn)]
        return math.prod(lengths) if lengths else None

    @functools.cached_property
    def radix(self) -> tuple[int, ...]:
        """The places of the factors that have digits, the slowest first."""
        zipped = [n for n, factor in enumerate(self.factors) if isinstance(factor, Zipped)]
        listed = [n for n, factor in enumerate(self.factors) if isinstance(factor, Listed)]
        return (*zipped, *listed)

    def options(self) -> Iterator[Option]:
        """Give the options, those inside zips too, in the order in which they were written."""
        for factor in self.factors:
            if isinstance(factor, Zipped):
                for part in factor.parts:
                    yield from part.options()
            else:
                yield factor


@dataclass(frozen=True)
class Block:
    """Cubes that are drawn from in proportion to their weights, or one cube alone."""

    cubes: tuple[Cube, ...]

    @functools.cached_property
    def length(self) -> int | None:
        """How many configs it has; None for no end."""
        lengths = [cube.length for cube in self.cubes]
        return None if None in lengths else sum(length or 0 for length in lengths)


@dataclass(frozen=True)
class Form:
    """A sum of cubes."""

    cubes: tuple[Cube, ...] = ()

    @functools.cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The cubes, in the groups that run one after the other."""
        blocks: list[list[Cube]] = []
        for cube in self.cubes:
            if blocks and cube.weight is not None and blocks[-1][0].weight is not None:
                blocks[-1].append(cube)
            else:
                blocks.append([cube])
        return tuple(Block(tuple(block)) for block in blocks)

    @functools.cached_property
    def starts(self) -> tuple[int, ...]:
        """The number of the first config of each block."""
        starts, start = [], 0
        for block in self.blocks:
            starts.append(start)
            start += block.length or 0
        return tuple(starts)

    @functools.cached_property
    def length(self) -> int | None:
        """How many configs it has; None for no end."""
        lengths = [block.length for block in self.blocks]
        return None if None in lengths else sum(length or 0 for length in lengths)

    @property
    def finite_length(self) -> int:
        """How many configs it has, where it is known to end."""
        if self.length is None:
            raise ValueError("this domain has no end: `take(n_items=...)` says how many to draw")
        return self.length

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """The parameters that occur, without prefixes."""
        return frozenset(bare(option.key) for option in self.options())

    def options(self) -> Iterator[Option]:
        """Give the options of all cubes, in the order in which they were written."""
        for cube in self.cubes:
            yield from cube.options()


def bare(key: str) -> str:
    """Give a key without its prefix."""
    return key.lstrip("+")
