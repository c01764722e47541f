"""A sweep as notebooks show it: what it varies and recorded, and its problems folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcube.results.gathered import Sweep
    from runcube.results.problem import Problem

_LABELS = 12
_PROBLEMS = 100
_LONGEST = 40


def of_sweep(sweep: Sweep) -> str:
    """Write the sweep as a piece of HTML that needs no style sheet and no script."""
    count = len(sweep.jobs)
    jobs = f"{count} job{'' if count == 1 else 's'}"
    holes = "" if sweep.is_complete else ", incomplete"
    parts = [f"<b>runcube.Sweep</b> · {jobs}{holes} · <code>{escape(str(sweep.path))}</code>"]
    axes = [(name, str(len(labels)), _listed(labels)) for name, labels in sweep.axes.items()]
    parts.append(_table(("axis", "size", "labels"), axes))
    fixed = [(name, _text(value)) for name, value in sweep.fixed.items()]
    parts.append(_folded(f"fixed ({len(fixed)})", _table(("parameter", "value"), fixed)))
    names = [(name,) for name in sweep.metrics]
    parts.append(_folded(f"metrics ({len(names)})", _table(("metric",), names)))
    parts.append(_problems(sweep.problems))
    return f"<div>{''.join(parts)}</div>"


def _problems(problems: Sequence[Problem]) -> str:
    rows = [(it.kind, str(it.path), it.message) for it in problems[:_PROBLEMS]]
    body = _table(("kind", "path", "what is wrong"), rows)
    if len(problems) > len(rows):
        body += f"<p>and {len(problems) - len(rows)} more, in <code>sweep.problems</code></p>"
    return _folded(f"problems ({len(problems)})", body)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>" if body else ""


def _table(titles: Iterable[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th style='text-align:left'>{escape(title)}</th>" for title in titles)
    cells = "".join(
        "<tr>"
        + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>"


def _listed(labels: Sequence[Any]) -> str:
    shown = [_text(label) for label in labels[:_LABELS]]
    return ", ".join([*shown, "…"] if len(labels) > _LABELS else shown)


def _text(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
