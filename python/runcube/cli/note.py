"""`runcube note`: what people write about a job, kept in its directory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from runcube.cli.refusal import Refusal
from runcube.cli.standing import job_named
from runcube.results.notes import append_note, read_notes, remove_note


def note(path: Path, job: str, text: str | None = None, /, *, remove: str | None = None) -> int:
    """Write a note about a job, or list its notes.

    Notes are lines of `notes.jsonl` in the job's directory, which is only ever appended to. They
    survive a resume.

    Parameters
    ----------
    path
        The directory of a sweep.
    job
        The job's directory, relative to the sweep's: `3`, or `lr=0.1/seed=2`.
    text
        What to write down. Without it the job's notes are listed: name, time, user, text.
    remove
        The name of a note that shall not count any more.
    """
    if text is not None and remove is not None:
        message = "a text is written, and `--remove` takes a note back: give one of them"
        raise Refusal(message)
    if text is not None and not text.strip():
        message = "the note is empty; give its text, in quotes where it has spaces"
        raise Refusal(message)
    directory = job_named(path, job)
    if text is not None:
        print(append_note(directory, text).id)
        return 0
    if remove is not None:
        try:
            remove_note(directory, remove)
        except KeyError:
            message = f"{directory}: no note `{remove}`; `runcube note {path} {job}` lists them"
            raise Refusal(message) from None
        return 0
    for it in read_notes(directory):
        moment = datetime.fromtimestamp(it.time).isoformat(sep=" ", timespec="seconds")
        shown = it.text if it.text.isprintable() else repr(it.text)
        print(f"{it.id}\t{moment}\t{it.user or ''}\t{shown}")
    return 0
