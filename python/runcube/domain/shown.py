"""A domain as one line of text: its axes, and how many configs they make."""

from __future__ import annotations

import reprlib

from runcube.domain.form import Cube, Drawn, Factor, Form, Listed
from runcube.domain.stream import Stream
from runcube.domain.values import Verbatim

_MOST_TERMS = 4
_MOST_VALUES = 6


def shown(form: Form, stream: Stream) -> str:
    """
    Write a domain as `repr` shows it.

    Examples
    --------
    >>> from runcube.domain import Domain
    >>> Domain(a=[1, 2]) * Domain(b=["x"]) + Domain(c=range(10))
    <Domain a=[1, 2] * b=['x'] + c=range(0, 10): 12 configs>
    """
    count = stream.items(form.length)
    text = "infinitely many configs" if count is None else f"{count} config{'s' * (count != 1)}"
    if stream.n_reps != 1:
        text += f", {stream.n_reps} repetitions"
    if stream.seed is not None:
        text += f", seed={stream.seed}"
    terms = _terms(form)
    return f"<Domain {terms}: {text}>" if terms else f"<Domain: {text}>"


def _terms(form: Form) -> str:
    terms = [_cube(cube) for cube in form.cubes[:_MOST_TERMS]]
    more = len(form.cubes) - len(terms)
    return " + ".join([*terms, f"... {more} more"] if more else terms)


def _cube(cube: Cube) -> str:
    weight = [] if cube.weight is None else [f"{cube.weight:g}"]
    return " * ".join([*weight, *map(_factor, cube.factors)])


def _factor(factor: Factor) -> str:
    if isinstance(factor, Listed):
        return f"{factor.label or factor.key}={_values(factor)}"
    if isinstance(factor, Drawn):
        return f"{factor.label or factor.key}={factor.sampler!r}"
    return f"({' @ '.join(_part(part) for part in factor.parts)})"


def _part(form: Form) -> str:
    is_plain = len(form.cubes) == 1 and len(form.cubes[0].factors) == 1
    return _terms(form) if is_plain else f"({_terms(form)})"


def _values(listed: Listed) -> str:
    if isinstance(listed.values, range):
        return repr(listed.values)
    aliases = listed.aliases or (None,) * listed.length
    shown = [
        alias or _value(value)
        for value, alias in zip(listed.values[:_MOST_VALUES], aliases[:_MOST_VALUES], strict=True)
    ]
    more = listed.length - len(shown)
    return f"[{', '.join([*shown, f'... {more} more'] if more else shown)}]"


def _value(value: object) -> str:
    return reprlib.repr(value.value if isinstance(value, Verbatim) else value)
