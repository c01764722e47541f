"""The table of the algebra, row by row, and what an operator refuses."""

import itertools
import math
import pickle
import re
import sys
import tracemalloc

import numpy as np
import pytest
from hydra_zen import hydra_list, multirun

from runcube.domain import NS, Alias, ConfigAlias, Domain, Option, create_aliases, size

A = Domain
ONE_TWO = A(a=[1, 2])
ZIP = ONE_TWO @ A(b=[3, 4])


def shown(domain):
    return " ".join(
        "".join(f"{name}{value}" for name, value in config.items()) for config in domain
    )


ROWS = {
    "1 options": (A(a=[1, 2], b=[3, 4]), "a1b3 a1b4 a2b3 a2b4"),
    "1 product": (ONE_TWO * A(b=[3, 4]), "a1b3 a1b4 a2b3 a2b4"),
    "2 sum": (ONE_TWO + A(b=[3, 4]), "a1 a2 b3 b4"),
    "3 zip": (ZIP, "a1b3 a2b4"),
    "4 zip times option": (ZIP * A(c=[5, 6]), "a1b3c5 a1b3c6 a2b4c5 a2b4c6"),
    "5 option times zip": (A(c=[5, 6]) * ZIP, "c5a1b3 c6a1b3 c5a2b4 c6a2b4"),
    "6 sum times sum": (
        (ONE_TWO + A(b=[3])) * (A(c=[5, 6]) + A(d=[7])),
        "a1c5 a1c6 a2c5 a2c6 a1d7 a2d7 b3c5 b3c6 b3d7",
    ),
    "7 sum in a zip": ((A(a=[1]) + A(b=[3])) @ A(c=[5, 6]), "a1c5 b3c6"),
    "10 neutral": (ONE_TWO + Domain(), "a1 a2"),
    "10 neutral on the left": (Domain() + ONE_TWO, "a1 a2"),
    "10 empty product": (ONE_TWO * Domain(), ""),
    "10 empty product on the left": (Domain() * ONE_TWO, ""),
    "10 empty zip": (ONE_TWO @ Domain(), ""),
    "10 empty zip on the left": (Domain() @ ONE_TWO, ""),
    "11 no values": (A(a=[]), ""),
    "11 no values in a product": (A(a=[]) * A(b=range(10**12)), ""),
    "11 no values in a sum": (A(a=[]) + A(b=[1]), "b1"),
    "11 no values, started over": (A(a=[]).take(n_items=5), ""),
    "12 lists are values": (A(a=[[1, 2], [3]]), "a[1, 2] a[3]"),
    "13 sum with a start": (sum([ONE_TWO, A(b=[3])], Domain()), "a1 a2 b3"),
    "13 sum without one": (sum([ONE_TWO, A(b=[3])]), "a1 a2 b3"),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_table_of_the_algebra(row):
    domain, expected = ROWS[row]
    assert shown(domain) == expected
    assert len(domain) == len(expected.split()) if "[" not in expected else len(domain) == 2
    assert [domain[number] for number in range(len(domain))] == domain.configs() == [*domain]


def test_row_1_options_and_their_product_are_one_domain():
    assert A(a=[1, 2], b=[3, 4]) == ONE_TWO * A(b=[3, 4])


@pytest.mark.parametrize(
    ("other", "lengths"),
    [
        (A(b=[3, 4, 5]), "2 configs, the right side 3"),
        (A(b=[]), "2 configs, the right side 0"),
        (A(b=[3, 4], s=NS("uniform")), "`s` is drawn by a sampler.* 2 configs, the right side 2"),
        (A(s=NS("uniform")), "2 configs, the right side infinitely many"),
    ],
)
def test_row_8_a_zip_refuses_other_lengths_and_samplers(other, lengths):
    with pytest.raises(ValueError, match=f"`@`.*{lengths}"):
        _ = ONE_TWO @ other


@pytest.mark.parametrize("other", [A(a=[5, 6]), A({"+a": [5, 6]}), A(b=[1], a=[2, 3])])
def test_row_9_a_parameter_on_both_sides_is_named(other):
    with pytest.raises(ValueError, match=r"`\*`: `a` stands on both sides"):
        _ = ONE_TWO * other
    with pytest.raises(ValueError, match="`@`: `a` stands on both sides"):
        _ = ONE_TWO @ other


def test_zips_in_a_product_are_walked_as_the_terms_of_a_sum():
    product = A(e=[0, 1]) * ZIP * (A(c=[5, 6]) @ A(d=[7, 8]))
    assert shown(product) == (
        "e0a1b3c5d7 e1a1b3c5d7 e0a1b3c6d8 e1a1b3c6d8 e0a2b4c5d7 e1a2b4c5d7 e0a2b4c6d8 e1a2b4c6d8"
    )


def test_parameters_come_from_a_mapping_from_keywords_and_from_both():
    domain = Domain({"model/depth": [2], "lr": [0.1]}, seed=[1])
    assert domain[0] == {"model.depth": 2, "lr": 0.1, "seed": 1}
    for given in [
        ({"a": [1]}, {"a": [2]}),
        ({"a/b": [1], "a.b": [2]}, {}),
        ({"+a": []}, {"a": []}),
    ]:
        with pytest.raises(ValueError, match="is given twice"):
            Domain(given[0], **given[1])


@pytest.mark.parametrize("values", ["abc", 3, {"b": 1}, None, {1, 2}, hydra_list([1]), iter([1])])
def test_one_value_is_refused_with_the_advice_to_put_it_in_a_list(values):
    with pytest.raises(TypeError, match=r"`a`: expected a list.*`a=\[\.\.\.\]`"):
        Domain(a=values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, "x"), [1, "x"]),
        (range(3, 0, -2), [3, 1]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        (multirun([1, 2]), [1, 2]),
        ([hydra_list([1, 2]), None, True], [[1, 2], None, True]),
    ],
)
def test_values_are_listed_in_their_order_as_plain_data(values, expected):
    got = [config["a"] for config in Domain(a=values)]
    assert got == expected
    assert [*map(type, got)] == [*map(type, expected)]


def test_a_value_without_an_override_form_needs_a_config():
    with pytest.raises(TypeError, match=r"`a\[1\]`.*ConfigAlias"):
        Domain(a=[1, object()])
    with pytest.raises(ValueError, match=r"lambda.*at the top of a module"):
        Domain(a=[lambda x: x])
    with pytest.raises(TypeError, match=r"`a\[0\]`: a sampler in a list"):
        Domain(a=[NS("uniform")])


def test_names_that_hydra_cannot_read_are_refused():
    with pytest.raises(ValueError, match="`a b`: not a key that Hydra can read"):
        Domain({"a b": [1]})
    with pytest.raises(TypeError, match="a parameter's name is a text; got 3"):
        Domain({3: [1]})
    with pytest.raises(TypeError, match="expected a mapping of parameters"):
        Domain([1, 2])


def test_an_alias_labels_and_its_value_runs():
    domain = Domain({Alias("model.act", "act"): [Alias("relu", "R"), Alias(np.median), "tanh"]})
    jobs = list(domain.jobs())
    assert [job.parameters["model.act"] for job in jobs] == ["relu", "numpy.median", "tanh"]
    assert [job.aliases for job in jobs] == [{"model.act": "R"}, {"model.act": "median"}, {}]
    assert jobs[1].overrides == ["model.act='numpy.median'"]
    axis = domain.definition()["axes"][0]
    assert axis == {
        "name": "model.act",
        "labels": ["'relu'", "'numpy.median'", "'tanh'"],
        "alias": "act",
    }


def test_a_config_with_a_target_stands_for_an_object():
    values = [ConfigAlias(pickle.Pickler), ConfigAlias({"_target_": "x.Y", "k": [1]}, "why")]
    jobs = list(Domain(obj=values).jobs())
    assert [job.aliases["obj"] for job in jobs] == ["Pickler", "why"]
    assert jobs[0].parameters["obj"]["_target_"].endswith("Pickler")
    assert jobs[1].overrides == ["obj={_target_:'x.Y',k:[1]}"]
    with pytest.raises(ValueError, match="it has no `_target_`"):
        ConfigAlias({"k": 1})
    with pytest.raises(TypeError, match="expected a mapping with a `_target_`"):
        ConfigAlias(3)


def test_a_structured_config_stands_for_an_object():
    from hydra_zen import builds

    alias = ConfigAlias(builds(dict, a=1))
    assert (alias.alias, alias.value) == ("dict", {"_target_": "builtins.dict", "a": 1})


def test_aliases_are_made_of_mappings_and_lists():
    assert create_aliases({"one": 1}) == [Alias(1, "one")]
    assert create_aliases([len, Alias(2, "two")]) == [Alias(len, "len"), Alias(2, "two")]
    with pytest.raises(TypeError, match="it has an alias already"):
        Alias(Alias(1))
    with pytest.raises(TypeError, match="expected a text as its alias"):
        Alias(1, "")


def test_a_trillion_configs_are_described_in_constant_memory():
    zipped = Domain(c=range(10**9)) @ Domain(d=range(10**9))
    tracemalloc.start()
    big = Domain(a=range(10**6), b=range(10**6)) * zipped + Domain(e=range(10**12))
    part = big[10**20 : 10**20 + 5]
    found = [big[0], big[-1], big[10**12 + 1], *part, *itertools.islice(big, 3)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000
    assert found[:3] == [
        {"a": 0, "b": 0, "c": 0, "d": 0},
        {"e": 10**12 - 1},
        {"a": 0, "b": 1, "c": 1, "d": 1},
    ]
    assert big.size == 10**21 + 10**12
    assert len(part) == 5


def test_a_length_beyond_what_len_can_say_is_an_overflow_that_names_the_way():
    domain = Domain(a=range(sys.maxsize), b=range(2))
    with pytest.raises(OverflowError, match=f"{2 * sys.maxsize} configs, more than `len`"):
        len(domain)
    assert size(domain) == domain.size == 2 * sys.maxsize
    assert domain


def test_an_infinite_domain_says_so():
    domain = Domain(s=NS("uniform"))
    assert domain.size == math.inf
    assert domain
    with pytest.raises(OverflowError, match=r"infinite.*take\(n_items"):
        len(domain)
    for refused in (domain.configs, domain.overrides):
        with pytest.raises(ValueError, match=r"infinite.*take\(n_items"):
            refused()
    with pytest.raises(IndexError, match="config -1 of infinitely many"):
        _ = domain[-1]
    with pytest.raises(ValueError, match="begins and ends"):
        _ = domain[5:]
    assert len(domain[5:9]) == 4
    assert list(itertools.islice(domain, 9))[5:] == list(domain[5:9])


def test_an_index_out_of_range_says_how_many_there_are():
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"config {index} of 4|config -1 of 4"):
            _ = (ONE_TWO * A(b=[3, 4]))[index]
    assert ONE_TWO[-1] == {"a": 2}
    assert list(ONE_TWO[::-1]) == [{"a": 2}, {"a": 1}]
    with pytest.raises(IndexError, match="config 7 of 2"):
        _ = ONE_TWO[:][7]


def test_equality_tells_types_apart_and_forgets_how_a_list_was_given():
    assert A(a=range(2)) == A(a=[0, 1]) == A(a=np.arange(2)) == Option("a", (0, 1))
    assert A(a=[math.nan]) == A(a=[math.nan])
    different = [A(a=[1]), A(a=[1.0]), A(a=["1"]), A(a=[True]), A(b=[1]), A(a=[Alias(1, "x")])]
    for one, two in itertools.combinations(different, 2):
        assert one != two
    assert A(a=[1]) != A(a=[1]).take(n_reps=2)
    assert len({A(a=range(2)), A(a=[0, 1])}) == 1


def test_what_a_caller_changes_later_reaches_no_domain():
    values = [[1, 2], {"k": [1]}]
    domain = A(a=values)
    before = domain.overrides()
    values[0].append(3)
    values[1]["k"].append(3)
    domain[0]["a"].append(4)
    domain[1]["a"]["k"].append(4)
    domain.option_items()[0][1][0].append(5)
    assert domain.overrides() == before


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Domain(), "<Domain: 0 configs>"),
        (A(a=[1]), "<Domain a=[1]: 1 config>"),
        (ZIP * A(c=range(9)), "<Domain (a=[1, 2] @ b=[3, 4]) * c=range(0, 9): 18 configs>"),
        (2 * A(a=["x"]) + A(b=[Alias(1, "one")]), "<Domain 2 * a=['x'] + b=[one]: 2 configs>"),
        (A(a=[*range(9)]), "<Domain a=[0, 1, 2, 3, 4, 5, ... 3 more]: 9 configs>"),
        (
            sum(A(a=[n]) for n in range(6)),
            "<Domain a=[0] + a=[1] + a=[2] + a=[3] + ... 2 more",
        ),
        (A(s=10 ** NS("normal")), "<Domain s=(10 ** NumpySampler('normal')): infinitely many con"),
        (A(a=[1]).take(3, 2, seed=7), "<Domain a=[1]: 3 configs, 2 repetitions, seed=7>"),
        ((A(a=[1]) + A(b=[2])) @ A(c=[3, 4]), "<Domain ((a=[1] + b=[2]) @ c=[3, 4]): 2 configs>"),
    ],
)
def test_the_repr_shows_axes_and_count(domain, expected):
    assert repr(domain).startswith(expected)


def test_a_weight_stands_on_the_left():
    with pytest.raises(TypeError, match=r"a weight stands on the left, `2 \* domain`"):
        _ = ONE_TWO * 2
    for nonsense in ("x", [1]):
        with pytest.raises(TypeError):
            _ = ONE_TWO * nonsense
        with pytest.raises(TypeError):
            _ = ONE_TWO + nonsense
        with pytest.raises(TypeError):
            _ = ONE_TWO @ nonsense


def test_too_many_terms_are_refused_before_they_are_made():
    terms = sum((A(a=[n]) for n in range(1001)), Domain())
    others = sum((A(b=[n]) for n in range(1001)), Domain())
    with pytest.raises(ValueError, match=r"sums of 1001 and 1001 terms.*into lists"):
        _ = terms * others


def test_options_are_listed_and_sampled():
    domain = A(a=[1, [2]]) * A(s=NS("integers", 3)) + A(b=range(3))
    assert domain.option_items() == [("a", [1, [2]]), ("s", NS("integers", 3)), ("b", range(3))]
    assert set(domain.option_sample("s", 50)) == {0, 1, 2}
    assert domain.option_sample("b", 9) == domain.option_sample("b", 9)
    with pytest.raises(KeyError, match="no option `c`; this domain has `a`, `b`, `s`"):
        domain.option_sample("c")
    with pytest.raises(ValueError, match="`a` has no values"):
        A(a=[]).option_sample("a")


def test_the_functions_do_what_the_methods_do():
    from runcube import domain as module

    domain = module.set_iter_params(ONE_TWO, n_items=3, n_reps=2)
    assert domain == ONE_TWO.take(3, 2) == ONE_TWO.set_iter_params(3, 2)
    assert len(domain) == 3
    assert module.size(domain) == 6
    assert list(module.iterator(domain, additional=True)) == domain.configs(additional=True)
    assert module.option_items(domain) == domain.option_items()
    assert module.option_sample(domain, "a", 4) == domain.option_sample("a", 4)


def test_every_public_name_is_there():
    from runcube import domain as module

    for name in module.__all__:
        assert re.match(r"runcube\.domain\.", getattr(module, name).__module__)
