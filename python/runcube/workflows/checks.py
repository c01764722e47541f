"""What is checked before the first job starts, so that no sweep dies of a typing error."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra_zen import multirun
from hydra_zen.wrapper import Zen
from omegaconf import OmegaConf

from runcube.domain.domains import Domain
from runcube.launch.plan import Plan
from runcube.overrides import find_duplicates

RESERVED = ("on_error", "resume", "dry_run", "overwrite", "sweeper_config", "launcher_config")
ON_ERROR = {"raise": "raise", "continue": "continue", "nan": "continue", "stop": "stop"}

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_CLOSE = 0.75


def check_methods(cls: type, *, checked: bool) -> None:
    """Check the task and what runs before it, as the class defines them."""
    check_static(cls, ("pre_task", "task"))
    owner = next(base for base in cls.__mro__ if "task" in vars(base))
    if owner.__module__.startswith("runcube.workflows."):
        msg = f"`{cls.__qualname__}` defines no `task`: write one as a static method"
        raise NotImplementedError(msg)
    if checked:
        check_reserved(cls, ("pre_task", "task"))


def check_static(cls: type, names: Iterable[str]) -> None:
    """Check that the methods are static: a job has no instance to call them on."""
    for name in names:
        if not isinstance(inspect.getattr_static(cls, name), staticmethod):
            msg = (
                f"`{cls.__qualname__}.{name}` must be a static method: put `@staticmethod` "
                "above it and take no `self`"
            )
            raise TypeError(msg)


def check_reserved(cls: type, names: Iterable[str]) -> None:
    """Check that no task has a parameter that `run` would keep for itself."""
    for name in names:
        for parameter in _signature(getattr(cls, name)):
            if parameter in RESERVED:
                msg = (
                    f"`{cls.__qualname__}.{name}` has a parameter `{parameter}`, which is an "
                    "argument of `run`; give the parameter another name"
                )
                raise ValueError(msg)


def check_overrides(overrides: Any) -> list[str]:
    """Check the caller's override lines."""
    if overrides is None:
        return []
    if isinstance(overrides, (str, bytes)) or not isinstance(overrides, Sequence):
        msg = f"`overrides` must be a list of lines, got {overrides!r}: write `overrides=[...]`"
        raise TypeError(msg)
    for line in overrides:
        if not isinstance(line, str):
            msg = f"`overrides` must hold strings, got {line!r} of type {type(line).__name__}"
            raise TypeError(msg)
    return list(overrides)


def check_sweeper_config(
    settings: Mapping[str, Any] | None, *, resume: bool
) -> dict[str, Any] | None:
    """Check the sweeper's settings, of which some are arguments of `run`."""
    for name in ("on_error", "resume", "dry_run", "overwrite"):
        if name in (settings or {}):
            msg = f"`sweeper_config` has `{name}`, which is an argument of `run`: pass it there"
            raise ValueError(msg)
    return (
        {**(settings or {}), "resume": True} if resume else None if not settings else dict(settings)
    )


def check_domain(domain: object) -> Domain | None:
    """Check what `run` was given by position."""
    if domain is None or isinstance(domain, Domain):
        return domain
    msg = (
        f"`run` takes a `runcube.domain.Domain` by position, got {domain!r} of type "
        f"{type(domain).__name__}: parameters are given by name"
    )
    raise TypeError(msg)


def check_choice(name: str, value: Any, choices: Mapping[str, str]) -> str:
    """Check an argument that is one of several words."""
    if value not in choices:
        msg = f"`{name}` must be one of {', '.join(map(repr, choices))}, got {value!r}"
        raise ValueError(msg)
    return choices[value]


def check_duplicates(parameters: Mapping[str, Any]) -> None:
    """Check that no value stands twice in one sweep."""
    for key, value in parameters.items():
        repeated = find_duplicates(value, key=key) if isinstance(value, multirun) else []
        if repeated:
            listed = ", ".join(map(repr, repeated))
            msg = (
                f"`{key}` lists a value twice: {listed}; list each value once. To run a config "
                "several times, sweep another parameter (such as a seed) or use "
                "`sweeper_config={'repeats': n}`"
            )
            raise ValueError(msg)


def check_directories(directories: Any) -> list[Path]:
    """Check the target directories of a run."""
    if isinstance(directories, (str, bytes, os.PathLike)) or not isinstance(directories, Iterable):
        msg = (
            f"`target_job_dirs` must be a sequence of directories, got {directories!r}: "
            "write `target_job_dirs=[...]`"
        )
        raise TypeError(msg)
    paths = []
    for directory in directories:
        if not isinstance(directory, (str, os.PathLike)):
            msg = f"`target_job_dirs` must hold paths, got {directory!r}"
            raise TypeError(msg)
        path = Path(os.fspath(directory)).expanduser().resolve()
        if not path.is_dir():
            msg = f"`target_job_dirs` names {path}, which is not a directory"
            raise FileNotFoundError(msg)
        paths.append(path)
    if not paths:
        msg = "`target_job_dirs` is empty; give one directory or more, or leave it out"
        raise ValueError(msg)
    return paths


def check_supplied(
    name: str, functions: Mapping[str, Any], parameters: Iterable[str], plan: Plan
) -> None:
    """Check the tasks' parameters against what the first job will get.

    Only functions wrapped by `zen` are checked: of any other nobody knows what it reads.
    """
    zens = {label: function for label, function in functions.items() if isinstance(function, Zen)}
    known = {parameter for function in zens.values() for parameter in function.parameters}
    roots = {key.lstrip("+").partition(".")[0] for key in parameters if "/" not in key}
    if len(zens) == len(functions) and not any(map(_reads_all, zens.values())):
        for root in sorted(roots - known - set(plan.base)):
            close = difflib.get_close_matches(root, sorted(known - roots), n=1, cutoff=_CLOSE)
            if close:
                msg = (
                    f"`run` got `{root}`, which is no parameter of `{name}`; "
                    f"did you mean `{close[0]}`?"
                )
                raise ValueError(msg)
    if plan.first_job is None:
        return
    for label, function in zens.items():
        missing = [key for key in _required(function) if not _has(plan.first_job, key)]
        if missing:
            listed = ", ".join(f"`{key}`" for key in missing)
            msg = (
                f"`{name}.{label}` needs {listed}, which nothing supplies: pass it to `run`, "
                "put it into the config, or give it a default"
            )
            raise ValueError(msg)


def _required(function: Any) -> list[str]:
    return [
        name
        for name, parameter in function.parameters.items()
        if parameter.kind not in (*_VARIADIC, inspect.Parameter.POSITIONAL_ONLY)
        and parameter.default is inspect.Parameter.empty
        and name not in function._exclude
    ]


def _reads_all(function: Any) -> bool:
    return bool(function._has_zen_cfg or function._unpack_kwargs)


def _has(config: Any, key: str) -> bool:
    # Keys, because `in` denies one whose interpolation does not resolve: the job says that better.
    return key in set(config.keys()) and not OmegaConf.is_missing(config, key)


def _signature(function: Any) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []
