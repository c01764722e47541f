"""What was unusable, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Something unusable that was met while reading; it never stops the rest.

    Attributes
    ----------
    path : pathlib.Path
        The file or directory.
    kind : str
        What is wrong, as a stable code: `corrupt`, `syntax`, `unsupported`, `no-match`,
        `conflict`, `limit`, `io`.
    message : str
        What is wrong, where in the file, and what to do.
    """

    path: Path
    kind: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def described(problems: Iterable[tuple[str, str, str]]) -> tuple[Problem, ...]:
    """Give the core's problems as values."""
    return tuple(Problem(Path(path), kind, message) for path, kind, message in problems)
