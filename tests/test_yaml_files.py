"""YAML metric files: PyYAML and OmegaConf wrote them, and they come back as values."""

import datetime
import math

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from runcube import load_metrics, open_sweep
from runcube.errors import CorruptFileError, LimitError, UnsupportedError
from written_jobs import job


def written(folder, text):
    path = folder / "metrics.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_mapping_is_a_row_and_nested_names_have_dots(tmp_path):
    values = {
        "loss": 0.25,
        "n": 3,
        "ok": True,
        "note": "yes",
        "val": {"acc": [0.5, 1.0]},
        "z": None,
    }
    found = load_metrics(written(tmp_path, yaml.safe_dump(values)))
    assert found == {
        "loss": 0.25,
        "n": 3,
        "note": "yes",
        "ok": True,
        "val.acc": [0.5, 1.0],
        "z": None,
    }


def test_a_list_of_mappings_is_a_series(tmp_path):
    rows = [{"epoch": 1, "loss": 0.5}, {"epoch": 2}]
    found = load_metrics(written(tmp_path, yaml.safe_dump(rows)))
    assert found["epoch"].tolist() == [1, 2]
    np.testing.assert_array_equal(found["loss"], [0.5, math.nan])


@pytest.mark.parametrize(
    "text", ["loss: 1e-3\n", "loss: 1.0e-03\n", "{loss: 0.001}", "loss: .001\n"]
)
def test_floats_are_those_of_omegaconf(tmp_path, text):
    expected = OmegaConf.to_container(OmegaConf.create(text))
    assert load_metrics(written(tmp_path, text)) == expected == {"loss": 0.001}


def test_numbers_that_json_lacks(tmp_path):
    found = load_metrics(
        written(tmp_path, yaml.safe_dump({"a": math.inf, "b": -math.inf, "c": math.nan}))
    )
    assert found["a"] == math.inf
    assert found["b"] == -math.inf
    assert math.isnan(found["c"])


def test_dates_are_text_as_omegaconf_has_them(tmp_path):
    found = load_metrics(written(tmp_path, yaml.safe_dump({"day": datetime.date(2024, 1, 2)})))
    assert found == {"day": "2024-01-02"}


def test_what_only_python_builds_is_left_out_and_named(tmp_path):
    text = yaml.dump({"loss": np.float64(0.5), "n": 3})
    with pytest.warns(UserWarning, match="metric `loss`: its tag names what only Python can build"):
        assert load_metrics(written(tmp_path, text)) == {"n": 3}


@pytest.mark.parametrize(
    "text", ["loss: 0.12", "loss: 0.5\nn: 1", "{loss: 0.5", "a: [1,\n", "a: 1\na: 2\n", "a: b: c\n"]
)
def test_a_text_that_is_cut_or_no_yaml_is_damaged(tmp_path, text):
    with pytest.raises(CorruptFileError):
        load_metrics(written(tmp_path, text))


@pytest.mark.parametrize("text", ["3\n", "[1, 2]\n", "mask: 0o17\n", "- 0o17\n"])
def test_what_names_nothing_or_is_read_in_two_ways_is_refused(tmp_path, text):
    with pytest.raises(UnsupportedError):
        load_metrics(written(tmp_path, text))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "a: &a [1]\nb: [" + "*a, " * 100 + "]\n", "- a\n" * 200_000]
)
def test_what_is_beyond_the_bounds_is_refused(tmp_path, text):
    with pytest.raises((LimitError, CorruptFileError)):
        load_metrics(written(tmp_path, text + "\n"))


TEXTS = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\u2028\u2029"
    ),
    max_size=8,
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS


@given(st.dictionaries(st.text("abcxyz_", min_size=1, max_size=4), LEAVES, min_size=1, max_size=5))
def test_what_pyyaml_writes_of_scalars_is_read_as_omegaconf_reads_it(values):
    import tempfile
    from pathlib import Path

    text = yaml.safe_dump(values, allow_unicode=True)
    expected = OmegaConf.to_container(OmegaConf.create(text)) if "${" not in text else None
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        if "0o" in text:
            return
        found = load_metrics(path)
    for name, value in (expected or {}).items():
        assert type(found[name]) is type(value), (name, text)
        assert repr(found[name]) == repr(value), (name, text)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 2**200])
def test_integers_that_the_parser_cannot_hold_are_refused(tmp_path, value):
    with pytest.raises(UnsupportedError, match="more than 64 bits"):
        load_metrics(written(tmp_path, f"n: {value}\n"))


def test_settings_beside_the_metrics_are_no_metrics(tmp_path):
    for number in range(2):
        folder = tmp_path / str(number)
        job(folder, [f"x={number}"])
        (folder / "config.yaml").write_text("lr: 0.1\n")
        (folder / "metrics.yaml").write_text(f"loss: {number}.5\n")
    sweep = open_sweep(tmp_path)
    assert sweep.metrics == ("loss",)
    assert sweep.to_xarray()["loss"].values.tolist() == [0.5, 1.5]
