"""The exception tree.

::

    RuncubeError                      code, path
    ├── NotFoundError                 not-found    FileNotFoundError
    ├── NoJobsError                   no-jobs      FileNotFoundError
    ├── NoMatchError                  no-match     FileNotFoundError
    ├── OverrideSyntaxError           syntax       ValueError
    ├── CorruptFileError              corrupt      ValueError
    ├── UnsupportedError              unsupported  ValueError
    ├── LimitError                    limit        ValueError
    ├── ConflictError                 conflict     ValueError
    ├── InvalidArgumentError          invalid      ValueError
    ├── FileAccessError               io           OSError
    ├── InterruptedLoadError          interrupted  RuntimeError
    └── InternalError                 internal     RuntimeError
    ProblemsError                     an ExceptionGroup of them, raised by `strict=True`
    ProblemWarning                    a UserWarning: something has no place in a dataset

Each class is also the builtin in its last column, so that `except FileNotFoundError` works. The
codes are stable, and are the `kind` of a `Problem`.
"""

from __future__ import annotations

from typing import ClassVar


class RuncubeError(Exception):
    """Anything that runcube refuses.

    Attributes
    ----------
    code : str
        The stable name of what is wrong.
    path : str or None
        The file or directory concerned.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.path)


def _rebuild(cls: type[RuncubeError], message: str, path: str | None) -> RuncubeError:
    return cls(message, path=path)


class ProblemWarning(UserWarning):
    """Something that a job recorded has no place in the dataset, and is a hole in it."""


class NotFoundError(RuncubeError, FileNotFoundError):
    """A path that does not exist."""

    code = "not-found"


class NoJobsError(RuncubeError, FileNotFoundError):
    """A directory in which no job was found."""

    code = "no-jobs"


class NoMatchError(RuncubeError, FileNotFoundError):
    """A file name, a pattern or a condition that fits no job."""

    code = "no-match"


class OverrideSyntaxError(RuncubeError, ValueError):
    """Text that does not follow its grammar."""

    code = "syntax"


class CorruptFileError(RuncubeError, ValueError):
    """Bytes that are not what their format says."""

    code = "corrupt"


class UnsupportedError(RuncubeError, ValueError):
    """A valid file that uses something that is not read."""

    code = "unsupported"


class LimitError(RuncubeError, ValueError):
    """A size, depth or count beyond its bound."""

    code = "limit"


class ConflictError(RuncubeError, ValueError):
    """Two records that contradict each other."""

    code = "conflict"


class InvalidArgumentError(RuncubeError, ValueError):
    """A call whose arguments cannot be satisfied."""

    code = "invalid"


class FileAccessError(RuncubeError, OSError):
    """The operating system refused."""

    code = "io"


class InterruptedLoadError(RuncubeError, RuntimeError):
    """The load was ended before it was done."""

    code = "interrupted"


class InternalError(RuncubeError, RuntimeError):
    """A defect of runcube itself, worth a report."""

    code = "internal"


class ProblemsError(ExceptionGroup[RuncubeError]):
    """What was unusable in a sweep, raised together where `strict=True` asks for it."""


BY_CODE: dict[str, type[RuncubeError]] = {
    cls.code: cls for cls in RuncubeError.__subclasses__() if cls.code != RuncubeError.code
}
