"""Weights from checkpoints: the right ones into the right place, and no code of a file is run."""

# ruff: noqa: D101 - classes made for a test speak for themselves

from __future__ import annotations

import pickle
from pathlib import Path

import hydra_zen
import pytest
import torch

from runcube import load_from_checkpoint
from runcube.errors import CorruptFileError, InvalidArgumentError, UnsupportedError


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(2, 3)
        self.head = torch.nn.Linear(3, 1)


def saved(path, value):
    torch.save(value, path)
    return path


def weights(prefix=""):
    torch.manual_seed(0)
    return {prefix + name: torch.rand_like(value) for name, value in Net().state_dict().items()}


def same(model, expected):
    loaded = model.state_dict()
    return set(loaded) == set(expected) and all(
        torch.equal(loaded[name], value) for name, value in expected.items()
    )


@pytest.mark.parametrize(
    ("stored", "arguments"),
    [
        (weights(), {}),
        ({"state_dict": weights(), "epoch": 3}, {}),
        ({"state_dict": weights(), "epoch": 3}, {"weights_key": "state_dict"}),
        ({"ema": weights(), "state_dict": {}}, {"weights_key": "ema"}),
        (weights("model."), {"weights_key_strip": "model."}),
        (weights("model."), {"weights_key_strip": "model"}),
        (weights("a.b."), {"weights_key_strip": "a.b"}),
        (
            {"state_dict": weights("model.") | {"loss.weight": torch.ones(2)}},
            {"weights_key_strip": "model."},
        ),
    ],
    ids=["plain", "Lightning", "named", "another", "prefix", "no dot", "deep", "others left out"],
)
def test_weights_are_found_and_loaded(tmp_path, stored, arguments):
    model = Net()
    path = saved(tmp_path / "last.ckpt", stored)
    assert load_from_checkpoint(model, ckpt=path, **arguments) is model
    assert same(model, weights())
    assert same(load_from_checkpoint(Net(), ckpt=str(path), **arguments), weights())


def test_an_attribute_of_the_model_is_loaded_into(tmp_path):
    body = {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}
    model = Net()
    outer = torch.nn.ModuleDict({"net": model})
    head = model.head.weight.clone()
    path = saved(tmp_path / "body.pt", body)
    assert load_from_checkpoint(model, ckpt=path, model_attr="body") is model
    assert same(model.body, body)
    assert torch.equal(model.head.weight, head)
    model.body.reset_parameters()
    load_from_checkpoint(outer, ckpt=path, model_attr="net.body")
    assert same(model.body, body)


def test_it_is_configured_as_hydra_configs_are(tmp_path):
    path = saved(tmp_path / "last.ckpt", weights())
    config = hydra_zen.builds(
        load_from_checkpoint,
        model=hydra_zen.builds(Net),
        ckpt=str(path),
        populate_full_signature=True,
    )
    assert same(hydra_zen.instantiate(config), weights())


@pytest.mark.parametrize(
    ("stored", "arguments", "words"),
    [
        ({"model": weights(), "epoch": 1}, {}, "`model`, `epoch`; name the entry .*`weights_key`"),
        ({"a": weights()}, {"weights_key": "b"}, "has no entry `b`; its entries are: `a`"),
        ({"a": 3}, {"weights_key": "a"}, "`a` of .* holds no mapping of names to weights"),
        ([1, 2], {}, "holds a `list`; expected a mapping"),
        (weights("net."), {"weights_key_strip": "model."}, r"starts with `model\.`.*: `net\.`"),
        (weights("net."), {}, r"names fit with `weights_key_strip='net\.'`.*Missing key"),
        ({"body.weight": torch.ones(1)}, {}, "not those of the model.*Missing key"),
        (weights() | {"body.bias": torch.ones(4)}, {}, "size mismatch for body.bias"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, stored, arguments, words):
    path = saved(tmp_path / "last.ckpt", stored)
    with pytest.raises(InvalidArgumentError, match=f"(?s){words}") as caught:
        load_from_checkpoint(Net(), ckpt=path, **arguments)
    assert caught.value.path == str(path)


def test_a_missing_attribute_is_named_with_those_that_there_are(tmp_path):
    path = saved(tmp_path / "last.ckpt", weights())
    with pytest.raises(AttributeError, match="no `tail`; its modules are: `body`, `head`"):
        load_from_checkpoint(Net(), ckpt=path, model_attr="tail")


class Touches:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_file_that_would_run_code_is_refused(tmp_path):
    target = tmp_path / "touched"
    path = saved(tmp_path / "evil.ckpt", {"state_dict": weights(), "x": Touches(target)})
    with pytest.raises(UnsupportedError, match=r"holds a `getattr`.*save the weights alone"):
        load_from_checkpoint(Net(), ckpt=path)
    with pytest.raises(UnsupportedError, match=r"torch\.serialization\.safe_globals"):
        load_from_checkpoint(Net(), ckpt=saved(tmp_path / "net.ckpt", Net()))
    assert not target.exists()


def test_a_damaged_file_is_refused(tmp_path):
    good = saved(tmp_path / "good.ckpt", weights()).read_bytes()
    contents = [b"", b"garbage stuff", good[: len(good) // 2], pickle.dumps({"a": 1}, 2)[:-4]]
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.ckpt"
        path.write_bytes(content)
        with pytest.raises(CorruptFileError, match="no file that torch wrote, or is damaged"):
            load_from_checkpoint(Net(), ckpt=path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.ckpt"):
        load_from_checkpoint(Net(), ckpt=tmp_path / "nothing.ckpt")
