"""`notes.jsonl` in a job's directory: what people wrote about the job, only ever appended to.

::

    {"v": 1, "id": "5f0c2a9e", "time": 1700000000.0, "user": "ada", "text": "diverged"}
    {"v": 1, "id": "77ab01c3", "time": 1700000060.0, "user": "ada", "removes": "5f0c2a9e"}

A line that was torn by an accident, or that another program wrote, is no note.
"""

from __future__ import annotations

import getpass
import json
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOTES_NAME = "notes.jsonl"
_VERSION = 1
# Notes are written by hand; a file beyond this was not.
_LIMIT = 16 * 2**20


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes
    ----------
    id : str
        What names it in its file.
    time : float
        When it was written, in UTC seconds since the epoch.
    user : str or None
        Who wrote it.
    text : str
        What it says.
    """

    id: str
    time: float
    user: str | None
    text: str


def append_note(job: Path, text: str) -> Note:
    """Append a note to those of a job.

    Examples
    --------
    >>> import tempfile
    >>> job = Path(tempfile.mkdtemp())
    >>> note = append_note(job, "diverged")
    >>> [it.text for it in read_notes(job)]
    ['diverged']
    """
    note = Note(uuid.uuid4().hex[:8], time.time(), _user(), text)
    _append(job, {"id": note.id, "time": note.time, "user": note.user, "text": note.text})
    return note


def remove_note(job: Path, identifier: str) -> None:
    """Append that a note counts no more.

    Raises
    ------
    KeyError
        The job has no note of that name.
    """
    if all(note.id != identifier for note in read_notes(job)):
        raise KeyError(identifier)
    line = {"id": uuid.uuid4().hex[:8], "time": time.time(), "user": _user()}
    _append(job, line | {"removes": identifier})


def read_notes(job: Path) -> list[Note]:
    """Give the notes of a job that were not removed, in the order of their writing."""
    try:
        with (job / NOTES_NAME).open("rb") as file:
            data = file.read(_LIMIT)
    except FileNotFoundError:
        return []
    notes: dict[str, Note] = {}
    for text in data.split(b"\n"):
        line = _line(text)
        if isinstance(line.get("removes"), str):
            notes.pop(line["removes"], None)
        elif isinstance(line.get("text"), str):
            identifier, moment, user = line.get("id"), line.get("time"), line.get("user")
            if isinstance(identifier, str) and isinstance(moment, int | float):
                who = user if isinstance(user, str) else None
                notes[identifier] = Note(identifier, float(moment), who, line["text"])
    return list(notes.values())


def _line(text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) and line.get("v") == _VERSION else {}


def _append(job: Path, line: dict[str, Any]) -> None:
    data = (json.dumps({"v": _VERSION} | line, ensure_ascii=True) + "\n").encode()
    with (job / NOTES_NAME).open("a+b", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                data = b"\n" + data
        # One write to a file that is open for appending: two people's notes do not mix.
        file.write(data)
        os.fsync(file.fileno())


def _user() -> str | None:
    # A container's user often has no name.
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
