"""Drawn sweeps, run for real: what is on disk afterwards is what the tasks held in memory."""

# ruff: noqa: D101, D102, FBT003 - tasks made for a test speak for themselves

from __future__ import annotations

import importlib
import tempfile
import warnings
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra_zen import hydra_list, multirun
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcube.workflows import MultiRunMetricsWorkflow

testing = importlib.import_module("runcube.testing")
strategies = importlib.import_module("runcube.testing.strategies")
values = importlib.import_module("runcube.testing.values")

pytestmark = pytest.mark.usefixtures("hydra_place")

# What each job is to return, by its number, and what each job saw of its parameters.
HELD: dict[int, dict | None] = {}
SEEN: dict[int, dict] = {}


class Holds(MultiRunMetricsWorkflow):
    @staticmethod
    def task(zen_cfg):
        number = HydraConfig.get().job.num
        SEEN[number] = dict(zen_cfg)
        if HELD[number] is None:
            msg = f"job {number} fails"
            raise ArithmeticError(msg)
        return HELD[number]


@st.composite
def cases(draw):
    axes, size = [], 1
    for key in draw(st.permutations(["x", "model.width", "lr"]))[: draw(st.integers(1, 2))]:
        kind = draw(st.sampled_from(["int", "float", "bool", "word", "odd", "mixed", "list"]))
        labels = draw(strategies.labels(kind, max_size=3))
        axes.append(testing.Axis(key, tuple(labels)))
        size *= len(labels)
    fixed = draw(
        st.sampled_from([(), (testing.Fixed("depth", 3),), (testing.Fixed("flag", True),)])
    )
    taken = [item.key for item in (*axes, *fixed)]
    records = draw(values.metric_records(size, taken=taken, recorded=True, permuted=True))
    failing = draw(st.sets(st.integers(0, size - 1), max_size=size - 1))
    jobs = [
        testing.Job(None if number in failing else record) for number, record in enumerate(records)
    ]
    return testing.SweepCase((), (*axes, *fixed), tuple(jobs), recorded=True)


def given_as(label):
    return hydra_list(label) if isinstance(label, list) else label


@settings(max_examples=32, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(cases())
def test_a_dataset_holds_what_the_tasks_returned(case):
    HELD.clear()
    SEEN.clear()
    HELD.update({number: job.metrics for number, job in enumerate(case.jobs)})
    parameters = {axis.key: multirun(map(given_as, axis.labels)) for axis in case.axes}
    parameters |= {item.key: item.value for item in case.fixed}
    expected = testing.expected_dataset(case)
    with tempfile.TemporaryDirectory() as directory:
        wf = Holds()
        wf.run(**parameters, working_dir=Path(directory, "s"), on_error="continue")
        testing.assert_same(wf.to_xarray(), expected)
        testing.assert_same(Holds().load_from_dir(wf.working_dir).to_xarray(), expected)
        assert len(wf.failures) == sum(job.metrics is None for job in case.jobs)
        assert repr(wf.multirun_task_overrides) == repr(
            {axis.key: list(axis.labels) for axis in case.axes}
            | {item.key: item.value for item in case.fixed}
        )


def test_the_examples_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        HELD.update({0: {"a": 1}, 1: {"a": 2.5}})
        wf = Holds()
        wf.run(x=multirun([1, 2]))
        assert wf.metrics == {"a": [1, 2.5]}
