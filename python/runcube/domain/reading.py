"""From Hydra's own override texts back to domains."""

from __future__ import annotations

from collections.abc import Sequence

from runcube import _core
from runcube.domain.algebra import product_of
from runcube.domain.form import Cube, Form, Listed, bare
from runcube.domain.planned import Planned
from runcube.domain.stream import Stream
from runcube.domain.values import Entry, entry_of_config, entry_text


def form_of_overrides(overrides: Sequence[str]) -> Form:
    """Give the product of override texts, each swept over what it says."""
    form = Form()
    for text in overrides:
        one = Form((Cube((_listed(text),)),))
        form = product_of(form, one) if form.cubes else one
    return form


def form_of_jobs(jobs: Sequence[Sequence[str]]) -> Form:
    """Give the form whose configs are these, in their order; a product where they are one."""
    terms = [[_listed(text) for text in job] for job in jobs]
    for number, term in enumerate(terms):
        for listed in term:
            if listed.length != 1:
                raise ValueError(
                    f"`{listed.key}` of job {number} is swept; a job has one value of a parameter"
                )
    product = _product(terms)
    if product is not None and _texts(product) == [
        [f"{listed.key}={text}" for listed in term for text in listed.texts()] for term in terms
    ]:
        return product
    for number, term in enumerate(terms):
        if not term:
            raise ValueError(f"job {number} has no overrides; a config of a domain has some")
        _check_once(term)
    return Form(tuple(Cube(tuple(term)) for term in terms))


def _product(terms: list[list[Listed]]) -> Form | None:
    """Give the product that the jobs would be, if they were one."""
    keys = [listed.key for listed in terms[0]] if terms else []
    if not keys or len(set(map(bare, keys))) != len(keys):
        return None
    values: dict[str, dict[str, Entry]] = {key: {} for key in keys}
    for term in terms:
        if [listed.key for listed in term] != keys:
            return None
        for listed in term:
            entry = listed.values[0]
            values[listed.key].setdefault(entry_text(entry), entry)
    cube = Cube(tuple(Listed(key, None, tuple(found.values())) for key, found in values.items()))
    return Form((cube,)) if cube.length == len(terms) else None


def _texts(form: Form) -> list[list[str]]:
    planned = Planned(form, Stream())
    return [planned.job(number).overrides for number in range(form.finite_length)]


def _check_once(term: Sequence[Listed]) -> None:
    names = [bare(listed.key) for listed in term]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"`{name}` is set twice; a config has one value of a parameter")


def _listed(text: str) -> Listed:
    prefix, key, is_sweep, value = _core.parse_override(text)
    if prefix == "~":
        raise ValueError(f"`{text}`: it removes a key, and a domain has values alone")
    if is_sweep and value is None:
        raise ValueError(
            f"`{text}`: the values of its sweep cannot be listed; list them, or give a sampler "
            "such as `NumpySampler('uniform', low=..., high=...)`"
        )
    values = value if is_sweep else [value]
    return Listed(f"{prefix}{key}", None, tuple(map(entry_of_config, values)))
