"""`runcube export`: every ending holds the sweep, and nothing is overwritten by accident."""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runcube import from_netcdf, from_zarr, open_sweep, save_metrics
from runcube.cli.export import _size
from runcube.cli.main import main
from runcube.testing import assert_same, make_tree

ENDINGS = (".nc", ".zarr", ".csv", ".parquet", ".arrow")


@pytest.fixture
def sweep(tmp_path):
    """Write a sweep of six jobs, of which one has no metrics."""
    tree = make_tree(tmp_path / "sweep", axes={"lr": [0.1, 1e-5], "model": ["b", "a", "c"]})
    for number, folder in enumerate(tree.path / str(number) for number in range(6)):
        (folder / "metrics.npz").unlink()
        lines = [line[2:] for line in (folder / ".hydra/overrides.yaml").read_text().splitlines()]
        values = {
            "val/acc": 0.1 * number,
            "steps": number,
            "image": np.full((30, 50), number, np.float32),
            "note": "a, b" if number % 2 else "",
            "raw": b"\xff",
        }
        if number != 3:
            save_metrics(folder / "metrics.arrow", values, overrides=lines)
    return tree.path


def exported(capsys, *arguments, code=0):
    assert main(["export", *map(str, arguments)]) == code
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def test_arrays_are_written_without_loss(sweep, tmp_path, capsys):
    expected = open_sweep(sweep).to_xarray()
    printed = exported(capsys, sweep, tmp_path / "s.nc")
    sizes = "lr (2), model (3), image_dim0 (30), image_dim1 (50)"
    assert printed.startswith(f"{tmp_path}/s.nc: 5 metrics over {sizes}, ")
    assert printed.endswith(" KiB\n")
    assert_same(from_netcdf(tmp_path / "s.nc"), expected)
    assert f"s.zarr: 5 metrics over {sizes}, " in exported(capsys, sweep, tmp_path / "s.zarr")
    assert_same(from_zarr(tmp_path / "s.zarr"), expected)


@pytest.mark.parametrize(("ending", "read"), [(".nc", from_netcdf), (".zarr", from_zarr)])
def test_options_are_those_of_the_dataset(ending, read, sweep, tmp_path, capsys):
    file = tmp_path / f"s{ending}"
    exported(capsys, sweep, file, "--layout", "jobs", "--duplicates", "last")
    expected = open_sweep(sweep).to_xarray(layout="jobs", duplicates="last")
    assert_same(read(file), expected)


def test_tables_are_written_with_their_types(sweep, tmp_path, capsys):
    table = open_sweep(sweep).to_arrow()
    printed = exported(capsys, sweep, tmp_path / "s.parquet")
    assert printed.startswith(f"{tmp_path}/s.parquet: 6 rows, 8 columns, ")
    assert pq.read_table(tmp_path / "s.parquet").equals(table)
    exported(capsys, sweep, tmp_path / "s.ARROW")
    with pa.ipc.open_file(tmp_path / "s.ARROW") as read:
        assert read.read_all().equals(table)
    assert pl.read_parquet(tmp_path / "s.parquet")["steps"].to_list() == [0, 1, 2, None, 4, 5]


def test_csv_has_whole_arrays_and_exact_numbers(sweep, tmp_path, capsys):
    assert "s.csv: 6 rows, 8 columns, " in exported(capsys, sweep, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = ["job", "lr", "model", "val/acc", "steps", "image", "note", "raw"]
    assert list(rows[0]) == names
    assert [float(row["val/acc"]) for row in rows if row["val/acc"]] == [
        0.1 * number for number in (0, 1, 2, 4, 5)
    ]
    assert json.loads(rows[5]["image"]) == [[5.0] * 50] * 30
    assert (rows[5]["note"], rows[5]["raw"], rows[3]["image"]) == ("a, b", "ff", "")


def test_a_chosen_metric_file_is_written(sweep, tmp_path, capsys):
    for number in range(6):
        np.savez(sweep / str(number) / "other.npz", score=np.float64(number))
    exported(capsys, sweep, tmp_path / "s.nc", "--metrics", "other.npz")
    assert list(from_netcdf(tmp_path / "s.nc")) == ["score"]


def test_leftovers_are_taken_in_when_asked_for(sweep, tmp_path, capsys):
    folder = sweep / "9" / ".hydra"
    folder.mkdir(parents=True)
    (folder / "overrides.yaml").write_text("- lr=7\n- model=z\n")
    assert main(["export", str(sweep), str(tmp_path / "own.arrow")]) == 1
    printed = capsys.readouterr()
    assert "own.arrow: 6 rows, " in printed.out
    assert "left aside" in printed.err
    assert "all.arrow: 7 rows, " in exported(capsys, sweep, tmp_path / "all.arrow", "--leftovers")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_existing_file_is_replaced_only_by_force(ending, sweep, tmp_path, capsys):
    file = tmp_path / f"s{ending}"
    exported(capsys, sweep, file)
    before = file.stat().st_ino
    assert main(["export", str(sweep), str(file)]) == 2
    assert capsys.readouterr().err == f"runcube: {file} exists; `--force` replaces it\n"
    assert file.stat().st_ino == before
    exported(capsys, sweep, file, "--force")
    assert file.stat().st_ino != before
    assert sorted(it.name for it in tmp_path.iterdir()) == [file.name, "sweep"]


def test_force_replaces_no_folder_that_is_no_store(sweep, tmp_path, capsys):
    folder = tmp_path / "mine.zarr"
    folder.mkdir()
    assert main(["export", str(sweep), str(folder), "--force"]) == 2
    assert "is something else, and stays" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["s.xlsx"], "s.xlsx: no format has this ending; there are .nc, .zarr, .csv, .parquet"),
        (["s"], "s: no format has this ending"),
        (["s.csv", "--layout", "grid"], "`--layout`: a table has a row for each job"),
        (["s.arrow", "--duplicates", "last"], "`--duplicates`: a table has a row for each job"),
        (["s.nc", "--layout", "square"], "square"),
        (["s.nc", "--metrics", "nothing.npz"], "nothing.npz"),
        (["nowhere/s.csv"], "nowhere"),
        (["nowhere/s.nc"], "nowhere"),
    ],
)
def test_what_cannot_be_written_exits_2(arguments, words, sweep, tmp_path, capsys):
    file, *options = arguments
    assert main(["export", str(sweep), str(tmp_path / file), *options]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert [it.name for it in tmp_path.iterdir()] == ["sweep"]


def test_a_missing_library_is_a_usage_error(sweep, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    assert main(["export", str(sweep), str(tmp_path / "s.nc")]) == 2
    assert "pip install 'runcube[netcdf]'" in capsys.readouterr().err


def test_problems_are_reported_and_the_rest_is_written(sweep, tmp_path, capsys):
    for number in (0, 1, 2, 4):
        (sweep / str(number) / "metrics.arrow").write_bytes(b"")
    assert main(["export", str(sweep), str(tmp_path / "s.nc")]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{tmp_path}/s.nc: 5 metrics over ")
    heading, *lines = printed.err.splitlines()
    assert heading == "4 problems while reading:"
    assert lines[-1] == f"  … and 1 more (1 corrupt); `runcube show {sweep} --json` has all"
    assert_same(from_netcdf(tmp_path / "s.nc"), open_sweep(sweep).to_xarray())


def test_sizes_are_told_in_a_fitting_unit():
    sizes = [0, 1023, 1024, 1536 * 1024, 5 * 1024**3]
    assert list(map(_size, sizes)) == ["0 bytes", "1023 bytes", "1.0 KiB", "1.5 MiB", "5.0 GiB"]
