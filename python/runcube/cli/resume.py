"""`runcube resume`: goes on with a sweep, by the command line that started it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from runcube.cli.refusal import Refusal
from runcube.launch.place import SWEEP_CONFIG_NAME
from runcube.launch.sweep_record import read_sweep_record
from runcube.override_text import quote

# What a resume says itself; the same from the first start, or from an earlier resume, goes.
_OWN = ("hydra.sweep.dir", "hydra.sweeper.resume", "hydra.sweeper.overwrite")
_MULTIRUN = "hydra.mode=MULTIRUN"
_OPTIONS_WITH_VALUE = ("-W", "-X")
_INTERRUPTED = 130


@dataclass(frozen=True)
class Start:
    """How a sweep is gone on with: the arguments of the interpreter, and where it runs."""

    arguments: list[str]
    directory: Path

    def shown(self) -> str:
        """Give the command as a shell reads it."""
        command = shlex.join([sys.executable, *self.arguments])
        return f"cd {shlex.quote(str(self.directory))} && {command}"


def resume(
    path: Path,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    print_: Annotated[bool, Parameter(name="--print", negative="")] = False,
) -> int:
    """Go on with a sweep: run what has not finished.

    The command line that started the sweep is run again where it ran, by this Python, with
    `hydra.sweeper.resume=true`. It stands in the sweep's directory: of a sweep that is not yours,
    look at it first with `--print`.

    The exit code is 1 where that command fails.

    Parameters
    ----------
    path
        The directory of a sweep that was started with `hydra/sweeper=runcube`.
    dry_run
        Say how many jobs would run, and launch nothing.
    print_
        Print the command, and do not run it.
    """
    start = start_of(path)
    if dry_run:
        start = Start([*start.arguments, "hydra.sweeper.dry_run=true"], start.directory)
    if print_:
        print(start.shown())
        return 0
    print(start.shown(), file=sys.stderr, flush=True)
    code = _run(start)
    if code in (-signal.SIGINT, _INTERRUPTED):
        return _INTERRUPTED
    return 1 if code else 0


def start_of(sweep: Path) -> Start:
    """Find out how to go on with the sweep in a directory.

    Raises
    ------
    Refusal
        It cannot be gone on with from here; the text says why.
    """
    if not sweep.is_dir():
        raise Refusal(f"{sweep}: no such directory")
    config = _config(sweep)
    _check_sweeper(sweep, config)
    started = read_sweep_record(sweep).get("started")
    arguments, place = _recorded(started)
    if arguments is None:
        raise _refusal(sweep, "its record does not say by which command it was started")
    lines = [*_lines(config, "task"), *_lines(config, "hydra")]
    foreign = [line for line in lines if line != _MULTIRUN and line not in arguments]
    if foreign:
        raise _refusal(
            sweep,
            f"it was started from Python code: `{foreign[0]}` is not on its command line "
            f"`{shlex.join(arguments)}`",
        )
    directory = (sweep / place).resolve()
    needed = directory / (_script(arguments) or "")
    if not needed.exists():
        raise Refusal(
            f"{sweep}: it was started in {directory}, and {needed} is not there (any more); "
            f"start `{shlex.join(arguments)}` where the app is, with "
            "`hydra.sweeper.resume=true` and this directory as `hydra.sweep.dir`"
        )
    kept = [text for text in arguments if text.lstrip("+").partition("=")[0] not in _OWN]
    relative = os.path.relpath(sweep.resolve(), directory)
    own = [
        f"hydra.sweep.dir={quote(relative)}",
        "hydra.sweeper.resume=true",
        "hydra.sweeper.overwrite=false",
    ]
    return Start([*kept, *own], directory)


def _check_sweeper(sweep: Path, config: Any) -> None:
    from omegaconf import OmegaConf

    if config is None:
        raise Refusal(
            f"{sweep}: it has no `{SWEEP_CONFIG_NAME}`, so it is no sweep that Hydra started; give "
            "the directory that holds one"
        )
    choices = OmegaConf.select(config, "hydra.runtime.choices") or {}
    sweeper = choices.get("hydra/sweeper")
    if sweeper != "runcube":
        raise Refusal(
            f"{sweep}: it was started with `hydra/sweeper={sweeper}`, and only `runcube` resumes; "
            "start its command line again with `hydra/sweeper=runcube hydra.sweeper.resume=true` "
            f"and `hydra.sweep.dir={sweep}`"
        )


def _refusal(sweep: Path, why: str) -> Refusal:
    return Refusal(
        f"{sweep}: {why}; run that code again with `resume=True`, or its app's command line with "
        f"`hydra.sweeper.resume=true` and `hydra.sweep.dir={sweep}`"
    )


def _config(sweep: Path) -> Any:
    from omegaconf import OmegaConf

    try:
        return OmegaConf.load(sweep / SWEEP_CONFIG_NAME)
    except FileNotFoundError:
        return None


def _lines(config: Any, kind: str) -> list[str]:
    from omegaconf import OmegaConf

    node = OmegaConf.select(config, f"hydra.overrides.{kind}")
    lines = [] if node is None else OmegaConf.to_container(node, resolve=False)
    return [str(line) for line in lines] if isinstance(lines, list) else []


def _recorded(started: Any) -> tuple[list[str] | None, str]:
    if not isinstance(started, dict):
        return None, ""
    arguments, place = started.get("argv"), started.get("cwd")
    is_list = isinstance(arguments, list) and all(isinstance(text, str) for text in arguments)
    if not is_list or not arguments or not isinstance(place, str):
        return None, ""
    return arguments, place


def _script(arguments: Sequence[str]) -> str | None:
    """Give the file that the interpreter ran; None for a module or a text."""
    rest = iter(arguments)
    for text in rest:
        if text in _OPTIONS_WITH_VALUE:
            next(rest, None)
        elif text in ("-m", "-c"):
            return None
        elif not text.startswith("-"):
            return text
    return None


def _run(start: Start) -> int:
    process = subprocess.Popen([sys.executable, *start.arguments], cwd=start.directory)  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told the command too, which ends its jobs and writes their records.
            continue
