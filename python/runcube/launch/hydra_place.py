"""The number of a job, and the directory that Hydra gives it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Final

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from runcube.launch.base import hydra_value, raw_value, set_value
from runcube.launch.config_copy import copied
from runcube.launch.hydra_compose import Composed

_NOTHING: Final = OmegaConf.create({})
_NOW = re.compile(r"\$\{now:(%[\w%.-]*)\}", re.ASCII)
# What OmegaConf has a word to say about.
_UNREAD = re.compile(r"[$\\?]")


def number_job(composed: Composed, number: int) -> None:
    """Give a job its number, and its id as Hydra's basic launcher does."""
    if composed.base is not None:
        set_value(composed.config, ("job", "id"), str(number))
        set_value(composed.config, ("job", "num"), number)
        return
    job = composed.config.hydra.job
    with open_dict(job):
        job.id = str(number)
        job.num = number


def job_place(composed: Composed) -> str:
    """Work out the directory of a numbered job, as Hydra writes it."""
    sweep = _sweep_directory(composed.config)
    return os.path.join(sweep, subdirectory(composed))  # noqa: PTH118  the text of Hydra


def subdirectory(composed: Composed) -> str:
    """Work out the directory of a numbered job below its sweep's."""
    # Hydra's default, and not worth a parser.
    is_number = raw_value(composed.config, "sweep", "subdir") == "${hydra.job.num}"
    with shown(composed.config):
        path = ("job", "num") if is_number else ("sweep", "subdir")
        return str(hydra_value(composed.config, *path))


def _sweep_directory(config: DictConfig) -> str:
    text = raw_value(config, "sweep", "dir")
    if isinstance(text, str):
        # Hydra's default says when the sweep began: resolved once, and taken over by every job.
        known = OmegaConf.get_cache(config).get("now", {})
        text = _NOW.sub(lambda found: str(known.get((found[1],), found[0])), text)
        if not _UNREAD.search(text):
            return text
    with shown(config):
        return str(hydra_value(config, "sweep", "dir"))


@contextlib.contextmanager
def shown(config: DictConfig) -> Iterator[None]:
    """Let `HydraConfig` show a job's `hydra` node, whose interpolations see the job's config."""
    instance = HydraConfig.instance()
    before, held = instance.cfg, copied(_NOTHING)
    held.__dict__["_content"]["hydra"] = config.__dict__["_content"]["hydra"]
    instance.cfg = held
    try:
        yield
    finally:
        instance.cfg = before
