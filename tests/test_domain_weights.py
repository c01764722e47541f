"""Sums of weighted parts, and parts without end."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runcube.domain import NS, Domain


def letters(domain, count=None):
    configs = domain if count is None else domain[:count]
    return "".join(next(iter(config)) for config in configs)


LONG = {name: Domain({name: range(10**12)}) for name in "abc"}
SAMPLES = {name: Domain({name: NS("uniform")}) for name in "ab"}


@pytest.mark.parametrize("seed", range(3))
def test_the_next_config_comes_from_a_part_in_proportion_to_its_weight(seed):
    mixed = (1 * LONG["a"] + 5 * LONG["b"] + 2 * LONG["c"]).take(seed=seed)
    found = letters(mixed, 4000)
    counts = [found.count(name) for name in "abc"]
    assert stats.chisquare(counts, [500, 2500, 1000]).pvalue > 1e-3
    # Independent of one another, too: pairs have the products of the proportions.
    pairs = [a + b for a, b in zip(found[::2], found[1::2], strict=True)]
    expected = {
        a + b: 2000 * v * w / 64
        for (a, v), (b, w) in itertools.product(zip("abc", (1, 5, 2), strict=True), repeat=2)
    }
    observed = [pairs.count(pair) for pair in expected]
    assert stats.chisquare(observed, list(expected.values())).pvalue > 1e-3


def test_each_part_keeps_its_own_order_and_a_spent_part_leaves():
    mixed = 100 * Domain(a=range(3)) + 1 * Domain(b=range(200)) + 1 * Domain(c=range(200))
    configs = list(mixed)
    assert len(configs) == len(mixed) == 403
    for name, count in (("a", 3), ("b", 200), ("c", 200)):
        assert [c[name] for c in configs if name in c] == list(range(count))
    assert letters(mixed).rindex("a") < 10
    # The others go on in their own proportion, one to one.
    assert 70 < letters(mixed)[10:210].count("b") < 130


def test_the_last_part_runs_to_its_end_whatever_its_length():
    mixed = 1 * Domain(a=range(3)) + 1 * Domain(b=range(10**15))
    assert mixed[-1] == {"b": 10**15 - 1}
    assert mixed[10**14] == {"b": 10**14 - 3}


def test_parts_without_a_weight_run_in_their_place():
    domain = (
        Domain(a=[1, 2])
        + 1 * Domain(b=[1, 2, 3])
        + 1 * Domain(c=[1, 2, 3])
        + Domain(d=[1])
        + 2 * Domain(e=[1, 2])
    )
    found = letters(domain)
    assert found[:2] + found[8:] == "aadee"
    assert sorted(found[2:8]) == [*"bbbccc"]
    assert len(domain) == len(found) == 11


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 40)), min_size=1, max_size=4),
    st.integers(0, 9),
    st.randoms(use_true_random=False),
)
def test_a_config_is_the_same_however_it_is_reached(parts, seed, random):
    terms = [w * Domain(a=range(100 * k, 100 * k + n)) for k, (w, n) in enumerate(parts)]
    domain = sum(terms, Domain()).take(seed=seed)
    configs = list(domain)
    assert sorted(c["a"] for c in configs) == [
        100 * k + i for k, (_, n) in enumerate(parts) for i in range(n)
    ]
    numbers = list(range(len(domain)))
    random.shuffle(numbers)
    assert [domain[number] for number in numbers] == [configs[number] for number in numbers]


def test_the_seed_decides_on_the_order():
    domain = 1 * LONG["a"] + 1 * LONG["b"]
    assert letters(domain, 50) == letters(domain.take(seed=0), 50)
    assert len({letters(domain.take(seed=seed), 50) for seed in range(5)}) == 5


def test_a_product_or_zip_of_weighted_parts_multiplies_their_weights():
    a, b, c = Domain(a=[1, 2]), Domain(b=[3, 4]), Domain(c=[5, 6])
    assert (2 * a) @ (3 * b) == 6 * (a @ b)
    assert (2 * a) @ b == 2 * (a @ b)
    assert (2 * a + 3 * b) * (5 * c) == 10 * (a * c) + 15 * (b * c)
    assert 2 * (a + b) == 2 * a + 2 * b


def test_weighted_parts_inside_a_zip_are_mixed_there():
    mixed = 1 * Domain(a=range(50)) + 1 * Domain(b=range(50))
    zipped = mixed @ Domain(n=range(100))
    assert [config["n"] for config in zipped] == list(range(100))
    assert sorted(letters(zipped)) == [*"a" * 50, *"b" * 50]
    assert letters(zipped) != "a" * 50 + "b" * 50


@pytest.mark.parametrize("weight", [0, -1.5, math.inf, math.nan])
def test_a_weight_is_checked_at_once(weight):
    with pytest.raises(ValueError, match="a weight is finite and positive; got"):
        _ = weight * Domain(a=[1])


def test_weights_that_leave_the_range_of_floats_are_refused():
    with pytest.raises(ValueError, match="a weight is finite and positive; got inf"):
        _ = 1e200 * (1e200 * Domain(a=[1]))


def test_an_infinite_part_before_others_would_starve_them():
    message = r"the draws of `a` have no end.*put them last, weigh both sides"
    for starving in (
        lambda: SAMPLES["a"] + Domain(b=[1]),
        lambda: Domain(b=[1]) + SAMPLES["a"] + Domain(c=[1]),
        lambda: 2 * SAMPLES["a"] + Domain(b=[1]),
        lambda: SAMPLES["a"] + 2 * Domain(b=[1]),
    ):
        with pytest.raises(ValueError, match=message):
            starving()


def test_an_infinite_part_runs_last_or_by_its_weight():
    assert letters(Domain(b=[1, 2]) + SAMPLES["a"], 6) == "bbaaaa"
    assert letters(SAMPLES["a"] + Domain(), 3) == "aaa"
    mixed = 1 * SAMPLES["a"] + 3 * SAMPLES["b"] + 1 * Domain(c=[1, 2])
    assert mixed.size == math.inf
    found = letters(mixed, 2000)
    assert found.count("c") == 2
    assert 0.65 < found.count("b") / 2000 < 0.85


def test_an_infinite_part_times_a_finite_one_is_finite():
    assert len(SAMPLES["a"] * SAMPLES["b"] * Domain(n=range(7))) == 7
