"""Keeps the fields of a config's dataclasses, which a launcher that uses cloudpickle can empty.

cloudpickle sends a class that a program made, as `make_config` does, by its contents. A return that
comes back brings them along and sets them on the class that is there already; the marks by which
`dataclasses.fields` tells a field are then copies, and it finds none.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from omegaconf import Container, OmegaConf

_ATTRIBUTE = "__dataclass_fields__"


@contextlib.contextmanager
def fields_kept(config: Any) -> Iterator[None]:
    """Put back the fields of the dataclasses of `config` at the end; silence who misses them."""
    kinds = set(_kinds(config)) if is_dataclass(config) else set()
    before = {kind: getattr(kind, _ATTRIBUTE) for kind in kinds}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Your dataclass-based config was mutated")
            yield
    finally:
        for kind, fields in before.items():
            setattr(kind, _ATTRIBUTE, fields)


def _kinds(config: Any) -> Iterator[type]:
    yield config if isinstance(config, type) else type(config)
    waiting = [OmegaConf.structured(config)]
    while waiting:
        node = waiting.pop()
        kind = OmegaConf.get_type(node)
        if is_dataclass(kind):
            yield kind
        if node._is_none() or node._is_missing() or node._is_interpolation():
            continue
        keys = range(len(node)) if OmegaConf.is_list(node) else list(node.keys())
        children = [node._get_node(key) for key in keys]
        waiting += [child for child in children if isinstance(child, Container)]
