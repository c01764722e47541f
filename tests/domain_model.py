"""The algebra of domains by brute force, as the oracle of its laws.

A model is a list of cubes, a cube a list of factors, a factor whether it is a zip, and the rows
that it can give. Zips are the slowest; everything is listed, nothing is computed.
"""

import itertools

from hypothesis import strategies as st

from runcube.domain import Domain, Option

NAMES = [f"p{number}" for number in range(12)]


def rows_of(model):
    """List the configs of a model, in order, as tuples of (name, value)."""
    rows = []
    for cube in model:
        order = [k for k, (is_zip, _) in enumerate(cube) if is_zip]
        order += [k for k, (is_zip, _) in enumerate(cube) if not is_zip]
        for picked in itertools.product(*(cube[k][1] for k in order)):
            row_of = dict(zip(order, picked, strict=True))
            rows.append(tuple(pair for k in range(len(cube)) for pair in row_of[k]))
    return rows


def rows_in(domain):
    return [tuple(config.items()) for config in domain]


def option(name, values):
    return Option(name, values), [[(False, [((name, value),) for value in values])]]


def summed(one, two):
    return one[0] + two[0], one[1] + two[1]


def multiplied(one, two):
    return one[0] * two[0], [a + b for a in one[1] for b in two[1]]


def zipped(one, two):
    domain = one[0] @ two[0]
    if not (one[1] and two[1]):
        return domain, []
    rows = [a + b for a, b in zip(rows_of(one[1]), rows_of(two[1]), strict=True)]
    return domain, [[(True, rows)]]


@st.composite
def pairs(draw, names=tuple(NAMES), depth=3):
    """Give a domain and its model; every parameter name occurs in one part of a product alone."""
    kind = draw(st.sampled_from("oooo+*@" if depth and len(names) > 1 else "oo0"))
    if kind == "0":
        return Domain(), []
    if kind == "o":
        return option(names[0], draw(st.lists(st.integers(-9, 9), max_size=4)))
    if kind == "+":
        one = draw(pairs(names, depth - 1))
        return summed(one, draw(pairs(names, depth - 1)))
    half = len(names) // 2
    one = draw(pairs(names[:half], depth - 1))
    if kind == "*":
        return multiplied(one, draw(pairs(names[half:], depth - 1)))
    count = len(rows_of(one[1]))
    return zipped(one, option(names[half], list(range(count))))
