r"""Strings that hold `${`, on their way through `zen`.

A config spells the string `${a}` as `\${a}`. `zen` resolves the whole config first, which takes
the escape off, and reads each value afterwards, which resolves it once more. Where a config holds
such an escape, values are therefore read once, straight from the config as it is.
"""

from __future__ import annotations

import copy
from typing import Any

from hydra_zen.wrapper import Zen
from omegaconf import DictConfig, ListConfig, OmegaConf


class _ReadOnceZen(Zen[Any, Any]):  # type: ignore[misc]
    def instantiate(self, config: Any, /) -> Any:
        if isinstance(config, (DictConfig, ListConfig)) and not _has_target(config):
            return OmegaConf.to_object(config)
        return super().instantiate(config)


def exact(function: Any, config: Any) -> Any:
    """Give the function that reads `config` without resolving any of its strings twice."""
    if type(function) is not Zen or not _holds(config, lambda value: "\\${" in value):
        return function
    once = copy.copy(function)
    once.__class__ = _ReadOnceZen
    once._resolve = False  # what `zen(..., resolve_pre_call=False)` sets
    return once


def _has_target(config: Any) -> bool:
    plain = OmegaConf.to_container(config, resolve=False)
    return _any(plain, lambda item: isinstance(item, dict) and "_target_" in item)


def _holds(config: Any, test: Any) -> bool:
    if not OmegaConf.is_config(config):
        return False
    plain = OmegaConf.to_container(config, resolve=False)
    return _any(plain, lambda item: isinstance(item, str) and test(item))


def _any(value: Any, test: Any) -> bool:
    if test(value):
        return True
    if isinstance(value, dict):
        return any(_any(item, test) for item in value.values())
    return isinstance(value, list) and any(_any(item, test) for item in value)
