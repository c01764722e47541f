"""What Hydra writes: override texts, directory names and its YAML files.

The texts are built from values, here and not through `runcube.overrides`, so that a fault there
cannot hide itself in the tests.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from omegaconf import OmegaConf

BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
KEYWORDS = frozenset({"null", "true", "false", "nan", "inf"})
_PLAIN_LINE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*=[A-Za-z0-9_.]+")
_QUOTED = re.compile(r'(\\*)("|\Z)')
_FIELD = re.compile(r"\$\{([^}]*)\}")


def override_text(value: Any) -> str:
    r"""Write a value the way Hydra writes the overrides of a job.

    Examples
    --------
    >>> [override_text(value) for value in (1, 0.001, True, None, "sgd", "1", [1, "a b"])]
    ['1', '0.001', 'True', 'null', 'sgd', '"1"', '[1,"a b"]']
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        if BARE.fullmatch(value) and value.lower() not in KEYWORDS:
            return value
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(override_text(item) for item in value) + "]"
    return str(value)


def quoted(text: str) -> str:
    r"""Put a text between double quotes, by the escapes of Hydra's grammar.

    A backslash is itself unless it stands before a quote, the closing one included.

    Examples
    --------
    >>> print(quoted('say "a\\b"'))
    "say \"a\b\""
    >>> print(quoted("end\\"))
    "end\\"
    """
    return '"' + _QUOTED.sub(lambda match: match[1] * 2 + match[2].replace('"', '\\"'), text) + '"'


def overrides_yaml(lines: Sequence[str]) -> str:
    r"""Write `overrides.yaml` as Hydra does.

    Examples
    --------
    >>> overrides_yaml(["lr=0.1", "+m=''"])
    "- lr=0.1\n- +m=''\n"
    """
    if lines and all(_PLAIN_LINE.fullmatch(line) for line in lines):
        return "".join(f"- {line}\n" for line in lines)
    return _dump(list(lines))


def override_dirname(lines: Iterable[str]) -> str:
    """Give `hydra.job.override_dirname`: the overrides, sorted and joined by commas.

    Examples
    --------
    >>> override_dirname(["x=1", "lr=0.1"])
    'lr=0.1,x=1'
    """
    return ",".join(sorted(lines))


def job_directory(template: str, number: int, lines: Sequence[str]) -> str:
    """Fill a template of `hydra.sweep.subdir`.

    Parameters
    ----------
    template
        Known are `${hydra.job.num}`, `${hydra.job.override_dirname}` and `${key}`, where `key`
        is that of an override without its prefix.
    number
        The job's number.
    lines
        The job's overrides.

    Examples
    --------
    >>> job_directory("${model}/x${x}", 3, ["model=a", "+x=1"])
    'a/x1'
    """
    fields = {line.partition("=")[0].lstrip("+"): line.partition("=")[2] for line in lines}
    fields["hydra.job.num"] = str(number)
    fields["hydra.job.override_dirname"] = override_dirname(lines)
    return _FIELD.sub(lambda match: fields[match[1]], template)


def multirun_yaml(
    *, params: Mapping[str, Any], arguments: Sequence[str], subdir: str = "${hydra.job.num}"
) -> str:
    """Write the part of Hydra's `multirun.yaml` that says what a sweep set out to run.

    Parameters
    ----------
    params
        `hydra.sweeper.params`.
    arguments
        The overrides on the command line.
    subdir
        `hydra.sweep.subdir`.
    """
    internal = "hydra._internal.core_plugins"
    hydra = {
        "run": {"dir": "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}"},
        "sweep": {"dir": "multirun/${now:%Y-%m-%d}/${now:%H-%M-%S}", "subdir": subdir},
        "launcher": {"_target_": f"{internal}.basic_launcher.BasicLauncher"},
        "sweeper": {
            "_target_": f"{internal}.basic_sweeper.BasicSweeper",
            "max_batch_size": None,
            "params": dict(params) or None,
        },
        "env": {},
        "mode": "MULTIRUN",
        "searchpath": [],
        "callbacks": {},
        "output_subdir": ".hydra",
        "overrides": {"hydra": ["hydra.mode=MULTIRUN"], "task": list(arguments)},
        "job": _job(override_dirname(arguments), "???", "???"),
        "runtime": _runtime("???"),
        "verbose": False,
    }
    return _dump({"hydra": hydra})


def hydra_yaml(*, number: int, lines: Sequence[str], subdir: str = "${hydra.job.num}") -> str:
    """Write the like of a job's `hydra.yaml`."""
    hydra = {
        "sweep": {"dir": "multirun", "subdir": subdir},
        "mode": "MULTIRUN",
        "output_subdir": ".hydra",
        "overrides": {
            "hydra": ["hydra.sweep.dir=multirun", "hydra.mode=MULTIRUN"],
            "task": list(lines),
        },
        "job": _job(override_dirname(lines), str(number), number),
        "runtime": _runtime("multirun/" + job_directory(subdir, number, lines)),
        "verbose": False,
    }
    return _dump({"hydra": hydra})


def config_yaml(values: Mapping[str, Any]) -> str:
    r"""Write the like of a job's `config.yaml`; dots in a key make levels.

    Examples
    --------
    >>> config_yaml({"model": "a", "optim.lr": 0.1})
    'model: a\noptim:\n  lr: 0.1\n'
    """
    config: dict[str, Any] = {}
    for key, value in values.items():
        *parents, last = key.split(".")
        level = config
        for parent in parents:
            level = level.setdefault(parent, {})
        level[last] = value
    return _dump(config)


def _job(dirname: str, identity: str, number: int | str) -> dict[str, Any]:
    return {
        "name": "train",
        "chdir": None,
        "override_dirname": dirname,
        "id": identity,
        "num": number,
        "config_name": "config",
        "env_set": {},
        "env_copy": [],
        "config": {"override_dirname": {"kv_sep": "=", "item_sep": ",", "exclude_keys": []}},
    }


def _runtime(output: str) -> dict[str, Any]:
    return {
        "version": "1.3.8",
        "version_base": "1.3",
        "cwd": "project",
        "config_sources": [{"path": "hydra.conf", "schema": "pkg", "provider": "hydra"}],
        "output_dir": output,
        "choices": {"hydra/sweeper": "basic", "hydra/launcher": "basic"},
    }


def _dump(content: Any) -> str:
    # Hydra saves through OmegaConf, whose dumper quotes texts that its loader would misread.
    return str(OmegaConf.to_yaml(OmegaConf.create(content)))
