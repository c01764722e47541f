"""A domain as the front of a sweep: its configs become override lines when they are asked for.

A domain says nothing of the config that it is put into. What the config has at a key decides how
an override sets it: a key that it lacks is added (`+`), and a mapping replaces the old one, as for
any other argument of a workflow's `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from runcube.domain.form import Listed, bare
from runcube.domain.planned import Planned
from runcube.domain.shown import shown
from runcube.domain.values import Entry, entry_text, entry_value
from runcube.errors import InvalidArgumentError
from runcube.overrides import Place, way_to_set


@dataclass(frozen=True)
class DomainConfig:
    """One config of a domain: its override lines, and parameter -> alias of its value."""

    lines: tuple[str, ...]
    aliases: Mapping[str, str]


@dataclass(frozen=True)
class DomainJobs:
    """A domain, and the config that its parameters are set in.

    Attributes
    ----------
    planned : Planned
        The domain.
    place_of : callable
        What the config has at a key.
    """

    planned: Planned
    place_of: Callable[[str], Place]

    @property
    def items(self) -> int:
        """How many configs it has, each counted once whatever its repetitions.

        Raises
        ------
        InvalidArgumentError
            It has no end.
        """
        items = self.planned.items
        if items is None:
            raise InvalidArgumentError(
                "this domain is infinite: `take(n_items=...)` says how many configs run"
            )
        return items

    @property
    def text(self) -> str:
        """The domain, in one line."""
        return shown(self.planned.form, self.planned.stream)

    @property
    def names(self) -> frozenset[str]:
        """Its parameters."""
        return self.planned.form.names

    def config(self, item: int) -> DomainConfig:
        """Give one config by its number."""
        chosen = self.planned.chosen(item)
        lines = [line for value in chosen for line in self._lines(value.key, value.entry)]
        aliases = {bare(value.key): value.alias for value in chosen if value.alias is not None}
        return DomainConfig(tuple(lines), aliases)

    def sweep_lines(self) -> list[str]:
        """Give the product that it is as lines that sweep: what Hydra's own sweeper would take."""
        lines: list[str] = []
        for option in self.planned.form.options():
            if isinstance(option, Listed):
                *clear, first = self._lines(option.key, option.values[0])
                key = first.partition("=")[0]
                lines += [*clear, f"{key}={','.join(option.texts())}"]
        return lines

    def _lines(self, key: str, entry: Entry) -> Iterator[str]:
        clear: list[str] = []
        prefix = ""
        if not key.startswith("+"):
            clear, prefix = way_to_set(key, [entry_value(entry)], self.place_of(key))
        yield from clear
        yield f"{prefix}{key}={entry_text(entry)}"
