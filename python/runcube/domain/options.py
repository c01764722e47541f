"""The options of a domain, each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runcube.domain.draws import generator_for
from runcube.domain.form import Drawn, bare
from runcube.domain.planned import Planned
from runcube.domain.sampling import Sampler
from runcube.domain.values import entry_value, plain_entry


def items(planned: Planned) -> list[tuple[str, Sequence[Any] | Sampler]]:
    """List each option with its values or its sampler, in the order of writing."""
    found: list[tuple[str, Sequence[Any] | Sampler]] = []
    for option in planned.form.options():
        name = bare(option.key)
        if isinstance(option, Drawn):
            found.append((name, option.sampler))
        elif isinstance(option.values, range):
            found.append((name, option.values))
        else:
            found.append((name, [entry_value(entry) for entry in option.values]))
    return found


def sample(planned: Planned, name: str, n_items: int) -> list[Any]:
    """Draw values of one option alone; where several cubes have it, of any of them.

    Raises
    ------
    KeyError
        No option has this name.
    ValueError
        No option of this name has values.
    """
    named = [option for option in planned.form.options() if bare(option.key) == name]
    if not named:
        names = ", ".join(f"`{known}`" for known in sorted(planned.form.names))
        raise KeyError(f"no option `{name}`; this domain has {names or 'none'}")
    options = [option for option in named if isinstance(option, Drawn) or option.length]
    if not options:
        raise ValueError(f"`{name}` has no values to draw from")
    drawn = []
    for number in range(n_items):
        generator = generator_for(planned.seed, f"sample {name}", number)
        option = options[int(generator.integers(len(options)))] if options[1:] else options[0]
        if isinstance(option, Drawn):
            entry = plain_entry(name, option.sampler.draw(generator))
        else:
            entry = option.values[int(generator.integers(option.length))]
        drawn.append(entry_value(entry))
    return drawn
