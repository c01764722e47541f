"""The definition in `.runcube/sweep.json`, where jobs of earlier launches stand beside new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runcube.launch.sweeper.placing import Placed
from runcube.launch.sweeper.plan_file import PlanLine


def merged(
    definition: Mapping[str, Any],
    placed: Iterable[Placed],
    before: Any,
    plan: Iterable[PlanLine],
) -> dict[str, Any]:
    """Give the definition of all the jobs that count.

    A definition that covers the jobs of the other stands. Where neither does, the jobs are a list,
    and each axis has the labels of both.
    """
    jobs = [job.line for job in placed]
    own = {line.dir for line in jobs} | {job.replaces.line.dir for job in placed if job.replaces}
    others = [line for line in plan if line.superseded is None and line.dir not in own]
    if not others or not isinstance(before, Mapping):
        return dict(definition)
    new = {line.overrides for line in jobs}
    old = {line.overrides for line in plan}
    if {line.overrides for line in others} <= new:
        return dict(definition)
    if new <= old:
        return dict(before)
    labels: dict[str, dict[str, None]] = {}
    for axis in [*before.get("axes", []), *definition["axes"]]:
        labels.setdefault(axis["name"], {}).update(dict.fromkeys(axis["labels"]))
    axes = [{"name": name, "labels": list(texts)} for name, texts in labels.items()]
    repetitions = max(it.get("repetitions", 1) for it in (before, definition))
    found: dict[str, Any] = {"kind": "list", "axes": axes}
    return found | ({"repetitions": repetitions} if repetitions > 1 else {})


def joined(before: Any, added: Sequence[str]) -> list[str]:
    """Give the texts of a record with those that are added, each once."""
    known = [text for text in before if isinstance(text, str)] if isinstance(before, list) else []
    return list(dict.fromkeys([*known, *added]))
