"""Classes and functions as the dotted path by which they are imported."""

from __future__ import annotations

import inspect
import sys
from typing import Any, TypeGuard


def is_importable(value: object) -> TypeGuard[Any]:
    """Tell whether a value is a class or a function, which a dotted path can stand for."""
    return isinstance(value, type) or inspect.isroutine(value)


def dotted_path(value: Any) -> str:
    """
    Give the path by which Hydra finds a class or function again.

    Raises
    ------
    ValueError
        What stands there is something else, as for a lambda or what a function defined.

    Examples
    --------
    >>> from fractions import Fraction
    >>> dotted_path(Fraction), dotted_path(Fraction.from_float), dotted_path(len)
    ('fractions.Fraction', 'fractions.Fraction.from_float', 'builtins.len')
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if module is None:
        # Methods of builtin classes do not say their module.
        module = getattr(getattr(value, "__self__", None), "__module__", None) or "builtins"
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None or found != value:
        raise ValueError(
            f"{value!r}: nothing of its name can be imported from `{module}`; define it at the top "
            "of a module, or give its dotted path as text"
        )
    return f"{module}.{name}"
