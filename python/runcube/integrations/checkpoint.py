"""Weights from a checkpoint into a model; nothing that a file holds is ever run."""

from __future__ import annotations

import operator
import os
import pickle
from collections.abc import Mapping
from typing import Any, TypeVar

from runcube.errors import CorruptFileError, InvalidArgumentError, UnsupportedError

# Without a bound, so that the annotations can be read where torch is not loaded.
Module = TypeVar("Module")

_LIGHTNING_KEY = "state_dict"


def load_from_checkpoint(
    model: Module,
    *,
    ckpt: str | os.PathLike[str],
    weights_key: str | None = None,
    weights_key_strip: str | None = None,
    model_attr: str | None = None,
) -> Module:
    """Load weights from a checkpoint of torch or Lightning into a model.

    Parameters
    ----------
    model : torch.nn.Module
        The model; it is changed in place.
    ckpt : path
        The checkpoint. It is read by `torch.load(weights_only=True)`, onto the CPU, and copied to
        wherever the model's parameters are.
    weights_key : str, optional
        The entry of the checkpoint that holds the weights. By default the checkpoint itself where
        it is nothing but weights, else its entry `state_dict`, as Lightning writes it.
    weights_key_strip : str, optional
        What the names of the weights start with and the model's do not, such as `"model."`. Only
        weights whose names start with it are loaded.
    model_attr : str, optional
        The attribute of `model` to load into, such as `"backbone"` or `"net.encoder"`.

    Returns
    -------
    torch.nn.Module
        `model`.

    Raises
    ------
    FileNotFoundError
        There is no such checkpoint.
    ValueError
        The checkpoint is damaged (`runcube.errors.CorruptFileError`), holds more than weights and
        plain data (`UnsupportedError`), or its weights are not those of the model
        (`InvalidArgumentError`).
    AttributeError
        The model has no such attribute.

    Examples
    --------
    >>> import tempfile, pathlib, torch
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "last.ckpt"
    >>> torch.save({"state_dict": {"model.weight": torch.tensor([[3.0]])}, "epoch": 4}, path)
    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> load_from_checkpoint(model, ckpt=path, weights_key_strip="model.").weight.item()
    3.0
    """
    target: Any = _target(model, model_attr)
    weights = _weights(read_weights_only(ckpt), ckpt, weights_key)
    if weights_key_strip is not None:
        weights = _stripped(weights, ckpt, weights_key_strip)
    try:
        target.load_state_dict(weights)
    except RuntimeError as error:
        hint = _hint(set(target.state_dict()), set(weights))
        # torch copies what fits before it complains.
        msg = f"the weights in {ckpt} are not those of the model, part of which may now be theirs"
        raise InvalidArgumentError(f"{msg}{hint}: {error}", path=str(ckpt)) from error
    return model


def read_weights_only(path: str | os.PathLike[str]) -> Any:
    """Read a file of torch as far as it holds tensors and plain data.

    Raises
    ------
    runcube.errors.UnsupportedError
        It holds other objects.
    runcube.errors.CorruptFileError
        It is no file that torch wrote, or is cut off.
    """
    import torch

    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        # torch has one exception for both, and says in its text alone which it is.
        refused = str(error).partition("Unsupported global: GLOBAL ")[2].partition(" ")[0]
        if not refused:
            msg = f"{path} is no file that torch wrote, or is damaged"
            raise CorruptFileError(msg, path=str(path)) from error
        msg = (
            f"{path} holds a `{refused}`, and only tensors and plain data are loaded, because "
            "anything else may run code: save the weights alone "
            "(`torch.save(model.state_dict(), path)`), or, where you trust the file, allow the "
            "class with `torch.serialization.safe_globals`"
        )
        raise UnsupportedError(msg, path=str(path)) from error
    except (EOFError, RuntimeError) as error:
        msg = f"{path} is no file that torch wrote, or is damaged: {error or 'it is empty'}"
        raise CorruptFileError(msg, path=str(path)) from error


def _target(model: Any, model_attr: str | None) -> Any:
    if model_attr is None:
        return model
    try:
        return operator.attrgetter(model_attr)(model)
    except AttributeError as error:
        children = ", ".join(f"`{name}`" for name, _ in model.named_children()) or "none"
        msg = f"`model_attr`: the model has no `{model_attr}`; its modules are: {children}"
        raise AttributeError(msg) from error


def _weights(loaded: Any, ckpt: Any, key: str | None) -> Mapping[str, Any]:
    if not isinstance(loaded, Mapping):
        msg = f"{ckpt} holds a `{type(loaded).__name__}`; expected a mapping of names to weights"
        raise InvalidArgumentError(msg, path=str(ckpt))
    entries = ", ".join(f"`{name}`" for name in loaded) or "none"
    if key is None:
        nested = loaded.get(_LIGHTNING_KEY)
        found = nested if isinstance(nested, Mapping) else loaded
        advice = "name the entry that holds the weights with `weights_key`"
    elif key in loaded:
        found, advice = loaded[key], "name another with `weights_key`"
    else:
        msg = f"`weights_key`: {ckpt} has no entry `{key}`; its entries are: {entries}"
        raise InvalidArgumentError(msg, path=str(ckpt))
    if not isinstance(found, Mapping) or any(map(_is_no_weight, found.items())):
        where = str(ckpt) if key is None else f"`{key}` of {ckpt}"
        msg = f"{where} holds no mapping of names to weights; the entries are: {entries}; {advice}"
        raise InvalidArgumentError(msg, path=str(ckpt))
    return found


def _is_no_weight(entry: tuple[str, Any]) -> bool:
    name, value = entry
    return isinstance(value, Mapping) and not name.endswith("_extra_state")


def _stripped(weights: Mapping[str, Any], ckpt: Any, strip: str) -> dict[str, Any]:
    prefix = strip if strip.endswith(".") else f"{strip}."
    stripped = {
        name.removeprefix(prefix): value
        for name, value in weights.items()
        if name.startswith(prefix)
    }
    if not stripped:
        shown = ", ".join(sorted({f"`{name.partition('.')[0]}.`" for name in weights})) or "nothing"
        msg = f"`weights_key_strip`: no weight in {ckpt} starts with `{prefix}`; they start with: "
        raise InvalidArgumentError(f"{msg}{shown}", path=str(ckpt))
    return stripped


def _hint(wanted: set[str], given: set[str]) -> str:
    """Say which prefix would make the names fit, if one does."""
    for prefix in sorted({name.partition(".")[0] + "." for name in given}):
        if wanted and wanted <= {name.removeprefix(prefix) for name in given}:
            return f"; their names fit with `weights_key_strip={prefix!r}`"
    return ""
