"""What a drawn tree exercises: names for a table of coverage, so that no rule goes untried."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from runcube.testing.cases import NUMBERED, Fixed
from runcube.testing.rules.axes import axes_of
from runcube.testing.rules.gather import Expectation, Refused
from runcube.testing.rules.jobs import Job, belonging, plan
from runcube.testing.rules.model import OLD, Call, Folder, SweepTree, assigned, identity

OURS = ("job", "repeat", "status", "sweep", "working_subdir")
_KINDS = {"b": "bool", "i": "int", "u": "int", "f": "float", "c": "complex", "U": "text"}


def features(tree: SweepTree, call: Call, truth: Expectation) -> set[str]:
    """Name what a tree, and what must come out of it, exercise.

    Examples
    --------
    >>> from runcube.testing.rules import Folder, Line, expected, features
    >>> tree = SweepTree((Folder("a", asked=(Line("x", 1),), carried=(Line("x", 2),)),))
    >>> "1 overrides.yaml" in features(tree, Call(), expected(tree, Call()))
    True
    """
    found = {name for folder in tree.folders for name in _of_identity(tree, folder)}
    found |= {name for folder in tree.folders for name in _of_files(folder)}
    used, jobs, _ = belonging(tree, leftovers=call.leftovers)
    found |= set(_of_definition(tree)) | set(_of_labels(used, jobs, truth))
    found |= set(_of_scope(tree, used, call, truth))
    found |= set(_of_cells(tree, call, truth))
    if isinstance(truth.dataset, xr.Dataset):
        found |= set(_of_dataset(tree, truth.dataset))
    return found


def _of_identity(tree: SweepTree, folder: Folder) -> Iterator[str]:
    line = plan(tree).get(folder.name)
    reads_own = tree.recorded and folder.metrics is not None and folder.damage is None
    if reads_own and folder.carried is not None:
        yield "1 metrics.arrow"
        if folder.asked is not None and folder.carried != folder.asked:
            yield "1 contradicting overrides.yaml"
    elif folder.asked is not None:
        yield "1 overrides.yaml" if folder.cut is None else "14 cut overrides.yaml"
    elif line is not None and line.overrides is not None:
        yield "1 plan line"
    else:
        yield "14 no identity"
    if line is not None and line.overrides == (folder.carried or folder.asked):
        yield "1 agreeing plan line"
    elif line is not None and line.overrides is not None:
        yield "1 contradicting plan line"
    if line is not None and line.superseded is not None:
        yield "5 superseded"
    if line is not None and line.repetition is not None:
        yield "9 repetition in the plan"


def _of_files(folder: Folder) -> Iterator[str]:
    own = folder.carried or folder.asked or ()
    if len({it.key for it in own}) < len(own):
        yield "1 several lines for a key"
    if any(it.prefix == "~" for it in own):
        yield "1 key taken out"
    if folder.damage is not None:
        yield f"14 {folder.damage.kind} file"
    if folder.metrics is None:
        yield "6 job without metrics"
    if folder.bare:
        yield "1 no .hydra"
    if folder.repetition is not None:
        yield "9 repetition in job.json"


def _of_definition(tree: SweepTree) -> Iterator[str]:
    for axis in tree.axes:
        if len(axis.labels) == 1:
            yield "2 axis with one value"
        if not axis.listed:
            yield "3 shuffled"
        if axis.sweep.startswith("range"):
            yield "3 range"
    if tree.definition is not None and tree.definition.params:
        yield "2 hydra.sweeper.params"
    if tree.record is not None:
        yield f"2 recorded {tree.record.kind}"
    if tree.plan:
        yield "3 order of the plan"
    elif any("/" in folder.name or "1" in folder.name for folder in tree.folders):
        yield "3 natural order"


def _of_labels(tree: SweepTree, jobs: list[Job], truth: Expectation) -> Iterator[str]:
    for key, labels in axes_of(tree, jobs).items():
        shown = truth.axes[key]
        named = {key for line in tree.plan for key in line.aliases}
        plain = [str(it) if isinstance(it, list) else it for it in labels]
        if list(map(identity, plain)) != list(map(identity, shown)):
            yield "3 aliases"
        elif key in named and len(labels) > 1:
            yield "3 aliases that are alike"
        kinds = {type(label) for label in labels}
        if kinds == {int, float}:
            yield "3 ints and floats"
        elif len(kinds) > 1:
            yield "3 labels of several kinds"
        if list in kinds:
            yield "3 lists as labels"
        if "${f}" in labels:
            yield "3 interpolation"


def _of_scope(tree: SweepTree, used: SweepTree, call: Call, truth: Expectation) -> Iterator[str]:
    if tree.definition is not None and used.definition is None:
        yield "5 definition of none of the jobs"
    numbered = tree.definition is not None and tree.definition.subdir == NUMBERED
    if tree.definition is not None and not numbered and tree.record is None:
        yield "5 named otherwise"
    for name in tree.nested:
        yield "5 nested sweep below a job" if "/" in name else "5 nested sweep"
    paths = {problem.path for problem in truth.problems}
    unplanned = {folder.name: folder for folder in tree.folders if folder.name not in plan(tree)}
    if numbered and used.definition is not None:
        for name, folder in unplanned.items():
            if f"{name}/metrics.arrow" in paths and folder.damage is None:
                yield "5 left-over metrics.arrow"
            if name in paths and name not in truth.jobs:
                own = assigned(folder.carried or folder.asked or ())
                odd = OLD in own.values() or OLD + 1 in own.values()
                yield "5 left over by value" if odd else "5 left over by number"
        if call.leftovers:
            yield "5 leftovers taken in"


def _of_cells(tree: SweepTree, call: Call, truth: Expectation) -> Iterator[str]:
    if any(problem.path in truth.jobs for problem in truth.problems) and tree.plan == ():
        yield "9 gave way, or without identity"
    if isinstance(truth.dataset, Refused):
        yield {"the": "8 coordinate refused", "hav": "9 duplicates refused"}.get(
            truth.dataset.words[:3], "10 grid refused"
        )
        return
    dims = set(map(str, truth.dataset.dims)) - set(truth.axes)
    jobs_layout = bool({"job", "job_"} & dims)
    yield f"10 {call.layout}: {'jobs' if jobs_layout else 'grid'}"
    if "repeat" in truth.dataset.dims or "repeat_" in truth.dataset.dims:
        yield f"9 repeat under {call.duplicates}"
    if truth.warnings:
        yield "8 series of another length"
    if call.coordinate is not None:
        yield "8 joined coordinate"
    if call.paths or call.status:
        yield "11 status or working_subdir"
    if truth.problems:
        yield "14 strict"


def _of_dataset(tree: SweepTree, dataset: xr.Dataset) -> Iterator[str]:
    kinds: dict[str, set[str]] = {}
    for folder in tree.folders:
        for name, value in (folder.metrics or {}).items():
            kinds.setdefault(name, set()).add(np.asarray(value).dtype.kind)
    for stored, variable in dataset.data_vars.items():
        known = kinds.get(str(stored), set())
        if len(known) == 1 and _has_hole(variable.values):
            yield f"6 hole of {_KINDS[next(iter(known))]}"
        if len(known) > 1:
            yield "7 several dtypes"
        if any(isinstance(item, np.ndarray) for item in variable.values.flat):
            yield "7 several numbers of dimensions"
    yield from _of_names(set(kinds), dataset)
    for value in dataset.attrs.values():
        yield f"12 attribute of type {type(value).__name__}"
    if any(isinstance(it, Fixed) and it.value is None for it in tree.items):
        yield "12 fixed null"


def _of_names(kinds: set[str], dataset: xr.Dataset) -> Iterator[str]:
    for name in map(str, dataset.variables):
        if "_length" in name and name not in kinds:
            yield "8 length"
        if "_dim1" in name and name not in kinds:
            yield "8 further dimensions"
        if "_metric" in name:
            yield "11 metric named like a parameter"
        if name.rstrip("_") in OURS and (name.endswith("_") or name in kinds):
            yield "11 our names taken"
        if "/" in name or "." in name:
            yield "11 dots and slashes"


def _has_hole(values: np.ndarray) -> Any:
    if values.dtype == object:
        return any(item is None for item in values.flat)
    return values.dtype.kind in "fc" and bool(np.isnan(values).any())
