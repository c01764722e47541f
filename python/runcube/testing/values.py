"""What the jobs of a drawn sweep hold.

Hypothesis chooses the kinds of values; the values themselves come from a seeded generator over
pools of awkward ones, because drawing each would spend the whole budget of an example.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from runcube.testing.promote import LONG

# fmt: off
METRIC_NAMES = (
    "loss", "acc", "val/acc", "a.b", "é", "日本", "with blank", "file", "overrides", "nan", "0",
    "job", "repeat", "sweep", "status", "loss_dim0", "loss_length", "a-b", "%s", "'", "x",
)
DTYPES = (
    "bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "U",
    ">i4", ">f8",
)
# fmt: on
PLAIN = ("bool", "int", "float", "complex", "str")
_SHAPES = ((), (), (1,), (3,), (2, 3), (0,), (2, 0), (2, 1, 2))
_STRINGS = ("", "a", "nan", "None", "b c", "é日本", "long " * 9, "line\nline", "𝄞")
_RECORDED_STRINGS = ("nul\0",)
_SMALL = (0, 1, 2, 7, 100)
_REALS = (0.0, -0.0, 0.1, 1.0, -2.5, 1e-7, 6e4, float("nan"), float("inf"), float("-inf"))


@st.composite
def metric_records(
    draw: st.DrawFn, jobs: int, *, taken: Sequence[str], recorded: bool, permuted: bool
) -> list[dict[str, Any]]:
    """Draw what each job recorded.

    Parameters
    ----------
    jobs
        How many.
    taken
        Names of parameters; a metric may bear one of them too.
    recorded
        Python values are kept as such, not as numpy would turn them.
    permuted
        Let jobs lack a metric, or list them in another order.
    """
    names = st.lists(st.sampled_from([*METRIC_NAMES, *taken]), min_size=1, max_size=3, unique=True)
    records: list[dict[str, Any]] = [{} for _ in range(jobs)]
    for name in draw(names):
        column = draw(columns(jobs, recorded=recorded))
        lacking = draw(st.sets(st.integers(0, jobs - 1))) if permuted and draw(_RARELY) else set()
        for number, value in enumerate(column):
            if number not in lacking:
                records[number][name] = value
    if permuted and draw(_RARELY):
        turned = draw(st.integers(0, jobs - 1))
        records[turned] = dict(reversed(records[turned].items()))
    return records


_RARELY = st.integers(0, 5).map(lambda number: number == 0)


@st.composite
def columns(draw: st.DrawFn, jobs: int, *, recorded: bool) -> list[Any]:
    """Draw one metric's values: alike, of several dtypes, lengths or numbers of dimensions."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    style = draw(st.sampled_from(["alike", "alike", "alike", "ragged", "dtypes", "dimensions"]))
    kinds = st.sampled_from([*DTYPES, *(f"plain {kind}" for kind in PLAIN)])
    chosen = draw(st.lists(kinds, min_size=1, max_size=2 if style == "dtypes" else 1))
    shapes = [draw(st.sampled_from(_SHAPES))]
    if style == "ragged":
        ndim = max(1, len(shapes[0]))
        sizes = st.tuples(*[st.integers(0, 3)] * ndim)
        shapes = draw(st.lists(sizes, min_size=2, max_size=3))
    elif style == "dimensions":
        shapes.append(draw(st.sampled_from(_SHAPES)))
    small = draw(st.booleans())
    values = []
    for _ in range(jobs):
        kind = chosen[random.integers(len(chosen))]
        shape = shapes[random.integers(len(shapes))]
        if kind.startswith("plain "):
            kind, shape = kind.removeprefix("plain "), ()
            values.append(_plain(random, kind, small=small, recorded=recorded))
        else:
            values.append(_array(random, kind, shape, small=small))
    return values


def _plain(random: np.random.Generator, kind: str, *, small: bool, recorded: bool) -> Any:
    if kind == "str":
        odd = (*_RECORDED_STRINGS, "y" * (LONG + 1)) if recorded and not small else ()
        return _choice(random, (*_STRINGS, *odd))
    dtype = {"bool": "bool", "int": "i8", "float": "f8", "complex": "c16"}[kind]
    return _array(random, dtype, (), small=small).item()


def _array(
    random: np.random.Generator, kind: str, shape: tuple[int, ...], *, small: bool
) -> np.ndarray:
    size = int(np.prod(shape, dtype=int))
    values = [_element(random, kind, small=small) for _ in range(size)]
    dtype = None if kind == "U" and values else kind.replace("U", "U1")
    with np.errstate(over="ignore"):
        return np.array(values, dtype).reshape(shape)


def _element(random: np.random.Generator, kind: str, *, small: bool) -> Any:
    if kind == "bool":
        return bool(random.integers(2))
    if kind == "U":
        return _choice(random, _STRINGS)
    dtype = np.dtype(kind)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        wide = (int(limits.min), int(limits.max), min(2**53 + 1, int(limits.max)))
        return _choice(random, _SMALL if small else (*_SMALL, *wide))
    if dtype.kind == "c":
        return complex(_choice(random, _REALS), _choice(random, _REALS))
    return float(random.standard_normal()) if small else _choice(random, _REALS)


def _choice(random: np.random.Generator, values: Sequence[Any]) -> Any:
    return values[int(random.integers(len(values)))]
