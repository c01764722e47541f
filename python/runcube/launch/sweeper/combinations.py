"""Which jobs a sweep has: the combinations of its factors, in Hydra's order.

A *factor* is a list of alternatives, an *alternative* some override lines, each with the place
that its key has among all keys::

    command line   lr=0.1,0.2 wd=1,2 seed=0      factors lr, wd, seed: the product, last fastest
    zip            [[lr, wd]]                    one factor (lr=0.1 wd=1 | lr=0.2 wd=2), and seed
    jobs           ["model=a", "model=b x=1"]    one more factor, in front of all others

The combinations are numbered, and worked out from their number: a sample of a product of 10^12
costs no more than its own size.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runcube.errors import InvalidArgumentError, LimitError
from runcube.launch.hydra import Expanded, parsed_lines
from runcube.launch.sweeper.explicit import job_lines
from runcube.launch.sweeper.settings import Settings

MOST_COMBINATIONS = 10_000_000

Alternative = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Intended:
    """One job that a sweep sets out to run: its override lines, and its repetition."""

    lines: tuple[str, ...]
    repetition: int


@dataclass(frozen=True)
class Combinations:
    """The jobs of a sweep.

    Attributes
    ----------
    factors : list
        The alternatives of each factor, the last fastest.
    numbers : sequence of int
        Which combinations run, in order.
    repeats : int
        How often each runs; the first repetition of all comes before the second.
    definition : dict
        What `.runcube/sweep.json` holds of it.
    """

    factors: list[list[Alternative]]
    numbers: Sequence[int]
    repeats: int
    definition: dict[str, Any]

    def __len__(self) -> int:
        return len(self.numbers) * self.repeats

    def __iter__(self) -> Iterator[Intended]:
        for repetition in range(self.repeats):
            for number in self.numbers:
                yield Intended(combination(self.factors, number), repetition)

    def describe(self) -> str:
        """Say which axes there are, in a few words."""
        axes = [f"{axis['name']} ({len(axis['labels'])})" for axis in self.definition["axes"]]
        kind = self.definition["kind"]
        text = " x ".join(axes) or "no axes"
        text = text if kind == "product" else f"{kind} of {text}"
        return f"{text}, {self.repeats} repetitions" if self.repeats > 1 else text


def combination(factors: Sequence[Sequence[Alternative]], number: int) -> tuple[str, ...]:
    """Give the lines of one combination, in the order of their keys."""
    chosen: list[tuple[int, str]] = []
    for alternatives in reversed(factors):
        number, place = divmod(number, len(alternatives))
        chosen.extend(reversed(alternatives[place]))
    return tuple(line for _, line in sorted(chosen, key=lambda pair: pair[0]))


def combine(
    expand: Callable[[Sequence[str]], Mapping[str, Expanded]],
    arguments: Sequence[str],
    settings: Settings,
) -> Combinations:
    """Work out the jobs of a sweep from its settings and the lines of the command line.

    Raises
    ------
    ValueError
        The settings contradict each other or the lines, or the sweep is larger than it may be.
    """
    given = expand([*(f"{key}={value}" for key, value in settings.params.items()), *arguments])
    for key, found in given.items():
        if not found.lines:
            raise InvalidArgumentError(
                f"`{key}` is swept over an interval, of which the sweeper `runcube` cannot list "
                "the values: give a list, as in `choice(...)` or `range(...)`"
            )
    explicit = [job_lines(entry, setting="jobs") for entry in settings.read_jobs()]
    factors = [*_explicit_factor(explicit, expand, given), *_zipped(given, settings.zip)]
    total = math.prod(map(len, factors))
    numbers: Sequence[int] = range(total)
    if settings.exclude:
        numbers = _without(factors, numbers, settings.exclude)
    if settings.sample is not None:
        numbers = sample(numbers, settings.sample, settings.sample_seed)
    count = len(numbers) * settings.repeats
    _check_count(count, settings)
    kind = "zip" if settings.zip else "product"
    kind = "list" if explicit or settings.exclude else kind
    definition = {"kind": kind if settings.sample is None else "sample"}
    return Combinations(
        factors, numbers, settings.repeats, definition | _details(explicit, given, settings)
    )


def sample(numbers: Sequence[int], count: int, seed: int) -> list[int]:
    """Draw numbers without putting any back, and give them in their order.

    A larger sample holds the smaller ones of the same seed.

    Examples
    --------
    >>> small, large = sample(range(10**12), 3, 0), sample(range(10**12), 5, 0)
    >>> len(large), set(small) <= set(large)
    (5, True)
    """
    size = len(numbers)
    # `random()` is the one method whose stream is the same in every version of Python.
    draw = random.Random(seed).random  # noqa: S311  nothing depends on its being unguessable
    moved: dict[int, int] = {}
    chosen = []
    for place in range(min(count, size)):
        other = place + min(int(draw() * (size - place)), size - place - 1)
        chosen.append(moved.get(other, other))
        moved[other] = moved.get(place, place)
    return [numbers[place] for place in sorted(chosen)]


def _explicit_factor(
    explicit: list[list[str]],
    expand: Callable[[Sequence[str]], Mapping[str, Expanded]],
    given: Mapping[str, Expanded],
) -> list[list[Alternative]]:
    alternatives: list[Alternative] = []
    bare = {key.lstrip("+~"): key for key in given}
    for lines in explicit:
        expanded = expand(lines)
        for key, found in expanded.items():
            if key.lstrip("+~") in bare:
                raise InvalidArgumentError(
                    f"`{key}` is set by `hydra.sweeper.jobs` and by the command line or `params`: "
                    "leave one of them out"
                )
            if found.is_sweep:
                raise InvalidArgumentError(
                    f"`hydra.sweeper.jobs`: `{key}` is swept within a job; sweep it on the command "
                    "line, or list a job for each value"
                )
        # In front of the keys of the command line, whose places start at 0.
        places = range(-len(expanded), 0)
        texts = [found.lines[0] for found in expanded.values()]
        alternatives.append(tuple(zip(places, texts, strict=True)))
    return [alternatives] if alternatives else []


def _zipped(given: Mapping[str, Expanded], groups: Sequence[Sequence[str]]) -> list[Any]:
    group_of = {}
    for number, keys in enumerate(groups):
        for name in keys:
            key = next((key for key in given if key.lstrip("+") == name.lstrip("+")), None)
            if key is None or not given[key].is_sweep:
                raise InvalidArgumentError(
                    f"`hydra.sweeper.zip` names `{name}`, which nothing sweeps: sweep it, as in "
                    f"`{name}=1,2`, or take it out of the list"
                )
            if key in group_of:
                raise InvalidArgumentError(f"`hydra.sweeper.zip` names `{name}` twice")
            group_of[key] = number
        lengths = {name: len(given[key].lines) for key, name in _members(group_of, number, keys)}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"`{name}` has {length}" for name, length in lengths.items())
            raise InvalidArgumentError(
                f"`hydra.sweeper.zip`: keys that vary together need as many values each: {shown}"
            )
    factors: dict[Any, list[list[tuple[int, str]]]] = {}
    for place, (key, found) in enumerate(given.items()):
        factor = factors.setdefault(group_of.get(key, key), [[] for _ in found.lines])
        for alternative, line in zip(factor, found.lines, strict=True):
            alternative.append((place, line))
    return [[tuple(alternative) for alternative in factor] for factor in factors.values()]


def _members(
    group_of: Mapping[str, int], number: int, keys: Sequence[str]
) -> Iterator[tuple[str, str]]:
    own = [key for key, group in group_of.items() if group == number]
    return zip(own, keys, strict=True)


def _without(
    factors: list[list[Alternative]], numbers: Sequence[int], exclude: Sequence[Any]
) -> list[int]:
    if len(numbers) > MOST_COMBINATIONS:
        raise LimitError(
            f"`hydra.sweeper.exclude` looks at every combination, and there are {len(numbers)}, "
            f"more than {MOST_COMBINATIONS}: sweep less"
        )
    values = {
        line: next(iter(parsed_lines([line]).items()), (None, None))
        for factor in factors
        for alternative in factor
        for _, line in alternative
    }
    keys = {str(key) for key, _ in values.values()}
    conditions = []
    for entry in exclude:
        condition = parsed_lines(job_lines(entry, setting="exclude"))
        for key in condition:
            if key not in keys:
                raise InvalidArgumentError(
                    f"`hydra.sweeper.exclude`: {entry!r} names `{key}`, which no job sets; there "
                    f"are {', '.join(sorted(keys))}"
                )
        conditions.append({key: _typed(value) for key, value in condition.items()})
    kept, used = [], set()
    for number in numbers:
        job = {key: _typed(value) for key, value in map(values.get, combination(factors, number))}  # type: ignore[misc]
        hits = [
            place
            for place, condition in enumerate(conditions)
            if all(job.get(key) == value for key, value in condition.items())
        ]
        used.update(hits)
        if not hits:
            kept.append(number)
    for place, entry in enumerate(exclude):
        if place not in used:
            raise InvalidArgumentError(
                f"`hydra.sweeper.exclude`: {entry!r} is no combination of this sweep"
            )
    return kept


def _typed(value: Any) -> Any:
    # `1`, `1.0` and `True` are equal to Python; a number is one whatever its type, a bool is none.
    return (isinstance(value, bool), value)


def _check_count(count: int, settings: Settings) -> None:
    limit = settings.most_jobs()
    if limit is not None and count > limit[0]:
        raise LimitError(
            f"the sweep has {count} jobs, more than the {limit[0]} that `{limit[1]}` allows: "
            "raise it, or sweep less"
        )
    if count > MOST_COMBINATIONS:
        raise LimitError(
            f"the sweep has {count} jobs, more than {MOST_COMBINATIONS}: sweep less, or take a "
            "part of it by `hydra.sweeper.sample`"
        )


def _details(
    explicit: Sequence[Sequence[str]], given: Mapping[str, Expanded], settings: Settings
) -> dict[str, Any]:
    labels: dict[str, dict[str, None]] = {}
    for key, texts in _explicit_values(explicit).items():
        # What all of them say alike is no axis.
        if len(explicit) > len(texts) or len(set(texts)) > 1:
            labels[key] = dict.fromkeys(texts)
    for key, found in given.items():
        if found.is_sweep:
            own = dict.fromkeys(line.partition("=")[2] for line in found.lines)
            labels.setdefault(key.lstrip("+"), {}).update(own)
    details: dict[str, Any] = {
        "axes": [{"name": name, "labels": list(texts)} for name, texts in labels.items()]
    }
    if settings.zip:
        details["zip"] = [list(keys) for keys in settings.zip]
    if settings.exclude:
        details["exclude"] = list(settings.exclude)
    if settings.sample is not None:
        details |= {"sample": settings.sample, "seed": settings.sample_seed}
    if settings.repeats > 1:
        details["repetitions"] = settings.repeats
    return details


def _explicit_values(explicit: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for lines in explicit:
        for line in lines:
            key, _, text = line.partition("=")
            values.setdefault(key.lstrip("+"), []).append(text)
    return values
