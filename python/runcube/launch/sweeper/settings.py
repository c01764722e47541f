"""The settings `hydra.sweeper.*` of our sweeper, checked."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcube.errors import InvalidArgumentError

ON_ERROR = ("raise", "continue", "stop")
ON_CHANGE = ("rerun", "keep", "error")
MOST_JOBS_VARIABLE = "RUNCUBE_MAX_JOBS"


@dataclass(frozen=True)
class Settings:
    """What `hydra.sweeper` may say; all of it is off by default.

    Attributes
    ----------
    params : mapping
        Parameter -> override text, in front of the command line.
    max_batch_size : int or None
        How many jobs the launcher is given at once.
    zip : list of lists of str
        Swept keys that vary together.
    jobs, jobs_file
        Explicit override lists, multiplied with the other sweeps.
    exclude : list of str
        Combinations that are left out.
    repeats : int
        How often each config runs.
    repeat_key : str or None
        The key of the config that takes the seed of the repetition.
    sample, sample_seed : int
        How many of the jobs are drawn, and what draws them.
    resume : bool
        Launch only what did not finish.
    on_change : {"rerun", "keep", "error"}
        What a resume does with a finished job whose code or config has changed.
    on_error : {"raise", "continue", "stop"}
        Whether failures are raised at the end, left in the records, or end the launching.
    max_failures : int or None
        So many failures end the launching.
    retries : int
        How often a failed job is launched again.
    overwrite : bool
        Remove the jobs that stand in planned directories.
    notes, tags : list of str
        Kept in the sweep's record.
    confirm_above : int or None
        Refuse a larger sweep.
    dry_run : bool
        Print what would run, and do nothing.
    max_total_seconds : float or None
        Launch no further job after so long.
    cache_dir : str or None
        Jobs that a sweep below this directory has finished are taken from there, and not run.
    signature_exclude : list of str or None
        Keys of the config that do not make a job another one, such as paths or numbers of
        workers, dotted where they lie deeper. None: those of the sweep that is resumed.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    max_batch_size: int | None = None
    zip: Sequence[Sequence[str]] = ()
    jobs: Sequence[Any] = ()
    jobs_file: str | None = None
    exclude: Sequence[Any] = ()
    repeats: int = 1
    repeat_key: str | None = None
    sample: int | None = None
    sample_seed: int = 0
    resume: bool = False
    on_change: str = "rerun"
    on_error: str = "raise"
    max_failures: int | None = None
    retries: int = 0
    overwrite: bool = False
    notes: Sequence[str] = ()
    tags: Sequence[str] = ()
    confirm_above: int | None = None
    dry_run: bool = False
    max_total_seconds: float | None = None
    cache_dir: str | None = None
    signature_exclude: Sequence[str] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Check what a config says; null stands for a setting's default.

        Examples
        --------
        >>> Settings.of({"repeats": 2, "zip": [["lr", "wd"]]}).repeats
        2
        """
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            expected = ", ".join(sorted(known))
            raise InvalidArgumentError(
                f"`hydra.sweeper.{unknown[0]}`: no setting of the sweeper; there are {expected}"
            )
        settings = cls(**{key: value for key, value in given.items() if value is not None})
        settings._check()
        return settings

    def _check(self) -> None:
        least = {"max_batch_size": 1, "repeats": 1, "sample": 1, "max_failures": 1, "retries": 0}
        for name, smallest in (least | {"sample_seed": None, "confirm_above": 0}).items():
            value = getattr(self, name)
            if value is None:
                continue
            _expect(isinstance(value, int) and not isinstance(value, bool), name, "an int", value)
            if smallest is not None:
                _expect(value >= smallest, name, f"{smallest} or more", value)
        for name in ("resume", "overwrite", "dry_run"):
            value = getattr(self, name)
            _expect(isinstance(value, bool), name, "true or false", value)
        for name, choices in (("on_error", ON_ERROR), ("on_change", ON_CHANGE)):
            value = getattr(self, name)
            _expect(value in choices, name, f"one of {', '.join(choices)}", value)
        seconds = self.max_total_seconds
        if seconds is not None:
            is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
            _expect(is_number and seconds >= 0, "max_total_seconds", "seconds", seconds)
        for name in ("notes", "tags", "signature_exclude"):
            value = getattr(self, name)
            _expect(value is None or _is_texts(value), name, "a list of texts", value)
        _expect(isinstance(self.cache_dir, str | None), "cache_dir", "a path", self.cache_dir)
        _expect(isinstance(self.repeat_key, str | None), "repeat_key", "a key", self.repeat_key)
        for name in ("zip", "jobs", "exclude"):
            _expect(_is_list(getattr(self, name)), name, "a list", getattr(self, name))
        for keys in self.zip:
            _expect(_is_texts(keys) and len(keys) > 1, "zip", "lists of two keys or more", keys)
        _expect(isinstance(self.params, Mapping), "params", "a mapping", self.params)
        if self.resume and self.overwrite:
            raise InvalidArgumentError(
                "`hydra.sweeper.resume` keeps what is there and `overwrite` removes it: set one"
            )

    @property
    def most_failures(self) -> int | None:
        """How many failures end the launching; None for no limit."""
        if self.max_failures is not None:
            return self.max_failures
        return 1 if self.on_error == "stop" else None

    def most_jobs(self) -> tuple[int, str] | None:
        """Give the largest sweep that may start, and what says so."""
        if self.confirm_above is not None:
            return self.confirm_above, "hydra.sweeper.confirm_above"
        text = os.environ.get(MOST_JOBS_VARIABLE, "").strip()
        if not text:
            return None
        _expect(text.isdecimal(), MOST_JOBS_VARIABLE, "a number of jobs", text)
        return int(text), MOST_JOBS_VARIABLE

    def read_jobs(self) -> list[Any]:
        """Give the explicit jobs: those of `jobs`, then those of `jobs_file`."""
        from runcube.launch.sweeper.explicit import read_jobs_file

        listed = list(self.jobs)
        return listed if self.jobs_file is None else listed + read_jobs_file(Path(self.jobs_file))


def _expect(holds: bool, name: str, expected: str, got: object) -> None:  # noqa: FBT001
    if not holds:
        where = name if name == MOST_JOBS_VARIABLE else f"hydra.sweeper.{name}"
        raise InvalidArgumentError(f"`{where}`: expected {expected}, got {got!r}")


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_texts(value: object) -> bool:
    return _is_list(value) and all(isinstance(item, str) for item in value)  # type: ignore[attr-defined]
