"""The jobs of a sweep, made when they are asked for: a sweep may have a hundred thousand."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from runcube.results.problem import Problem, described

if TYPE_CHECKING:
    from runcube import _core


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a sweep.

    Attributes
    ----------
    path : pathlib.Path
        Its directory.
    number : int or None
        Its number, where the directory is named by it.
    parameters : dict
        Parameter → value, as its overrides say; where other jobs were given one that this one was
        not, the default.
    status : str
        How it stands: `finished`, `error`, `stopped`, `timeout`, `running`, `stale`, `registered`,
        `requeue`, `skipped`, or `unknown`. Of a job that another tool ran it is what its logs say,
        its launcher's files, and whether it has metrics.
    """

    path: Path
    number: int | None
    parameters: dict[str, Any] = field(hash=False)
    status: str


class Jobs(Sequence[Job]):
    """The jobs in job order."""

    def __init__(self, root: Path, core: _core.Sweep) -> None:
        self._root = root
        self._core = core
        self._jobs = core.jobs

    @cached_property
    def _parameters(self) -> list[list[tuple[str, Any]]]:
        return self._core.parameters

    @cached_property
    def _records(self) -> tuple[list[str], tuple[Problem, ...]]:
        statuses, problems = self._core.statuses(socket.gethostname())
        return statuses, described(problems)

    @property
    def names(self) -> list[str]:
        """The directory of each job, relative to the path that was opened, in job order."""
        return [relative.replace(os.sep, "/") or "." for relative, _ in self._jobs]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Parameter → value of each job, in job order."""
        return [dict(pairs) for pairs in self._parameters]

    @property
    def statuses(self) -> list[str]:
        """How each job stands, in job order."""
        return self._records[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was unusable of the jobs' records (`job.json`): their status is `unknown`."""
        return self._records[1]

    def __len__(self) -> int:
        return len(self._jobs)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> list[Job]: ...
    def __getitem__(self, index: int | slice) -> Job | list[Job]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        relative, number = self._jobs[index]
        parameters = dict(self._parameters[index])
        return Job(self._root / relative, number, parameters, self._records[0][index])

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)

    def __repr__(self) -> str:
        return f"<{len(self)} jobs>"
