"""`runcube demo`: runs the study, shows what came out, and checks the record against memory."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import TYPE_CHECKING

from runcube.cli.refusal import Refusal

if TYPE_CHECKING:
    from runcube.cli.demo.study import DigitRobustness, Plan, Witness

_NEEDED = {"sklearn": "scikit-learn", "matplotlib": "matplotlib", "netCDF4": "netcdf4"}


def demo(*, directory: Path = Path("runcube-demo")) -> int:
    """Run a robustness study, and check what was recorded.

    A classifier of handwritten digits is trained for each of 5 seeds, and meets images perturbed
    ever more strongly, by noise and along the loss's gradient: 90 jobs, launched through Hydra.
    The sweep is then loaded from its directory and compared with what the tasks held in memory:
    the last line says `identical`, or `differs` and where.

    Parameters
    ----------
    directory
        Where the sweep, the curve and the dataset go. If it holds something already, a new
        directory inside it is taken.
    """
    _check_extras()
    directory = fresh(directory)
    from runcube.cli.demo import compare, report
    from runcube.cli.demo.study import Plan, Witness
    from runcube.results.opening import open_sweep

    plan, witness = Plan(), Witness()
    sweep = directory / "sweep"
    sizes = f"{len(plan.kinds)} kinds x {len(plan.seeds)} seeds x {len(plan.epsilons)} epsilons"
    print(f"Robustness of a digit classifier: {sizes} = {plan.jobs} jobs, into {sweep}")
    started = time.monotonic()
    study = run_with_progress(sweep, plan, witness)
    print(f"{plan.jobs} jobs in {time.monotonic() - started:.1f} s\n")
    dataset = study.to_xarray()
    print(dataset)
    print(f"\nAccuracy: mean over {len(plan.seeds)} seeds, and its 95 % interval (Student's t)\n")
    print(report.table(dataset))
    report.save_curve(study, directory / "robustness.png")
    dataset.to_netcdf(directory / "robustness.nc", engine="netcdf4")
    print(f"\ncurve:   {directory / 'robustness.png'}")
    print(f"dataset: {directory / 'robustness.nc'}")
    print(f"jobs:    runcube show {sweep}\n")
    loaded = reload(sweep)
    differences = compare.differences(loaded.to_xarray(), compare.expected(plan, witness.held))
    if not differences:
        print(
            f"identical: {plan.jobs} jobs loaded from {sweep} are what the tasks held in memory, "
            "to the last bit"
        )
        return 0
    for problem in open_sweep(sweep).problems:
        print(f"problem: {problem}")
    for difference in differences[1:]:
        print(f"also: {difference}")
    print(f"differs: {differences[0]}")
    return 1


def fresh(directory: Path) -> Path:
    """Make the directory, or one inside it if it holds something.

    Raises
    ------
    Refusal
        It is a file.
    """
    if directory.exists() and not directory.is_dir():
        message = f"`--directory {directory}` is a file: name a directory, or what is to become one"
        raise Refusal(message)
    chosen, number = directory, 1
    while chosen.exists() and any(chosen.iterdir()):
        number += 1
        chosen = directory / f"run-{number}"
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


def run_with_progress(directory: Path, plan: Plan, witness: Witness) -> DigitRobustness:
    """Run the study; a terminal shows how far it is."""
    from rich import progress as rich_progress
    from rich.console import Console

    from runcube.cli.demo.study import run_study

    console = Console(stderr=True)
    progress = rich_progress.Progress(
        "jobs",
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        task = progress.add_task("jobs", total=plan.jobs)
        witness.on_job = lambda: progress.advance(task)
        return run_study(directory, plan, witness)


def reload(directory: Path) -> DigitRobustness:
    """Load the sweep as another process would: from its directory alone."""
    from runcube.cli.demo.study import DigitRobustness

    return DigitRobustness().load_from_dir(directory)


def _check_extras() -> None:
    missing = [name for module, name in _NEEDED.items() if not importlib.util.find_spec(module)]
    if missing:
        message = f"the demo needs {', '.join(missing)}: `pip install 'runcube[demo]'`"
        raise Refusal(message)
