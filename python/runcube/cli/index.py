"""`runcube index`: an index for instant reading, beside a sweep, for all who read it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from runcube import _core
from runcube.cli.refusal import Refusal
from runcube.results.opening import SETTLED_SECONDS
from runcube.results.progress import watching

FILE = Path(".runcube", "index-v1.arrow")


def index(
    path: Path,
    /,
    *,
    metrics: Annotated[list[str] | None, Parameter(negative="")] = None,
    remove: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Put an index for instant reading beside a sweep.

    It is a file `.runcube/index-v1.arrow` in the sweep's directory, and moves with it. Whoever
    reads the sweep takes from it the jobs whose files have the sizes and times that it names, and
    reads the others.

    Parameters
    ----------
    path
        The directory of a sweep.
    metrics
        A metric file of each job, or a glob, instead of the recorded metrics. May be repeated.
    remove
        Remove the index instead.
    """
    file = path / FILE
    if remove:
        try:
            file.unlink()
        except FileNotFoundError:
            message = f"{path}: it has no index"
            raise Refusal(message) from None
        return 0
    with watching("auto") as told:
        use = ("beside", SETTLED_SECONDS, 0)
        _core.open_sweep(path, metrics or None, None, False, None, cache=use, progress=told)  # noqa: FBT003
    print(file)
    return 0
