"""A workflow that runs a domain: which jobs it launches, what it records, what it gathers."""

# ruff: noqa: D101, D102 - tasks made for a test speak for themselves

from __future__ import annotations

import itertools
import json
import pickle
from pathlib import Path

import pytest
from hydra_zen import multirun
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

import runcube
from domain_model import pairs
from runcube import open_sweep
from runcube.cli.main import main
from runcube.domain import NS, Alias, ConfigAlias, Domain
from runcube.errors import InvalidArgumentError, LimitError
from runcube.launch.hydra import expand
from runcube.launch.sweeper.combinations import combine
from runcube.launch.sweeper.domain_jobs import DomainJobs
from runcube.launch.sweeper.plan_file import read_plan
from runcube.launch.sweeper.settings import Settings
from runcube.launch.wrapper import TaskWrapper
from runcube.overrides import Place
from runcube.record import JobRecord
from runcube.testing import assert_same
from runcube.workflows import MultiRunMetricsWorkflow, RobustnessCurve

pytestmark = pytest.mark.usefixtures("hydra_place")


class Record(MultiRunMetricsWorkflow):
    @staticmethod
    def task(a=0, b=0, c=0):
        return {"v": 100 * a + 10 * b + c}


class Kept(MultiRunMetricsWorkflow):
    held: list = []  # noqa: RUF012  what the tasks of a test were given

    @staticmethod
    def task(zen_cfg):
        config = dict(zen_cfg)
        Kept.held.append(config)
        return {"n": len(Kept.held)}


def definition(sweep):
    return json.loads((sweep / ".runcube" / "sweep.json").read_text())["definition"]


def plan(sweep):
    return list(read_plan(sweep).values())


def combined(domain, arguments=(), place=Place.VALUE, **given):
    """Give the combinations of a domain in a config that has all of its parameters."""
    jobs = DomainJobs(domain.planned, lambda key: place)
    return combine(lambda lines: expand(None, lines), arguments, Settings.of(given), jobs)


def test_a_product_is_a_grid_with_aliases_as_labels():
    domain = Domain(a=[Alias(1, "one"), Alias(2, "two")], b=[5])
    wf = Record()
    wf.run(domain, working_dir="s", c=multirun([3, 4]))
    dataset = wf.to_xarray()
    assert dataset["v"].dims == ("a", "b", "c")
    assert dataset["a"].values.tolist() == ["one", "two"]
    assert dataset["v"].values.tolist() == [[[153, 154]], [[253, 254]]]
    assert_same(open_sweep("s").to_xarray(), dataset)
    assert wf.multirun_task_overrides == {"a": [1, 2], "b": [5], "c": [3, 4]}
    assert definition(Path("s"))["kind"] == "product"
    assert [line.aliases for line in plan(Path("s"))] == [{"a": "one"}] * 2 + [{"a": "two"}] * 2


def test_of_two_values_with_one_alias_neither_is_named_by_it():
    wf = Record()
    wf.run(Domain(a=[Alias(1, "same"), Alias(2, "same")]), working_dir="s")
    assert wf.to_xarray()["a"].values.tolist() == [1, 2]
    assert wf.multirun_task_overrides == {"a": [1, 2]}


def test_the_product_stands_in_multirun_yaml_as_hydra_would_sweep_it():
    wf = Kept({"d": {"old": 1}})
    wf.run(Domain(a=["x,y", 2], d=[{"k": 1}, {"k": 2}]), working_dir="s", c=multirun([7, 8]))
    lines = list(OmegaConf.load("s/multirun.yaml").hydra.overrides.task)
    assert lines == ["+a='x,y',2", "d=null", "+d={k:1},{k:2}", "+c=7,8"]
    product = itertools.product(*(found.lines for found in expand(None, lines).values()))
    assert list(product) == [line.overrides for line in plan(Path("s"))]


@pytest.mark.parametrize(
    ("domain", "kind", "values"),
    [
        (Domain(a=[1, 2]) @ Domain(b=[3, 4]), "zip", [130, 240]),
        (Domain(a=[1, 2]) + Domain(b=[3]), "sum", [100, 200, 30]),
        (Domain(a=[1, 2], b=[3]).take(1), "list", [130]),
        (Domain(a=NS("integers", 5)).take(3, seed=2), "sample", None),
    ],
)
def test_what_is_no_product_is_gathered_job_by_job(domain, kind, values):
    wf = Record()
    wf.run(domain, working_dir="s")
    dataset = wf.to_xarray()
    if values is None:
        values = [100 * config["a"] for config in domain]
    assert dataset["v"].dims == ("job",)
    assert dataset["v"].values.tolist() == values
    assert definition(Path("s"))["kind"] == kind


def test_what_is_swept_besides_multiplies_the_domain_and_varies_faster():
    wf = Record()
    wf.run(Domain(a=[1, 2]) @ Domain(b=[3, 4]), c=multirun([5, 6]), working_dir="s")
    assert wf.to_xarray()["v"].values.tolist() == [135, 136, 245, 246]
    assert wf.workflow_overrides == {"c": multirun([5, 6])}


def test_repetitions_have_seeds_of_their_own_and_are_a_dimension():
    domain = Domain(a=[1, 2]).take(n_reps=2, seed=7)
    wf = Record()
    wf.run(domain, working_dir="s")
    dataset = wf.to_xarray()
    assert dict(dataset.sizes) == {"a": 2, "repeat": 2}
    planned = [(job.repetition, job.seed, job.overrides) for job in domain.jobs()]
    assert [
        (line.repetition, line.seed, [text.lstrip("+") for text in line.overrides])
        for line in plan(Path("s"))
    ] == planned
    records = [JobRecord.read(Path("s") / str(number)) for number in range(4)]
    assert [(record.repetition, record.seed) for record in records] == [it[:2] for it in planned]


def test_repetitions_of_the_sweeper_have_seeds_too():
    Record().run(a=multirun([1, 2]), working_dir="s", sweeper_config={"repeats": 2})
    seeds = [line.seed for line in plan(Path("s"))]
    expected = [job.seed for job in Domain(a=[1, 2]).take(n_reps=2).jobs()]
    assert seeds == expected
    assert [JobRecord.read(Path("s") / str(n)).seed for n in range(4)] == expected


def test_a_value_of_a_domain_reaches_the_task_as_it_is():
    values = ["1", "a,b", "${x}", True, None, 1e-5, [1, "2"], {"k": [1]}, 2**70]
    Kept.held.clear()
    wf = Kept({"kept": {"old": 1}})
    wf.run(Domain(a=values) + Domain(kept=[{"new": 2}, ConfigAlias({"_target_": "a.b"})]))
    assert [config["a"] for config in Kept.held[: len(values)]] == values
    assert [config["kept"] for config in Kept.held[len(values) :]] == [
        {"new": 2},
        {"_target_": "a.b"},
    ]


def test_a_config_group_and_a_key_below_it_are_swept_by_a_domain():
    from hydra_zen import make_config, store

    group = store(group="db", overwrite_ok=True)
    group({"size": 1}, name="small")
    group({"size": 2, "extra": 3}, name="large")
    store.add_to_hydra_store(overwrite_ok=True)

    class Size(MultiRunMetricsWorkflow):
        @staticmethod
        def task(db):
            return {"total": db["size"]}

    wf = Size(make_config(hydra_defaults=["_self_", {"db": "small"}], db=None))
    wf.run(Domain({"db": ["small", "large"], "db.size": [7, 8]}), working_dir="s")
    assert wf.to_xarray()["total"].values.tolist() == [[7, 8], [7, 8]]


def test_of_a_vast_domain_only_what_is_launched_is_worked_out():
    wf = Record()
    wf.run(Domain(a=range(10**12), b=range(10**12)), working_dir="s", sweeper_config={"sample": 3})
    found = definition(Path("s"))
    assert [len(axis["labels"]) for axis in found["axes"]] == [3, 3]
    assert [len(wf.jobs), found["kind"], found["sample"]] == [3, "sample", 3]
    dataset = wf.to_xarray()
    assert dataset["v"].values.tolist() == (100 * dataset["a"] + 10 * dataset["b"]).values.tolist()


def test_a_vast_domain_is_refused_before_it_is_listed():
    with pytest.raises(LimitError, match=r"has 1000000000000 jobs, more than 10000000"):
        Record().run(Domain(a=range(10**12)), working_dir="s")
    with pytest.raises(LimitError, match=r"has 4 jobs, more than the 3"):
        Record().run(Domain(a=[1, 2]).take(n_reps=2), sweeper_config={"confirm_above": 3})
    assert not Path("s").exists()


def test_a_dry_run_of_a_domain_says_what_would_run(capsys):
    domain = Domain(a=[1, 2]) @ Domain(b=[3, 4]) * Domain(c=NS("uniform"))
    Record().run(domain.take(n_reps=3), dry_run=True, working_dir="s")
    text = "6 jobs: sample of a (2) x b (2) x c (drawn), 3 repetitions; in "
    assert text in capsys.readouterr().out
    assert not Path("s").exists()


def test_a_sweep_of_a_domain_resumes_and_grows(tmp_path):
    class Fragile(MultiRunMetricsWorkflow):
        @staticmethod
        def task(a, b=0):
            with (tmp_path / "marks").open("a") as file:
                file.write(f"{a} {b}\n")
            if a == 2 and not (tmp_path / "healed").exists():
                raise ValueError("not yet")
            return {"v": a + 10 * b}

    domain = Domain(a=[Alias(1, "one"), Alias(2, "two")]).take(n_reps=2)
    wf = Fragile()
    wf.run(domain, working_dir="s", on_error="continue")
    (tmp_path / "healed").touch()
    wf.run(domain + Domain(a=[3], b=[1]).take(n_reps=2), working_dir="s", resume=True)
    marks = (tmp_path / "marks").read_text().splitlines()
    assert marks == ["1 0", "2 0", "1 0", "2 0", "2 0", "3 1", "2 0", "3 1"]
    dataset = wf.to_xarray()
    assert sorted(dataset["v"].values.tolist()) == [1, 1, 2, 2, 13, 13]
    assert wf.is_complete


def test_a_curve_runs_a_domain_for_every_epsilon():
    class Curve(RobustnessCurve):
        @staticmethod
        def task(epsilon, width):
            return {"accuracy": width - epsilon}

    curve = Curve()
    curve.run(Domain(width=[1.0, 2.0]), epsilon=[0.5, 0.0])
    assert curve.to_xarray()["accuracy"].values.tolist() == [[1.0, 0.5], [2.0, 1.5]]


def test_a_decorated_function_runs_a_domain():
    @runcube.sweep
    def double(x):
        return {"y": 2 * x}

    dataset = double.run(Domain(x=[1, 2]) + Domain(x=[5]))
    assert dataset["y"].values.tolist() == [2, 4, 10]


def test_a_job_takes_its_seed_to_another_process_and_not_the_domain():
    jobs = DomainJobs(Domain(a=NS("uniform").apply(lambda value: -value)).planned, lambda key: None)
    wrapper = TaskWrapper(print, None, "task", seed=3, repetitions={1: 1}, domain=jobs)
    carried = pickle.loads(pickle.dumps(wrapper))
    assert (carried.domain, carried.seed, carried.repetitions) == (None, 3, {1: 1})


@pytest.mark.parametrize(
    ("domain", "arguments", "error", "message"),
    [
        ({"a": [1]}, {}, TypeError, r"takes a `runcube.domain.Domain` by position, got"),
        (Domain(a=[1]), {"a": 2}, ValueError, "`a` is set by the domain and by the arg"),
        (Domain(a=[1]), {"overrides": ["+a=2"]}, ValueError, "is set by the domain"),
        (Domain(a=[1]), {"sweeper": "basic"}, ValueError, "under the sweeper `runcube`, not"),
        (Domain(), {}, ValueError, "no configs in <Domain: 0 configs>"),
        (Domain(a=NS("uniform")), {}, ValueError, "this domain is infinite"),
        (Domain(aa=[1]), {}, ValueError, "got `aa`, which is no parameter of .*did you mean `aab`"),
        (
            Domain(a=[1]).take(n_reps=2),
            {"sweeper_config": {"repeats": 2}},
            ValueError,
            "say once how often",
        ),
        (Domain(a=[1]), {"sweeper_config": {"jobs": ["c=1"]}}, ValueError, "give one of them"),
    ],
)
def test_a_domain_that_cannot_run_is_refused(domain, arguments, error, message):
    class Strict(MultiRunMetricsWorkflow):
        @staticmethod
        def task(a, aab=0, c=0):
            return None

    with pytest.raises(error, match=message):
        Strict().run(domain, **arguments)
    assert not Path("outputs").exists()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs(), st.integers(1, 3), st.one_of(st.none(), st.integers(1, 4)), st.integers(1, 3))
def test_the_jobs_are_those_of_the_domain_in_its_order(found, n_reps, repeat_each, others):
    domain, _ = found
    domain = domain.take(n_reps=n_reps, repeat_each=repeat_each)
    jobs = combined(domain, ["z=" + ",".join(map(str, range(others)))])
    stream = list(domain.jobs())
    assert len(jobs) == len(stream) * others
    listed = [(list(job.lines), job.repetition, job.seed) for job in jobs]
    each = [job for job in listed if job[0][-1] == "z=0"]
    assert [(lines[:-1], *rest) for lines, *rest in each] == [
        (job.overrides, job.repetition, job.seed) for job in stream
    ]


def test_exclusions_and_samples_keep_repetitions_together():
    domain = Domain(a=[1, 2, 3]).take(n_reps=2, repeat_each=2)
    left = combined(domain, exclude=["a=2"])
    assert [(*job.lines, job.repetition) for job in left] == [
        ("a=1", 0),
        ("a=1", 1),
        ("a=3", 0),
        ("a=3", 1),
    ]
    assert left.definition["kind"] == "list"
    assert len(combined(domain, sample=2)) == 4
    with pytest.raises(InvalidArgumentError, match="names `b`, which no job sets; there are a"):
        combined(domain, exclude=["b=1"])


def test_a_sample_names_of_a_long_axis_the_labels_that_occur():
    axes = {"a": range(50), "b": range(40, 0, -2), "c": [1, 2], "d": list("zyxwvuts")}
    jobs = combined(Domain(axes), sample=6, sample_seed=3)
    found = {axis["name"]: axis["labels"] for axis in jobs.definition["axes"]}
    have = [dict(line.split("=") for line in job.lines) for job in jobs]
    assert found["a"] == sorted((job["a"] for job in have), key=int)
    assert found["b"] == [str(n) for n in range(40, 0, -2) if str(n) in {j["b"] for j in have}]
    assert found["c"] == ["1", "2"]
    assert found["d"] == [text for text in map(repr, "zyxwvuts") if text in {j["d"] for j in have}]


def test_the_command_line_tells_how_the_jobs_of_a_domain_stand(capsys):
    class Fragile(MultiRunMetricsWorkflow):
        @staticmethod
        def task(a, b):
            return {"v": a // b}

    domain = (Domain(a=[1, 2, 3]) @ Domain(b=[Alias(0, "none"), 1, 2])).take(n_reps=2)
    Fragile().run(domain, working_dir="s", on_error="continue")
    assert main(["status", "s"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == "6 jobs: 4 finished, 2 error"
    assert [line.split()[0] for line in shown if "ZeroDivisionError" in line] == ["0", "3"]
    assert main(["watch", "s", "--interval", "0.01"]) == 1
    assert "4 finished" in capsys.readouterr().out
    assert main(["resume", "s"]) == 2
    assert "it was started from Python code" in capsys.readouterr().err


class Seeded(MultiRunMetricsWorkflow):
    @staticmethod
    def task(a, seed):
        return {"v": a, "own": seed}


@pytest.mark.parametrize("config", [{}, {"seed": 5}])
def test_the_seed_of_a_repetition_enters_the_config_on_request(config):
    wf = Seeded(config)
    domain = Domain(a=[1, 2]).take(n_reps=3, seed=4)
    wf.run(domain, working_dir="s", sweeper_config={"repeat_key": "seed"})
    dataset = wf.to_xarray()
    assert dict(dataset.sizes) == {"a": 2, "repeat": 3}
    assert dataset["v"].values.tolist() == [[1] * 3, [2] * 3]
    seeds = [job.seed for job in domain.jobs()][::2]
    assert dataset["own"].values.tolist() == [seeds, seeds]
    assert [JobRecord.read(f"s/{number}").seed for number in (0, 2, 4)] == seeds
    assert "seed" not in dataset.attrs
    wf.run(domain, working_dir="s", sweeper_config={"repeat_key": "seed"}, resume=True)
    assert [job.status.name for job in wf.jobs] == ["COMPLETED"] * 6
    assert {JobRecord.read(f"s/{number}").attempt for number in range(6)} == {1}


def test_a_key_has_one_origin_of_its_value():
    with pytest.raises(InvalidArgumentError, match="gives `a` the seed of the repetition, and"):
        combined(Domain(a=[1]), repeat_key="a")
    with pytest.raises(InvalidArgumentError, match="gives `b` the seed"):
        combined(Domain(a=[1]), ["b=1"], repeat_key="b")
    with pytest.raises(ValueError, match="not a key that Hydra can read"):
        combined(Domain(a=[1]), repeat_key="a b")
