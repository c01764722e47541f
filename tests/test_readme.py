"""The README: its two commands, the output that it shows, the extras that it names."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest

from runcube.cli.demo.study import EPSILONS, Plan
from runcube.cli.main import VERBS, main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
CONSOLE = [code for language, code in BLOCKS if language == "console"]
PYTHON = [(language, code) for language, code in BLOCKS if language in ("python", "pycon")]


def test_the_first_two_blocks_are_the_commands_to_paste():
    assert BLOCKS[:2] == [
        ("bash", "pip install '.[demo]' && runcube demo\n"),
        ("bash", "pip install tox-uv && tox\n"),
    ]


@pytest.fixture
def toured(hydra_place):
    """Run the Python of the README, in order and in one namespace, in a directory of its own."""
    names = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(verbose=False)
    for language, code in PYTHON:
        if language == "pycon":
            example = doctest.DocTestParser().get_doctest(code, names, "README", "README.md", 0)
            runner.run(example, clear_globs=False)
            names.update(example.globs)
        else:
            exec(compile(code, "README.md", "exec"), names)
    assert runner.summarize(verbose=False).failed == 0
    return hydra_place


def test_the_tour_runs_and_show_prints_what_it_says(toured, capsys):
    capsys.readouterr()
    (block,) = (code for code in CONSOLE if code.startswith("$ runcube show"))
    command, shown = block.split("\n", 1)
    assert main(command.split()[2:]) == 0
    assert capsys.readouterr().out == shown
    assert (toured / "curve.png").stat().st_size > 0


def test_the_output_of_the_demo_is_of_the_study_as_it_is():
    (block,) = (code for code in CONSOLE if code.startswith("$ runcube demo"))
    lines = block.splitlines()
    plan = Plan()
    sizes = f"{len(plan.kinds)} kinds x {len(plan.seeds)} seeds x {len(plan.epsilons)} epsilons"
    assert f"{sizes} = {plan.jobs} jobs" in lines[1]
    table = [line.split()[0] for line in lines if " ± " in line]
    assert table == [f"{epsilon:.3f}" for epsilon in EPSILONS]
    assert lines[-1].startswith(f"identical: {plan.jobs} jobs ")


def test_every_verb_and_every_extra_is_named():
    for verb in VERBS:
        assert f"`runcube {verb}" in README
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = set(re.findall(r"^\| `(\w+)` \|", README, flags=re.MULTILINE))
    assert named == set(project["optional-dependencies"])
