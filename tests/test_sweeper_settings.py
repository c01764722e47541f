"""What the sweeper's settings make of a command line: which jobs, in which order."""

from __future__ import annotations

import itertools
import json

import pytest
from hydra.errors import HydraException
from hypothesis import given
from hypothesis import strategies as st

from runcube.errors import InvalidArgumentError, LimitError, NotFoundError
from runcube.launch.hydra import expand
from runcube.launch.sweeper.combinations import combine, sample
from runcube.launch.sweeper.explicit import split_lines
from runcube.launch.sweeper.placing import JobNumbers, first_index
from runcube.launch.sweeper.settings import Settings


def jobs(arguments, **settings):
    """Give the jobs as text, a repetition other than the first behind a `#`."""
    found = combine(lambda lines: expand(None, lines), arguments, Settings.of(settings))
    listed = [" ".join(job.lines) + f"#{job.repetition}" * (job.repetition > 0) for job in found]
    assert len(found) == len(listed)
    return listed


def definition(arguments, **settings):
    return combine(lambda lines: expand(None, lines), arguments, Settings.of(settings)).definition


def test_without_settings_the_jobs_are_hydras_product():
    assert jobs(["a=1,2", "b=x", "+c=range(0,2)"]) == [
        f"a={a} b=x +c={c}" for a, c in itertools.product((1, 2), (0, 1))
    ]
    assert jobs([]) == [""]


def test_params_stand_before_the_command_line():
    assert jobs(["b=3,4"], params={"a": "1,2"}) == ["a=1 b=3", "a=1 b=4", "a=2 b=3", "a=2 b=4"]
    assert jobs(["a=5"], params={"a": "1,2"}) == ["a=5"]


def test_zipped_keys_vary_together_and_keep_their_places():
    found = jobs(["a=1,2", "s=x,y", "b=3,4"], zip=[["b", "a"]])
    assert found == ["a=1 s=x b=3", "a=1 s=y b=3", "a=2 s=x b=4", "a=2 s=y b=4"]
    assert definition(["a=1,2", "b=3,4"], zip=[["a", "b"]])["kind"] == "zip"


def test_explicit_jobs_are_multiplied_with_the_sweeps():
    found = jobs(["s=1,2"], jobs=["a=1 b='x y'", ["a=2", "c=[1, 2]"]])
    assert found == ["a=1 b='x y' s=1", "a=1 b='x y' s=2", "a=2 c=[1,2] s=1", "a=2 c=[1,2] s=2"]
    assert definition(["s=1,2"], jobs=["a=1 b=0", "a=2 b=0"])["axes"] == [
        {"name": "a", "labels": ["1", "2"]},
        {"name": "s", "labels": ["1", "2"]},
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("jobs.txt", "# two jobs\na=1 b=2\n\na=3\n"),
        ("jobs.json", json.dumps(["a=1 b=2", ["a=3"]])),
        ("jobs.jsonl", '["a=1", "b=2"]\n"a=3"\n'),
    ],
)
def test_explicit_jobs_come_from_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = jobs([], jobs=["a=0"], jobs_file=str(tmp_path / name))
    assert found == ["a=0", "a=1 b=2", "a=3"]


def test_exclusions_leave_combinations_out():
    left = jobs(["a=1,2,3", "b=0.1,1e-1,x"], exclude=["a=2", "a=1 b=0.1", ["a=3", "b=x"]])
    assert left == ["a=1 b=x", "a=3 b=0.1", "a=3 b=0.1"]
    assert definition(["a=1,2"], exclude=["a=1"])["kind"] == "list"


def test_repetitions_run_after_one_another():
    assert jobs(["a=1,2"], repeats=2) == ["a=1", "a=2", "a=1#1", "a=2#1"]
    assert definition(["a=1,2"], repeats=2) | {"axes": 0} == {
        "kind": "product",
        "axes": 0,
        "repetitions": 2,
    }


def test_a_sample_is_a_reproducible_part():
    arguments = ["a=range(0,1000)", "b=range(0,1000)", "c=range(0,1000)"]
    first = jobs(arguments, sample=5, sample_seed=1)
    assert first == jobs(arguments, sample=5, sample_seed=1)
    assert first != jobs(arguments, sample=5, sample_seed=2)
    assert len(set(first)) == 5
    assert jobs(["a=1,2"], sample=9) == ["a=1", "a=2"]


@given(st.integers(1, 60), st.integers(1, 70), st.integers(1, 70), st.integers(0, 5))
def test_a_larger_sample_holds_the_smaller(size, one, other, seed):
    small, large = (set(sample(range(size), n, seed)) for n in sorted([one, other]))
    assert small <= large
    assert len(large) == min(size, max(one, other))


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3), max_size=4))
def test_the_product_is_that_of_the_standard_library(values):
    arguments = [f"k{place}={','.join(found)}" for place, found in enumerate(values)]
    lines = [[f"k{place}={value}" for value in found] for place, found in enumerate(values)]
    assert jobs(arguments) == [" ".join(job) for job in itertools.product(*lines)]


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (["a=1,2"], {"zip": [["a", "b"]]}, "names `b`, which nothing sweeps"),
        (["a=1,2", "b=1,2,3"], {"zip": [["a", "b"]]}, "`a` has 2, `b` has 3"),
        (["a=1,2"], {"zip": [["a"]]}, "two keys or more"),
        (["a=1,2", "b=1,2"], {"zip": [["a", "b"], ["a", "b"]]}, "names `a` twice"),
        (["a=1,2"], {"jobs": ["a=1"]}, "`a` is set by `hydra.sweeper.jobs` and by the command"),
        ([], {"jobs": ["a=1,2"]}, "`a` is swept within a job"),
        ([], {"jobs": [3]}, "expected override lines, as in"),
        (["a=1,2"], {"exclude": ["b=1"]}, "names `b`, which no job sets; there are a"),
        (["a=1,2"], {"exclude": ["a=3"]}, "is no combination of this sweep"),
        (["a=interval(0,1)"], {}, "swept over an interval"),
        ([], {"surprise": 1}, "no setting of the sweeper"),
        ([], {"sample": 0}, "expected 1 or more, got 0"),
        ([], {"retries": True}, "expected an int, got True"),
        ([], {"max_total_seconds": -1}, "expected seconds, got -1"),
        ([], {"resume": True, "overwrite": True}, "set one"),
        ([], {"notes": "text"}, "expected a list of texts"),
    ],
)
def test_settings_that_cannot_be_met_are_errors(arguments, settings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        jobs(arguments, **settings)


def test_a_missing_file_of_jobs_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"no file .*none\.txt"):
        jobs([], jobs_file=str(tmp_path / "none.txt"))


def test_a_line_that_is_no_override_is_hydras_error():
    with pytest.raises(HydraException):
        jobs([], jobs=["a"])


def test_a_sweep_larger_than_allowed_is_refused_before_it_is_listed(monkeypatch):
    with pytest.raises(LimitError, match=r"has 4 jobs, more than the 3 that `hydra\.sweeper"):
        jobs(["a=1,2"], repeats=2, confirm_above=3)
    monkeypatch.setenv("RUNCUBE_MAX_JOBS", "1")
    with pytest.raises(LimitError, match="the 1 that `RUNCUBE_MAX_JOBS` allows"):
        jobs(["a=1,2"])
    assert len(jobs(["a=1,2"], confirm_above=2)) == 2
    monkeypatch.setenv("RUNCUBE_MAX_JOBS", "many")
    with pytest.raises(InvalidArgumentError, match="`RUNCUBE_MAX_JOBS`: expected a number"):
        jobs(["a=1,2"])
    monkeypatch.delenv("RUNCUBE_MAX_JOBS")
    with pytest.raises(LimitError, match="more than 10000000"):
        jobs(["a=range(0,10000)", "b=range(0,10000)"])


def test_blanks_within_quotes_and_brackets_part_nothing():
    text = r"""a=1  b='x \' y' c="p q" d={k: [1, 2]} e=f(1, 2)"""
    assert split_lines(text) == ["a=1", r"b='x \' y'", 'c="p q"', "d={k: [1, 2]}", "e=f(1, 2)"]


def test_jobs_whose_numbers_have_gaps_keep_them():
    assert first_index([3, 4, 5]) == 3
    assert type(first_index([3, 4, 5])) is int
    assert [first_index([2, 5, 3]) + place for place in range(3)] == [2, 5, 3]
    assert isinstance(first_index([2, 5]), JobNumbers)
