"""Starting this interpreter anew: with its own options, and what it imports from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_PATH = "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "


def command(code: str, *arguments: str) -> list[str]:
    """Give the command that runs `code` there, to which `sys.argv[1:]` is `arguments`."""
    return [sys.executable, *_flags(), "-c", _PATH + code, *arguments, _import_path()]


def _import_path() -> str:
    return json.dumps([path or str(Path.cwd()) for path in sys.path])


def _flags() -> list[str]:
    """Give the interpreter's own options, such as `-W` and `-X`."""
    return subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined, no-any-return]
