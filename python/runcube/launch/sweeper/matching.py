"""Which planned jobs are done, and where the others run: what a resume compares.

::

    same signature and repetition,   finished, same task   done
    each job answers for one         finished, other task  changed: rerun, keep or error
                                     running               left alone
                                     anything else         runs in the directory that it had
    same overrides, other signature  finished              changed: its config
                                     anything else         runs in the directory that it had
    nothing                                                a new number

A finished job's directory is never written again: what runs again gets a new one, and the plan says
which has taken its place.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from runcube.launch.sweeper.intended import Intended
from runcube.launch.sweeper.standing import Standing


class State(Enum):
    """What becomes of a planned job."""

    DONE = "done"
    RUNNING = "running"
    RUN = "run"


class Change(Enum):
    """What has changed since a job finished."""

    CODE = "code"
    CONFIG = "config"


@dataclass(frozen=True, slots=True)
class Composed:
    """A planned job whose config was composed.

    Attributes
    ----------
    intended : Intended
        Its overrides and its repetition.
    signature : str
        The signature of its config.
    directory : str
        Where it would run, relative to the sweep, if its number were its place in the list.
    """

    intended: Intended
    signature: str
    directory: str

    @property
    def key(self) -> tuple[str | None, int]:
        """What it is looked up by."""
        return self.signature, self.intended.repetition

    @property
    def overrides_key(self) -> tuple[tuple[str, ...], int]:
        """What it is looked up by where its config has changed."""
        return self.intended.lines, self.intended.repetition


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for one planned job."""

    state: State
    standing: Standing | None = None
    change: Change | None = None


def match(
    jobs: Sequence[Composed], standing: Iterable[Standing], *, source: str | None
) -> list[Match]:
    """Find for each planned job the one that stands for it; `source` is the task's hash now."""
    # What has finished answers before what has not, and with this code before any other.
    waiting = sorted(
        standing,
        key=lambda job: (
            job.status != "finished",
            job.status != "running",
            None not in (job.source, source) and job.source != source,
        ),
    )
    found, waiting = _paired(jobs, waiting, lambda job: job.key, lambda job: job.key)
    rest = [place for place in range(len(jobs)) if place not in found]
    by_overrides, _ = _paired(
        [jobs[place] for place in rest],
        waiting,
        lambda job: job.overrides_key,
        lambda job: (job.line.overrides, job.line.repetition),
    )
    matches = [Match(State.RUN)] * len(jobs)
    for place, job in found.items():
        # Of a job of plain Hydra nobody knows which code it ran.
        is_other = None not in (job.source, source) and job.source != source
        matches[place] = _judged(job, Change.CODE if is_other else None)
    for place, job in by_overrides.items():
        matches[rest[place]] = _judged(job, Change.CONFIG)
    return matches


def _judged(job: Standing, change: Change | None) -> Match:
    if job.status == "running":
        return Match(State.RUNNING, job)
    if job.status == "finished":
        return Match(State.DONE, job, change)
    return Match(State.RUN, job)


def _paired(
    jobs: Sequence[Composed],
    waiting: Sequence[Standing],
    key_of_job: Callable[[Composed], Hashable],
    key_of_standing: Callable[[Standing], Hashable],
) -> tuple[dict[int, Standing], list[Standing]]:
    """Pair jobs with standing ones of the same key, each once; and give what is left over."""
    pool: defaultdict[Hashable, deque[Standing]] = defaultdict(deque)
    for job in waiting:
        pool[key_of_standing(job)].append(job)
    found = {
        place: pool[key].popleft()
        for place, key in enumerate(map(key_of_job, jobs))
        if pool.get(key)
    }
    taken = set(map(id, found.values()))
    return found, [job for job in waiting if id(job) not in taken]
