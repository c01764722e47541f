"""The override grammar held against Hydra's own parser and basic sweeper.

Each text is parsed by the Hydra of the interpreter that runs this file and by the core's example
binary ``grammar``. Both must refuse it, or both must give the same key, the same typed value, the
same text for each job and the same values that the jobs read; and what the core prints must be
read by Hydra as the same again. There are four kinds of texts: those made by the grammar and on
its edge (``grammar_sound``, ``grammar_texts``), the overrides of ``data/overrides.txt`` with
mutations, several overrides that the basic sweeper multiplies, and generated Python values as
``runcube`` writes them.

::

    cargo build -p runcube-core --example grammar
    python tests/grammar_differential.py --binary target/debug/examples/grammar --count 100000

It fails on any difference, where fewer than 60 % of the made texts are accepted by Hydra, and
where one of the rules of ``grammar_rules`` is taken by fewer than 1 % of them.

One difference is allowed, and counted. Inside a container or a sweep Hydra 1.4 takes the deprecated
``extend_list`` for an object with a field, and prints a list in that field only if all its leaves
are null, ``???``, interpolations or such objects: `x=1,extend_list([null])` and not
`x=1,extend_list([1])`. The core says of all of them that Hydra cannot print them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any

from grammar_oracle import SHOWN_TEXTS, Oracle
from grammar_sound import Sound
from grammar_texts import Generator, mutated
from grammar_values import written_values

OVERRIDES = Path(__file__).parent / "data" / "overrides.txt"
SHARE = 0.6
"""How many of the made texts must be accepted."""
HITS = 0.01
"""How many of the made texts must take each rule."""
HYDRA = version("hydra-core")


@dataclass
class Outcome:
    """What a comparison found."""

    count: int = 0
    accepted: int = 0
    printed: int = 0
    unprintable: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[str, str, Any, Any]] = field(default_factory=list)


def made_texts(seed: int) -> Iterator[str]:
    """Yield texts without end, each once: more sound ones than ones on the edge."""
    pick, sound, edge = Random(seed), Sound(seed, HYDRA), Generator(seed, HYDRA)
    seen: set[str] = set()
    while True:
        kind = pick.random()
        text = sound.override() if kind < 0.8 else edge.text()
        if kind < 0.06:
            text = mutated(text, pick)
        if text not in seen:
            seen.add(text)
            yield text


def real_texts(seed: int) -> Iterator[str]:
    """Yield the overrides of the corpus, then mutations of them without end."""
    lines = OVERRIDES.read_text(encoding="utf-8").splitlines()
    yield from lines
    pick, seen = Random(seed), set(lines)
    while True:
        text = mutated(pick.choice(lines), pick)
        while pick.random() < 0.3:
            text = mutated(text, pick)
        if text not in seen:
            seen.add(text)
            yield text


class Comparison:
    """Hydra and the core, on the same texts."""

    def __init__(self, binary: Path, dialect: str = HYDRA) -> None:
        self.binary = binary
        self.dialect = dialect
        self.oracle = Oracle()

    def core(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """Give the core's answers."""
        lines = "".join(json.dumps(text) + "\n" for text in texts)
        ran = subprocess.run(
            [self.binary, self.dialect], input=lines, capture_output=True, text=True, check=True
        )
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def texts(self, texts: Iterable[str]) -> Outcome:
        """Compare what both make of each text."""
        texts, outcome = list(texts), Outcome()
        for text, answer in zip(texts, self.core(texts), strict=True):
            self._text(text, answer, outcome)
        return outcome

    def _text(self, text: str, answer: dict[str, Any], outcome: Outcome) -> None:
        theirs, ours = self.oracle.answer(text), answer.get("ok")
        outcome.count += 1
        if theirs is None or ours is None:
            if theirs is not ours:
                outcome.differences.append((text, "refused", theirs, answer))
            return
        outcome.accepted += 1
        outcome.rules.update(self.oracle.rules())
        unprintable = ours["texts"] is None and _holds_list_in_extension(theirs["value"])
        outcome.unprintable += unprintable and theirs["texts"] is not None
        for aspect, expected in [*theirs.items(), ("round", True), ("quick", True)]:
            if ours[aspect] != expected and not (unprintable and aspect in {"texts", "values"}):
                outcome.differences.append((text, aspect, expected, ours[aspect]))
        # What the sweeper cannot write may be a sweep inside a list, which nothing writes.
        if ours["printed"] != text and theirs["texts"] is not None:
            outcome.printed += 1
            again = self.oracle.element(ours["printed"])
            if again != theirs["value"]:
                outcome.differences.append((text, "printed", again, ours["printed"]))

    def sweeps(self, count: int, seed: int) -> Outcome:
        """Compare the jobs of several overrides: their texts multiplied, the last of a key first.

        A key keeps the place in which it came first, and has the values that came last.
        """
        sound, pick, outcome = Sound(seed, HYDRA), Random(seed), Outcome()
        lists = [[sound.sweep_override() for _ in range(pick.randint(1, 3))] for _ in range(count)]
        answers = iter(self.core(text for texts in lists for text in texts))
        for texts in lists:
            ours = [answer.get("ok") for answer in islice(answers, len(texts))]
            parsed = [self.oracle.parse(text) for text in texts]
            if None in parsed or None in ours:
                continue
            jobs = self.oracle.jobs(parsed)
            outcome.count += 1
            expected = _multiplied(ours)
            if any(len(one["texts"] or ()) == SHOWN_TEXTS for one in ours):
                continue
            outcome.accepted += jobs is not None
            if jobs != expected:
                outcome.differences.append((" ".join(texts), "jobs", jobs, expected))
        return outcome

    def values(self, count: int, seed: int) -> Outcome:
        """Compare what Hydra and the core read of values that are written as overrides."""
        written = list(written_values(count, seed))
        outcome = self.texts(text for text, _ in written)
        for text, value in written:
            found = self.oracle.received(text)
            if found != value:
                outcome.differences.append((text, "written", found, value))
        return outcome


def _multiplied(answers: list[dict[str, Any]]) -> list[list[str]] | None:
    lists: dict[str, list[str]] = {}
    for answer in answers:
        if answer["texts"] is None:
            return None
        package = "" if answer["package"] is None else f"@{answer['package']}"
        key = f"{answer['prefix']}{answer['key']}{package}"
        lists[key] = [f"{key}={text}" for text in answer["texts"]]
    return [list(job) for job in product(*lists.values())]


def _holds_list_in_extension(value: Any) -> bool:
    """Tell whether an `extend_list` inside the value has an item that is no scalar."""
    if not isinstance(value, list):
        return False
    if value[:1] == ["extend"] and any(item[0] in {"l", "m", "extend"} for item in value[1]):
        return True
    return any(_holds_list_in_extension(item) for item in value)


def shortcomings(outcome: Outcome, expected: Iterable[str]) -> list[str]:
    """Give what the made texts lack of the bar."""
    lacking = []
    if outcome.accepted < SHARE * outcome.count:
        lacking.append(f"{outcome.accepted} of {outcome.count} texts accepted: too few")
    least = HITS * outcome.count
    rules = {rule: outcome.rules[rule] for rule in expected}
    lacking.extend(f"{hits} texts take {rule!r}" for rule, hits in rules.items() if hits < least)
    return lacking


def _report(title: str, outcome: Outcome) -> None:
    for text, aspect, expected, found in outcome.differences[:100]:
        sys.stdout.write(f"{text!r} {aspect}\n  Hydra {expected}\n  ours  {found}\n")
    sys.stdout.write(
        f"{title}: {outcome.count} compared, {outcome.accepted} accepted, {outcome.printed} "
        f"printed and read again, {outcome.unprintable} extensions with lists, "
        f"{len(outcome.differences)} differences\n"
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binary", type=Path, required=True)
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--dialect", default=HYDRA, help="which Hydra the core shall follow")
    arguments.add_argument("--table", action="store_true", help="list the hits of every rule")
    given = arguments.parse_args()
    sys.stdout.write(f"hydra-core {HYDRA}, seed {given.seed}\n")
    comparison = Comparison(given.binary, given.dialect)
    made = comparison.texts(islice(made_texts(given.seed), given.count))
    real = comparison.texts(islice(real_texts(given.seed), 400 + given.count // 4))
    sweeps = comparison.sweeps(given.count // 10, given.seed)
    values = comparison.values(given.count // 10, given.seed)
    outcomes = {"made": made, "real": real, "sweeps": sweeps, "values": values}
    for title, outcome in outcomes.items():
        _report(title, outcome)
    expected = comparison.oracle.counter.expected
    if given.table:
        sys.stdout.writelines(f"{made.rules[rule]:8}  {rule}\n" for rule in expected)
    lacking = shortcomings(made, expected)
    sys.stdout.writelines(f"{line}\n" for line in lacking)
    fewest = min(made.rules[rule] for rule in expected)
    sys.stdout.write(f"{len(expected)} rules, each taken by {fewest} texts or more\n")
    return int(bool(lacking or any(outcome.differences for outcome in outcomes.values())))


if __name__ == "__main__":
    sys.exit(main())
