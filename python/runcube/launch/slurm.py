"""What Slurm says of its jobs, asked through `squeue`, which needs no accounting.

A controller remembers a job that has ended for some minutes (`MinJobAge`), and then denies that it
knows it; so one that it does not know has ended too.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

_ASK = ("squeue", "--noheader", "--array", "--states=all", "--format=%i %T")
_ASK_SECONDS = 60
_UNKNOWN_JOB = "Invalid job id"
# A job whose state is none of these has ended.
_LIVE = frozenset(
    [
        "CONFIGURING",
        "COMPLETING",
        "PENDING",
        "PREEMPTED",
        "REQUEUED",
        "REQUEUE_FED",
        "REQUEUE_HOLD",
        "RESIZING",
        "RUNNING",
        "SIGNALING",
        "SPECIAL_EXIT",
        "STAGE_OUT",
        "STOPPED",
        "SUSPENDED",
    ]
)
# How a job stands in its record that Slurm has ended; any other end is an error.
_STATUS = {
    "CANCELLED": "stopped",
    "REVOKED": "stopped",
    "TIMEOUT": "timeout",
    "DEADLINE": "timeout",
}

GONE = "GONE"
"""What `states` says of a job that Slurm does not know any more."""


def states(identifiers: Iterable[str]) -> dict[str, str] | None:
    """Ask Slurm how jobs stand: identifier, such as `7_3`, -> state; None where it does not answer.

    A job of which it knows nothing is `GONE`.
    """
    wanted = list(identifiers)
    known: dict[str, str] = {}
    # One question for each array: where Slurm knows none of the jobs asked for, it knows no other.
    for main in sorted({name.partition("_")[0] for name in wanted}):
        try:
            done = subprocess.run(  # noqa: S603  fixed words, and a number that Slurm gave
                [*_ASK, f"--jobs={main}"],
                capture_output=True,
                text=True,
                timeout=_ASK_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        if done.returncode and _UNKNOWN_JOB not in done.stderr:
            return None
        lines = [line.split() for line in done.stdout.splitlines()]
        known |= {line[0]: line[1] for line in lines if len(line) == 2}  # noqa: PLR2004
    return {name: known.get(name, GONE) for name in wanted}


def is_live(state: str) -> bool:
    """Tell whether a job in this state waits or runs.

    Examples
    --------
    >>> is_live("PENDING"), is_live("CANCELLED by 1000")
    (True, False)
    """
    return _word(state) in _LIVE


def status_of(state: str) -> str:
    """Give the status of a job that Slurm has ended in this state, without a word from the job.

    Examples
    --------
    >>> status_of("CANCELLED by 1000"), status_of("TIMEOUT"), status_of("OUT_OF_MEMORY")
    ('stopped', 'timeout', 'error')
    """
    return _STATUS.get(_word(state), "error")


def _word(state: str) -> str:
    return state.partition(" ")[0].rstrip("+").upper()
