"""What makes two jobs the same job: the signature of a config, and the hash of a task's source.

The signature is the SHA-256 of the config as the task will see it. Values are typed (`1`, `1.0`,
`True` and `"1"` differ), interpolations count as their text (so `${now:...}` does not change it),
and the order of keys does not matter.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from runcube.record import TaskIdentity

_MAX_FUNCTIONS = 200
_SHOWN_DIGITS = 8


def config_signature(config: Any, *, exclude: Iterable[str] = ()) -> str:
    """Give the signature of a config, 64 hex digits; its first 8 are what people are shown.

    Parameters
    ----------
    config : DictConfig, mapping or dataclass
        The composed config without Hydra's own node. It is not changed.
    exclude : iterable of str
        Keys that do not count, dotted where they lie deeper.

    Examples
    --------
    >>> config_signature({"a": 1, "b": 2}) == config_signature({"b": 2, "a": 1})
    True
    >>> config_signature({"a": 1}) == config_signature({"a": 1.0})
    False
    >>> run = {"a": 1, "loader": {"workers": 8, "size": 4}}
    >>> same = {"a": 1, "loader": {"size": 4}}
    >>> config_signature(run, exclude=["loader.workers"]) == config_signature(same)
    True
    """
    plain = plain_config(config)
    for key in ("hydra", *exclude):
        _remove(plain, key)
    text = json.dumps(typed(plain), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def plain_config(config: Any) -> Any:
    """Give a config as plain data, with interpolations as their text."""
    from omegaconf import OmegaConf, SCMode

    node = config if OmegaConf.is_config(config) else OmegaConf.create(config)
    return OmegaConf.to_container(
        node, resolve=False, throw_on_missing=False, structured_config_mode=SCMode.DICT
    )


def short_signatures(signatures: Iterable[str]) -> dict[str, str]:
    """Give what people are shown of signatures: eight digits, more where those of two are alike.

    Examples
    --------
    >>> short_signatures(["0123456789", "0123456700", "f" * 10])
    {'0123456789': '012345678', '0123456700': '012345670', 'ffffffffff': 'fffffffff'}
    """
    known = list(dict.fromkeys(signatures))
    length = _SHOWN_DIGITS
    while len({signature[:length] for signature in known}) < len(known):
        length += 1
    return {signature: signature[:length] for signature in known}


def _remove(plain: Any, key: str) -> None:
    """Take a key out of plain data, where it has it; a dot in the key leads deeper."""
    *path, last = key.split(".")
    for part in path:
        plain = plain.get(part) if isinstance(plain, dict) else None
    if isinstance(plain, dict):
        plain.pop(last, None)


def typed(value: Any) -> Any:
    """Give every value together with its type, in a form that has one JSON text."""
    if isinstance(value, Mapping):
        items = [(typed(key), typed(item)) for key, item in value.items()]
        return ["map", sorted(items, key=lambda pair: json.dumps(pair[0]))]
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return ["list", [typed(item) for item in value]]
    if isinstance(value, Enum):
        return ["enum", type(value).__qualname__, value.name]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    return [type(value).__name__, str(value)]


def task_identity(task: Callable[..., Any]) -> TaskIdentity:
    """Name a task and hash its source, with that of the functions it names in its own package.

    A function whose source cannot be found counts by its compiled code.

    Examples
    --------
    >>> task_identity(json.dumps).name
    'dumps'
    """
    function = inspect.unwrap(task)
    # `functools.partial` and callable objects stand for a function that they hold.
    function = getattr(function, "func", function)
    digest = hashlib.sha256()
    for part in sorted({_source(found) for found in _named_functions(function)}):
        digest.update(part.encode("utf-8", "backslashreplace"))
    return TaskIdentity(
        module=getattr(function, "__module__", None),
        name=getattr(function, "__qualname__", type(function).__qualname__),
        source=digest.hexdigest(),
    )


def _named_functions(start: Any) -> list[Any]:
    found: list[Any] = []
    waiting = [start]
    while waiting and len(found) < _MAX_FUNCTIONS:
        current = waiting.pop()
        if current in found:
            continue
        found.append(current)
        waiting.extend(_mentioned(current))
    return found


def _mentioned(function: Any) -> list[Any]:
    """List the functions and classes of the same package whose names the code of one holds."""
    code = getattr(function, "__code__", None)
    if code is None:
        return []
    package = _package(function)
    names = set(_names(code))
    scope = dict(getattr(function, "__globals__", {}))
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
        names.add(name)
        try:
            scope[name] = cell.cell_contents
        except ValueError:  # a recursive inner function that is not bound yet
            continue
    values = [scope[name] for name in names if name in scope]
    for module in [value for value in values if isinstance(value, types.ModuleType)]:
        if module.__name__.partition(".")[0] == package:
            values.extend(vars(module)[name] for name in names if name in vars(module))
    return [
        value
        for value in values
        if isinstance(value, (types.FunctionType, type)) and _package(value) == package
    ]


def _names(code: types.CodeType) -> list[str]:
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.extend(_names(constant))
    return names


def _package(value: Any) -> str:
    return str(getattr(value, "__module__", "")).partition(".")[0]


def _source(function: Any) -> str:
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    try:
        return f"{name}\n{inspect.getsource(function)}"
    except (OSError, TypeError, IndexError, SyntaxError):
        code = getattr(function, "__code__", None)
        if code is None:
            return name
        # Bytecode differs between versions of Python, so the version is part of the hash.
        return f"{name}\n{sys.version_info[:2]}{code.co_code.hex()}{_names(code)}{_constants(code)}"


def _constants(code: types.CodeType) -> list[Any]:
    return [
        _constants(constant) if isinstance(constant, types.CodeType) else repr(constant)
        for constant in code.co_consts
    ]
