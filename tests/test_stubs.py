"""The stub of the extension says what the extension holds."""

from __future__ import annotations

import subprocess
import sys


def test_the_stub_of_the_extension_is_true():
    command = [sys.executable, "-m", "mypy.stubtest", "runcube._core"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
