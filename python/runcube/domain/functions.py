"""The methods of `Domain` as functions of a domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcube.domain.domains import Domain
    from runcube.domain.sampling import Sampler


def set_iter_params(
    domain: Domain,
    n_items: int | None = None,
    n_reps: int = 1,
    repeat_each: int | None = None,
    seed: int | None = None,
) -> Domain:
    """Give `domain.take(...)`: a new domain with these parameters; the old one stays."""
    return domain.take(n_items, n_reps, repeat_each, seed)


def iterator(domain: Domain, *, additional: bool = False) -> Iterator[dict[str, Any]]:
    """Give the config of each job of a domain, with its `repetition` if `additional`."""
    return domain.iterator(additional=additional)


def size(domain: Domain) -> int | float:
    """Give how many jobs a domain has, repetitions counted; `math.inf` for no end."""
    return domain.size


def option_items(domain: Domain) -> list[tuple[str, Sequence[Any] | Sampler]]:
    """List each option of a domain with its values or its sampler."""
    return domain.option_items()


def option_sample(domain: Domain, name: str, n_items: int = 1) -> list[Any]:
    """Draw values of one option of a domain."""
    return domain.option_sample(name, n_items)
