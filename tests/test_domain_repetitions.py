"""Items and repetitions: the table, and what it says of any numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcube.domain import NS, Domain

A = Domain(a=[1, 2])


def stream(domain):
    return " ".join(f"{c['a']}{c['repetition']}" for c in domain.configs(additional=True))


@pytest.mark.parametrize(
    ("n_items", "n_reps", "repeat_each", "expected"),
    [
        (None, 2, None, "10 20 11 21"),
        (None, 2, 1, "10 11 20 21"),
        (3, 2, None, "10 20 10 11 21 11"),
        (3, 2, 1, "10 11 20 21 10 11"),
        (3, 2, 2, "10 20 11 21 10 11"),
        *((5, 1, each, "10 20 10 20 10") for each in (None, 1, 2, 3, 5, 9)),
        (5, 2, 2, "10 20 11 21 10 20 11 21 10 11"),
        (1, 2, 5, "10 11"),
        (0, 2, None, ""),
    ],
)
def test_the_table_of_repetitions(n_items, n_reps, repeat_each, expected):
    domain = A.take(n_items=n_items, n_reps=n_reps, repeat_each=repeat_each)
    assert stream(domain) == expected
    assert domain.size == len(domain.overrides()) == len(expected.split())
    assert domain.size == len(domain) * n_reps
    assert domain == A.set_iter_params(n_items, n_reps, repeat_each)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 5),
    st.none() | st.integers(0, 12),
    st.integers(1, 4),
    st.none() | st.integers(1, 6),
)
def test_the_stream_is_chunks_each_replayed(length, n_items, n_reps, repeat_each):
    domain = Domain(a=range(length)).take(n_items, n_reps, repeat_each)
    items = [number % length for number in range(length if n_items is None else n_items)]
    chunk = repeat_each or len(items) or 1
    expected = [
        (item, repetition)
        for start in range(0, len(items), chunk)
        for repetition in range(n_reps)
        for item in items[start : start + chunk]
    ]
    assert [(job.parameters["a"], job.repetition) for job in domain.jobs()] == expected
    assert [job.num for job in domain.jobs()] == list(range(domain.size))
    assert [config["a"] for config in domain] == items


def test_every_repetition_has_a_seed_of_its_own_alike_for_all_configs():
    domain = A.take(n_reps=3, seed=5)
    seeds = {(job.repetition, job.seed) for job in domain.jobs()}
    assert len(seeds) == len(dict(seeds)) == len(set(dict(seeds).values())) == 3
    assert all(0 <= seed < 2**32 for _, seed in seeds)
    other = {(job.repetition, job.seed) for job in A.take(n_reps=3, seed=6).jobs()}
    assert not seeds & other
    one_by_one = {
        (job.repetition, job.seed) for job in A.take(n_reps=3, repeat_each=1, seed=5).jobs()
    }
    assert one_by_one == seeds


def test_an_infinite_domain_is_repeated_in_chunks_or_not_at_all():
    infinite = Domain(a=NS("integers", 9))
    jobs = infinite.take(n_reps=2, repeat_each=2).jobs()
    assert [(j.item, j.repetition) for j, _ in zip(jobs, range(6), strict=False)] == [
        (0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (3, 0),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="its first repetition would never be over"):
        next(infinite.take(n_reps=2).jobs())
    assert infinite.take(n_items=3, n_reps=2).size == 6


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_items": -1}, ValueError, "`n_items`: expected 0 or more; got -1"),
        ({"n_reps": 0}, ValueError, "`n_reps`: expected 1 or more; got 0"),
        ({"repeat_each": 0}, ValueError, "`repeat_each`: expected 1 or more; got 0"),
        ({"n_reps": None}, TypeError, "`n_reps`: expected an int; got None"),
        ({"n_items": 2.0}, TypeError, "`n_items`: expected an int; got 2.0"),
        ({"seed": True}, TypeError, "`seed`: expected an int; got True"),
    ],
)
def test_wrong_parameters_are_refused_at_once(arguments, error, message):
    with pytest.raises(error, match=message):
        A.take(**arguments)


def test_repetitions_and_seeds_stay_in_a_combination():
    repeated = A.take(n_reps=2, seed=3)
    expected = (A * Domain(b=[3])).take(n_reps=2, seed=3)
    assert repeated * Domain(b=[3]) == expected
    assert A.take(n_reps=2) * Domain(b=[3]).take(seed=3) == expected
    assert 2 * repeated == (2 * A).take(n_reps=2, seed=3)
    assert sum([repeated, Domain(b=[1])]).size == 6


def test_a_combination_refuses_what_it_cannot_keep():
    for cut in (A.take(n_items=1), A.take(repeat_each=1)):
        for combine in (lambda d: d + Domain(b=[1]), lambda d: Domain(b=[1]) * d):
            with pytest.raises(ValueError, match="combine first, and `take` from the result"):
                combine(cut)
    with pytest.raises(ValueError, match=r"`\+`: n_reps=2 on one side, 3 on the other"):
        _ = A.take(n_reps=2) + Domain(b=[1]).take(n_reps=3)
    with pytest.raises(ValueError, match="`@`: seed=2 on one side, 3 on the other"):
        _ = A.take(seed=2) @ Domain(b=[1, 2]).take(seed=3)


def test_a_parameter_named_repetition_is_not_hidden():
    with pytest.raises(ValueError, match=r"`repetition` is a parameter.*`jobs\(\)`"):
        Domain(repetition=[1]).configs(additional=True)
    assert Domain(repetition=[1]).configs() == [{"repetition": 1}]
