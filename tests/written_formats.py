"""One series of two numbers in every format that is read, each as its own library writes it."""

import csv
import json
import pickle
import shutil

import h5py
import netCDF4  # noqa: F401  (before any file is read by two libraries at once)
import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import torch
import xarray as xr
import yaml
import zarr
from safetensors.numpy import save_file
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from runcube import save_metrics


def write_csv(path, series):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["loss"], *([value] for value in series)])


def write_arrow(path, series):
    table = pa.table({"loss": series})
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)


def write_events(path, series):
    with path.open("wb") as stream:
        log = RecordWriter(stream)
        log.write(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString())
        for step, value in enumerate(series):
            summary = Summary(value=[Summary.Value(tag="loss", simple_value=value)])
            log.write(Event(wall_time=2.0, step=step, summary=summary).SerializeToString())


def write_hdf5(path, series):
    with h5py.File(path, "w") as file:
        file["loss"] = series


def write_netcdf(path, series):
    xr.Dataset({"loss": ("step", series)}).to_netcdf(path, engine="netcdf4")


FORMATS = {
    "metrics.arrow": lambda path, series: save_metrics(path, {"loss": series}),
    "loss.npy": np.save,
    "results.npz": lambda path, series: np.savez(path, loss=series),
    "results.json": lambda path, series: path.write_text(json.dumps({"loss": series})),
    "wandb-summary.json": lambda path, series: path.write_text(json.dumps({"loss": series})),
    "results.jsonl": lambda path, series: path.write_text(
        "".join(json.dumps({"loss": value}) + "\n" for value in series)
    ),
    "results.csv": write_csv,
    "results.yaml": lambda path, series: path.write_text(yaml.safe_dump({"loss": series})),
    "results.pt": lambda path, series: torch.save({"loss": torch.tensor(series)}, path),
    "results.pkl": lambda path, series: path.write_bytes(pickle.dumps({"loss": series})),
    "results.arrow": write_arrow,
    "results.feather": lambda path, series: pa.feather.write_feather(
        pa.table({"loss": series}), path
    ),
    "results.parquet": lambda path, series: pa.parquet.write_table(
        pa.table({"loss": series}), path
    ),
    "results.safetensors": lambda path, series: save_file({"loss": np.array(series)}, path),
    "events.out.tfevents.1700000000.host.7.0": write_events,
    "results.h5": write_hdf5,
    "results.nc": write_netcdf,
    "results.zarr": lambda path, series: zarr.open_group(path, mode="w").create_array(
        "loss", data=np.array(series)
    ),
}
"""File name → what writes a series of floats into it, as the metric `loss`."""


def written(folder, name, count):
    """Write the file for each of so many jobs; give the files and the series in them.

    The values are exact in 32 bits, which is what TensorBoard keeps.
    """
    files = []
    for number in range(count):
        path = folder / str(number) / name
        path.parent.mkdir(parents=True)
        series = [number + 0.5, number + 0.75]
        FORMATS[name](path, series)
        files.append((path, series))
    return files


def copy(source, target):
    """Put a written file, or the directory that it is, into a job."""
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def remove(path):
    """Take a written file away again."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
