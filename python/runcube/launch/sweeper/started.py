"""How a sweep was started, and from which code: what `.runcube/sweep.json` keeps of it.

Nothing absolute is kept, and nothing of the environment: paths are relative to the sweep, and a
copied tree stays true.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_GIT = ("git", "status", "--porcelain=v2", "--branch", "--untracked-files=no")
_GIT_SECONDS = 10
_INSTALLED = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info")


def how_started(sweep: Path, working_directory: Path, *, by: str) -> dict[str, Any]:
    """Give the command line of this process without its interpreter, and where it ran.

    `by` is `app` where the command line alone says what runs, and `workflow` otherwise.
    """
    return {
        "by": by,
        "argv": list(sys.orig_argv[1:]),
        "cwd": os.path.relpath(working_directory, sweep),
    }


def code_state(working_directory: Path) -> dict[str, Any] | None:
    """Give commit, branch and whether anything tracked has changed; None outside of git."""
    try:
        done = subprocess.run(  # noqa: S603  fixed words
            _GIT, cwd=working_directory, capture_output=True, timeout=_GIT_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    state: dict[str, Any] = {"commit": None, "branch": None, "dirty": False}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith("# branch.oid "):
            commit = line.removeprefix("# branch.oid ")
            state["commit"] = None if commit == "(initial)" else commit
        elif line.startswith("# branch.head "):
            branch = line.removeprefix("# branch.head ")
            state["branch"] = None if branch == "(detached)" else branch
        elif not line.startswith("#"):
            state["dirty"] = True
    return state


def package_versions() -> dict[str, str]:
    """Give the versions of the installed packages, by the names of their folders."""
    found: dict[str, str] = {}
    for place in sys.path:
        try:
            names = [path.name for path in Path(place or ".").iterdir()]
        except OSError:
            continue
        for name in names:
            match = _INSTALLED.fullmatch(name)
            if match is not None:
                # The first place on the path is the one that an import takes.
                found.setdefault(match["name"].replace("_", "-").lower(), match["version"])
    return {"python": ".".join(map(str, sys.version_info[:3])), **dict(sorted(found.items()))}
