"""From what a task returned to the entries that the core writes into `metrics.arrow`.

================================  ==================  =====================================
value                             kind                payload
================================  ==================  =====================================
None                              ``null``            None
bool, number, date, numpy scalar  ``scalar``          0-d array that keeps the dtype
str, bytes                        ``scalar``          itself
numpy array, tensor               ``array``           contiguous array, native byte order
array of strings                  ``array``           (shape, flat list of str)
list, tuple, other sequence       ``list``            array of one dimension or more
empty list                        ``empty-list``      float64 array of shape (0,)
other plain data                  ``json``            JSON text
================================  ==================  =====================================

Nested mappings are flattened with `.`. Nothing is rounded: a list that mixes ints and floats
becomes float64 only where every value stays exact, else it is kept as JSON.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from runcube import _core
from runcube.times import TIME_TYPES, exact_time, exact_units

if TYPE_CHECKING:
    import os

Entry: TypeAlias = tuple[str, str, object]

_MAX_DEPTH = 64
_NUMERIC_KINDS = "biufc"
_WIDEST = {"f": 8, "c": 16}
_FAST: Mapping[type, tuple[type[np.generic], ...]] = {
    bool: (np.bool_,),
    int: (np.int64, np.uint64),
    float: (np.float64,),
}


class _UnrecordableError(Exception):
    """A value that has no place in a metric file."""


def save_metrics(
    path: str | os.PathLike[str],
    metrics: Mapping[Any, Any],
    *,
    overrides: Iterable[str] | None = None,
) -> None:
    """Write metrics to an Arrow file, in one step.

    Parameters
    ----------
    path : path
        The file to write, usually `metrics.arrow` in a job's directory.
    metrics : mapping
        Metric name -> number, string, bool, None, sequence, array, tensor or nested mapping.
    overrides : iterable of str, optional
        The lines of the job's `overrides.yaml`. With them the file carries its own identity;
        without them the job's other records say what it is.

    Raises
    ------
    TypeError
        `metrics` is no mapping, or `overrides` is a string.
    ValueError
        A metric's name is empty or cannot be stored.

    Warns
    -----
    UserWarning
        A value that cannot be recorded is left out; of two equal names the later one is renamed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory) / "metrics.arrow"
    ...     save_metrics(path, {"loss": 0.25, "model": {"width": 3}})
    ...     sorted(_core.load_metrics(str(path)))
    ['loss', 'model.width']
    """
    if isinstance(overrides, str):
        msg = f"`overrides` must be a list of lines, got the string {overrides!r}"
        raise TypeError(msg)
    lines = None if overrides is None else [str(line) for line in overrides]
    _core.save_metrics(str(path), encode_metrics(metrics), lines)


def encode_metrics(metrics: Any) -> list[Entry]:
    """Turn named metrics into the entries that the core writes.

    Examples
    --------
    >>> encode_metrics({"a": None, "b": {"c": "text"}})
    [('a', 'null', None), ('b.c', 'scalar', 'text')]
    """
    if not isinstance(metrics, Mapping):
        msg = f"`metrics` must be a mapping of names to values, got {type(metrics).__name__}"
        raise TypeError(msg)
    entries: list[Entry] = []
    for name, value in named_metrics(metrics).items():
        try:
            kind, payload = _encode(value)
        except (_UnrecordableError, TypeError, ValueError, OverflowError) as reason:
            # One value that cannot be stored costs only itself.
            warnings.warn(
                f"metric `{name}` of type {_type_name(value)} is not recorded: {reason}",
                stacklevel=3,
            )
            continue
        entries.append((name, kind, payload))
    return entries


def named_metrics(metrics: Mapping[Any, Any]) -> dict[str, Any]:
    """Flatten nested mappings with `.`, in order; a later equal name gets a trailing `_`.

    Examples
    --------
    >>> named_metrics({"loss": {"train": 1.0, "val": 2.0}, 3: "x"})
    {'loss.train': 1.0, 'loss.val': 2.0, '3': 'x'}
    """
    named: dict[str, Any] = {}
    for name, value in _flatten(metrics, "", 0):
        stored = name
        while stored in named:
            stored += "_"
        if stored != name:
            warnings.warn(
                f"two metrics are named `{name}`; the later one is recorded as `{stored}`",
                stacklevel=3,
            )
        named[_checked_name(stored)] = value
    return named


def _flatten(mapping: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in mapping.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < _MAX_DEPTH:
            yield from _flatten(value, f"{name}.", depth + 1)
        else:
            yield name, value


def _checked_name(name: str) -> str:
    if not name:
        msg = "a metric has an empty name; give it one"
        raise ValueError(msg)
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        msg = f"the metric name {name!r} cannot be stored: it must be UTF-8 text without NUL"
        raise ValueError(msg)
    return name


def _encode(value: Any) -> tuple[str, object]:
    if value is None:
        return "null", None
    if isinstance(value, np.ndarray) or _is_tensor(value):
        return "array", _array_payload(_as_numpy(value))
    if isinstance(value, (str, bytes, bytearray)):
        return "scalar", _text(value) if isinstance(value, str) else bytes(value)
    if isinstance(value, (bool, int, float, complex, np.generic, *TIME_TYPES)):
        number = _number(value)
        return ("json", _json(value)) if number is None else ("scalar", number)
    if isinstance(value, (Sequence, range)) and not isinstance(value, memoryview):
        return _encode_sequence(value)
    if hasattr(value, "__array__"):
        return "array", _array_payload(_as_numpy(value))
    msg = "it is neither a number, text, array, sequence nor mapping of such"
    raise _UnrecordableError(msg)


def _encode_sequence(value: Sequence[Any]) -> tuple[str, object]:
    if len(value) == 0:
        return "empty-list", np.empty(0, dtype=np.float64)
    shape = _shape(value, 0)
    if shape is not None:
        leaves = list(_leaves(value, len(shape)))
        array = _array_of(leaves)
        if isinstance(array, list):
            return "list", (shape, array)
        if array is not None:
            # Leaves that are arrays add their own dimensions after those of the lists.
            return "list", np.ascontiguousarray(array.reshape(shape + array.shape[1:]))
    return "json", _json(value)


def _shape(value: Any, depth: int) -> tuple[int, ...] | None:
    """Give the shape of nested lists of equal lengths; None if they are ragged or hold others."""
    if depth > _MAX_DEPTH:
        msg = f"it is nested deeper than {_MAX_DEPTH} levels"
        raise _UnrecordableError(msg)
    if not _is_list(value):
        return ()
    inner: tuple[int, ...] | None = None
    for item in value:
        shape = _shape(item, depth + 1)
        if shape is None or (inner is not None and shape != inner):
            return None
        inner = shape
    return None if inner is None and depth > 0 else (len(value), *(inner or ()))


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if depth == 0:
        yield value
    else:
        for item in value:
            yield from _leaves(item, depth - 1)


def _array_of(leaves: Sequence[Any]) -> np.ndarray[Any, Any] | list[str] | None:
    """Join values of one kind without rounding any; None where they do not go together."""
    kinds = set(map(type, leaves))
    if len(kinds) == 1 and kinds <= _FAST.keys():
        for dtype in _FAST[kinds.pop()]:
            with contextlib.suppress(OverflowError):
                return np.array(leaves, dtype=dtype)
        return None
    if all(isinstance(leaf, str) for leaf in leaves):
        return [_text(leaf) for leaf in leaves]
    if any(_is_tensor(leaf) or isinstance(leaf, np.ndarray) for leaf in leaves):
        return _stacked([_as_numpy(leaf) for leaf in leaves if leaf is not None], len(leaves))
    if not all(isinstance(v, (int, float, complex, np.generic, *TIME_TYPES)) for v in leaves):
        return None
    return _stacked([_number(leaf) for leaf in leaves], len(leaves))


def _stacked(arrays: Sequence[Any], count: int) -> np.ndarray[Any, Any] | None:
    if len(arrays) != count or any(a is None or a.shape != arrays[0].shape for a in arrays):
        return None
    dtypes = {array.dtype for array in arrays}
    if len(dtypes) > 1 and ({d.kind for d in dtypes} & set("bmMOSUV")):
        return None
    if arrays[0].dtype.kind in "SOUV":
        return None
    target = np.result_type(*dtypes)
    if target.kind == "f" and {d.kind for d in dtypes} <= set("iu"):
        return None
    joined = np.stack([array.astype(target, copy=False) for array in arrays])
    if len(dtypes) > 1 and not all(map(_is_exact, arrays, joined)):
        return None
    return _native(joined)


def _is_exact(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any]) -> bool:
    if before.dtype.kind in "fc":
        return True
    # As Python ints: numpy would compare int64 with float64 after rounding the first.
    return all(int(a) == b for a, b in zip(before.ravel(), after.ravel().tolist(), strict=True))


def _number(value: Any) -> np.ndarray[Any, Any] | None:
    """Give one value as a 0-d array; None for an int beyond 64 bits."""
    if isinstance(value, np.generic):
        return _native(np.asarray(value))
    if isinstance(value, TIME_TYPES):
        return _native(exact_time(value))
    if isinstance(value, bool):
        return np.asarray(value)
    if isinstance(value, int):
        number = int(value)
        if -(2**63) <= number < 2**63:
            return np.asarray(number, dtype=np.int64)
        return np.asarray(number, dtype=np.uint64) if 0 <= number < 2**64 else None
    return np.asarray(value, dtype=np.float64 if isinstance(value, float) else np.complex128)


def _native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give a contiguous array in native byte order, of a dtype that the format has."""
    kind = array.dtype.kind
    if kind in "mM":
        array = exact_units(array)
    elif kind not in _NUMERIC_KINDS or array.dtype.itemsize > _WIDEST.get(kind, 8):
        msg = f"the dtype `{array.dtype}` has no place in the format"
        raise _UnrecordableError(msg)
    # `ascontiguousarray` would turn 0-d into 1-d.
    return np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C")


def _array_payload(array: np.ndarray[Any, Any]) -> object:
    if isinstance(array, np.ma.MaskedArray):
        if array.dtype.kind != "f" and np.ma.is_masked(array):
            msg = "masked values of this dtype have no place in the format"
            raise _UnrecordableError(msg)
        array = array.filled(np.nan) if array.dtype.kind == "f" else array.filled()
    items = array.ravel().tolist() if array.dtype.kind in "UOT" else []
    if array.dtype.kind in "UT" or (items and all(isinstance(item, str) for item in items)):
        return array.shape, [_text(item) for item in items]
    return _native(array)


def _is_tensor(value: Any) -> bool:
    # A tensor can only come from a torch that is loaded already; loading it here costs seconds.
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, getattr(torch, "Tensor", ()))


def _as_numpy(value: Any) -> np.ndarray[Any, Any]:
    try:
        return _tensor_as_numpy(value) if _is_tensor(value) else np.asanyarray(value)
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        msg = f"it does not convert to a numpy array ({error})"
        raise _UnrecordableError(msg) from error


def _tensor_as_numpy(tensor: Any) -> np.ndarray[Any, Any]:
    torch = sys.modules["torch"]
    tensor = tensor.detach().cpu()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    tensor = tensor.resolve_conj().resolve_neg()
    # numpy knows no bfloat16 and no float8; float32 holds each of their values exactly.
    narrow = tensor.is_floating_point() and tensor.dtype not in {
        torch.float16,
        torch.float32,
        torch.float64,
    }
    if narrow:
        tensor = tensor.float()
    elif tensor.dtype == torch.complex32:
        tensor = tensor.to(torch.complex64)
    array: np.ndarray[Any, Any] = tensor.numpy()
    return array


def _json(value: Any) -> str:
    # ASCII: whatever reads the text needs no agreement about encodings.
    return json.dumps(_plain(value, 0), ensure_ascii=True)


def _plain(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        msg = f"it is nested deeper than {_MAX_DEPTH} levels"
        raise _UnrecordableError(msg)
    if isinstance(value, np.ndarray | np.generic) or _is_tensor(value):
        array = _as_numpy(value)
        if array.dtype.kind in "mM" and not np.isnat(array).all():
            # Of some units the plain value is a bare count.
            msg = f"it holds a value of type {array.dtype}"
            raise _UnrecordableError(msg)
        value = array.tolist()
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item, depth + 1) for key, item in value.items()}
    if _is_list(value):
        return [_plain(item, depth + 1) for item in value]
    msg = f"it holds a value of type {_type_name(value)}"
    raise _UnrecordableError(msg)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(
        value, (str, bytes, bytearray, memoryview)
    )


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        msg = "its text is not valid UTF-8 (a lone surrogate)"
        raise _UnrecordableError(msg) from error
    # The text itself: `str` of an enum of texts is its name.
    return str.__str__(value)


def _type_name(value: Any) -> str:
    kind = type(value)
    prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{prefix}{kind.__qualname__}"
