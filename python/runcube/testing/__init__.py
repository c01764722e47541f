"""Tools for testing: exact comparison and synthetic sweeps.

`assert_same` compares datasets and forgives nothing; `make_tree` writes a large sweep
quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcube.testing.compare import assert_same as assert_same
    from runcube.testing.trees import Tree as Tree
    from runcube.testing.trees import make_tree as make_tree

_HOMES = {
    "Tree": "trees",
    "assert_same": "compare",
    "make_tree": "trees",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - one list of names, above


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module `{__name__}` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
