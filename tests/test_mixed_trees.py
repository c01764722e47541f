"""Twenty sweeps of five layouts and six formats under one path, some files damaged, some jobs gone.

Every intact value is in its place, and every damage is reported once. The oracle is what was
written. `RUNCUBE_TEST_EXAMPLES` scales the number of trees, `RUNCUBE_TEST_SEED` chooses them.
"""

import csv
import io
import itertools
import json
import os
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from runcube import open_sweep, save_metrics

TREES = max(2, int(os.environ.get("RUNCUBE_TEST_EXAMPLES", "1200")) // 120)
SEED = int(os.environ.get("RUNCUBE_TEST_SEED", "0"))

LABELS = {
    "lr": [0.1, 0.01, 1e-5],
    "model": ["linear", "forest", "a b"],
    "seed": [0, 1, 2, 3],
    "deep.width": [16, 32],
}
NAMED_BY_PARAMETERS = {
    "dirname": "${hydra.job.override_dirname}",
    "nested": "m/${seed}_${hydra.job.num}/run",
}
BASIC_SWEEPER = "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"
LAYOUTS = ["numbered", "dirname", "nested", "output", "optuna"]


def write_npz(path, row, _):
    buffer = io.BytesIO()
    np.savez(buffer, **row)
    path.write_bytes(buffer.getvalue())


def write_json(path, row, _):
    path.write_text(json.dumps({name: value.tolist() for name, value in row.items()}))


def write_csv(path, row, _):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(row)
        writer.writerows(zip(*(value.tolist() for value in row.values()), strict=True))


def write_torch(path, row, _):
    torch.save({name: torch.tensor(value) for name, value in row.items()}, path)


def write_recorded(path, row, lines):
    save_metrics(path, row, overrides=lines)


def write_parquet(path, row, _):
    pq.write_table(pa.table(row), path)


FORMATS = {
    "metrics.npz": write_npz,
    "metrics.json": write_json,
    "metrics.csv": write_csv,
    "metrics.pt": write_torch,
    "metrics.arrow": write_recorded,
    "metrics.parquet": write_parquet,
}


class Written:
    """What was written: for each job its parameters and values, and each damage by its path."""

    def __init__(self, root, draw):
        self.root, self.draw = root, draw
        self.jobs, self.damages = {}, {}
        pairs = list(itertools.product(LAYOUTS, FORMATS))
        draw.shuffle(pairs)
        for number, (layout, name) in enumerate(pairs[:20]):
            self._sweep(f"2024-01-{number + 1:02}/10-00-{number:02}", layout, name)
        if not self.damages:
            job = draw.choice([it for it, (_, row) in self.jobs.items() if row])
            files = (root / job).iterdir()
            self._damage(job, next(path for path in files if path.name in FORMATS))

    def _sweep(self, place, layout, name):
        keys = ["seed", *self.draw.sample(["lr", "model", "deep.width"], self.draw.randint(0, 2))]
        labels = {key: self.draw.sample(LABELS[key], 2) for key in keys}
        labels["seed"] = LABELS["seed"][: self.draw.randint(2, 4)]
        subdir = NAMED_BY_PARAMETERS.get(layout, "${hydra.job.num}")
        output = "cfg" if layout == "output" else ".hydra"
        (self.root / place).mkdir(parents=True)
        if layout != "optuna":
            task = [f"{key}={','.join(map(text, values))}" for key, values in labels.items()]
            node = {"overrides": {"task": task}, "sweep": {"subdir": subdir}}
            node |= {"output_subdir": output, "runtime": {"version": "1.3.2"}}
            node["sweeper"] = {
                "_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper"
            }
            (self.root / place / "multirun.yaml").write_text(yaml.safe_dump({"hydra": node}))
        for number, values in enumerate(itertools.product(*labels.values())):
            parameters = dict(zip(labels, values, strict=True))
            directory = self._directory(layout, number, parameters)
            self._job(f"{place}/{directory}", output, subdir, name, parameters)

    def _directory(self, layout, number, parameters):
        if layout == "dirname":
            return ",".join(f"{key}={text(value)}" for key, value in sorted(parameters.items()))
        if layout == "nested":
            return f"m/{parameters['seed']}_{number}/run"
        return str(number)

    def _job(self, job, output, subdir, name, parameters):
        fate = self.draw.random()
        if fate < 0.07:
            return
        folder = self.root / job
        (folder / output).mkdir(parents=True)
        lines = [f"{key}={text(value)}" for key, value in parameters.items()]
        (folder / output / "overrides.yaml").write_text("".join(f"- {it}\n" for it in lines))
        node = {"mode": "MULTIRUN", "sweep": {"subdir": subdir}, "runtime": {"choices": {}}}
        (folder / output / "hydra.yaml").write_text(yaml.safe_dump({"hydra": node}))
        stem = name.removeprefix("metrics.")
        row = {
            f"{stem}_loss": np.array([self.draw.gauss(0, 1) for _ in range(3)]),
            f"{stem}_step": np.arange(3) + self.draw.randint(0, 9),
        }
        if fate < 0.10:
            self.jobs[job] = parameters, {}
            self.damages[folder] = "no-match"
            return
        FORMATS[name](folder / name, row, lines)
        self.jobs[job] = parameters, row
        if self.draw.random() < 0.01:
            self._damage(job, folder / name)

    def _damage(self, job, path):
        """Cut the file; of a table in text, within its last row, which alone is then lost."""
        parameters, row = self.jobs[job]
        whole = path.read_bytes()
        if path.name == "metrics.csv":
            start = whole.rindex(b"\n", 0, -2) + 1
            row = {name: value[:2] for name, value in row.items()}
        else:
            start, row = 0, {}
        path.write_bytes(whole[: self.draw.randrange(start + (start > 0), len(whole) - 1)])
        self.jobs[job] = parameters, row
        self.damages[path] = "corrupt"


def text(value):
    return str(value)


@pytest.mark.parametrize("example", range(TREES))
def test_intact_values_are_in_place_and_damages_are_reported_once(tmp_path, example):
    written = Written(tmp_path, random.Random(SEED * 100_003 + example))
    sweep = open_sweep(tmp_path, metrics=list(FORMATS))

    assert sorted((it.path, it.kind) for it in sweep.problems) == sorted(written.damages.items())
    found = {str(job.path.relative_to(tmp_path)): job for job in sweep.jobs}
    assert found.keys() == written.jobs.keys()
    for job, (parameters, _) in written.jobs.items():
        assert found[job].parameters == parameters, job

    names = {name for _, row in written.jobs.values() for name in row}
    assert set(sweep.metrics) == names
    places = {str(job.path.relative_to(tmp_path)): at for at, job in enumerate(sweep.jobs)}
    for name in names:
        values = sweep.metric_values(name)
        for job, (_, row) in written.jobs.items():
            value = values[places[job]]
            assert (value is None) == (name not in row), (job, name)
            if name in row:
                np.testing.assert_array_equal(value, row[name], err_msg=f"{job}: {name}")

    dataset = sweep.to_xarray(layout="jobs", include_paths=True)
    subdirs = [os.path.relpath(it, tmp_path) for it in dataset["working_subdir"].values.tolist()]
    for name in names:
        for job, cube in zip(subdirs, dataset[name].values, strict=True):
            row = written.jobs[job][1]
            expected = np.full(cube.shape, np.nan)
            expected[: len(row.get(name, ()))] = row.get(name, ())
            np.testing.assert_array_equal(cube, expected, err_msg=f"{job}: {name}")
