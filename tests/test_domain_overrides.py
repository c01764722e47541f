"""Domains as overrides: what reaches a task, Hydra's own syntax, and the record of a sweep."""

import json
import math

import hydra
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runcube import open_sweep
from runcube.domain import NS, Alias, Domain, Option
from runcube.errors import LimitError
from runcube.workflows import MultiRunMetricsWorkflow
from test_overrides import VALUES, same
from written_jobs import job as write_job

# Hydra 1.4 warns of an argument without which 1.3 warns.
BASE = {} if hydra.__version__ >= "1.4" else {"version_base": "1.3"}
PARSER = OverridesParser.create()
CASES = settings(max_examples=150, deadline=None)


def received(overrides):
    """Read a job's overrides as Hydra does, and the config as a task does."""
    config = OmegaConf.create({})
    for override in PARSER.parse_overrides(overrides):
        assert not override.is_sweep_override()
        OmegaConf.update(config, override.key_or_group, override.value(), merge=True)
    return OmegaConf.to_container(config, resolve=True)


class Recorded(MultiRunMetricsWorkflow):
    """Its task tells what it got."""

    @staticmethod
    def task(lr, name):
        """Give the values, with their types."""
        return {"got": f"{lr!r} {name!r}"}


@CASES
@given(st.lists(VALUES, max_size=4), VALUES)
def test_every_value_reaches_a_task_exactly(values, other):
    domain = Domain(a=values) * Domain(b=[other])
    for config, overrides in zip(domain, domain.overrides(), strict=True):
        assert same(received(overrides), config)


@CASES
@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, min_size=1, max_size=3))
def test_overrides_and_from_overrides_are_inverse_for_products(one, two):
    # A value that is listed twice cannot be told from another axis.
    distinct = [list({repr(value): value for value in values}.values()) for values in (one, two)]
    domain = Domain({"a": distinct[0], "+b.c": distinct[1]})
    again = Domain.from_overrides(domain.overrides())
    assert again == domain
    assert again.overrides() == domain.overrides()


@pytest.mark.parametrize(
    "domain",
    [
        Domain(a=[1, 2]) + Domain(b=[3]),
        Domain(a=[1, 2]) @ Domain(b=["x", "y"]),
        Domain(a=[1, 1]),
        Domain(a=[1, 2]).take(n_items=3),
        Domain(a=[1, 2], s=NS("normal")),
        Domain(),
    ],
)
def test_other_domains_come_back_with_the_same_jobs(domain):
    again = Domain.from_overrides(domain.overrides())
    assert again.overrides() == domain.overrides()
    assert again.configs() == domain.configs()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["lr=0.1,0.2", "seed=range(0,3)"], Domain(lr=[0.1, 0.2], seed=[0, 1, 2])),
        (["a=1"], Domain(a=[1])),
        (["a='1','a,b'"], Domain(a=["1", "a,b"])),
        (["a=[1,2],[3]"], Domain(a=[[1, 2], [3]])),
        (["a=choice(x,true,1.0)"], Domain(a=["x", True, 1.0])),
        (["+a.b=1,2", "++c={k:1}"], Domain({"+a.b": [1, 2], "++c": [{"k": 1}]})),
        (["db=mysql,postgres"], Domain(db=["mysql", "postgres"])),
        ([r"a='\${b}',c"], Domain(a=["${b}", "c"])),
        (["a="], Domain(a=[""])),
        ([], Domain()),
    ],
)
def test_hydras_own_syntax_is_read(texts, expected):
    assert Domain.from_overrides(texts) == expected


@pytest.mark.parametrize(
    "text", ["lr=0.1,0.2", "a=range(3)", "a=choice('1',2)", "+a='b c',[x,{y:1}]", "db/x@y=p,q"]
)
def test_hydras_own_parser_reads_the_same_values(text):
    override = PARSER.parse_override(text)
    jobs = [PARSER.parse_override(f"a={value}") for value in override.sweep_string_iterator()]
    domain = Domain.from_overrides([text])
    again = [PARSER.parse_override(job) for (job,) in domain.overrides()]
    assert [one.value() for one in again] == [job.value() for job in jobs]
    for one in again:
        assert one.get_key_element() == override.get_key_element()


def test_interpolations_stay_interpolations():
    domain = Domain.from_overrides(["a=${n},[x${n}]", r"b='\${n}'"])
    found = [received(["n=7", *overrides]) for overrides in domain.overrides()]
    assert found == [{"n": 7, "a": 7, "b": "${n}"}, {"n": 7, "a": ["x7"], "b": "${n}"}]
    assert domain[0] == {"a": "${n}", "b": "${n}"}
    assert domain != Domain(a=["${n}", ["x${n}"]], b=["${n}"])
    assert Domain.from_overrides(domain.overrides()) == domain


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        (["a=1", "a=2"], ValueError, "`a` stands on both sides"),
        ([["a=1", "a=2"]], ValueError, "`a` is set twice"),
        (["~a"], ValueError, "`~a`: it removes a key"),
        (["a=interval(0,1)"], ValueError, "cannot be listed.*NumpySampler"),
        (["a=[1"], ValueError, "a="),
        ([["a=1,2"]], ValueError, "`a` of job 0 is swept"),
        ([["a=1"], []], ValueError, "job 1 has no overrides"),
        (["a=1", ["a=1"]], TypeError, "got both"),
        ("a=1", TypeError, "got the text 'a=1'"),
    ],
)
def test_what_no_domain_can_say_is_refused(overrides, error, message):
    with pytest.raises(error, match=message):
        Domain.from_overrides(overrides)


def test_each_config_composes_in_hydra(hydra_place):
    (hydra_place / "conf").mkdir()
    (hydra_place / "conf" / "config.yaml").write_text("a: 0\nmodel:\n  depth: 1\n")
    domain = Domain({"a": [1, "x"], "model/depth": [0.1], "+s": NS("normal")})
    with initialize_config_dir(str(hydra_place / "conf"), **BASE):
        for config, overrides in zip(domain, domain.overrides(), strict=True):
            composed = OmegaConf.to_container(compose("config", overrides=overrides))
            expected = {"a": config["a"], "model": {"depth": 0.1}, "s": config["s"]}
            assert same(composed, expected)


def test_a_real_multirun_gives_each_task_its_config(hydra_place):
    domain = Domain({"+lr": [0.1, 1, "1"], "+name": ["a,b", None, "${x}"]})
    axes = domain.definition()["axes"]
    lines = [f"+{axis['name']}={','.join(axis['labels'])}" for axis in axes]
    workflow = Recorded()
    workflow.run(overrides=lines, working_dir="sweep")
    expected = [f"{config['lr']!r} {config['name']!r}" for config in domain]
    assert workflow.metrics["got"] == expected
    dataset = open_sweep("sweep").to_xarray()
    assert dataset["got"].dims == ("lr", "name")
    assert dataset["got"].values.ravel().tolist() == expected
    record = json.loads((hydra_place / "sweep/.runcube/sweep.json").read_text())
    assert record["definition"] == domain.definition()


AB = Domain(a=[1, 2]) * Domain(b=["x"])


@pytest.mark.parametrize(
    ("domain", "kind", "axes"),
    [
        (AB, "product", {"a": ["1", "2"], "b": ["'x'"]}),
        (Domain({"+a": range(2)}), "product", {"a": ["0", "1"]}),
        (AB.take(n_reps=2), "product", {"a": ["1", "2"], "b": ["'x'"]}),
        (2 * AB, "product", {"a": ["1", "2"], "b": ["'x'"]}),
        (AB.take(n_items=2), "product", {"a": ["1", "2"], "b": ["'x'"]}),
        (AB.take(n_items=1), "list", {"a": ["1", "2"], "b": ["'x'"]}),
        (AB.take(n_items=3), "list", {"a": ["1", "2"], "b": ["'x'"]}),
        (Domain(a=[1, 1]), "list", {"a": ["1"]}),
        (AB + Domain(a=[2, 3]), "sum", {"a": ["1", "2", "3"], "b": ["'x'"]}),
        (Domain(), "sum", {}),
        (Domain(a=[1, 2]) @ Domain(b=[3, 3]), "zip", {"a": ["1", "2"], "b": ["3"]}),
        (AB * Domain(s=NS("normal")), "sample", {"a": ["1", "2"], "b": ["'x'"], "s": []}),
    ],
)
def test_a_definition_says_its_kind_and_its_axes(domain, kind, axes):
    definition = domain.definition()
    assert definition["kind"] == kind
    assert {axis["name"]: axis["labels"] for axis in definition["axes"]} == axes
    assert json.loads(json.dumps(definition)) == definition


def test_a_definition_tells_repetitions_samplers_and_the_seed():
    definition = Domain(s=10 ** NS("normal")).take(n_items=5, n_reps=2, seed=3).definition()
    assert definition == {
        "kind": "sample",
        "axes": [{"name": "s", "labels": [], "sampler": "(10 ** NumpySampler('normal'))"}],
        "repetitions": 2,
        "seed": 3,
    }
    assert (1 * AB + 1 * AB).definition()["seed"] == 0
    assert "seed" not in AB.take(seed=3).definition()


def test_a_definition_too_long_to_record_is_refused():
    with pytest.raises(LimitError, match=r"`a` has 1000000000000 values.*at most 1000000"):
        Domain(a=range(10**12)).definition()


@pytest.mark.parametrize(
    "domain",
    [
        Domain(a=[3, Alias(1, "one"), 2]) * Domain(b=[Alias("x", "ex"), "y"]),
        Domain(a=[3, 1]) @ Domain(b=["y", "x"]),
        Domain(a=[3, 1]) + Domain(b=["y", "x"]),
        Domain(a=[2, 1], s=NS("normal")),
        Domain(a=[2, 1]).take(n_reps=2),
        Domain(a=[1, 2, 3]).take(n_items=2, seed=9),
    ],
)
def test_what_is_recorded_of_a_domain_gathers_by_it(tmp_path, domain):
    jobs = list(domain.jobs())
    lines = []
    for job in jobs:
        write_job(tmp_path / str(job.num), job.overrides, {"n": job.num}, recorded=True)
        lines.append(
            {"num": job.num, "dir": str(job.num), "overrides": job.overrides}
            | {"repetition": job.repetition, "seed": job.seed, "aliases": job.aliases}
        )
    folder = tmp_path / ".runcube"
    folder.mkdir()
    (folder / "jobs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    record = {"v": 1, "id": "x", "definition": domain.definition()}
    (folder / "sweep.json").write_text(json.dumps(record))
    sweep = open_sweep(tmp_path)
    assert sweep.problems == ()
    dataset = sweep.to_xarray()
    is_product = domain.definition()["kind"] == "product"
    assert ("job" in dataset.dims) != is_product
    names = [axis["name"] for axis in domain.definition()["axes"]]
    for job in jobs:
        if is_product:
            labels = {name: job.aliases.get(name, job.parameters[name]) for name in names}
            if "repeat" in dataset.dims:
                labels["repeat"] = job.repetition
            cell = dataset.sel(labels)
        else:
            cell = dataset.isel(job=job.num)
            for name, value in job.parameters.items():
                assert cell[name].item() == value
        assert cell["n"].item() == job.num


def test_an_option_of_a_config_group_is_chosen_by_its_name(hydra_place):
    for choice in ("small", "large"):
        path = hydra_place / "conf/model/size" / f"{choice}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"name: {choice}\n")
    (hydra_place / "conf" / "config.yaml").write_text("defaults:\n- model/size: small\n")
    domain = Domain.from_overrides(["model/size=small,large"])
    with initialize_config_dir(str(hydra_place / "conf"), **BASE):
        found = [compose("config", overrides=lines).model.size.name for lines in domain.overrides()]
    assert found == ["small", "large"]


def test_special_floats_reach_a_task():
    domain = Option("a", [math.inf, -math.inf, math.nan, -0.0, np.float32(0.1)])
    for config, overrides in zip(domain, domain.overrides(), strict=True):
        assert same(received(overrides), config)
