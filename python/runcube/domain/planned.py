"""What a domain plans: its configs in their order, and the jobs that run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from runcube.domain.draws import seed_of_repetition
from runcube.domain.form import Form, bare
from runcube.domain.lookup import Chosen, chosen
from runcube.domain.stream import Stream
from runcube.domain.values import entry_text, entry_value


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """
    One job of a domain, as `.runcube/jobs.jsonl` records it.

    Attributes
    ----------
    num : int
        Its place among the jobs.
    item : int
        The number of its config; repetitions share it.
    repetition : int
        Which repetition of the config it is, from 0.
    seed : int
        The seed of the repetition, below 2**32: the same for every config.
    parameters : dict
        Parameter → value, as the task gets it.
    overrides : list of str
        The override lines that set them.
    aliases : dict
        Parameter → alias, for the values that have one.
    """

    num: int
    item: int
    repetition: int
    seed: int
    parameters: dict[str, Any]
    overrides: list[str]
    aliases: dict[str, str]


@dataclass(frozen=True)
class Planned:
    """A form and the stream that is taken from it: what a number stands for."""

    form: Form
    stream: Stream

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn."""
        return self.stream.seed or 0

    @property
    def items(self) -> int | None:
        """How many items there are; None for no end."""
        return self.stream.items(self.form.length)

    @property
    def size(self) -> int | None:
        """How many jobs there are, repetitions counted; None for no end."""
        items = self.items
        if items is None and self.stream.n_reps > 1 and self.stream.repeat_each is None:
            raise ValueError(
                "this domain has no end, so its first repetition would never be over: give "
                "`take` an `n_items`, or a `repeat_each`"
            )
        return None if items is None else items * self.stream.n_reps

    def chosen(self, item: int) -> list[Chosen]:
        """Give the values of one item."""
        length = self.form.length
        position = item % length if length else item
        return list(chosen(self.form, position, seed=self.seed, number=item))

    def job(self, number: int) -> PlannedJob:
        """Give one job by its place in the stream."""
        item, repetition = self.stream.place(number, self.items)
        values = self.chosen(item)
        return PlannedJob(
            num=number,
            item=item,
            repetition=repetition,
            seed=seed_of_repetition(self.seed, repetition),
            parameters=config_of(values),
            overrides=[f"{value.key}={entry_text(value.entry)}" for value in values],
            aliases={bare(value.key): value.alias for value in values if value.alias is not None},
        )


def config_of(values: Sequence[Chosen]) -> dict[str, Any]:
    """Give parameter → value."""
    return {bare(value.key): entry_value(value.entry) for value in values}


def numbers_of(index: slice, items: int | None) -> range:
    """Give the numbers of a slice of so many configs; None for no end."""
    if items is not None:
        return range(items)[index]
    start, stop, step = index.start or 0, index.stop, 1 if index.step is None else index.step
    if stop is None or min(start, stop, step - 1) < 0:
        raise ValueError("this domain is infinite: a part of it begins and ends, counted from 0")
    return range(start, stop, step)


class Configs(Sequence[dict[str, Any]]):
    """
    Some configs of a domain, none of which is held: each is worked out when it is asked for.

    Examples
    --------
    >>> from runcube.domain import Domain
    >>> middle = Domain(a=range(10**12))[5:9:2]
    >>> len(middle), middle[1], list(middle)
    (2, {'a': 7}, [{'a': 5}, {'a': 7}])
    """

    __slots__ = ("_numbers", "_planned")

    def __init__(self, planned: Planned, numbers: range) -> None:
        self._planned, self._numbers = planned, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> Configs: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | Configs:
        if isinstance(index, slice):
            return Configs(self._planned, self._numbers[index])
        try:
            number = self._numbers[index]
        except IndexError:
            count = len(self._numbers)
            raise IndexError(f"config {index} of {count}: out of range") from None
        return config_of(self._planned.chosen(number))

    def __repr__(self) -> str:
        return f"<{len(self)} configs of a domain>"
