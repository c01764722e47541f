"""What a resume does about jobs that finished with other code or another config, and says of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from runcube.errors import ConflictError
from runcube.launch.returns import read_config
from runcube.launch.sweeper.matching import Change, Composed, Match, State

log = logging.getLogger(__name__)

_SHOWN = 5
_FATE = {
    "rerun": "they run again, in new directories (`hydra.sweeper.on_change=keep` keeps them)",
    "keep": "their results are kept",
    "error": "launch into another directory, or set `hydra.sweeper.on_change` to `rerun` or `keep`",
}


def decided(
    composed: Sequence[Composed],
    matches: Sequence[Match],
    *,
    policy: str,
    task: str,
    config_of: Callable[[Composed], Any],
    sweep: Path,
) -> list[Match]:
    """Report what has changed, and apply the policy `on_change`.

    Raises
    ------
    runcube.errors.ConflictError
        Something has changed, and the policy is `error`.
    """
    changed = [place for place, found in enumerate(matches) if found.change is not None]
    for change in Change:
        places = [place for place in changed if matches[place].change is change]
        if not places:
            continue
        what = f"the code of `{task}` has"
        if change is Change.CONFIG:
            first = composed[places[0]]
            what = _difference(matches[places[0]], config_of(first), sweep)
        text = f"{what} changed since {len(places)} of the jobs finished: {_FATE[policy]}"
        if policy == "error":
            raise ConflictError(text, path=str(sweep))
        log.warning("%s", text)
    if policy == "keep":
        return [
            found if found.change is None else Match(State.DONE, found.standing)
            for found in matches
        ]
    return list(matches)


def _difference(found: Match, config: Any, sweep: Path) -> str:
    assert found.standing is not None  # noqa: S101  for the type checker
    before = read_config(sweep / found.standing.line.dir)
    if before is None:
        return "the config has"
    old, new = _flat(before), _flat(OmegaConf.create(OmegaConf.to_yaml(config)))
    missing = object()
    names = [
        name
        for name in dict.fromkeys([*old, *new])
        if (type(old.get(name, missing)), old.get(name, missing))
        != (type(new.get(name, missing)), new.get(name, missing))
    ]
    shown = [f"`{name}` ({_text(old, name)} -> {_text(new, name)})" for name in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the config has ({', '.join(shown)}{more})" if shown else "the config has"


def _text(values: Mapping[str, Any], name: str) -> str:
    return repr(values[name]) if name in values else "absent"


def _flat(config: Any) -> dict[str, Any]:
    flat: dict[str, Any] = {}

    def walk(value: Any, prefix: str) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                walk(item, f"{prefix}.{key}" if prefix else str(key))
        else:
            flat[prefix] = value

    walk(OmegaConf.to_container(config, resolve=False), "")
    return flat
