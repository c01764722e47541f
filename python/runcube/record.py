"""The record that a job keeps of itself: `job.json`, and `error.txt` beside it.

::

    running ──► finished            the task returned
       │──────► error               it raised (`error.txt` holds the traceback)
       │──────► stopped             it was interrupted
       └──────► timeout | requeue   its launcher ended it

A record is bound to a directory, never to the working directory. `job.json` stays below 4 KiB and
is replaced in one step, so a reader sees the old record or the new one and never half of either.
Importing this module loads neither Hydra nor numpy nor torch: a process that only reads records
pays for nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import os
import platform
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcube.heartbeat import heart

RECORD_NAME = "job.json"
ERROR_NAME = "error.txt"
METRICS_NAME = "metrics.arrow"
LAUNCH_NAME = "launch.json"
RECORD_VERSION = 1
RECORD_LIMIT = 4096
HEARTBEAT_SECONDS = 10.0

# What may follow each status. A status that is not a key here ends the record.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "registered": frozenset({"running", "skipped"}),
    "running": frozenset({"finished", "error", "stopped", "timeout", "requeue"}),
    "requeue": frozenset({"running"}),
}
# What can be said of a job before it starts.
LAUNCH_STATUSES = frozenset({"registered", "skipped"})
ENDED = frozenset({"finished", "error", "stopped", "timeout"})
STATUSES = frozenset({"registered", "running", "requeue", "skipped"}).union(*TRANSITIONS.values())


@dataclass(frozen=True, slots=True)
class Times:
    """Moments of a job, in UTC seconds since the epoch; None for one that has not come."""

    created: float | None = None
    start: float | None = None
    last: float | None = None
    stopped: float | None = None


@dataclass(frozen=True, slots=True)
class Scheduler:
    """What started the job: the launcher's name, and the job's id there."""

    kind: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskIdentity:
    """Which code the job ran: module, qualified name, and a hash of the source."""

    module: str | None = None
    name: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Which job ran, where this one took over what it left: `dir` is relative to this one's."""

    dir: str
    sweep: str | None = None
    num: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Why a job ended badly; the whole traceback is in `error.txt`."""

    type: str
    message: str = ""
    where: str | None = None

    @classmethod
    def of(cls, exception: BaseException) -> ErrorSummary:
        """Summarise an exception; `where` is the innermost line of its traceback.

        Examples
        --------
        >>> ErrorSummary.of(ValueError("no data"))
        ErrorSummary(type='ValueError', message='no data', where=None)
        """
        frames = traceback.extract_tb(exception.__traceback__)
        # The file's name alone: an absolute path would be false in a copied tree.
        where = (
            f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}"
            if frames
            else None
        )
        return cls(_qualified_name(type(exception)), _message(exception), where)


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The contents of `job.json`, version 1.

    Attributes
    ----------
    status : str
        One of `STATUSES`.
    sweep : str, optional
        The id of the sweep that the job belongs to.
    num, repetition, seed, attempt : int
        The job's number, which repetition of its config it is, its seed, and how often it ran.
    targets : list of str, optional
        The override lines of the target job that this job worked on.
    origin : Origin, optional
        The job of another sweep that ran in its place; times and machine are then that one's.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     JobRecord(status="finished", num=3).write(directory)
    ...     JobRecord.read(directory).num
    3
    """

    status: str
    sweep: str | None = None
    num: int | None = None
    repetition: int = 0
    seed: int | None = None
    attempt: int = 1
    times: Times = field(default_factory=Times)
    heartbeat_s: float = HEARTBEAT_SECONDS
    host: str | None = None
    pid: int | None = None
    user: str | None = None
    scheduler: Scheduler = field(default_factory=Scheduler)
    signature: str | None = None
    task: TaskIdentity = field(default_factory=TaskIdentity)
    targets: Sequence[str] | None = None
    error: ErrorSummary | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            expected = ", ".join(sorted(STATUSES))
            msg = f"`status` is {self.status!r}; expected one of {expected}"
            raise ValueError(msg)

    def to_json(self) -> str:
        """Give the text of `job.json`, shorter than 4 KiB.

        What explains the error is cut first, since `error.txt` holds all of it; then `targets` is
        left out.
        """
        data = {"v": RECORD_VERSION} | _fields(self)
        for part in _NESTED:
            data[part] = None if data[part] is None else _fields(data[part])
        if data["origin"] is None:
            del data["origin"]
        error = data["error"]
        text = _dump(data)
        for part in ("message", "where", "type"):
            excess = len(text) - (RECORD_LIMIT - 1)
            if excess <= 0 or error is None or not error[part]:
                continue
            error[part] = _shorten(error[part], excess)
            text = _dump(data)
        if len(text) >= RECORD_LIMIT and data["targets"] is not None:
            data["targets"] = None
            text = _dump(data)
        if len(text) >= RECORD_LIMIT:
            msg = f"the record of a job takes {len(text)} bytes; the limit is {RECORD_LIMIT - 1}"
            raise ValueError(msg)
        return text

    @classmethod
    def from_json(cls, text: str | bytes) -> JobRecord:
        """Read the text of a `job.json`. Unknown keys are ignored, `v` is checked."""
        try:
            data = json.loads(text)
        except ValueError as error:
            msg = f"`{RECORD_NAME}` is no JSON: {error}"
            raise ValueError(msg) from error
        if not isinstance(data, dict) or data.get("v") != RECORD_VERSION:
            found = data.get("v") if isinstance(data, dict) else type(data).__name__
            msg = (
                f"`{RECORD_NAME}` has version {found!r}; this runcube reads version "
                f"{RECORD_VERSION}: read it with the version of runcube that wrote it"
            )
            raise ValueError(msg)
        known = {f.name for f in dataclasses.fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        for key, kind in _NESTED.items():
            if key in values:
                values[key] = _nested(kind, values[key])
        if not isinstance(values.get("status"), str):
            msg = f"`{RECORD_NAME}` has no `status`"
            raise ValueError(msg)
        return cls(**values)

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> JobRecord:
        """Read the record of the job in `directory`; `FileNotFoundError` where there is none."""
        return cls.from_json((Path(directory) / RECORD_NAME).read_bytes())

    def write(self, directory: str | os.PathLike[str]) -> None:
        """Write the record into `directory`, in one step."""
        write_atomically(Path(directory) / RECORD_NAME, self.to_json())


_NESTED: Mapping[str, type] = {
    "times": Times,
    "scheduler": Scheduler,
    "task": TaskIdentity,
    "error": ErrorSummary,
    "origin": Origin,
}


# What a part of the record cannot do without; where the part is missing, so is all of it.
_NEEDED: Mapping[type, dict[str, Any]] = {
    ErrorSummary: {"type": "unknown"},
    Origin: {"dir": ""},
}


def _fields(record: Any) -> dict[str, Any]:
    """Give the fields of one of the classes above, whose slots they are."""
    return {name: getattr(record, name) for name in record.__slots__}


def _nested(kind: type, value: object) -> object:
    if not isinstance(value, dict):
        return None if kind in _NEEDED else kind()
    known = {f.name for f in dataclasses.fields(kind)}
    picked = {key: item for key, item in value.items() if key in known}
    return kind(**(_NEEDED.get(kind, {}) | picked))


class JobRecorder:
    """Keeps the record of one running job, in the directory that it is bound to.

    Parameters
    ----------
    directory : path
        The job's directory; made where it is missing.
    record : JobRecord
        What is known of the job before it starts.

    Notes
    -----
    While the job runs, a thread touches `job.json` every `heartbeat_s` seconds: its time stamp is
    the sign of life.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     recorder = JobRecorder(directory, JobRecord(status="registered"))
    ...     recorder.start()
    ...     recorder.finish()
    ...     JobRecord.read(directory).status
    'finished'
    """

    def __init__(self, directory: str | os.PathLike[str], record: JobRecord) -> None:
        self.directory = Path(directory).absolute()
        self.record = record

    def start(self) -> None:
        """Write the status `running`, and start the heartbeat. An older record counts attempts."""
        (self.directory / ERROR_NAME).unlink(missing_ok=True)
        now = time.time()
        created, attempt = now, 1
        with contextlib.suppress(OSError, ValueError, TypeError):
            older = JobRecord.read(self.directory)
            # A job that was skipped has not been tried.
            tried = older.status not in LAUNCH_STATUSES
            created, attempt = older.times.created or now, older.attempt + tried
        self._become(
            "running",
            times=Times(created=created, start=now, last=now),
            attempt=attempt,
            host=platform.node() or None,
            pid=os.getpid(),
            user=_user(),
            error=None,
        )
        heart().begin(self._path, seconds=self.record.heartbeat_s)

    def skip(self) -> None:
        """Write that the job was not started; a resume runs it."""
        self._become("skipped", times=Times(created=time.time()))

    def finish(self) -> None:
        """Write that the task returned."""
        self._end("finished", None)

    def fail(self, exception: BaseException, *, status: str = "error") -> None:
        """Write that the task raised `exception`, and its traceback.

        `status` is `timeout` where a limit of time is what raised it.
        """
        self._end(status, exception)

    def requeue(self) -> None:
        """Write that the job was interrupted, and waits in its queue to start again."""
        self._end("requeue", None)

    def stop(self, exception: BaseException) -> None:
        """Write that the job was interrupted by `exception`."""
        self._end("stopped", exception)

    def _end(self, status: str, exception: BaseException | None) -> None:
        heart().end(self._path)
        error = None
        if exception is not None:
            error = ErrorSummary.of(exception)
            text = "".join(traceback.format_exception(exception))
            # Where the disk is full, the few bytes of `job.json` may still find room.
            with contextlib.suppress(OSError):
                write_atomically(self.directory / ERROR_NAME, text)
        now = time.time()
        times = dataclasses.replace(self.record.times, last=now, stopped=now)
        self._become(status, times=times, error=error)

    def _become(self, status: str, **changes: Any) -> None:
        if status not in TRANSITIONS.get(self.record.status, frozenset()):
            msg = f"a job that is {self.record.status!r} cannot become {status!r}"
            raise RuntimeError(msg)
        changed = dataclasses.replace(self.record, status=status, **changes)
        changed.write(self.directory)
        self.record = changed

    @property
    def _path(self) -> Path:
        return self.directory / RECORD_NAME


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path` by a temporary name in the same folder and a rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    data = text.encode("utf-8", errors="backslashreplace")
    try:
        try:
            temporary.write_bytes(data)
        except FileNotFoundError:
            # A task may have removed its own directory; its record is written all the same.
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _dump(data: Mapping[str, Any]) -> str:
    # ASCII alone, so that the length in characters is the length in bytes.
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"), default=list) + "\n"


def _shorten(text: str, excess: int) -> str:
    # One character takes up to 12 bytes as an escape, so measure what is kept, not what is cut.
    room = max(len(json.dumps(text)) - 2 - excess - len("..."), 0)
    kept = text[:room]
    while len(json.dumps(kept)) - 2 > room:
        kept = kept[: max(len(kept) * 9 // 10, 0)] if len(kept) > 1 else ""
    return f"{kept}..."


def _qualified_name(kind: type) -> str:
    if kind.__module__ in {"builtins", "__main__"}:
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(exception: BaseException) -> str:
    # A user's `__str__` may itself raise, and the record must be written all the same.
    try:
        return str(exception)
    except Exception as error:  # noqa: BLE001
        return f"<no message: `__str__` raised {type(error).__name__}>"


def _user() -> str | None:
    # A container's user often has no name.
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return None
