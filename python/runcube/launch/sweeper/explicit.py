"""Override lines that stand in one text, and files that list jobs.

::

    lr=0.1 wd=2          one job: lines with blanks between them
    model='a b' x=[1, 2] a blank within quotes or brackets parts nothing
    # a comment          in a file of text, like an empty line
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runcube.errors import InvalidArgumentError, NotFoundError

_OPENING, _CLOSING = "([{", ")]}"


def split_lines(text: str) -> list[str]:
    """Part a text into override lines, at the blanks outside of quotes and brackets.

    Examples
    --------
    >>> split_lines("lr=0.1 names=[a, b] title='two words'")
    ['lr=0.1', 'names=[a, b]', "title='two words'"]
    """
    lines: list[str] = []
    current, depth, quote, escaped = "", 0, "", False
    for character in text:
        if quote:
            quote = "" if character == quote and not escaped else quote
        elif character in "'\"" and not escaped:
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character.isspace() and depth <= 0 and not escaped:
            lines, current = [*lines, current] if current else lines, ""
            continue
        escaped = character == "\\" and not escaped
        current += character
    return [*lines, current] if current else lines


def job_lines(entry: Any, *, setting: str) -> list[str]:
    """Give the lines of one entry: a text, or a list of lines."""
    lines = split_lines(entry) if isinstance(entry, str) else entry
    if isinstance(lines, list) and lines and all(isinstance(line, str) for line in lines):
        return list(lines)
    raise InvalidArgumentError(
        f"`hydra.sweeper.{setting}`: expected override lines, as in 'lr=0.1 wd=2', got {entry!r}"
    )


def read_jobs_file(path: Path) -> list[Any]:
    """Read a file of jobs: `.json` (a list), `.jsonl` (an entry on each line), or lines of text.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        It is not what its name says.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"`hydra.sweeper.jobs_file`: there is no file {path}", path=str(path)
        ) from error
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    if path.suffix == ".json":
        found = _parsed(text, path, "")
        if isinstance(found, list):
            return found
        raise InvalidArgumentError(f"{path}: expected a list of jobs, got {found!r}")
    if path.suffix == ".jsonl":
        return [_parsed(line, path, f", line {number}") for number, line in lines]
    return [line for _, line in lines if not line.startswith("#")]


def _parsed(text: str, path: Path, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidArgumentError(f"{path}{where}: no JSON: {error}", path=str(path)) from error
