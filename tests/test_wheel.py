"""What the wheel holds, and what it must not."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Find the wheel that tox installed, or build one as cheaply as it can be built."""
    if given := os.environ.get("TOX_PACKAGE"):
        return Path(given)
    maturin = shutil.which("maturin", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert maturin, "run the tests by `tox`, or install maturin here"
    folder = tmp_path_factory.mktemp("wheel")
    command = [maturin, "build", "--profile", "dev", "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def read(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def test_it_serves_every_python_from_311_on(wheel):
    assert wheel.name.startswith("runcube-0.1.0-cp311-abi3-")


def test_it_holds_the_package_the_extension_and_the_plugins(names):
    extension = "_core.pyd" if sys.platform == "win32" else "_core.abi3.so"
    expected = {
        "runcube/__init__.py",
        "runcube/_core.pyi",
        f"runcube/{extension}",
        "runcube/py.typed",
        "hydra_plugins/runcube/__init__.py",
    }
    assert expected <= set(names)


def test_it_holds_every_module(names):
    paths = (ROOT / "python").rglob("*.py")
    modules = {path.relative_to(ROOT / "python").as_posix() for path in paths}
    assert modules <= set(names)


def test_it_holds_nothing_else(names):
    assert {name.split("/")[0] for name in names} == {
        "runcube",
        "hydra_plugins",
        "runcube-0.1.0.dist-info",
    }
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []


def test_hydra_plugins_stays_open_to_other_packages(names):
    assert "hydra_plugins/__init__.py" not in names


def test_its_metadata_name_version_licence_and_python(wheel, names):
    metadata = email.message_from_string(read(wheel, "runcube-0.1.0.dist-info/METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("runcube", "0.1.0")
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_installs_the_command(wheel):
    text = read(wheel, "runcube-0.1.0.dist-info/entry_points.txt")
    assert "runcube=runcube.cli.main:main" in text.replace(" ", "")
