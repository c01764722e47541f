"""What stands in for a task's value when the task failed, so that the other jobs still run."""

from __future__ import annotations

import contextlib
import pickle
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class JobFailure:
    """One failed job.

    Attributes
    ----------
    job : Path
        The job's directory.
    parameters : dict
        Its parameters, with their values.
    exception : BaseException or None
        What the task raised; None where the job was read from disk or its exception does not
        survive the way between two processes.
    message : str
        The exception's type and text.
    traceback : str
        The whole traceback, as `error.txt` has it.
    """

    job: Path
    parameters: dict[str, Any]
    exception: BaseException | None
    message: str
    traceback: str


@dataclass
class Failure:
    """The value that a failed job hands back through Hydra instead of raising.

    It pickles whatever the exception is: one that does not survive the way keeps its text.

    Examples
    --------
    >>> failure = Failure.of(ValueError("no data"), "sweep/0")
    >>> pickle.loads(pickle.dumps(failure)).message
    'ValueError: no data'
    """

    directory: str
    message: str
    traceback: str
    exception: BaseException | None = field(default=None, compare=False)
    stops: bool = False

    @classmethod
    def of(cls, exception: BaseException, directory: str, *, stops: bool = False) -> Failure:
        """Describe `exception`, raised by the job in `directory`."""
        return cls(
            directory=directory,
            message="".join(traceback.format_exception_only(exception)).strip(),
            traceback="".join(traceback.format_exception(exception)),
            exception=exception,
            stops=stops,
        )

    def original(self) -> BaseException:
        """Give the exception to raise, with a note that says which job raised it."""
        exception = self.exception
        note = f"raised by the job in {self.directory}"
        if exception is None:
            exception = RuntimeError(f"{self.message}\n\n{self.traceback}")
        elif exception.__traceback__ is None:
            note = f"{note}:\n\n{self.traceback}"
        if note not in getattr(exception, "__notes__", ()):
            exception.add_note(note)
        return exception

    def drop_frames(self) -> None:
        """Let go of the frames of the exception and of those behind it; their text stays."""
        waiting, seen = [self.exception], set[int]()
        while waiting:
            exception = waiting.pop()
            if exception is not None and id(exception) not in seen:
                seen.add(id(exception))
                exception.__traceback__ = None
                waiting += [exception.__cause__, exception.__context__]

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state["exception"] = _packed(self.exception)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        packed = state["exception"]
        exception: BaseException | None = None
        if packed is not None:
            # Many exceptions pickle and do not come back: their constructor wants other arguments.
            with contextlib.suppress(Exception):
                exception = pickle.loads(packed)  # noqa: S301  our own bytes, from our own job
        self.__dict__.update(state | {"exception": exception})


class StopLaunchingError(BaseException):
    """Ends a launch in this process at once. Hydra lets nothing else through between two jobs."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def _packed(exception: BaseException | None) -> bytes | None:
    if exception is None:
        return None
    try:
        data = pickle.dumps(exception)
        pickle.loads(data)  # noqa: S301  to see whether it comes back at all
    except Exception:  # noqa: BLE001  a user's `__reduce__` may raise anything
        return None
    return data
