"""What the jobs of one choice of config groups have in common, and what is set for each of them.

Of Hydra's node a job differs in a few values that Hydra itself sets, and a launcher. They are
nodes of known types with valid values, so they are set as such, without the questions that
OmegaConf asks before it changes a config.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from omegaconf import DictConfig, IntegerNode, OmegaConf, StringNode

from runcube.launch.config_copy import copied, copied_leaf, is_copied
from runcube.launch.kept_signature import KeptSignature
from runcube.launch.kept_text import HydraText, TaskText

# What is set for each job: its nodes have to be of these types.
_SET: Final[dict[tuple[str, str], type]] = {
    ("job", "id"): StringNode,
    ("job", "num"): IntegerNode,
    ("job", "override_dirname"): StringNode,
    ("runtime", "cwd"): StringNode,
    ("runtime", "output_dir"): StringNode,
}


@dataclass(frozen=True, eq=False)
class Base:
    """A composed config from which jobs that choose the same groups are copied.

    Attributes
    ----------
    config : DictConfig
        As Hydra composed it for the choices alone; never handed out.
    is_copied : bool
        Whether a copy node by node is exact; a config may hold what OmegaConf alone copies.
    line : node
        The node of one line in `hydra.overrides`.
    runs_plainly : bool
        Whether its jobs can do without Hydra's own function to run a job.
    job_logging : mapping or None
        `hydra.job_logging`, its interpolations as their text.
    hydra_text, task_text, signature
        What the files of its jobs, and their signatures, have in common.
    """

    config: DictConfig
    is_copied: bool
    line: Any
    runs_plainly: bool
    job_logging: Any
    hydra_text: HydraText
    task_text: TaskText = field(default_factory=TaskText)
    signature: KeptSignature = field(default_factory=KeptSignature)

    @classmethod
    def of(cls, config: DictConfig, *, runs_plainly: bool) -> Base | None:
        """Prepare a config for being copied; None for one whose `hydra` node is unusual."""
        if any(type(_node(config, *path)) is not kind for path, kind in _SET.items()):
            return None
        exact = is_copied(config)
        probe = copied(config) if exact else copy.deepcopy(config)
        probe.hydra.overrides.task = ["line"]
        return cls(
            config=config,
            is_copied=exact,
            line=_node(probe, "overrides", "task")._get_node(0),
            runs_plainly=runs_plainly,
            job_logging=OmegaConf.to_container(config.hydra.job_logging),
            hydra_text=HydraText(config),
        )

    def copied(self) -> DictConfig:
        """Give a copy of the config, for one job."""
        return copied(self.config) if self.is_copied else copy.deepcopy(self.config)

    def set_lines(self, config: DictConfig, key: str, lines: Sequence[str]) -> None:
        """Set a list of lines in `hydra.overrides` of a copy."""
        node = _node(config, "overrides", key)
        node.__dict__["_content"] = [
            copied_leaf(self.line, node, number, line) for number, line in enumerate(lines)
        ]


def set_value(config: DictConfig, path: tuple[str, str], value: str | int) -> None:
    """Set one of the values that every job has its own of, on a copy of a base."""
    _node(config, *path).__dict__["_val"] = value


def hydra_value(config: DictConfig, *path: str) -> Any:
    """Give a value of Hydra's node, resolved.

    Examples
    --------
    >>> hydra_value(OmegaConf.create({"hydra": {"job": {"name": "app"}}}), "job", "name")
    'app'
    """
    node = _node(config, *path)
    state = node.__dict__
    if isinstance(state.get("_content"), dict | list):
        return node
    value = state.get("_val", "?")
    if not (isinstance(value, str) and ("${" in value or "?" in value)):
        return value
    return OmegaConf.select(config, ".".join(("hydra", *path)))


def raw_value(config: DictConfig, *path: str) -> Any:
    """Give a value of Hydra's node as it stands there: an interpolation as its text."""
    return _node(config, *path)._value()


def _node(config: DictConfig, *path: str) -> Any:
    node: Any = config.__dict__["_content"]["hydra"]
    for name in path:
        node = node.__dict__["_content"][name]
    return node
