"""What a launch costs is measured by a command of its own."""

from __future__ import annotations

from runcube.bench.figures import Figure, Measured
from runcube.bench.setting import Setting

_TARGET = 12.0


def launch(setting: Setting) -> Measured:
    """Say where the launch is measured."""
    del setting
    unit = "times less than Hydra's basic launcher"
    note = "measured by `python benches/compare_launch.py`, in the repository"
    return Measured(
        [Figure("launch", "launch of a no-op job", unit, None, _TARGET, "at least", note)]
    )
