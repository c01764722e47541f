"""Timing several ways of doing the same work, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[str], object]
"""Called with what is being done, while it is."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing the work.

    Attributes
    ----------
    name
        What it is called in the report.
    run
        Does the work once, and gives the seconds that it took.
    jobs
        How many jobs it works on: fewer than the others where it is too slow.
    prepare
        Called before each turn; its time does not count.
    """

    name: str
    run: Callable[[], float]
    jobs: int
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Time:
    """The median time of a contender.

    Attributes
    ----------
    contender
        Its name.
    jobs
        How many jobs it worked on.
    seconds
        The median over the rounds.
    best
        The shortest of them: on a busy machine it says what the work alone takes.
    """

    contender: str
    jobs: int
    seconds: float
    best: float

    @property
    def per_job(self) -> float:
        """Microseconds for one job."""
        return self.seconds / self.jobs * 1e6


Times = dict[str, Time]
"""The times of a row, by contender."""


def timed(work: Callable[[], object], *, repeats: int = 1) -> Callable[[], float]:
    """Turn work into what does it and gives the seconds; what it made is dropped after that.

    Parameters
    ----------
    work
        What is timed.
    repeats
        How often it is done in one turn, where that is over in an instant: the mean is given.

    Examples
    --------
    >>> timed(lambda: sum(range(10)), repeats=3)() > 0
    True
    """

    def once() -> float:
        start = time.perf_counter()
        result = work()
        elapsed = time.perf_counter() - start
        del result
        return elapsed

    return lambda: statistics.fmean(once() for _ in range(repeats))


def in_turns(
    contenders: Sequence[Contender], *, rounds: int, say: Say, what: str, warm: bool = True
) -> Times:
    """Time all contenders in each round, one after another.

    Parameters
    ----------
    contenders
        What is timed.
    rounds
        How many times each is timed.
    say
        Is told which round it is.
    what
        What the contenders do, for `say`.
    warm
        Let each do its work once before the rounds.

    Returns
    -------
    dict
        The median of each.

    Examples
    --------
    >>> ways = [Contender("short", lambda: 1.0, jobs=10), Contender("long", lambda: 3.0, jobs=10)]
    >>> times = in_turns(ways, rounds=5, say=print, what="waiting", warm=False)
    waiting: round 1 of 5
    waiting: round 2 of 5
    waiting: round 3 of 5
    waiting: round 4 of 5
    waiting: round 5 of 5
    >>> times["long"].per_job
    300000.0
    """
    if warm:
        say(f"{what}: a first time, which does not count")
        for contender in contenders:
            _turn(contender)
    seconds: dict[str, list[float]] = {it.name: [] for it in contenders}
    for number in range(1, rounds + 1):
        say(f"{what}: round {number} of {rounds}")
        for contender in contenders:
            seconds[contender.name].append(_turn(contender))
    return {
        it.name: Time(it.name, it.jobs, statistics.median(taken), min(taken))
        for it in contenders
        for taken in [seconds[it.name]]
    }


def fastest(times: Times, start: str) -> Time:
    """Give the fastest of the contenders whose names start so: a floor at its best thread count."""
    return min(
        (time for name, time in times.items() if name.startswith(start)), key=lambda it: it.per_job
    )


def _turn(contender: Contender) -> float:
    if contender.prepare is not None:
        contender.prepare()
    return contender.run()
