"""Numbers and directories of the jobs that are going to run, and what must not be written over."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from runcube.errors import ConflictError
from runcube.launch.place import is_job
from runcube.launch.sweeper.matching import Composed, Match, State
from runcube.launch.sweeper.plan_file import PlanLine
from runcube.launch.sweeper.standing import Standing
from runcube.overrides import format_override


@dataclass(frozen=True, slots=True)
class Placed:
    """One planned job with its place.

    Attributes
    ----------
    line : PlanLine
        What the plan says of it.
    state : State
        What becomes of it.
    launch_lines : tuple of str
        What the launcher is given: its overrides, and its directory where Hydra would choose
        another.
    replaces : Standing or None
        The finished job whose place it takes.
    """

    line: PlanLine
    state: State
    launch_lines: tuple[str, ...]
    replaces: Standing | None = None


class JobNumbers(int):
    """The numbers of the jobs of one launch, which need not follow one another.

    Hydra's launchers number a job by `initial_job_idx + place`.

    Examples
    --------
    >>> numbers = JobNumbers([2, 5, 6])
    >>> [numbers + place for place in range(3)]
    [2, 5, 6]
    """

    numbers: tuple[int, ...]

    def __new__(cls, numbers: Sequence[int]) -> JobNumbers:  # noqa: D102
        made = super().__new__(cls, numbers[0])
        made.numbers = tuple(numbers)
        return made

    def __add__(self, place: int) -> int:
        return self.numbers[place]

    __radd__ = __add__

    def __getnewargs__(self) -> tuple[Any]:
        return (self.numbers,)


def first_index(numbers: Sequence[int]) -> int:
    """Give the `initial_job_idx` of a launch of these jobs; a plain number where that will do."""
    is_run = list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
    return numbers[0] if is_run else JobNumbers(numbers)


def place(
    jobs: Sequence[Composed],
    matches: Sequence[Match],
    standing: Iterable[Standing],
    *,
    sweep: Path,
    directory_of: Callable[[Sequence[str], int], str],
) -> list[Placed]:
    """Give each planned job its number and its directory.

    Parameters
    ----------
    directory_of : callable
        Composes a job's lines with a number and gives its directory, relative to the sweep.
    """
    known = list(standing)
    taken = {job.line.dir for job in known}
    free = max((job.line.num for job in known), default=-1) + 1
    numbers = itertools.count(free)
    placed: list[Placed] = []
    for index, (job, found) in enumerate(zip(jobs, matches, strict=True)):
        if found.standing is not None and found.change is None:
            number = found.standing.line.num
            number = next(numbers) if number < 0 else number
            placed.append(_in_place(job, found, index, number, directory_of))
            continue
        number = next(numbers)
        lines = job.intended.lines
        directory = job.directory if number == index else directory_of(lines, number)
        if known:
            free_one = _free(directory, taken, sweep)
            if free_one != directory:
                lines = (*lines, format_override("hydra.sweep.subdir", free_one))
            directory = free_one
            taken.add(directory)
        line = line_of(job, number, directory)
        placed.append(Placed(line, State.RUN, lines, found.standing))
    return placed


def _in_place(
    job: Composed,
    found: Match,
    index: int,
    number: int,
    directory_of: Callable[[Sequence[str], int], str],
) -> Placed:
    assert found.standing is not None  # noqa: S101  for the type checker
    directory = found.standing.line.dir
    line, lines = line_of(job, number, directory), job.intended.lines
    if found.state is not State.RUN:
        # It tells of what ran, even where that is taken for what would run now.
        ran = found.standing.line
        line = dataclasses.replace(
            line, overrides=ran.overrides, signature=ran.signature, seed=ran.seed
        )
    else:
        own = job.directory if number == index else directory_of(lines, number)
        if own != directory:
            lines = (*lines, format_override("hydra.sweep.subdir", directory))
    return Placed(line, found.state, lines)


def line_of(job: Composed, number: int, directory: str) -> PlanLine:
    """Give the line of the plan for a job."""
    return PlanLine(
        num=number,
        dir=directory,
        overrides=job.intended.lines,
        repetition=job.intended.repetition,
        seed=job.intended.seed,
        aliases=job.intended.aliases,
        signature=job.signature,
    )


def _free(wanted: str, taken: set[str], sweep: Path) -> str:
    for number in itertools.count():
        name = f"{wanted}_{number}" if number else wanted
        if name not in taken and not (sweep / name).exists():
            return name
    raise AssertionError  # pragma: no cover


def check_distinct(placed: Iterable[Placed]) -> None:
    """Refuse two planned jobs of one directory, of which Hydra would keep the last alone."""
    owner: dict[str, PlanLine] = {}
    for line in (job.line for job in placed):
        other = owner.setdefault(line.dir, line)
        if other is not line:
            raise ConflictError(
                f"two jobs would run in the directory `{line.dir}`: {_shown(other)} and "
                f"{_shown(line)}; let `hydra.sweep.subdir` tell them apart, as "
                "`${hydra.job.num}` does"
            )


def occupied(placed: Iterable[Placed], sweep: Path) -> list[Path]:
    """List the directories of planned jobs in which a job stands."""
    directories = [sweep / job.line.dir for job in placed if job.state is State.RUN]
    return [path for path in directories if path.is_dir() and is_job(path)]


def refuse_occupied(directories: Sequence[Path], sweep: Path) -> None:
    """Refuse to launch into directories that hold jobs."""
    if directories:
        raise ConflictError(
            f"{sweep} holds {len(directories)} of the planned jobs already, such as "
            f"{directories[0].name}: give another `hydra.sweep.dir`, or set "
            "`hydra.sweeper.resume=true` to launch what is missing, or "
            "`hydra.sweeper.overwrite=true` to remove them first",
            path=str(sweep),
        )


def remove(directories: Iterable[Path], sweep: Path) -> None:
    """Remove job directories; never the sweep's own, nor one that lies outside of it."""
    root = sweep.resolve()
    for directory in directories:
        if directory.is_symlink() or root not in directory.resolve().parents:
            raise ConflictError(
                f"{directory} is not below {sweep}, and `overwrite` removes nothing elsewhere",
                path=str(directory),
            )
        shutil.rmtree(directory)


def relative_directory(subdirectory: str, sweep: Path) -> str:
    """Give a job's directory relative to the sweep's, with `/`, as the plan has it."""
    path = sweep / subdirectory
    try:
        inside = path.relative_to(sweep)
    except ValueError:
        return str(path)
    return str(PurePosixPath(*inside.parts))


def _shown(line: PlanLine) -> str:
    shown = " ".join(line.overrides) or "no overrides"
    return f"`{shown}`" + (f" (repetition {line.repetition})" if line.repetition else "")


def plan_lines(job: Placed) -> list[PlanLine]:
    """Give the lines to append for a job: its own, and that of the one whose place it takes."""
    lines = [job.line]
    if job.replaces is not None:
        lines.insert(0, dataclasses.replace(job.replaces.line, superseded=job.line.dir))
    return lines
