"""What could not be read, on standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcube.results.problem import Problem

_SHOWN = 3


def report_problems(problems: Sequence[Problem], *, listing: str) -> None:
    """List the first few problems, and how many there are; `listing` is the command for all."""
    if not problems:
        return
    lines = [f"{len(problems)} problem{'s' if len(problems) > 1 else ''} while reading:"]
    lines += [f"  {it.kind}: {it}" for it in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        kinds = Counter(it.kind for it in problems[_SHOWN:])
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        lines.append(f"  … and {len(problems) - _SHOWN} more ({counts}); `{listing}` has all")
    print("\n".join(lines), file=sys.stderr)
