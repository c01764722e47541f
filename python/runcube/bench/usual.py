"""What the baselines usually take, so that a slow one does not flatter.

Microseconds for one job, its small metrics (one scalar, a vector of ten) in the page cache unless
it says cold, on two cores and ext4, threads as they are fastest. A machine may be faster; where a
baseline is more than twice as slow, something else slows it, and a ratio to it means nothing.
"""

from __future__ import annotations

READ_ONE_FILE = 3.0
READ_ONE_FILE_COLD = 25.5
STAT_ONE_FILE = 0.95
CAREFUL = {"npz": 340.0, "json": 310.0, "arrow": 480.0, "recorded": 480.0, "pt": 880.0}
WORKFLOW_LIBRARY = 36_000.0
TOO_SLOW = 2.0


def doubt(name: str, per_job: float, usual: float) -> str | None:
    """Say that a baseline is too slow to compare with, if it is.

    Examples
    --------
    >>> doubt("the floor of npz", 4.7, usual=6.0)
    >>> print(doubt("the floor of npz", 14.7, usual=6.0))
    the floor of npz took 14.7 µs a job, more than twice the usual 6: ratios to it are not given
    """
    if per_job <= TOO_SLOW * usual:
        return None
    return (
        f"{name} took {per_job:.1f} µs a job, more than twice the usual {usual:g}: "
        "ratios to it are not given"
    )
