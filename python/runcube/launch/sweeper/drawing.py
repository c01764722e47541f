"""The setting `sample`: a reproducible part of the combinations."""

from __future__ import annotations

import random
from collections.abc import Sequence


def size_of(numbers: Sequence[int]) -> int:
    """Give the length of a sequence; of a range also beyond what `len` can say.

    Examples
    --------
    >>> size_of(range(10**30)) == 10**30
    True
    """
    if isinstance(numbers, range):
        return max(0, -((numbers.start - numbers.stop) // numbers.step))
    return len(numbers)


def sample(numbers: Sequence[int], count: int, seed: int) -> list[int]:
    """Draw numbers without putting any back, and give them in their order.

    A larger sample holds the smaller ones of the same seed.

    Examples
    --------
    >>> small, large = sample(range(10**12), 3, 0), sample(range(10**12), 5, 0)
    >>> len(large), set(small) <= set(large)
    (5, True)
    """
    size = size_of(numbers)
    # `random()` is the one method whose stream is the same in every version of Python.
    draw = random.Random(seed).random  # noqa: S311  nothing depends on its being unguessable
    moved: dict[int, int] = {}
    chosen = []
    for place in range(min(count, size)):
        other = place + min(int(draw() * (size - place)), size - place - 1)
        chosen.append(moved.get(other, other))
        moved[other] = moved.get(place, place)
    return [numbers[place] for place in sorted(chosen)]
