"""Signatures of configs that differ in few keys of the top, by the parts that they share."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from omegaconf import DictConfig

from runcube.launch.config_text import partly
from runcube.launch.kept_text import is_usual
from runcube.launch.signature import config_signature, plain_config, typed


class KeptSignature:
    """Gives what `config_signature` gives, with the parts of most keys kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, str]] = {}

    def of(self, config: DictConfig, changed: frozenset[str] | None) -> str:
        """Give the signature of a config, in which no keys but `changed` differ from the base.

        None stands for any key.
        """
        content: Any = config.__dict__["_content"]
        is_known = changed is not None and isinstance(content, dict)
        if not is_known or not all(isinstance(key, str) for key in content):
            return config_signature(config)
        parts = []
        for key in content:
            if key == "hydra":
                continue
            part = None if key in (changed or ()) else self._kept.get(key)
            if part is None:
                part = _part(config, key)
                if key not in (changed or ()):
                    self._kept[key] = part
            parts.append(part)
        text = ",".join([text for _, text in sorted(parts)])
        return hashlib.sha256(f'["map",[{text}]]'.encode()).hexdigest()


def _part(config: DictConfig, key: str) -> tuple[str, str]:
    """Give the text of a key and its value, behind the text that it is sorted by."""
    content: Any = config.__dict__["_content"]
    value = content[key].__dict__.get("_val", key)
    if "_val" not in content[key].__dict__ or not is_usual(value):
        with partly(config, [key]):
            value = plain_config(config)[key]
    named = typed(key)
    text = json.dumps([named, typed(value)], ensure_ascii=True, separators=(",", ":"))
    return json.dumps(named), text
