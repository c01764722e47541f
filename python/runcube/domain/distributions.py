"""Samplers that draw from the distributions of numpy and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np

from runcube.domain.draws import generator_for
from runcube.domain.sampling import Sampler
from runcube.override_text import PlainValue, plain_value

# What of a generator draws values; its other methods shuffle in place, or give bytes.
_NUMPY_NAMES = (
    "beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel "
    "hypergeometric integers laplace logistic lognormal logseries multinomial "
    "multivariate_hypergeometric multivariate_normal negative_binomial noncentral_chisquare "
    "noncentral_f normal pareto permutation poisson power random rayleigh standard_cauchy "
    "standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises "
    "wald weibull zipf"
)
_OF_NUMPY = frozenset(_NUMPY_NAMES.split())


class _Distribution(Sampler):
    """A distribution by its name, with its arguments made plain."""

    def __init__(self, name: str, /, *arguments: Any, **options: Any) -> None:
        self._name = name
        self._arguments = tuple(map(_plain, arguments))
        self._options = {key: _plain(value) for key, value in options.items()}
        try:
            self.draw(generator_for(0, "trial", 0))
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise ValueError(f"`{self!r}` draws nothing: {error}") from error

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        shown = [repr(self._name), *map(repr, self._arguments)]
        shown += [f"{key}={value!r}" for key, value in self._options.items()]
        return f"{type(self).__name__}({', '.join(shown)})"


class NumpySampler(_Distribution):
    """
    Draws from a distribution of `numpy.random.Generator`.

    Parameters
    ----------
    name : str
        The method's name, such as `uniform`, `normal`, `integers` or `choice`.
    *arguments, **options : object
        What the method takes, without a generator.

    Raises
    ------
    ValueError
        numpy has no such distribution, or it does not take these arguments.

    Examples
    --------
    >>> import numpy as np
    >>> NumpySampler("uniform", low=-4, high=-1)
    NumpySampler('uniform', low=-4, high=-1)
    >>> NumpySampler("choice", ["a", 1]).draw(np.random.default_rng(0))
    1
    """

    def __init__(self, name: str, /, *arguments: Any, **options: Any) -> None:
        if name not in _OF_NUMPY:
            raise ValueError(
                f"`NumpySampler({name!r})`: `numpy.random.Generator` has no such distribution; "
                f"expected one of {', '.join(sorted(_OF_NUMPY))}"
            )
        super().__init__(name, *arguments, **options)

    def draw(self, generator: np.random.Generator) -> Any:
        """Draw one value, or an array where `size` asks for it."""
        method = getattr(generator, self._name)
        if self._name in ("choice", "permutation"):
            first, rest, options = self._split()
            if isinstance(first, list):
                # As an array, `["a", 1]` would be two texts.
                return _taken(first, method(len(first), *rest, **options))
        return method(*self._arguments, **self._options)

    def _split(self) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        key = "a" if self._name == "choice" else "x"
        if self._arguments:
            return self._arguments[0], self._arguments[1:], self._options
        rest = {name: value for name, value in self._options.items() if name != key}
        return self._options.get(key), (), rest


class ScipySampler(_Distribution):
    """
    Draws from a distribution of `scipy.stats`; scipy is loaded when the first one is made.

    Parameters
    ----------
    name : str
        The distribution's name, such as `loguniform` or `truncnorm`.
    *arguments, **options : object
        What its `rvs` takes, without `random_state`.

    Raises
    ------
    ValueError
        scipy has no such distribution, or it does not take these arguments.

    Examples
    --------
    >>> ScipySampler("loguniform", 1e-4, 1e-1)
    ScipySampler('loguniform', 0.0001, 0.1)
    """

    def draw(self, generator: np.random.Generator) -> Any:
        """Draw one value, or an array where `size` asks for it."""
        try:
            from scipy import stats
        except ImportError as error:
            raise ImportError("`ScipySampler` needs scipy: `pip install scipy`") from error
        distribution: Any = getattr(stats, self._name, None)
        if not hasattr(distribution, "rvs"):
            raise ValueError(f"`scipy.stats` has no distribution `{self._name}`")
        return distribution.rvs(*self._arguments, random_state=generator, **self._options)


class ConstantSampler(_Distribution):
    """
    Draws the same value always.

    Examples
    --------
    >>> ConstantSampler(3)
    ConstantSampler(3)
    """

    def __init__(self, value: object) -> None:
        super().__init__("constant", value)

    def draw(self, generator: np.random.Generator) -> Any:  # noqa: ARG002
        """Give the value."""
        return self._arguments[0]

    def __repr__(self) -> str:
        return f"ConstantSampler({self._arguments[0]!r})"


NS = NumpySampler


def _plain(value: object) -> PlainValue:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return plain_value(value, where="an argument of a sampler", element=True)


def _taken(values: list[Any], places: Any) -> Any:
    if np.ndim(places) == 0:
        return values[int(places)]
    return [_taken(values, place) for place in places]
