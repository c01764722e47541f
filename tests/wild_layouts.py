"""The layouts of sweeps that are met in the wild, each with its jobs and without metrics."""

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from runcube import MultiRunMetricsWorkflow, multirun
from runcube.testing.text import (
    config_yaml,
    hydra_yaml,
    job_directory,
    multirun_yaml,
    overrides_yaml,
)

TREES = Path(__file__).parent / "data" / "trees"
NUMBERED = "${hydra.job.num}"
LEFT_OVER = 7
DATED = "2026-01-31_12-00-00"


@dataclass(frozen=True)
class Layout:
    """A layout: how it is built, where its metric files lie, what is said of it."""

    build: Callable[[Path], Path]
    folder: str = ""
    """Where the metric files lie in each job."""
    told: str = ""
    """What a problem says that every load of it reports."""


def jobs_of(xs=(1, 2), seeds=(0, 3)):
    return [[f"x={x}", f"seed={seed}"] for x, seed in itertools.product(xs, seeds)]


def built(folder, subdir=NUMBERED, *, output=".hydra", jobs=None, mode="MULTIRUN"):
    """Write a sweep as Hydra does; give its directory."""
    lines = jobs_of() if jobs is None else jobs
    values = dict.fromkeys(line for job in lines for line in job)
    keys = dict.fromkeys(line.split("=")[0] for line in values)
    arguments = [f"{key}=" + ",".join(v[len(key) + 1 :] for v in values if v.startswith(f"{key}="))
                 for key in keys]  # fmt: skip
    text = multirun_yaml(params={}, arguments=arguments, subdir=subdir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "multirun.yaml").write_text(changed(text, output_subdir=output))
    for number, job in enumerate(lines):
        directory = folder / job_directory(subdir, number, job)
        directory.mkdir(parents=True, exist_ok=True)
        if output is not None:
            files = directory / output
            files.mkdir(exist_ok=True)
            (files / "overrides.yaml").write_text(overrides_yaml(job))
            text = hydra_yaml(number=number, lines=job, subdir=subdir)
            (files / "hydra.yaml").write_text(changed(text, output_subdir=output, mode=mode))
            (files / "config.yaml").write_text(config_yaml(of_lines(job)))
    return folder


def truth(path, layout):
    """Give the jobs with their parameters, as Hydra's files say, or the order of the product."""
    if layout.told == "rebuilt":
        return {path / str(number): of_lines(job) for number, job in enumerate(jobs_of())}
    found = {}
    for file in path.rglob("overrides.yaml"):
        is_apart = file.parent.name in (".hydra", "cfg")
        parameters = of_lines(yaml.safe_load(file.read_text()))
        if parameters.get("x") != LEFT_OVER:
            found[file.parent.parent if is_apart else file.parent] = parameters
    return found


def of_lines(lines):
    """Give the parameters of plain overrides."""
    pairs = (line.removeprefix("+").split("=", 1) for line in lines)
    return {key: yaml.safe_load(value) for key, value in pairs}


def changed(text, **keys):
    node = yaml.safe_load(text)
    node["hydra"] |= keys
    return yaml.safe_dump(node)


def golden(tree, below=""):
    def build(folder):
        shutil.copytree(TREES / tree / below, folder / "copy")
        for file in (folder / "copy").rglob("*metrics.*"):
            file.unlink()
        return folder / "copy"

    return build


def single_runs(folder):
    for number, job in enumerate(jobs_of()):
        place = f"outputs/2026-01-31/12-00-0{number}"
        built(folder / place, ".", jobs=[job], mode="RUN")
        (folder / place / "multirun.yaml").unlink()
    return folder


def without_definition(folder):
    (built(folder, "${x}/${seed}") / "multirun.yaml").unlink()
    return folder


def reused(folder):
    """Write two launches into one directory, the older of more jobs, with links beside them."""
    built(folder, jobs=[[f"x={LEFT_OVER}", f"seed={seed}"] for seed in range(6)])
    built(folder)
    (folder / "latest").symlink_to(folder / "0", target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    return folder


def accumulated(folder):
    """Two launches into one directory, whose jobs are named by their parameters."""
    for seed in (0, 3):
        built(folder, "${hydra.job.override_dirname}", jobs=jobs_of(seeds=(seed,)))
    return folder


def own(folder):
    class Study(MultiRunMetricsWorkflow):
        @staticmethod
        def task(x, seed):
            return None

    Study().run(x=multirun([1, 2]), seed=multirun([0, 3]), working_dir=str(folder / "study"))
    return folder / "study"


LAYOUTS = {
    "numbered jobs in dated directories": Layout(lambda it: built(it / "2026-01-31/12-00-00")),
    "names made of overrides (`override_dirname`)": Layout(
        lambda it: built(it, "${hydra.job.override_dirname}")
    ),
    "levels made of parameters": Layout(lambda it: built(it, "${x}/seed-${seed}")),
    "another `hydra.output_subdir`": Layout(lambda it: built(it, output="cfg")),
    "`hydra.output_subdir=.`": Layout(lambda it: built(it, output=".")),
    "`hydra.output_subdir=null`": Layout(lambda it: built(it, output=None), told="rebuilt"),
    "jobs without `multirun.yaml`": Layout(without_definition),
    "the Optuna sweeper's": Layout(golden("optuna")),
    "single runs under one path": Layout(single_runs),
    "a Lightning template's": Layout(
        golden("lightning", f"logs/train/multiruns/{DATED}"), "csv/version_0"
    ),
    "with submitit's files": Layout(golden("submitit")),
    "mushin's": Layout(golden("mushin")),
    "a directory used again, with leftovers and links": Layout(reused, told="left aside"),
    "launched by runcube": Layout(own),
    "launches that accumulate in one directory": Layout(accumulated),
    "blanks, `+`, `=`, `,` and long names, eight levels deep": Layout(
        lambda it: built(it, f"a b/c+d/e=f,g/h/i/j/{'k' * 236}/${{x}} and ${{seed}}+=,")
    ),
}
