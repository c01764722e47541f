"""The core's override grammar agrees with Hydra's on made, real and mutated overrides.

`RUNCUBE_GRAMMAR_TEXTS=100000` asks for more texts, `RUNCUBE_GRAMMAR_SEED` for others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import pytest

from grammar_differential import Outcome, shortcomings
from grammar_rules import NEW_RULES, RULES

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "grammar_differential.py"


@pytest.fixture(scope="module")
def binary() -> Path:
    """Build the core's example, in the profile and the folder of its own tests."""
    cargo = shutil.which("cargo") or Path.home() / ".cargo" / "bin" / "cargo"
    command = [cargo, "build", "--locked", "-p", "runcube-core", "--example", "grammar"]
    ran = subprocess.run(
        [*command, "--message-format=json"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    messages = [json.loads(line) for line in ran.stdout.splitlines()]
    (path,) = [message["executable"] for message in messages if message.get("executable")]
    return Path(path)


def compared(binary: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Compare in a process of its own: it changes modules of Hydra."""
    command = [sys.executable, SCRIPT, "--binary", binary, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_core_reads_expands_and_prints_as_hydra_does(binary):
    count = os.environ.get("RUNCUBE_GRAMMAR_TEXTS", "5000")
    seed = os.environ.get("RUNCUBE_GRAMMAR_SEED", "0")
    ran = compared(binary, "--count", count, "--seed", seed)
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr[-5000:]


def test_the_rules_of_the_other_hydra_are_told_apart(binary):
    other = "1.4.0" if version("hydra-core").startswith("1.3") else "1.3.8"
    ran = compared(binary, "--count", "1500", "--dialect", other)
    assert ran.returncode == 1, ran.stderr
    assert re.search(r"^made: .* [1-9]\d* differences$", ran.stdout, re.MULTILINE)


def test_texts_of_which_too_few_are_accepted_fall_short():
    outcome = Outcome(count=1000, accepted=599, rules=Counter({"a": 599}))
    assert shortcomings(outcome, ["a"]) == ["599 of 1000 texts accepted: too few"]


def test_a_rule_that_too_few_texts_take_falls_short():
    outcome = Outcome(count=1000, accepted=900, rules=Counter({"a": 10, "b": 9}))
    assert shortcomings(outcome, ["a", "b", "c"]) == ["9 texts take 'b'", "0 texts take 'c'"]


def test_every_rule_is_listed_once():
    assert len({*RULES, *NEW_RULES}) == len(RULES) + len(NEW_RULES)


def test_the_corpus_is_large_and_without_repetition():
    lines = (ROOT / "tests" / "data" / "overrides.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)) >= 300
