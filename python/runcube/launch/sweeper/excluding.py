"""The setting `exclude`: combinations of values that a sweep leaves out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from runcube.errors import InvalidArgumentError
from runcube.launch.hydra import parsed_lines
from runcube.launch.sweeper.explicit import job_lines


def without(
    numbers: Sequence[int],
    exclude: Sequence[Any],
    *,
    lines_of: Callable[[int], Sequence[str]],
    names: Iterable[str],
) -> list[int]:
    """Leave out the combinations that `exclude` names.

    Parameters
    ----------
    numbers : sequence of int
        The combinations.
    exclude : sequence
        Entries of the setting: override lines that a combination has all of.
    lines_of : callable
        Gives the lines of a combination.
    names : iterable of str
        The keys that any combination sets.

    Raises
    ------
    ValueError
        An entry names no combination.
    """
    keys = set(names)
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
    value_of = functools.cache(_value)
    kept, used = [], set()
    for number in numbers:
        job = dict(map(value_of, lines_of(number)))
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


def _value(line: str) -> tuple[str | None, Any]:
    key, value = next(iter(parsed_lines([line]).items()), (None, None))
    return key, _typed(value)


def _typed(value: Any) -> Any:
    # `1`, `1.0` and `True` are equal to Python; a number is one whatever its type, a bool is none.
    return (isinstance(value, bool), value)
