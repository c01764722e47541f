"""Safetensors: what the library of that name reads."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import numpy as safetensors
from safetensors import torch as safetensors_of_torch

from runcube import load_metrics
from runcube.errors import CorruptFileError, RuncubeError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("safetensors")


DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
dtypes = st.sampled_from([*DTYPES, "float16", "float32", "float64"])
tensors = dtypes.flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0))
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=4), tensors, max_size=4))
def test_arrays_are_what_safetensors_reads(folder, content):
    content.pop("__metadata__", None)
    safetensors.save_file(content, folder / "a.safetensors", metadata={"by": "test"})
    loaded = load_metrics(folder / "a.safetensors")
    again = safetensors.load_file(folder / "a.safetensors")
    assert set(loaded) == set(again)
    for name, array in again.items():
        assert (loaded[name].dtype, loaded[name].shape) == (array.dtype, array.shape)
        assert loaded[name].tobytes() == array.tobytes()


def test_bfloat16_becomes_float32_and_complex_numbers_stay(tmp_path):
    content = {
        "b": torch.tensor([1.5, -0.0, float("inf"), 3.14], dtype=torch.bfloat16),
        "c": torch.tensor([1 + 2j], dtype=torch.complex64),
    }
    safetensors_of_torch.save_file(content, tmp_path / "a.safetensors")
    loaded = load_metrics(tmp_path / "a.safetensors")
    assert loaded["b"].dtype == np.float32
    assert loaded["b"].tobytes() == content["b"].float().numpy().tobytes()
    assert loaded["c"].dtype == np.complex64
    assert loaded["c"].tolist() == [1 + 2j]


def test_floats_of_eight_bits_are_left_out_and_named(tmp_path):
    content = {"a": torch.ones(2), "q": torch.ones(2).to(torch.float8_e4m3fn)}
    safetensors_of_torch.save_file(content, tmp_path / "a.safetensors")
    with pytest.warns(UserWarning, match="the array `q`: elements of type F8_E4M3"):
        assert list(load_metrics(tmp_path / "a.safetensors")) == ["a"]


def test_every_cut_is_refused_and_no_flipped_bit_does_more_than_change_a_value(tmp_path):
    path = tmp_path / "a.safetensors"
    safetensors.save_file({"a": np.arange(3), "b": np.zeros((2, 0), "float32")}, path)
    content = path.read_bytes()
    for end in range(len(content)):
        path.write_bytes(content[:end])
        with pytest.raises(CorruptFileError):
            load_metrics(path)
    for at in range(len(content)):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        try:
            load_metrics(path)
        except (RuncubeError, UserWarning):
            continue


@pytest.mark.parametrize(
    "header",
    [
        {"a": {"dtype": "F64", "shape": [2**61], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 2**60]}},
        {"a": {"dtype": "F64", "shape": [2**32, 2**32], "data_offsets": [0, 8]}},
        {"a": {"dtype": "F64", "shape": [1], "data_offsets": [8, 0]}},
    ],
)
def test_a_header_that_claims_more_than_the_file_holds_is_refused(tmp_path, header):
    text = json.dumps(header).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(8))
    with pytest.raises(CorruptFileError, match="safetensors"):
        load_metrics(path)
