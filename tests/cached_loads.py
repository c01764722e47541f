"""Holding a load from the cache to a load of the files."""

import time
import warnings

import pyarrow as pa
import xarray as xr

import runcube
from runcube.errors import RuncubeError
from runcube.results import opening
from runcube.testing import assert_same

# Ten times the tick of the file systems that tests run on.
SETTLED_SECONDS = 0.04

# A sweep of numbered jobs; which there are, its sweeper says nowhere.
NUMBERED = """
hydra:
  sweep:
    subdir: ${hydra.job.num}
  output_subdir: .hydra
  sweeper:
    _target_: hydra_plugins.hydra_optuna_sweeper.optuna_sweeper.OptunaSweeper
    params: null
  overrides:
    task: []
"""


def hasten(patch, *, fewest_jobs=1):
    """Let files settle soon, and the smallest sweeps be cached."""
    patch.setattr(opening, "SETTLED_SECONDS", SETTLED_SECONDS)
    patch.setattr(opening, "FEWEST_CACHED_JOBS", fewest_jobs)


def settle():
    """Wait until what was written so far is relied upon."""
    time.sleep(SETTLED_SECONDS * 1.2)


def options_of(call):
    """Give the options of `outcome` that load and gather as a drawn call says."""
    gather = {
        "layout": call.layout,
        "duplicates": call.duplicates,
        "coord_from_metrics": call.coordinate,
        "include_status": call.status,
    }
    return {"leftovers": call.leftovers, "gather": gather}


def outcome(path, *, gather=None, **options):
    """Return all that a load shows: jobs, axes, problems, and the dataset; or its error."""
    try:
        sweep = runcube.open_sweep(path, **options)
    except RuncubeError as error:
        return {"error": (type(error), str(error))}
    shown = {
        "jobs": [(job.path, job.number, repr(job.parameters)) for job in sweep.jobs],
        "axes": repr(sweep.axes),
        "fixed": repr(sweep.fixed),
        "metrics": sweep.metrics,
        "problems": sweep.problems,
        "is_complete": sweep.is_complete,
        "values": repr([sweep.metric_values(name) for name in sweep.metrics]),
    }
    with warnings.catch_warnings(record=True) as met:
        warnings.simplefilter("always")
        try:
            shown["dataset"] = sweep.to_xarray(**gather or {})
        except (RuncubeError, ValueError) as error:
            shown["dataset"] = (type(error), str(error))
    shown["warnings"] = [str(warning.message) for warning in met]
    return shown


def assert_alike(one, other):
    """Raise unless two loads show the same."""
    assert one.keys() == other.keys()
    for key, value in one.items():
        if isinstance(value, xr.Dataset) and isinstance(other[key], xr.Dataset):
            assert_same(value, other[key])
        else:
            assert value == other[key], key


def assert_cached_as_read(path, **options):
    """Raise unless a load from the cache, now, is what the files say."""
    assert_alike(outcome(path, **options), outcome(path, cache=False, **options))


def sections(file):
    """Return the names of the pieces of an index."""
    index = pa.ipc.open_file(file)
    return {
        index.get_batch(at).column("section")[0].as_py() for at in range(index.num_record_batches)
    }


def is_decided(cache):
    """Return whether the only index of a folder says what was decided; None where nothing can."""
    [file] = cache.glob("index-*")
    found = sections(file)
    assert not {"verdict", "undecided"} <= found
    return None if "undecided" in found else "verdict" in found
