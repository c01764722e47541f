"""Every layout with every format: all values are read, and the README's table says so.

`RUNCUBE_WRITE_README=1` writes the table; without it the table is compared.
"""

import itertools
import os
import re
from pathlib import Path

import pytest

from runcube import open_sweep
from wild_layouts import LAYOUTS, truth
from written_formats import FORMATS, copy, remove, written

README = Path(__file__).parents[1] / "README.md"
MOST_JOBS = 8
READ, TOLD = "✓", "✓ *"
CELLS = {
    "events.out.tfevents.1700000000.host.7.0": "tfevents",
    "metrics.arrow": "recorded",
    "wandb-summary.json": "wandb",
}
HEADINGS = [CELLS.get(name) or Path(name).suffix.lstrip(".") for name in FORMATS]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the files of all formats once, to be copied into the jobs."""
    folder = tmp_path_factory.mktemp("files")
    return {name: written(folder / str(at), name, MOST_JOBS) for at, name in enumerate(FORMATS)}


def row(title):
    """Give the README's row of a layout."""
    lines = README.read_text(encoding="utf-8").splitlines()
    return next((line for line in lines if line.startswith(f"| {title} |")), None)


def tried(path, layout, name, source, jobs):
    """Put a metric file into each job, and compare what is read of it, value by value."""
    places = {job: job / layout.folder / name for job in jobs}
    expected = {}
    for (job, place), (file, series) in zip(places.items(), source, strict=False):
        copy(file, place)
        expected[job] = series
    sweep = open_sweep(path, metrics=f"{layout.folder}/{name}" if layout.folder else None)
    found = zip(sweep.jobs, sweep.metric_values("loss"), strict=True)
    assert {job.path: list(values) for job, values in found} == expected
    assert {job.path: job.parameters for job in sweep.jobs} == jobs
    assert all(layout.told and layout.told in it.message for it in sweep.problems), sweep.problems
    dataset = sweep.to_xarray(layout="jobs", duplicates="repeat")
    assert dataset["loss"].values.tolist() == [expected[job.path] for job in sweep.jobs]
    for key in {key for parameters in jobs.values() for key in parameters} & set(dataset.coords):
        assert dataset[key].values.tolist() == [jobs[job.path].get(key) for job in sweep.jobs]
    for place in places.values():
        remove(place)
    return TOLD if sweep.problems else READ


@pytest.mark.parametrize("title", LAYOUTS)
def test_every_value_is_read_of_each_format_in_a_layout(tmp_path, files, title, hydra_place):
    layout = LAYOUTS[title]
    path = layout.build(tmp_path)
    jobs = truth(path, layout)
    assert 3 <= len(jobs) <= MOST_JOBS
    marks = [tried(path, layout, name, files[name], jobs) for name in FORMATS]
    assert ("*" in marks[0]) == bool(layout.told)
    found = "| " + " | ".join([title, *marks]) + " |"
    if os.environ.get("RUNCUBE_WRITE_README"):
        write(title, found)
    assert row(title) == found


def write(title, line):
    """Put a row into the README's table, in the order of the layouts."""
    text = README.read_text(encoding="utf-8")
    head = "| layout | " + " | ".join(HEADINGS) + " |"
    rule = "|---" * (len(HEADINGS) + 1) + "|"
    rows = {known: row(known) for known in LAYOUTS} | {title: line}
    table = "\n".join([head, rule, *filter(None, rows.values())])
    text = re.sub(r"^\| layout \|.*?\n(?!\|)", lambda _: f"{table}\n", text, flags=re.M | re.S)
    README.write_text(text, encoding="utf-8")


def test_the_table_has_a_row_for_each_layout_and_a_column_for_each_format():
    lines = README.read_text(encoding="utf-8").splitlines()
    start = lines.index("| layout | " + " | ".join(HEADINGS) + " |")
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    assert [line.split(" | ")[0].removeprefix("| ") for line in rows] == list(LAYOUTS)
