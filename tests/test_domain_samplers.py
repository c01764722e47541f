"""Samplers: what they draw, how they compose, and what their draws depend on."""

import itertools
import math
import multiprocessing
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from runcube.domain import NS, ConstantSampler, Domain, NumpySampler, Sampler, ScipySampler

UNIFORM = NS("uniform", low=-4, high=-1)
MANY = 2000


def drawn(sampler, count=MANY, seed=0):
    return [config["s"] for config in Domain(s=sampler).take(n_items=count, seed=seed)]


def one_of(seed_and_index):
    seed, index = seed_and_index
    return Domain(s=UNIFORM, t=NS("normal")).take(n_items=100, seed=seed)[index]


class Dice(Sampler):
    """A sampler of one's own."""

    def draw(self, generator):
        """Throw it."""
        return int(generator.integers(1, 7))


def test_a_draw_is_fresh_for_each_combination():
    domain = Domain(a=[1, 2], b=[3, 4], s=UNIFORM)
    values = [config["s"] for config in domain]
    assert len(domain) == len(set(values)) == 4
    assert all(isinstance(value, float) and -4 <= value <= -1 for value in values)


def test_draws_depend_on_the_seed():
    assert drawn(UNIFORM, 5) == drawn(UNIFORM, 5, seed=0)
    assert not set(drawn(UNIFORM, 5)) & set(drawn(UNIFORM, 5, seed=1))
    assert drawn(UNIFORM, 3, seed=2**200) != drawn(UNIFORM, 3, seed=-(2**200))


@pytest.mark.parametrize(
    "around",
    [
        Domain(s=UNIFORM, t=NS("normal")),
        Domain(t=NS("normal")) * Domain(s=UNIFORM),
        Domain(s=UNIFORM) * Domain(a=range(50)),
        Domain(a=range(2)) * Domain(s=UNIFORM) + Domain(b=range(40)) * Domain({"+s": UNIFORM}),
        2 * Domain(a=range(20), s=UNIFORM) + 3 * Domain(b=range(30), s=UNIFORM),
        Domain(a=range(5), s=UNIFORM),
    ],
)
def test_draws_do_not_depend_on_the_domain_around(around):
    assert [config["s"] for config in around.take(n_items=20)] == drawn(UNIFORM, 20)


def test_draws_do_not_depend_on_the_order_of_asking_nor_on_the_process():
    places = [(seed, index) for seed in (0, 7) for index in (99, 0, 50)]
    here = [one_of(place) for place in places]
    assert here == [one_of(place) for place in reversed(places)][::-1]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(one_of, places) == here


def test_each_option_has_draws_of_its_own():
    config = Domain(s=UNIFORM, t=UNIFORM).take(n_items=1)[0]
    assert config["s"] != config["t"]


def test_a_domain_started_over_draws_afresh_and_repetitions_do_not():
    domain = Domain(a=[1, 2], s=UNIFORM).take(n_items=4, n_reps=2)
    values = [config["s"] for config in domain.configs()]
    assert len(set(values)) == 4
    assert values[:4] == values[4:]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_recorded_is_what_ran_bit_for_bit(dtype):
    from runcube import parse_override

    sampler = NS("standard_normal", dtype="float32") if dtype is np.float32 else NS("normal")
    for job in Domain(s=sampler, t=10**sampler).take(n_items=50).jobs():
        again = [parse_override(text).value for text in job.overrides]
        assert list(map(repr, again)) == list(map(repr, job.parameters.values()))


ARITHMETIC = {
    "s + 1": (UNIFORM + 1, lambda s: s + 1),
    "1 + s": (1 + UNIFORM, lambda s: 1 + s),
    "s - 1": (UNIFORM - 1, lambda s: s - 1),
    "1 - s": (1 - UNIFORM, lambda s: 1 - s),
    "s * 3": (UNIFORM * 3, lambda s: s * 3),
    "3 * s": (3 * UNIFORM, lambda s: 3 * s),
    "s / 3": (UNIFORM / 3, lambda s: s / 3),
    "3 / s": (3 / UNIFORM, lambda s: 3 / s),
    "s // 3": (UNIFORM // 3, lambda s: s // 3),
    "3 // s": (3 // UNIFORM, lambda s: 3 // s),
    "s % 3": (UNIFORM % 3, lambda s: s % 3),
    "3 % s": (3 % UNIFORM, lambda s: 3 % s),
    "s ** 2": (UNIFORM**2, lambda s: s**2),
    "10 ** s": (10**UNIFORM, lambda s: 10**s),
    "numpy's 10 ** s": (np.float64(10) ** UNIFORM, lambda s: 10.0**s),
    "apply": (UNIFORM.apply(math.floor), math.floor),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_is_that_of_what_is_drawn(name):
    sampler, function = ARITHMETIC[name]
    assert drawn(sampler, 20) == [function(value) for value in drawn(UNIFORM, 20)]


def test_two_samplers_draw_independently():
    same = NS("uniform")
    assert all(value != 0 for value in drawn(same - same, 20))
    assert drawn(same - same, 20) == drawn(same - same, 20)


def test_arithmetic_refuses_what_is_no_number():
    with pytest.raises(TypeError, match="takes numbers; drawn was 'a'"):
        drawn(NS("choice", ["a"]) * 2, 1)
    with pytest.raises(TypeError, match="takes numbers; drawn was "):
        drawn((UNIFORM & UNIFORM) * 2, 1)
    with pytest.raises(ValueError, match="is no real number"):
        drawn(UNIFORM**0.5, 1)
    for other in ("2", [1], Domain(a=[1])):
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = UNIFORM + other


def test_a_mixture_draws_in_proportion_to_its_weights():
    a, b, c = ConstantSampler("a"), ConstantSampler("b"), ConstantSampler("c")
    counts = {name: drawn(2 & a | b | 5 & c).count(name) for name in "abc"}
    assert (
        stats.chisquare([counts[n] for n in "abc"], [MANY / 8 * w for w in (2, 1, 5)]).pvalue > 1e-3
    )
    assert (a | b) | c == a | (b | c)
    assert 2 & (3 & a) | b == 6 & a | b
    assert 2 & (a | b) | c == (2 & a | 2 & b) | c


def test_a_joint_draws_a_list_of_one_each():
    joint = ConstantSampler(1) & NS("integers", 2, 5) & ConstantSampler("x")
    values = drawn(joint, 50)
    assert {tuple(value) for value in values} == {(1, n, "x") for n in (2, 3, 4)}
    assert (ConstantSampler(1) & UNIFORM) & UNIFORM == ConstantSampler(1) & (UNIFORM & UNIFORM)


@pytest.mark.parametrize("weight", [0, -1, math.inf, math.nan, True, np.True_])
def test_a_weight_is_finite_and_positive(weight):
    with pytest.raises(ValueError, match="a weight is finite and positive"):
        _ = weight & UNIFORM


def test_truncation_draws_until_a_value_is_accepted():
    normal = NS("normal")
    values = drawn(normal.truncate(high=1.5, low=-0.5))
    assert min(values) >= -0.5
    assert max(values) <= 1.5
    assert stats.kstest(values, stats.truncnorm(-0.5, 1.5).cdf).pvalue > 1e-3
    assert set(drawn(NS("integers", 10).truncate(expr=lambda n: n % 2))) == {1, 3, 5, 7, 9}
    thinned = drawn(NS("integers", 2).truncate(prob=lambda n: 0.25 if n else 1.0))
    assert 0.15 < sum(thinned) / MANY < 0.25
    with pytest.raises(ValueError, match="nothing lies between low=3 and high=2"):
        normal.truncate(2, 3)
    with pytest.raises(ValueError, match="none of 10000 draws was accepted; widen"):
        drawn(normal.truncate(low=1e9), 1)


@pytest.mark.parametrize(
    ("sampler", "distribution"),
    [
        (UNIFORM, stats.uniform(-4, 3)),
        (NS("normal", 2, scale=3), stats.norm(2, 3)),
        (ScipySampler("loguniform", 1e-4, 1e-1), stats.loguniform(1e-4, 1e-1)),
        (ScipySampler("expon", scale=2), stats.expon(scale=2)),
        (10**UNIFORM, stats.loguniform(1e-4, 1e-1)),
    ],
)
def test_draws_follow_their_distribution(sampler, distribution):
    assert stats.kstest(drawn(sampler), distribution.cdf).pvalue > 1e-3


def test_a_choice_keeps_the_types_of_its_values():
    values = drawn(NS("choice", ["1", 1, 1.5, None, True, [1, "a"]]), 200)
    assert {repr(value) for value in values} == {"'1'", "1", "1.5", "None", "True", "[1, 'a']"}
    pair = drawn(NS("choice", a=["x", 2], size=2, replace=False), 20)
    assert {tuple(value) for value in pair} == {("x", 2), (2, "x")}
    assert {tuple(value) for value in drawn(NS("permutation", ["x", 2]), 20)} == {
        ("x", 2),
        (2, "x"),
    }


def test_arrays_are_drawn_as_lists():
    (value,) = drawn(NS("uniform", size=(2, 3)) + 1, 1)
    assert np.shape(value) == (2, 3)
    assert isinstance(value[0][0], float)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NS("unifrom"), "has no such distribution; expected one of beta"),
        (lambda: NS("shuffle", [1]), "has no such distribution"),
        (lambda: NS("uniform", lower=1), "draws nothing: .*lower"),
        (lambda: NS("integers"), "draws nothing"),
        (lambda: NS("choice", []), "draws nothing"),
        (lambda: NS("choice", "abc"), "draws nothing"),
        (lambda: ScipySampler("nothing"), "`scipy.stats` has no distribution `nothing`"),
    ],
)
def test_a_wrong_distribution_is_refused_when_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_sampler_of_ones_own_composes_as_well():
    assert set(drawn(Dice(), 200)) == set(range(1, 7))
    assert repr(Dice() + 1) == "(Dice() + 1)"
    assert drawn(Dice() + 1, 20) == [value + 1 for value in drawn(Dice(), 20)]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**64), st.integers(0, 10**15))
def test_any_place_of_an_infinite_domain_is_reached_at_once(seed, index):
    domain = Domain(s=10**UNIFORM | Dice(), t=Dice() & UNIFORM).take(seed=seed)
    assert domain[index] == next(iter(domain[index : index + 1]))


@pytest.mark.parametrize(
    "sampler",
    [
        10**UNIFORM,
        2 & UNIFORM | ConstantSampler("a"),
        UNIFORM & ScipySampler("norm"),
        UNIFORM.apply(math.floor),
        UNIFORM.truncate(-2, -3),
        ConstantSampler([1]),
    ],
)
def test_samplers_are_data(sampler):
    again = pickle.loads(pickle.dumps(sampler))
    assert again == sampler
    assert hash(again) == hash(sampler)
    assert again != NumpySampler("normal")
    assert drawn(again, 5) == drawn(sampler, 5)
    assert repr(sampler) == repr(again)


def test_equal_looking_arguments_of_other_types_are_other_samplers():
    samplers = [ConstantSampler(1), ConstantSampler(1.0), ConstantSampler("1"), UNIFORM + 1]
    for one, two in itertools.combinations([*samplers, UNIFORM + 1.0], 2):
        assert one != two


def test_domains_load_no_scipy():
    code = (
        "import sys; from runcube.domain import NS, Domain;"
        "Domain(s=NS('normal')).take(1).overrides();"
        "assert not {'scipy', 'hydra', 'omegaconf', 'xarray'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
