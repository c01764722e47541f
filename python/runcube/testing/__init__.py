"""Tools for testing: exact comparison, synthetic sweeps, Hypothesis strategies, an oracle.

`assert_same` compares datasets and forgives nothing; `make_tree` writes a large sweep quickly;
`sweep_cases` draws small and odd ones, `write_case` puts one on disk, and `expected_dataset` says
what gathering it must give. Only the strategies need Hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcube.testing.cases import Axis as Axis
    from runcube.testing.cases import Damage as Damage
    from runcube.testing.cases import Fixed as Fixed
    from runcube.testing.cases import Job as Job
    from runcube.testing.cases import SweepCase as SweepCase
    from runcube.testing.cases import write_case as write_case
    from runcube.testing.compare import assert_same as assert_same
    from runcube.testing.oracle import expected_axes as expected_axes
    from runcube.testing.oracle import expected_dataset as expected_dataset
    from runcube.testing.oracle import expected_problems as expected_problems
    from runcube.testing.strategies import sweep_cases as sweep_cases
    from runcube.testing.trees import Tree as Tree
    from runcube.testing.trees import make_tree as make_tree

_HOMES = {
    "Axis": "cases",
    "Damage": "cases",
    "Fixed": "cases",
    "Job": "cases",
    "SweepCase": "cases",
    "Tree": "trees",
    "assert_same": "compare",
    "expected_axes": "oracle",
    "expected_dataset": "oracle",
    "expected_problems": "oracle",
    "make_tree": "trees",
    "sweep_cases": "strategies",
    "write_case": "cases",
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
