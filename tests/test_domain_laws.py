"""The laws of the algebra, on domains that Hypothesis builds, against brute force."""

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from domain_model import multiplied, option, pairs, rows_in, rows_of, summed, zipped
from runcube.domain import Domain

CASES = settings(max_examples=100, deadline=None)
FIRST, SECOND, THIRD = (pairs(tuple(f"{letter}{n}" for n in range(4)), 2) for letter in "xyz")


@CASES
@given(pairs())
def test_configs_their_order_and_their_number_are_those_of_brute_force(pair):
    domain, model = pair
    expected = rows_of(model)
    assert rows_in(domain) == expected
    assert len(domain) == domain.size == len(expected)
    assert [tuple(domain[number].items()) for number in range(-len(domain), 0)] == expected
    assert [tuple(config.items()) for config in domain[1::2]] == expected[1::2]


@CASES
@given(FIRST, SECOND, THIRD)
def test_sum_and_product_are_associative_to_the_letter(one, two, three):
    a, b, c = one[0], two[0], three[0]
    assert (a + b) + c == a + (b + c)
    assert (a * b) * c == a * (b * c)
    assert rows_in((a + b) + c) == rows_of(summed(summed(one, two), three)[1])
    assert rows_in(a * (b * c)) == rows_of(multiplied(one, multiplied(two, three))[1])


@CASES
@given(FIRST)
def test_zips_are_associative_to_the_letter(one):
    count = len(one[0])
    two, three = option("y", list(range(count))), option("z", list(range(count, 0, -1)))
    left, right = zipped(zipped(one, two), three), zipped(one, zipped(two, three))
    assert left[0] == right[0]
    assert rows_in(left[0]) == rows_in(right[0]) == rows_of(left[1])


@CASES
@given(FIRST, SECOND, THIRD)
def test_a_sum_times_a_domain_is_the_sum_of_the_products(one, two, three):
    a, b, c = one[0], two[0], three[0]
    assert (a + b) * c == a * c + b * c


@CASES
@given(pairs())
def test_the_empty_domain_is_neutral_for_sums_and_empties_products_and_zips(pair):
    domain, _ = pair
    empty = Domain()
    assert domain + empty == empty + domain == domain
    assert domain * empty == empty * domain == domain @ empty == empty @ domain == empty


@CASES
@given(FIRST, SECOND)
def test_sizes_add_and_multiply(one, two):
    a, b = one[0], two[0]
    assert len(a + b) == len(a) + len(b)
    assert len(a * b) == len(a) * len(b)


@CASES
@given(FIRST, SECOND, st.floats(0.1, 10))
def test_no_operator_changes_its_operands(one, two, weight):
    a, b = one[0], two[0]
    before = [pickle.dumps(pair[1]) for pair in (one, two)], repr(a), repr(b), hash(a), hash(b)
    combined = [a + b, a * b, weight * a, a.take(n_items=3, n_reps=2), a @ Domain(q=range(len(a)))]
    for domain in combined:
        list(domain)
    assert (repr(a), repr(b), hash(a), hash(b)) == before[1:]
    assert rows_in(a) == rows_of(one[1])
    assert rows_in(b) == rows_of(two[1])


@CASES
@given(pairs())
def test_a_pickled_domain_comes_back_equal(pair):
    domain, _ = pair
    weighted = (2 * domain).take(n_items=4, seed=3)
    for one in (domain, weighted):
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert hash(again) == hash(one)
        assert rows_in(again) == rows_in(one)


@CASES
@given(FIRST, SECOND)
def test_weights_multiply(one, two):
    a, b = one[0], two[0]
    assert 2 * (3 * a) == 6 * a
    assert (2 * a) * (3 * b) == (6 * a) * b == 6 * (a * b)
    assert len(6 * a) == len(a)


@CASES
@given(FIRST, SECOND, st.integers(0, 5))
def test_a_weighted_sum_has_the_same_configs_and_each_part_in_its_own_order(one, two, seed):
    a, b = one[0], two[0]
    mixed = rows_in((2 * a + 3 * b).take(seed=seed))
    plain = rows_in(a) + rows_in(b)
    assert sorted(mixed) == sorted(plain)
    if len(one[1]) == 1:
        assert [row for row in mixed if row[0][0].startswith("x")] == rows_in(a)
