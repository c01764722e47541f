"""Which jobs a sweep has: the combinations of its factors, in Hydra's order.

A *factor* is a list of alternatives, an *alternative* some override lines, each with the place
that its key has among all keys::

    command line   lr=0.1,0.2 wd=1,2 seed=0      factors lr, wd, seed: the product, last fastest
    zip            [[lr, wd]]                    one factor (lr=0.1 wd=1 | lr=0.2 wd=2), and seed
    jobs           ["model=a", "model=b x=1"]    one more factor, in front of all others
    domain         Domain(lr=[...]) + ...        the same, and nothing of it is listed

The combinations are numbered, and worked out from their number: a sample of a product of 10^12
costs no more than its own size.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from runcube.errors import InvalidArgumentError, LimitError
from runcube.launch.hydra import Expanded, parsed_lines
from runcube.launch.sweeper.definition import definition_of
from runcube.launch.sweeper.domain_jobs import DomainJobs
from runcube.launch.sweeper.drawing import sample, size_of
from runcube.launch.sweeper.excluding import without
from runcube.launch.sweeper.explicit import job_lines
from runcube.launch.sweeper.intended import Alternative, Combinations
from runcube.launch.sweeper.settings import Settings
from runcube.overrides import format_override

MOST_COMBINATIONS = 10_000_000


def combine(
    expand: Callable[[Sequence[str]], Mapping[str, Expanded]],
    arguments: Sequence[str],
    settings: Settings,
    domain: DomainJobs | None = None,
) -> Combinations:
    """Work out the jobs of a sweep from its settings and the lines of the command line.

    Parameters
    ----------
    expand : callable
        Expands override lines as Hydra's basic sweeper does.
    arguments : sequence of str
        The lines.
    settings : Settings
        `hydra.sweeper`.
    domain : DomainJobs, optional
        What the sweeps of the lines multiply.

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
    if domain is not None:
        _check_domain(domain, explicit, given, settings)
        total *= domain.items
    _check_repeat_key(settings.repeat_key, [*given, *(() if domain is None else domain.names)])
    jobs = Combinations(
        domain, factors, range(total), _repeats(settings, domain), settings.repeat_key
    )
    numbers = jobs.numbers
    if settings.exclude:
        if size_of(numbers) > MOST_COMBINATIONS:
            raise LimitError(
                "`hydra.sweeper.exclude` looks at every combination, and there are "
                f"{size_of(numbers)}, more than {MOST_COMBINATIONS}: sweep less"
            )
        names = {*_names(factors), *(() if domain is None else domain.names)}
        numbers = without(
            numbers, settings.exclude, lines_of=lambda n: jobs.lines_of(n)[0], names=names
        )
    if settings.sample is not None:
        numbers = sample(numbers, settings.sample, settings.sample_seed)
    _check_size(size_of(numbers), jobs.repeats, settings)
    chosen = dataclasses.replace(jobs, numbers=numbers)
    return dataclasses.replace(chosen, definition=definition_of(chosen, explicit, given, settings))


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


def _names(factors: Sequence[Sequence[Alternative]]) -> set[str]:
    lines = [line for factor in factors for alternative in factor for _, line in alternative]
    return {key for line in set(lines) for key in parsed_lines([line])}


def _repeats(settings: Settings, domain: DomainJobs | None) -> int:
    own = 1 if domain is None else domain.planned.stream.n_reps
    if own > 1 and settings.repeats > 1:
        raise InvalidArgumentError(
            f"`hydra.sweeper.repeats` is {settings.repeats}, and the domain says `n_reps={own}`: "
            "say once how often each config runs"
        )
    return max(own, settings.repeats)


def _check_repeat_key(key: str | None, names: Iterable[str]) -> None:
    if key is None:
        return
    format_override(key, 0, prefix="++")  # raises for what Hydra cannot read
    if key in {name.lstrip("+~") for name in names}:
        raise InvalidArgumentError(
            f"`hydra.sweeper.repeat_key` gives `{key}` the seed of the repetition, and the sweep "
            "sets it too: leave one of them out"
        )


def _check_domain(
    domain: DomainJobs,
    explicit: Sequence[Sequence[str]],
    given: Mapping[str, Expanded],
    settings: Settings,
) -> None:
    if explicit:
        name = "jobs" if settings.jobs else "jobs_file"
        raise InvalidArgumentError(
            f"`hydra.sweeper.{name}` lists jobs, and a domain says which there are: give one of "
            "them; `Domain.from_overrides` makes a domain of jobs"
        )
    for key in (key.lstrip("+~") for key in given):
        if key in domain.names:
            raise InvalidArgumentError(
                f"`{key}` is set by the domain and by the arguments, overrides or `params` of the "
                "sweep: leave one of them out"
            )


def _check_size(size: int, repeats: int, settings: Settings) -> None:
    count = size * repeats
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
