"""The command itself: finds the verb, and turns what goes wrong into one line and an exit code.

====  ==========================================================================
code  meaning
====  ==========================================================================
0     fine
1     the work was done, and there were problems or differences
2     the arguments are wrong, or a path cannot be opened
130   ended by Ctrl-C
====  ==========================================================================
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from runcube.cli.refusal import Refusal
from runcube.errors import RuncubeError

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

OK = 0
PROBLEMS = 1
USAGE = 2
INTERRUPTED = 130


class Verb(NamedTuple):
    """One verb: where its function is, and what it does in a line."""

    function: str
    summary: str


VERBS = {
    "bench": Verb("runcube.cli.bench:bench", "Measure how fast gathering is on this machine."),
    "cache": Verb(
        "runcube.cli.cache:cache", "List or clear what is kept for reading sweeps again."
    ),
    "demo": Verb(
        "runcube.cli.demo.command:demo", "Run a robustness study, and check what was recorded."
    ),
    "export": Verb("runcube.cli.export:export", "Write a sweep to one file for other tools."),
    "index": Verb("runcube.cli.index:index", "Put an index for instant reading beside a sweep."),
    "ls": Verb("runcube.cli.listing:ls", "List the sweeps below a path, a line for each."),
    "note": Verb("runcube.cli.note:note", "Write a note about a job, or list its notes."),
    "resume": Verb("runcube.cli.resume:resume", "Go on with a sweep: run what has not finished."),
    "show": Verb("runcube.cli.show:show", "Show the jobs of a sweep as a table."),
    "status": Verb(
        "runcube.cli.status:status", "Say how the jobs of a sweep stand, and why some failed."
    ),
    "watch": Verb("runcube.cli.watch:watch", "Watch the jobs of a sweep until all have ended."),
}

# These time what other programs do, or run for long.
_TIMED = ("bench", "demo", "resume", "watch")
_OBJECTS_UNTIL_COLLECTED = 100_000

_INTRODUCTION = "Turn Hydra sweeps into labelled arrays."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after `runcube`; by default that of this process.

    Returns
    -------
    int
        The exit code, as the head of this module lists them.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Help and version are answered here: importing cyclopts takes longer than the rest.
    if not given or given in (["--help"], ["-h"]):
        print(overview())
        return OK
    if given == ["--version"]:
        from runcube import __version__

        print(f"runcube {__version__}")
        return OK
    try:
        with _seldom_collecting(given[0]):
            return _run(given)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has seen enough; the interpreter flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


@contextlib.contextmanager
def _seldom_collecting(verb: str) -> Iterator[None]:
    """Collect garbage seldom: a tenth of a short command's time, and it makes none."""
    usual = gc.get_threshold()
    if verb not in _TIMED:
        gc.set_threshold(_OBJECTS_UNTIL_COLLECTED, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def overview() -> str:
    """Give the help of the command as a whole."""
    width = max(map(len, VERBS))
    lines = [f"  {name:<{width}}  {verb.summary}" for name, verb in VERBS.items()]
    return "\n".join(
        [
            "usage: runcube VERB [ARGUMENTS]",
            "",
            _INTRODUCTION,
            "",
            *lines,
            "",
            "`runcube VERB --help` says what a verb takes; `runcube --version` the version.",
        ]
    )


def build() -> App:
    """Make the application; a verb's module is imported when the verb is asked for."""
    from cyclopts import App

    app = App(
        name="runcube",
        help=_INTRODUCTION,
        help_format="plaintext",
        version=_version,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for name, verb in VERBS.items():
        app.command(verb.function, name=name, help=verb.summary)
    return app


def _run(given: list[str]) -> int:
    from cyclopts import CycloptsError

    try:
        code = build()(given, exit_on_error=False, print_error=False)
        # Now, where a closed pipe can still be told from a failure.
        sys.stdout.flush()
    except CycloptsError as error:
        return _refuse(_usage(error, given))
    except BrokenPipeError:
        raise
    except (Refusal, RuncubeError, OSError) as error:
        return _refuse(str(error))
    return code if isinstance(code, int) else OK


def _usage(error: CycloptsError, given: Sequence[str]) -> str:
    verb = f"{given[0]} " if given[0] in VERBS else ""
    return f"{error}\n`runcube {verb}--help` says what there is."


def _refuse(message: str) -> int:
    print(f"runcube: {message}", file=sys.stderr)
    return USAGE


def _version() -> str:
    from runcube import __version__

    return f"runcube {__version__}"
