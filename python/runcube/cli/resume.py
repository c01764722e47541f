"""`runcube resume`: starts a sweep again as it was started, for what has not finished."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from runcube.cli.refusal import Refusal
from runcube.launch.sweep_record import read_sweep_record
from runcube.overrides import format_override

# What this command says itself.
_OWN = ("hydra.sweep.dir=", "hydra.sweeper.resume=", "hydra.sweeper.overwrite=")


def resume(path: Path, /, *, dry_run: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Launch what has not finished of a sweep, by the command that started it.

    Parameters
    ----------
    path
        The directory of a sweep that an app launched by `hydra/sweeper=runcube`.
    dry_run
        Say what would run, and launch nothing.
    """
    sweep = path.absolute()
    arguments, directory = _started(sweep)
    command = [
        sys.executable,
        *(argument for argument in arguments if not argument.lstrip("+").startswith(_OWN)),
        format_override("hydra.sweep.dir", str(sweep)),
        "hydra.sweeper.resume=true",
        *(["hydra.sweeper.dry_run=true"] if dry_run else []),
    ]
    # The sweep's own command, which whoever may write here could as well have run.
    return subprocess.run(command, cwd=directory, check=False).returncode  # noqa: S603


def _started(sweep: Path) -> tuple[list[str], Path]:
    """Give the arguments of the command that started a sweep, and where it ran."""
    started = read_sweep_record(sweep).get("started")
    if not isinstance(started, dict):
        message = f"{sweep} does not say how it was started: no app launched it by our sweeper"
        raise Refusal(message)
    if started.get("by") != "app":
        message = f"a workflow launched {sweep}: call its `run` again, with `resume=True`"
        raise Refusal(message)
    arguments = [str(argument) for argument in started.get("argv", [])]
    directory = (sweep / str(started.get("cwd", "."))).resolve()
    if not directory.is_dir():
        message = f"{sweep} was started in {directory}, which is not there any more"
        raise Refusal(message)
    return arguments, directory
