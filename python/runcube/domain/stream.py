"""Items and repetitions: in which order the configs of a domain become jobs.

The items are the configs of the domain, started over where more are asked for than it has, and cut
where fewer are. They are taken in chunks of `repeat_each` (None: all in one), the last chunk
shorter where they do not divide; each chunk is replayed `n_reps` times before the next.

::

    items       0 1 2        n_reps=2, repeat_each=2
    stream      0 1 0 1 2 2
    repetition  0 0 1 1 0 1
"""

from __future__ import annotations

import operator
from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    """The parameters of `Domain.take`, checked.

    Attributes
    ----------
    n_items : int or None
        How many items there are; None for each config once.
    n_reps : int
        How often each item runs.
    repeat_each : int or None
        How many items form a chunk; None for all.
    seed : int or None
        The seed of everything that is drawn; None for 0.
    """

    n_items: int | None = None
    n_reps: int = 1
    repeat_each: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("n_items", 0), ("n_reps", 1), ("repeat_each", 1), ("seed", None)):
            value = getattr(self, name)
            if value is None and name != "n_reps":
                continue
            try:
                number = None if isinstance(value, bool) else operator.index(value)
            except TypeError:
                number = None
            if number is None:
                raise TypeError(f"`{name}`: expected an int; got {value!r}")
            if least is not None and number < least:
                raise ValueError(f"`{name}`: expected {least} or more; got {value!r}")
            object.__setattr__(self, name, number)

    def items(self, length: int | None) -> int | None:
        """Give how many items a domain of this length has; None for no end."""
        if self.n_items is None:
            return length
        # There is nothing to start over with.
        return 0 if length == 0 else self.n_items

    def place(self, position: int, items: int | None) -> tuple[int, int]:
        """
        Give the item and the repetition that stand at a position of the stream.

        Examples
        --------
        >>> stream = Stream(n_reps=2, repeat_each=2)
        >>> [stream.place(position, 3) for position in range(6)]
        [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (2, 1)]
        """
        chunk = self.repeat_each
        if items is not None:
            chunk = items if chunk is None else min(chunk, items)
        if chunk is None:
            return position, 0
        round_, rest = divmod(position, chunk * self.n_reps)
        start = round_ * chunk
        repetition, offset = divmod(rest, chunk if items is None else min(chunk, items - start))
        return start + offset, repetition


def joined(symbol: str, left: Stream, right: Stream) -> Stream:
    """
    Give the parameters of a combination: repetitions and seeds stay.

    Raises
    ------
    ValueError
        One side is cut into items, which a combination could not keep; or both say otherwise.
    """
    for side in (left, right):
        if side.n_items is not None or side.repeat_each is not None:
            raise ValueError(
                f"`{symbol}`: one side has `n_items` or `repeat_each`, which count whole configs; "
                "combine first, and `take` from the result"
            )
    if left == right or right == Stream():
        return left
    if left == Stream():
        return right
    if left.n_reps != right.n_reps and 1 not in (left.n_reps, right.n_reps):
        raise ValueError(
            f"`{symbol}`: n_reps={left.n_reps} on one side, {right.n_reps} on the other"
        )
    if None not in (left.seed, right.seed) and left.seed != right.seed:
        raise ValueError(f"`{symbol}`: seed={left.seed} on one side, {right.seed} on the other")
    seed = right.seed if left.seed is None else left.seed
    return Stream(n_reps=max(left.n_reps, right.n_reps), seed=seed)
