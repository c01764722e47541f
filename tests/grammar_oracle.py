"""Hydra's own parser and basic sweeper, answering in the JSON of the core's example ``grammar``."""

from __future__ import annotations

import warnings
from decimal import Decimal
from importlib import import_module
from importlib.metadata import version
from typing import Any

from omegaconf import OmegaConf

from grammar_rules import Counter

SHOWN_TEXTS, SHOWN_VALUES = 1000, 50
"""How many texts and values of a sweep are compared."""


class Oracle:
    """Hydra's parser. It changes modules of Hydra: use it in a process of its own."""

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
        self.sweeper = import_module("hydra._internal.core_plugins.basic_sweeper").BasicSweeper
        self.counter = Counter(
            parser.OverrideParser, new=not version("hydra-core").startswith("1.3")
        )
        self.tree: Any = None
        oracle = self

        class Watched(parser.HydraOverrideVisitor):
            """Hydra's visitor, which leaves the tree behind."""

            def visitOverride(self, ctx: Any) -> Any:  # noqa: N802, a name of Hydra
                oracle.tree = ctx
                return super().visitOverride(ctx)

        parser.HydraOverrideVisitor = Watched
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

    def jobs(self, parsed: list[Any]) -> list[list[str]] | None:
        """Give the overrides of each job of Hydra's basic sweeper; None where it has none."""
        if any(self._unlisted(one._value) for one in parsed):
            return None
        try:
            (jobs,) = self.sweeper.split_arguments(parsed, None)
        except Exception:  # noqa: BLE001, Hydra raises what it likes
            return None
        return list(jobs)

    def _unlisted(self, value: Any) -> bool:
        """Tell whether a sweep needs a config, or has more numbers than the core lists."""
        if isinstance(value, self.types.Glob):
            return True
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
        values = [self._value(text) for text in texts[:SHOWN_VALUES]]
        return None if None in values else values

    def parse(self, text: str) -> Any:
        """Give Hydra's override; None where it refuses the text."""
        self.tree = None
        try:
            return self.parser.parse_override(text)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001, Hydra raises what it likes
            return None

    def rules(self) -> set[str]:
        """Give the rules that the text answered last takes."""
        return self.counter.rules(self.tree)

    def element(self, text: str) -> list[Any] | None:
        """Give what Hydra makes of the value of a text, without its jobs."""
        parsed = self.parse(text)
        if parsed is None or parsed.value_type is None:
            return None
        value = self._element(parsed._value)
        return ["extend", value[1]] if parsed.type.name == "EXTEND_LIST" else value

    def received(self, text: str) -> str:
        """Give the ``repr`` of what a task reads for the key `x` that the text overrides."""
        config = OmegaConf.create({"x": None})
        OmegaConf.update(config, "x", self.parser.parse_override(text).value(), merge=True)
        return repr(OmegaConf.to_container(config, resolve=True)["x"])

    def answer(self, text: str) -> dict[str, Any] | None:
        """Give what Hydra makes of the text; None where it refuses it."""
        parsed = self.parse(text)
        if parsed is None:
            return None
        kind, tree = parsed.type.name, self.tree
        value = None if parsed.value_type is None else self._element(parsed._value)
        if kind == "EXTEND_LIST":
            value = ["extend", value[1]] if value else value
        jobs = self.jobs([parsed])
        length = len(parsed.get_key_element()) + 1
        texts = None if jobs is None else [job[0][length:] for job in jobs]
        answer = {
            "prefix": {"ADD": "+", "FORCE_ADD": "++", "DEL": "~"}.get(kind, ""),
            "key": parsed.key_or_group,
            "package": parsed.package,
            "value": value,
            "texts": None if texts is None else texts[:SHOWN_TEXTS],
            "values": self._values(texts),
        }
        self.tree = tree
        return answer
