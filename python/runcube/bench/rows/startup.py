"""What a process costs before it does anything: an import, the command's help, a table."""

from __future__ import annotations

import os
import subprocess
import sys

from runcube.bench.cache import cache_in
from runcube.bench.figures import Figure, Measured
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed

BARE = "python -c pass"
IMPORT = "import runcube"
HELP = "runcube --help"
SHOWN_JOBS = 1000
_UNCOMPILED = {"PYTHONDONTWRITEBYTECODE"}
_COMMAND = "import sys; from runcube.cli.main import main; sys.exit(main())"
# Milliseconds: the import over bare Python, the others whole.
_IMPORT_TARGET, _HELP_TARGET, _SHOW_TARGET = 30.0, 120.0, 200.0


def startup(setting: Setting) -> Measured:
    """Time processes that import runcube, print its help, and show a sweep that is in the cache."""
    jobs = SHOWN_JOBS if setting.given is None else setting.jobs
    workload = setting.given or setting.workloads.get(setting.formats[0], jobs)
    show = f"runcube show of {workload.jobs} jobs, cached"
    with cache_in(setting.folder / "cache"):
        workload.settle()
        ways = [
            Contender(BARE, timed(lambda: _run("pass")), 1),
            Contender(IMPORT, timed(lambda: _run("import runcube")), 1),
            Contender(HELP, timed(lambda: _run(_COMMAND, "--help")), 1),
            Contender(show, timed(lambda: _run(_COMMAND, "show", str(workload.path))), 1),
        ]
        times = setting.in_turns("starting processes", ways)
    taken = {name: time.seconds * 1e3 for name, time in times.items()}
    over = taken[IMPORT] - taken[BARE]
    figures = [
        Figure("startup", IMPORT, "ms over bare Python", over, _IMPORT_TARGET),
        Figure("startup", HELP, "ms", taken[HELP], _HELP_TARGET),
        Figure("startup", show, "ms", taken[show], _SHOW_TARGET),
    ]
    return Measured(figures, {"starting processes": times})


def _run(code: str, *arguments: str) -> None:
    command = [sys.executable, "-c", code, *arguments]
    # As everybody's Python: modules that were compiled once are not compiled again.
    environment = {name: it for name, it in os.environ.items() if name not in _UNCOMPILED}
    # The exit code of `show` tells of problems too, which a given sweep may have.
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=environment)  # noqa: S603
