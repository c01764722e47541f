"""What an import costs: `import runcube` is everywhere, and Hydra imports every plugin it finds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import runcube
from runcube.testing import make_tree

HEAVY = ("hydra", "hydra_zen", "matplotlib", "numpy", "omegaconf", "pandas", "torch", "xarray")
SHOW = "; import sys, json; print(json.dumps(sorted(sys.modules)))"
PLUGINS = (
    "import importlib, pkgutil, hydra_plugins.runcube as ours;"
    "[importlib.import_module(found.name)"
    " for found in pkgutil.walk_packages(ours.__path__, 'hydra_plugins.runcube.')]"
)


def loaded_by(statements: str) -> set[str]:
    """Give the modules that a fresh interpreter holds after these statements."""
    command = [sys.executable, "-I", "-c", statements + SHOW]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_by("import runcube") & {*HEAVY, "runcube._core"} == set()


def test_the_version_needs_only_the_extension():
    loaded = loaded_by("import runcube; runcube.__version__")
    assert loaded & set(HEAVY) == set()
    assert "runcube._core" in loaded


def test_importing_the_plugins_loads_no_part_of_runcube():
    # Beyond what Hydra itself has loaded when it looks for plugins.
    ours = {name for name in loaded_by(PLUGINS) if name.partition(".")[0] == "runcube"}
    assert ours == set()
    assert loaded_by(PLUGINS) & {"numpy", "torch", "xarray", "pandas", "matplotlib"} == set()


@pytest.mark.parametrize("kind", ["npz", "arrow"])
def test_a_table_of_jobs_needs_no_numpy(tmp_path, kind):
    make_tree(tmp_path / "s", axes={"lr": [0.1, 0.2]}, metrics={"x": (), "y": (2, 3)}, format=kind)
    show = f"from runcube.cli.main import main; main(['show', {str(tmp_path / 's')!r}])"
    assert loaded_by(show) & {"numpy", "pandas", "xarray"} == set()


@pytest.mark.parametrize("name", runcube.__all__)
def test_a_public_name_resolves(name):
    assert getattr(runcube, name) is not None
    assert name in dir(runcube)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="`runcube` has no attribute `nothing`"):
        _ = runcube.nothing
