"""The examples of every docstring, and the Python of the README, do what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import textwrap
from pathlib import Path

import pytest

import runcube

README = Path(__file__).parents[1] / "README.md"
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
MODULES = ["runcube", *(m.name for m in pkgutil.walk_packages(runcube.__path__, "runcube."))]


def fenced(text: str, language: str) -> list[tuple[int, str]]:
    """Give the first line and the code of each fenced block of a language."""
    pattern = rf"^( *)```{language}\n(.*?)^\1```"
    return [
        (text.count("\n", 0, found.start(2)), textwrap.dedent(found[2]))
        for found in re.finditer(pattern, text, flags=re.DOTALL | re.MULTILINE)
    ]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of(name, hydra_place):
    module = importlib.import_module(name)
    results = doctest.testmod(module, optionflags=OPTIONS, verbose=False)
    assert results.failed == 0, f"{results.failed} of {results.attempted}: see the output"


def test_the_python_of_the_readme_runs(hydra_place):
    names = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    for line, code in fenced(README.read_text(encoding="utf-8"), "(?:python|pycon)"):
        if code.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(code, names, "README", str(README), line)
            runner.run(example, clear_globs=False)
            names.update(example.globs)
        else:
            # Blank lines before the code give errors the line of the README.
            exec(compile("\n" * line + code, README, "exec"), names)
    assert runner.summarize(verbose=False).failed == 0


def test_fenced_blocks_are_found_with_their_lines():
    text = "a\n```python\nx = 1\n```\n\n```bash\nls\n```\n- b\n  ```python\n  y = 2\n  ```\n"
    assert fenced(text, "python") == [(2, "x = 1\n"), (10, "y = 2\n")]
