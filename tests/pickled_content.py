"""What the tests of pickles and of torch's files share: content, and what is recorded of it."""

import datetime
import tempfile
import warnings
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from runcube import load_metrics, save_metrics

DATA = Path(__file__).parent / "data" / "pickles"


def recorded(metrics):
    """Give what would have been recorded of metrics that a task returned."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save_metrics(Path(folder) / "metrics.arrow", metrics)
        return load_metrics(Path(folder) / "metrics.arrow")


def loaded(content, name="metrics.pkl"):
    """Read bytes as a metric file."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / name
        path.write_bytes(content)
        return load_metrics(path)


def assert_same_metrics(found, expected):
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert type(found[name]) is type(value), (name, found[name], value)
        if isinstance(value, (np.ndarray, np.generic)):
            np.testing.assert_array_equal(found[name], value, err_msg=name, strict=True)
            assert np.asarray(value).tobytes() == np.asarray(found[name]).tobytes(), name
        else:
            assert repr(found[name]) == repr(value), name


finite = st.floats(allow_nan=True)
integers = st.integers(-(2**70), 2**70) | st.integers(-3, 3)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
times = (
    st.datetimes()
    | st.dates()
    | st.timedeltas(min_value=datetime.timedelta(-(10**6)), max_value=datetime.timedelta(10**6))
    | st.datetimes(timezones=st.just(datetime.timezone(datetime.timedelta(hours=-3))))
)
dtypes = (
    npst.boolean_dtypes()
    | npst.integer_dtypes(endianness="?")
    | npst.unsigned_integer_dtypes(endianness="?")
    | npst.floating_dtypes(endianness="?", sizes=(16, 32, 64))
    | npst.complex_number_dtypes(endianness="?", sizes=(64, 128))
    | npst.unicode_string_dtypes(max_len=3)
    | st.sampled_from(["M8[s]", "M8[us]", "m8[ms]", "M8[D]", "m8[h]"]).map(np.dtype)
)


@st.composite
def arrays(draw):
    dtype = draw(dtypes)
    shape = draw(npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    if dtype.kind in "mM":
        counts = draw(npst.arrays(np.int64, shape, elements=st.integers(-(10**5), 10**5)))
        array = counts.view(dtype)
    else:
        # numpy takes a zero at the end of a text for padding.
        shorter = texts.map(lambda it: it[:1].rstrip("\0"))
        elements = shorter if dtype.kind == "U" else None
        array = draw(npst.arrays(dtype, shape, elements=elements))
    if array.ndim > 1:
        array = array.transpose(draw(st.permutations(range(array.ndim))))
    return array


singles = st.floats(width=32).map(np.float32)
numpy_scalars = arrays().filter(lambda it: it.size).map(lambda it: it.ravel()[0])
scalars = (
    st.none() | st.booleans() | integers | finite | texts | st.binary(max_size=5)
    | st.complex_numbers() | times
)  # fmt: skip
alike = st.one_of(
    *(
        st.lists(each, max_size=4)
        for each in (
            integers, finite, texts, st.booleans(), times, numpy_scalars, st.complex_numbers(),
            integers | finite, st.lists(finite, min_size=2, max_size=2), arrays(),
            st.integers(-3, 3).map(np.int8) | st.integers(-3, 3) | singles,
        )
    )
)  # fmt: skip
names = st.text("ab._é", min_size=1, max_size=3) | st.integers(0, 3) | st.booleans()
values = st.recursive(
    scalars | arrays() | numpy_scalars | alike | alike.map(tuple),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
mappings = st.dictionaries(names, values, max_size=5)
