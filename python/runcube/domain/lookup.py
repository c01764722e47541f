"""From the number of a config to its values, in memory that does not grow with the domain."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from runcube.domain.draws import generator_for
from runcube.domain.form import Cube, Drawn, Factor, Form, Listed, Zipped, bare
from runcube.domain.values import Entry, plain_entry

_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value that a config has of one parameter."""

    key: str
    entry: Entry
    alias: str | None


def chosen(form: Form, position: int, *, seed: int, number: int) -> Iterator[Chosen]:
    """
    Give the values of one config, in the order in which its parameters were written.

    Parameters
    ----------
    form : Form
        The domain.
    position : int
        Where the config stands in the form, from 0.
    seed : int
        The seed of everything that is drawn.
    number : int
        The number of the config in the stream, by which its samplers draw: a stream that starts
        over draws afresh.
    """
    return _in_form(form, position, seed, number, "")


def _in_form(form: Form, position: int, seed: int, number: int, path: str) -> Iterator[Chosen]:
    order = bisect.bisect_right(form.starts, position) - 1
    block = form.blocks[order]
    position -= form.starts[order]
    if len(block.cubes) == 1:
        cube = block.cubes[0]
    else:
        weights = tuple(cube.weight or 1.0 for cube in block.cubes)
        lengths = tuple(cube.length for cube in block.cubes)
        walk = _walk(weights, lengths, seed, f"weights {path}{order}")
        which, position = walk.find(position)
        cube = block.cubes[which]
    return _in_cube(cube, position, seed, number, f"{path}{order}.")


def _in_cube(cube: Cube, position: int, seed: int, number: int, path: str) -> Iterator[Chosen]:
    digits: dict[int, int] = {}
    for place in reversed(cube.radix):
        position, digits[place] = divmod(position, _length(cube.factors[place]))
    for place, factor in enumerate(cube.factors):
        if isinstance(factor, Listed):
            digit = digits[place]
            alias = factor.aliases[digit] if factor.aliases else None
            yield Chosen(factor.key, factor.values[digit], alias)
        elif isinstance(factor, Drawn):
            name = bare(factor.key)
            value = factor.sampler.draw(generator_for(seed, f"option {name}", number))
            yield Chosen(factor.key, plain_entry(name, value), None)
        else:
            for part, form in enumerate(factor.parts):
                inside = f"{path}{place}.{part}."
                yield from _in_form(form, digits[place], seed, number, inside)


def _length(factor: Factor) -> int:
    return factor.length if isinstance(factor, (Listed, Zipped)) else 1


class _Walk:
    """A walk through the cubes of a block, each step to one of them by its weight.

    Only the last place is kept, as one tuple that threads replace and never change: whoever goes
    forward takes single steps, whoever goes back starts again.
    """

    def __init__(
        self, weights: tuple[float, ...], lengths: tuple[int | None, ...], seed: int, purpose: str
    ) -> None:
        self._weights, self._lengths = weights, lengths
        self._seed, self._purpose = seed, purpose
        self._last: tuple[int, tuple[int, ...]] = (0, (0,) * len(weights))

    def find(self, position: int) -> tuple[int, int]:
        """Give the cube that stands at `position`, and the place of the config in it."""
        at, counts = self._last
        if position < at:
            at, counts = 0, (0,) * len(self._weights)
        done = list(counts)
        uniform = _uniform(self._seed, self._purpose, at // _CHUNK)
        while True:
            left = [k for k, n in enumerate(self._lengths) if n is None or done[k] < n]
            if len(left) == 1:
                # The rest is one cube: nothing is left to draw.
                self._last = (at, tuple(done))
                return left[0], done[left[0]] + position - at
            if at % _CHUNK == 0:
                uniform = _uniform(self._seed, self._purpose, at // _CHUNK)
            which = self._step(left, uniform[at % _CHUNK])
            if at == position:
                self._last = (at, tuple(done))
                return which, done[which]
            done[which] += 1
            at += 1

    def _step(self, left: list[int], uniform: float) -> int:
        place = uniform * sum(self._weights[k] for k in left)
        for k in left:
            place -= self._weights[k]
            if place < 0:
                return k
        return left[-1]


@functools.lru_cache(maxsize=64)
def _walk(
    weights: tuple[float, ...], lengths: tuple[int | None, ...], seed: int, purpose: str
) -> _Walk:
    return _Walk(weights, lengths, seed, purpose)


@functools.lru_cache(maxsize=64)
def _uniform(seed: int, purpose: str, chunk: int) -> tuple[float, ...]:
    return tuple(generator_for(seed, purpose, chunk).random(_CHUNK).tolist())
