"""The command as a whole: help, exit codes, one line for what cannot be done."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import runcube
from runcube.cli import main as command
from runcube.testing import make_tree


def test_help_names_every_verb(capsys):
    assert command.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, verb in command.VERBS.items():
        assert re.search(rf"^  {name} +{re.escape(verb.summary)}$", text, re.MULTILINE)
    assert command.main([]) == 0
    assert capsys.readouterr().out == text


def test_the_verbs_of_the_help_are_those_of_the_application():
    registered = {name for name in command.build() if not name.startswith("-")}
    assert registered == set(command.VERBS)


def test_every_verb_has_its_own_help(capsys):
    for name in command.VERBS:
        assert command.main([name, "--help"]) == 0
        assert f"Usage: runcube {name}" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys):
    assert command.main(["--version"]) == 0
    assert capsys.readouterr().out == f"runcube {runcube.__version__}\n"


def _modules_after(arguments):
    script = (
        "import sys; from runcube.cli.main import main; "
        f"code = main({arguments!r}); print(code, *sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, *modules = run.stdout.splitlines()[-1].split()
    return int(code), set(modules)


def test_help_loads_nothing_slow():
    code, modules = _modules_after(["--help"])
    assert code == 0
    assert not modules & {"numpy", "xarray", "pandas", "hydra", "cyclopts", "rich", "runcube._core"}


def test_showing_jobs_loads_neither_xarray_nor_hydra(tmp_path):
    make_tree(tmp_path / "sweep", axes={"lr": [0.1, 0.2]}, format="recorded")
    code, modules = _modules_after(["show", str(tmp_path / "sweep")])
    assert code == 0
    assert not modules & {"xarray", "pandas", "hydra", "hydra_zen", "omegaconf", "torch", "pyarrow"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shwo", "x"], 'Did you mean "show"?'),
        (["show"], "requires an argument"),
        (["show", "x", "--lmit", "3"], "Did you mean --limit?"),
        (["show", "x", "--limit", "three"], '"three"'),
        (["show", "x", "y"], "'y'"),
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_told_in_a_line_and_exit_2(capsys, arguments, words):
    assert command.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("runcube: ")
    assert words in printed.err
    assert "--help` says what there is" in printed.err
    assert "Traceback" not in printed.err


def test_ctrl_c_ends_quietly(monkeypatch, capsys):
    def interrupted(given):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run", interrupted)
    assert command.main(["show", "x"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_pipe_is_no_error(tmp_path):
    tree = make_tree(tmp_path / "sweep", jobs=100, metrics={"x": (500,)}, format="recorded")
    script = "import sys; from runcube.cli.main import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", script, "show", str(tree.path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.read(9) == b'{"sweep":'
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
