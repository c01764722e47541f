"""Names that are close to one that a job's config does not have, added to Hydra's own error."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hydra.errors import HydraException
from omegaconf import OmegaConf

_UNKNOWN_KEY = re.compile(r"Could not override '(?P<name>[^']+)'")
_UNKNOWN_OPTION = re.compile(r"Could not find '(?P<name>[^']+)'")
_OPTIONS = re.compile(r"^\t(?P<option>\S+)$", re.MULTILINE)


@contextlib.contextmanager
def composition_explained(default: Callable[[], Any]) -> Iterator[None]:
    """Add the nearest name to an error of Hydra's; `default` composes a job without overrides."""
    try:
        yield
    except HydraException as error:
        hint = _hint(str(error), default)
        if hint is None:
            raise
        # Of the same class, so that whoever catches Hydra's error catches this one.
        explained = error.__class__.__new__(error.__class__)
        explained.__dict__.update(error.__dict__)
        explained.args = (f"{error}\n{hint}",)
        raise explained from error.__cause__


def _hint(message: str, default: Callable[[], Any]) -> str | None:
    found = _UNKNOWN_KEY.search(message)
    if found is not None:
        try:
            names = _names(default())
        except HydraException:
            # Some default has to be chosen before there is a config.
            return None
        return _closest(found["name"], names)
    found = _UNKNOWN_OPTION.search(message)
    if found is not None:
        options = _OPTIONS.findall(message)
        return _closest(found["name"].rpartition("/")[2], options)
    return None


def _closest(name: str, known: Sequence[str]) -> str | None:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def _names(config: Any) -> list[str]:
    names: list[str] = []

    def walk(value: Any, prefix: str) -> None:
        for key, item in value.items():
            if prefix or key != "hydra":
                names.append(f"{prefix}{key}")
                if isinstance(item, dict):
                    walk(item, f"{prefix}{key}.")

    walk(OmegaConf.to_container(config, resolve=False), "")
    return names
