"""What may stand in a domain as values, made plain once and for all.

A domain holds what a task will get: numpy scalars are Python's, paths are text, classes and
functions are dotted paths. So equal constructions are equal domains, no later change of a caller's
list reaches a domain, and what runs is what is recorded.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from runcube.domain.alias import Alias
from runcube.domain.dotted import dotted_path, is_importable
from runcube.domain.sampling import Sampler
from runcube.override_text import PlainValue, is_multirun, plain_value, text_of
from runcube.overrides import format_override


@dataclass(frozen=True)
class Verbatim:
    r"""A value that only Hydra's own text can say: one with an interpolation.

    Attributes
    ----------
    value : PlainValue
        The value as a config holds it, before it is resolved.
    text : str
        What stands after the `=`.
    """

    value: PlainValue
    text: str


Entry: TypeAlias = "PlainValue | Verbatim"


def checked_key(name: object) -> tuple[str, str | None]:
    """
    Give the key and the alias of a parameter's name; `/` in it is read as `.`.

    Examples
    --------
    >>> checked_key("model/depth"), checked_key(Alias("+model.depth", "depth"))
    (('model.depth', None), ('+model.depth', 'depth'))
    """
    alias: str | None = None
    if isinstance(name, Alias):
        alias, name = name.alias, name.value
    if not isinstance(name, str):
        raise TypeError(f"a parameter's name is a text; got {name!r}")
    key = name.replace("/", ".")
    format_override(key, None)  # raises for what Hydra cannot read
    return key, alias


def listed(key: str, values: object) -> tuple[range | tuple[Entry, ...], tuple[str | None, ...]]:
    """
    Give the plain values that a parameter is given, and their aliases (none at all: empty).

    Raises
    ------
    TypeError
        They are no list, tuple, range or array.
    ValueError, TypeError
        One of them has no form as an override.

    Examples
    --------
    >>> listed("a", [1, Alias(2, "two"), (3, 4)])
    ((1, 2, [3, 4]), (None, 'two', None))
    >>> listed("a", range(10**12))
    (range(0, 1000000000000), ())
    """
    if isinstance(values, range):
        return values, ()
    if isinstance(values, np.ndarray) and values.ndim:
        entries: Iterable[Any] = values
    elif isinstance(values, (list, tuple)) or is_multirun(values):
        entries = values  # type: ignore[assignment]
    else:
        shown = repr(values) if len(repr(values)) < 60 else f"a `{type(values).__name__}`"  # noqa: PLR2004
        raise TypeError(
            f"`{key}`: expected a list, tuple, range, numpy array or sampler; got {shown}: put one "
            f"value in a list, `{key}=[...]`"
        )
    plain: list[Entry] = []
    aliases: list[str | None] = []
    for number, entry in enumerate(entries):
        alias = None
        if isinstance(entry, Alias):
            entry, alias = entry.value, entry.alias  # noqa: PLW2901
        plain.append(plain_entry(f"{key}[{number}]", entry))
        aliases.append(alias)
    return tuple(plain), (() if all(alias is None for alias in aliases) else tuple(aliases))


def plain_entry(where: str, value: object) -> Entry:
    """Make one value plain; messages begin with where it stands."""
    if isinstance(value, Verbatim):
        return value
    if isinstance(value, np.ndarray) and value.ndim:
        value = value.tolist()
    elif is_importable(value):
        value = dotted_path(value)
    elif isinstance(value, Sampler):
        raise TypeError(
            f"`{where}`: a sampler in a list; give it alone as the values of its parameter, and "
            "join several with `|`"
        )
    try:
        plain: PlainValue = plain_value(value, where=where, element=True)
    except TypeError as error:
        raise TypeError(
            f"{error}. For an object, give the config that makes it and a name to show: "
            "`ConfigAlias({'_target_': 'module.Class'}, 'name')`"
        ) from None
    return plain


def entry_text(entry: Entry) -> str:
    r"""
    Give what stands after the `=` in the override of a job.

    Examples
    --------
    >>> print(entry_text("1"), entry_text([1, "${a}"]), entry_text(Verbatim("${a}", "'${a}'")))
    '1' [1,'\${a}'] '${a}'
    """
    return entry.text if isinstance(entry, Verbatim) else text_of(entry)


def entry_value(entry: Entry) -> PlainValue:
    """Give a value to a caller, who may change the lists in it."""
    value = entry.value if isinstance(entry, Verbatim) else entry
    return copy.deepcopy(value) if isinstance(value, (list, dict)) else value


_BACKSLASHES = re.compile(r"(?<!\\)(\\*)\$\{")


def entry_of_config(value: Any) -> Entry:
    r"""
    Give the entry of a value that Hydra has parsed but OmegaConf has not resolved yet.

    Examples
    --------
    >>> entry_of_config(["a", r"\${b}"]), entry_of_config("${b}")
    (['a', '${b}'], Verbatim(value='${b}', text="'${b}'"))
    """
    if _refers(value):
        return Verbatim(value, text_of(value, escape=False))
    plain: PlainValue = _unescaped(value)
    return plain


def _refers(value: Any) -> bool:
    """Tell whether OmegaConf would resolve an interpolation in a value."""
    if isinstance(value, str):
        return any(len(found[1]) % 2 == 0 for found in _BACKSLASHES.finditer(value))
    if isinstance(value, dict):
        return any(map(_refers, value.values()))
    return isinstance(value, list) and any(map(_refers, value))


def _unescaped(value: Any) -> Any:
    if isinstance(value, str):
        return _BACKSLASHES.sub(lambda found: found[1][: len(found[1]) // 2] + "${", value)
    if isinstance(value, dict):
        return {key: _unescaped(item) for key, item in value.items()}
    return list(map(_unescaped, value)) if isinstance(value, list) else value
