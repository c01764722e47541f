"""The override grammar held against Hydra's own parser.

Each text of ``grammar_texts`` is parsed by the Hydra of the interpreter that runs this file and by
the core's example binary ``grammar``. Both must refuse it, or both must give the same key, the
same typed value, and the same texts and values of a sweep.

::

    cargo build -p runcube-core --example grammar
    python tests/grammar_differential.py --binary target/debug/examples/grammar --count 100000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import warnings
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grammar_texts import Generator

SHOWN = 50


class Oracle:
    """Hydra's parser, as the same JSON that the example binary prints."""

    def __init__(self) -> None:
        warnings.simplefilter("ignore")
        self.types = import_module("hydra.core.override_parser.types")
        parser = import_module("hydra.core.override_parser.overrides_parser")
        functions = import_module("hydra._internal.grammar.grammar_functions")
        for module in (
            "hydra.core.override_parser.overrides_visitor",
            "hydra._internal.grammar.grammar_functions",
        ):
            if hasattr(import_module(module), "deprecation_warning"):
                vars(import_module(module))["deprecation_warning"] = lambda *_, **__: None
        # The order of a shuffle is compared as written.
        functions.random = type("Still", (), {"shuffle": staticmethod(lambda _: None)})
        self.types.shuffle = lambda _: None
        self.parser = parser.OverridesParser.create()
        self.read: dict[str, list[Any] | None] = {}

    def _scalar(self, value: Any) -> list[Any]:  # noqa: PLR0911, one for each type
        if value is None:
            return ["n"]
        if isinstance(value, bool):
            return ["b", value]
        if isinstance(value, int):
            return ["i", str(value)]
        if isinstance(value, (float, Decimal)):
            return ["f", repr(float(value))]
        if isinstance(value, str):
            return ["s", value]
        if isinstance(value, list):
            return ["l", [self._scalar(item) for item in value]]
        if isinstance(value, dict):
            return ["m", [[self._scalar(key), self._scalar(item)] for key, item in value.items()]]
        raise TypeError(type(value).__name__)

    def _element(self, value: Any) -> list[Any]:  # noqa: PLR0911, one for each type
        types = self.types
        if isinstance(value, types.QuotedString):
            return ["q", "'" if value.quote is types.Quote.single else '"', value.text]
        if isinstance(value, list):
            return ["l", [self._element(item) for item in value]]
        if isinstance(value, dict):
            return ["m", [[self._scalar(key), self._element(item)] for key, item in value.items()]]
        if isinstance(value, types.ChoiceSweep):
            items = [self._element(item) for item in value.list]
            return ["choice", items, value.simple_form, value.shuffle, sorted(value.tags)]
        if isinstance(value, types.RangeSweep):
            bounds = [self._scalar(bound) for bound in (value.start, value.stop, value.step)]
            casts = len(getattr(value, "transformers", ()))
            return ["range", bounds, casts, value.shuffle, sorted(value.tags)]
        if isinstance(value, types.IntervalSweep):
            return [
                "interval",
                self._scalar(value.start),
                self._scalar(value.end),
                sorted(value.tags),
            ]
        if isinstance(value, types.Glob):
            return [
                "glob",
                [self._element(one) for one in value.include],
                [self._element(one) for one in value.exclude],
            ]
        if type(value).__name__ == "ListExtensionOverrideValue":
            return ["extend", [self._element(item) for item in value.values]]
        return self._scalar(value)

    def _texts(self, parsed: Any) -> list[str] | None:
        try:
            if not parsed.is_sweep_override():
                return [parsed.get_value_element_as_str()]
            if isinstance(parsed._value, self.types.Glob):
                return None
            if self._endless(parsed._value):
                return None
            return list(parsed.sweep_string_iterator())
        except Exception:  # noqa: BLE001, Hydra raises what it likes
            return None

    def _endless(self, value: Any) -> bool:
        """Tell whether a range has more numbers than the core lists."""
        if not isinstance(value, self.types.RangeSweep) or not value.step:
            return False
        return (float(value.stop) - float(value.start)) / float(value.step) > 1_000_000

    def _value(self, text: str) -> list[Any] | None:
        """Give what a job has that is told this text."""
        if text not in self.read:
            try:
                parsed = self.parser.parse_override(f"x={text}")
                self.read[text] = (
                    None if parsed.is_sweep_override() else self._scalar(parsed.value())
                )
            except Exception:  # noqa: BLE001, Hydra raises what it likes
                self.read[text] = None
        return self.read[text]

    def _values(self, texts: list[str] | None) -> list[Any] | None:
        if texts is None:
            return None
        values = [self._value(text) for text in texts[:SHOWN]]
        return None if None in values else values

    def answer(self, text: str) -> dict[str, Any] | None:
        """Give what Hydra makes of the text; None where it refuses it."""
        try:
            parsed = self.parser.parse_override(text)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001, Hydra raises what it likes
            return None
        kind = parsed.type.name
        value = None if parsed.value_type is None else self._element(parsed._value)
        if kind == "EXTEND_LIST":
            value = ["extend", value[1]] if value else value
        texts = self._texts(parsed)
        return {
            "prefix": {"ADD": "+", "FORCE_ADD": "++", "DEL": "~"}.get(kind, ""),
            "key": parsed.key_or_group,
            "package": parsed.package,
            "value": value,
            "texts": None if texts is None else texts[:SHOWN],
            "values": self._values(texts),
        }


@dataclass
class Outcome:
    """What a comparison found."""

    count: int = 0
    accepted: int = 0
    reprinted: int = 0
    differences: list[tuple[str, str, Any, Any]] = field(default_factory=list)


def compare(binary: Path, count: int, seed: int, reprint: int = 5) -> Outcome:
    """Compare Hydra with the core on ``count`` texts.

    Parameters
    ----------
    binary
        The example ``grammar`` of the core.
    count, seed
        How many texts, and the seed that they are made with.
    reprint
        Of every so many accepted texts one is printed by the core and read by Hydra again.

    Returns
    -------
    Outcome
        The differences: text, aspect, Hydra's answer, ours.
    """
    texts = list(dict.fromkeys(Generator(seed, version("hydra-core")).texts(count)))
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    ran = subprocess.run(
        [binary, version("hydra-core")], input=lines, capture_output=True, text=True, check=True
    )
    oracle, outcome = Oracle(), Outcome()
    for text, line in zip(texts, ran.stdout.splitlines(), strict=True):
        theirs, ours = oracle.answer(text), json.loads(line).get("ok")
        outcome.count += 1
        if theirs is None or ours is None:
            if theirs is not ours:
                outcome.differences.append((text, "refused", theirs, json.loads(line)))
            continue
        outcome.accepted += 1
        for aspect, expected in [*theirs.items(), ("round", True), ("quick", True)]:
            if ours[aspect] != expected:
                outcome.differences.append((text, aspect, expected, ours[aspect]))
        if outcome.accepted % reprint == 0:
            outcome.reprinted += 1
            again = oracle.answer(ours["printed"])
            writable = theirs["texts"] is not None
            if writable and (again is None or again["value"] != theirs["value"]):
                outcome.differences.append((text, "printed", again, ours["printed"]))
    return outcome


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binary", type=Path, required=True)
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    outcome = compare(given.binary, given.count, given.seed)
    for text, aspect, expected, found in outcome.differences[:200]:
        sys.stdout.write(f"{text!r} {aspect}\n  Hydra {expected}\n  ours  {found}\n")
    share = outcome.accepted / max(outcome.count, 1)
    sys.stdout.write(
        f"hydra-core {version('hydra-core')}: {outcome.count} texts, {share:.0%} accepted, "
        f"{outcome.reprinted} printed and read again, {len(outcome.differences)} differences\n"
    )
    return int(bool(outcome.differences))


if __name__ == "__main__":
    sys.exit(main())
