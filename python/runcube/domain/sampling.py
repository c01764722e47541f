"""Samplers: values that are drawn, and how they compose.

::

    s + 1, 10 ** s      arithmetic on what is drawn
    s | t, 2 & s | t    a mixture: one of them is drawn, in proportion to the weights
    s & t               joint: one draw of each, as a list
    s.apply(f)          f of what is drawn
    s.truncate(high, low, expr, prob)    draws until the value is in bounds

A sampler is data: it draws from the generator that it is handed, all parts of it from the same
one, so whoever hands over the same generator gets the same value.
"""

from __future__ import annotations

import abc
import math
import numbers
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# So many draws in vain end a truncation, where its bounds leave nothing.
MOST_TRIES = 10_000

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def checked_weight(weight: object) -> float:
    """
    Give a weight as a float.

    Raises
    ------
    ValueError
        It is not finite and positive.

    Examples
    --------
    >>> checked_weight(2)
    2.0
    """
    number = float(weight) if is_number(weight) else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"a weight is finite and positive; got {weight!r}")
    return number


def is_number(value: object) -> bool:
    """Tell whether a value is a real number; truth values are none."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


class Sampler(abc.ABC):
    """What draws one value for each config. A class of one's own defines `draw`."""

    # numpy's numbers leave the operators to us.
    __array_ufunc__ = None

    @abc.abstractmethod
    def draw(self, generator: np.random.Generator) -> Any:
        """Draw one value, with no other source of chance than `generator`."""

    def weighted(self) -> tuple[tuple[float, Sampler], ...]:
        """Give the samplers that a mixture with this one draws from, with their weights."""
        return ((1.0, self),)

    def jointly(self) -> tuple[Sampler, ...]:
        """Give the samplers that a joint with this one draws from."""
        return (self,)

    def apply(self, function: Callable[[Any], Any]) -> Sampler:
        """
        Give the sampler of `function` of what this one draws.

        Examples
        --------
        >>> from runcube.domain import NumpySampler
        >>> NumpySampler("integers", 3).apply(float)
        NumpySampler('integers', 3).apply(float)
        """
        return _Applied(self, function)

    def truncate(
        self,
        high: float | None = None,
        low: float | None = None,
        expr: Callable[[Any], bool] | None = None,
        prob: Callable[[Any], float] | None = None,
    ) -> Sampler:
        """
        Give the sampler that draws until a value is accepted.

        Parameters
        ----------
        high, low : float, optional
            The bounds, both included.
        expr : callable, optional
            Tells of a value whether it is accepted.
        prob : callable, optional
            Gives of a value with which probability it is accepted.

        Examples
        --------
        >>> from runcube.domain import NumpySampler
        >>> NumpySampler("normal").truncate(high=2, low=-2)
        NumpySampler('normal').truncate(high=2, low=-2)
        """
        if high is not None and low is not None and not low <= high:
            raise ValueError(f"`truncate`: nothing lies between low={low!r} and high={high!r}")
        return _Truncated(self, high, low, expr, prob)

    def __repr__(self) -> str:
        # An address would differ between two records of one sweep.
        return f"{type(self).__qualname__}()"

    def __add__(self, other: object) -> Sampler:
        return _combined("+", self, other)

    def __radd__(self, other: object) -> Sampler:
        return _combined("+", other, self)

    def __sub__(self, other: object) -> Sampler:
        return _combined("-", self, other)

    def __rsub__(self, other: object) -> Sampler:
        return _combined("-", other, self)

    def __mul__(self, other: object) -> Sampler:
        return _combined("*", self, other)

    def __rmul__(self, other: object) -> Sampler:
        return _combined("*", other, self)

    def __truediv__(self, other: object) -> Sampler:
        return _combined("/", self, other)

    def __rtruediv__(self, other: object) -> Sampler:
        return _combined("/", other, self)

    def __floordiv__(self, other: object) -> Sampler:
        return _combined("//", self, other)

    def __rfloordiv__(self, other: object) -> Sampler:
        return _combined("//", other, self)

    def __mod__(self, other: object) -> Sampler:
        return _combined("%", self, other)

    def __rmod__(self, other: object) -> Sampler:
        return _combined("%", other, self)

    def __pow__(self, other: object) -> Sampler:
        return _combined("**", self, other)

    def __rpow__(self, other: object) -> Sampler:
        return _combined("**", other, self)

    def __or__(self, other: object) -> Sampler:
        if not isinstance(other, Sampler):
            return NotImplemented
        return _Mixture((*self.weighted(), *other.weighted()))

    def __and__(self, other: object) -> Sampler:
        if not isinstance(other, Sampler):
            return NotImplemented
        return _Joint((*self.jointly(), *other.jointly()))

    def __rand__(self, weight: object) -> Sampler:
        if not isinstance(weight, (numbers.Real, np.bool_)):
            return NotImplemented
        factor = checked_weight(weight)
        parts = tuple((checked_weight(factor * own), part) for own, part in self.weighted())
        return _Mixture(parts)


@dataclass(frozen=True, eq=False)
class _Constant(Sampler):
    value: Any

    def draw(self, generator: np.random.Generator) -> Any:  # noqa: ARG002
        return self.value

    def __eq__(self, other: object) -> bool:
        # 1, 1.0 and True are three values.
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __repr__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class _Combined(Sampler):
    symbol: str
    left: Sampler
    right: Sampler

    def draw(self, generator: np.random.Generator) -> Any:
        values = [python_value(self.left.draw(generator)), python_value(self.right.draw(generator))]
        for value in values:
            # A list times 2 would be repeated, a text times 2 too.
            if not (is_number(value) or isinstance(value, np.ndarray)):
                raise TypeError(f"`{self!r}`: `{self.symbol}` takes numbers; drawn was {value!r}")
        result = _OPERATIONS[self.symbol](*values)
        if isinstance(result, complex):
            raise ValueError(
                f"`{self!r}`: {values[0]!r} {self.symbol} {values[1]!r} is no real number"
            )
        return result

    def __repr__(self) -> str:
        return f"({self.left!r} {self.symbol} {self.right!r})"


@dataclass(frozen=True)
class _Mixture(Sampler):
    parts: tuple[tuple[float, Sampler], ...]

    def draw(self, generator: np.random.Generator) -> Any:
        place = generator.random() * math.fsum(weight for weight, _ in self.parts)
        for weight, part in self.parts:
            place -= weight
            if place < 0:
                return part.draw(generator)
        return self.parts[-1][1].draw(generator)

    def weighted(self) -> tuple[tuple[float, Sampler], ...]:
        return self.parts

    def __repr__(self) -> str:
        shown = (
            repr(part) if weight == 1 else f"{weight:g} & {part!r}" for weight, part in self.parts
        )
        return f"({' | '.join(shown)})"


@dataclass(frozen=True)
class _Joint(Sampler):
    parts: tuple[Sampler, ...]

    def draw(self, generator: np.random.Generator) -> Any:
        return [part.draw(generator) for part in self.parts]

    def jointly(self) -> tuple[Sampler, ...]:
        return self.parts

    def __repr__(self) -> str:
        return f"({' & '.join(map(repr, self.parts))})"


@dataclass(frozen=True)
class _Applied(Sampler):
    inner: Sampler
    function: Callable[[Any], Any]

    def draw(self, generator: np.random.Generator) -> Any:
        return self.function(python_value(self.inner.draw(generator)))

    def __repr__(self) -> str:
        return f"{self.inner!r}.apply({_name(self.function)})"


@dataclass(frozen=True)
class _Truncated(Sampler):
    inner: Sampler
    high: float | None
    low: float | None
    expr: Callable[[Any], bool] | None
    prob: Callable[[Any], float] | None

    def draw(self, generator: np.random.Generator) -> Any:
        for _ in range(MOST_TRIES):
            value = python_value(self.inner.draw(generator))
            if (
                (self.high is None or np.all(value <= self.high))
                and (self.low is None or np.all(value >= self.low))
                and (self.expr is None or self.expr(value))
                and (self.prob is None or generator.random() < self.prob(value))
            ):
                return value
        raise ValueError(f"`{self!r}`: none of {MOST_TRIES} draws was accepted; widen its bounds")

    def __repr__(self) -> str:
        given = [(key, getattr(self, key)) for key in ("high", "low", "expr", "prob")]
        shown = (f"{key}={_name(value)}" for key, value in given if value is not None)
        return f"{self.inner!r}.truncate({', '.join(shown)})"


def python_value(value: Any) -> Any:
    """Give numpy's scalars as Python's."""
    is_scalar = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim)
    return value.item() if is_scalar else value


def _combined(symbol: str, left: object, right: object) -> Sampler:
    operands: list[Sampler] = []
    for operand in (left, right):
        if isinstance(operand, Sampler):
            operands.append(operand)
        elif is_number(operand):
            operands.append(_Constant(python_value(operand)))
        else:
            return NotImplemented  # type: ignore[no-any-return]
    return _Combined(symbol, *operands)


def _name(value: Any) -> str:
    return str(getattr(value, "__qualname__", None) or repr(value))
