"""Hydra apps made at random: groups, defaults lists, interpolations, typed configs, `hydra.job`."""

# ruff: noqa: D101 - configs made for a test speak for themselves

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import yaml
from hydra import __version__ as hydra_version
from hydra import initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.types import HydraContext, RunMode


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Inner:
    width: int = 3
    names: list[str] = field(default_factory=lambda: ["a"])


@dataclass
class Typed:
    rate: float = 0.5
    colour: Colour = Colour.RED
    inner: Inner = field(default_factory=Inner)
    place: Path = Path("somewhere")
    table: dict[str, int] = field(default_factory=lambda: {"one": 1})
    maybe: int | None = None
    both: int | str = "either"
    inners: list[Inner] = field(default_factory=lambda: [Inner(), Inner(4)])


VALUES: list[Any] = [
    1,
    -2.5e-7,
    True,
    None,
    "text",
    "two words",
    "x" * 130,
    "many short words " * 9,
    "1e5",
    "no",
    "ünï \N{SNOWMAN} \N{ROCKET}",
    "a: b # c",
    "line\nbreak",
    "",
    [1, "a", [2.0]],
    {"k": 1, "l": {"m": [1, 2]}},
    "${lr}",
    "${oc.env:USER,nobody}",
    "${now:%Y}-${lr}",
    "${hydra:job.num}",
    "${hydra:runtime.output_dir}/x",
    "${.v0}",
    "${oc.select:deep.er.y,7}",
    "???",
    [],
    {},
]
TEXTS = [
    "1",
    "0.25",
    "null",
    "true",
    "word",
    "'two words'",
    "'it''s'",
    '"q: [x]"',
    "[1,b,[c]]",
    "{k:5,z:{y:1}}",
    "'${lr}'",
    "${seed}",
    "'ü \N{SNOWMAN}'",
    "-3",
    "1e-3",
    "'" + "word " * 20 + "'",
    "[]",
    "''",
]


TYPED_LINES = [
    "rate=2",
    "rate=wrong",
    "colour=BLUE",
    "colour=1",
    "inner.width=9",
    "inner.names=[p,q]",
    "inner={width:8}",
    "place=/x/y",
    "table={two:2}",
    "table.one=3",
    "maybe=4",
    "maybe=null",
    "both=5",
    "inners.1.width=6",
    "inners=[{width:7}]",
]


BASE = {"version_base": "1.3"} if hydra_version.startswith("1.3.") else {}


@contextlib.contextmanager
def opened(folder: Path, lines):
    """Give the config of a sweep, and what Hydra hands to a launcher."""
    with initialize_config_dir(str(folder), job_name="generated", **BASE):
        setup_globals()
        hydra = GlobalHydra.instance().hydra
        sweep = hydra.compose_config(
            config_name="config",
            overrides=[f"hydra.sweep.dir={folder.parent / 'out'}/${{now:%Y}}", *lines],
            run_mode=RunMode.MULTIRUN,
            from_shell=False,
            with_log_configuration=False,
        )
        context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(sweep))
        yield sweep, context


@dataclass
class App:
    """A generated app: what stands in its folder, its command line, and its jobs."""

    folder: Path
    sweep: list[str]
    jobs: list[list[str]]


def write_app(chance: random.Random, folder: Path) -> App:
    """Write the configs of a generated app into `folder`."""
    ConfigStore.instance().store(group="schema", name="typed", node=Typed, provider="test")
    options = {"db": ["small", "large"], "opt": ["adam", "sgd"], "opt/extra": ["on", "off"]}
    for group, names in options.items():
        for name in names:
            _write(folder / group / f"{name}.yaml", {"name": name, **_body(chance)})
    if chance.random() < 0.3:
        (folder / "db" / "large.yaml").write_text("# @package _global_\nlr: 9\nfrom_db: ${lr}\n")
    is_nested = chance.random() < 0.3
    if is_nested:
        # A group that chooses among groups of its own, before or after what it says itself.
        inner = [{"extra": "on"}, "_self_"]
        chance.shuffle(inner)
        content = {"defaults": inner, "name": "adam", "up": "${..lr}", "near": "${.name}"}
        _write(folder / "opt" / "adam.yaml", content)
    defaults: list[Any] = [{"db": chance.choice(["small", "large", "???"])}]
    if chance.random() < 0.5:
        defaults.append({"opt@learn": "adam"})
    if chance.random() < 0.3:
        defaults.append({"opt": "sgd"})
    if chance.random() < 0.2:
        defaults.append({"optional opt/extra": chance.choice(["on", "absent"])})
    if is_nested and {"opt@learn": "adam"} in defaults and chance.random() < 0.5:
        defaults.append({"override opt/extra@learn.extra": "off"})
    if chance.random() < 0.3:
        choice = chance.choice(["none", "disabled", "stdout", "default"])
        defaults.append({"override hydra/job_logging": choice})
    # What overrides a choice stands last.
    first = sum(not str(next(iter(item))).startswith("override") for item in defaults)
    defaults.insert(chance.randrange(first + 1), "_self_")
    is_typed = chance.random() < 0.4
    if is_typed:
        defaults.insert(0, {"schema@model": "typed"})
    if is_typed and chance.random() < 0.3:
        # The default of a field is one object in both.
        defaults.insert(0, {"schema@second": "typed"})
    body = {"lr": 0.1, "seed": 0, "deep": {"er": {"x": 1}}, "things": [1, 2], **_body(chance)}
    node = _hydra(chance)
    _write(
        folder / "config.yaml", {"defaults": defaults, **body} | ({"hydra": node} if node else {})
    )
    jobs = [_job(chance, is_typed=is_typed, body=body) for _ in range(3)]
    return App(folder, _sweep_lines(chance), jobs)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _body(chance: random.Random) -> dict[str, Any]:
    return {f"v{number}": chance.choice(VALUES) for number in range(chance.randrange(5))}


def _hydra(chance: random.Random) -> dict[str, Any]:
    job: dict[str, Any] = {}
    if chance.random() < 0.2:
        job["name"] = chance.choice(["named", "a b"])
    if chance.random() < 0.3:
        job["config"] = {"override_dirname": {"item_sep": "+", "exclude_keys": ["seed"]}}
    if chance.random() < 0.2:
        job["env_set"] = {"GENERATED": "${lr}" if chance.random() < 0.3 else "yes"}
    if chance.random() < 0.2:
        job["env_copy"] = ["HOME"]
    if chance.random() < 0.2:
        job["chdir"] = chance.choice([True, False])
    node: dict[str, Any] = {"job": job} if job else {}
    if chance.random() < 0.3:
        subdir = [
            "${hydra.job.num}",
            "x/${hydra.job.num}",
            "${hydra.job.num}-${lr}",
            "${hydra:job.num}",
            "${hydra.job.num}_${hydra.job.name}",
            "${hydra.job.num},${hydra.job.override_dirname}",
        ]
        node["sweep"] = {"subdir": chance.choice(subdir)}
    if chance.random() < 0.1:
        node["output_subdir"] = chance.choice(["records", None])
    if chance.random() < 0.03:
        node["searchpath"] = ["pkg://hydra.test_utils.configs"]
    return node


def _sweep_lines(chance: random.Random) -> list[str]:
    lines = [
        "hydra.job.chdir=False",
        f"hydra/job_logging={chance.choice(['disabled', 'none', 'stdout'])}",
        "hydra.verbose=False",
        "hydra.job.name=given",
    ]
    return [line for line in lines if chance.random() < 0.3]


def _job(chance: random.Random, *, is_typed: bool, body: dict[str, Any]) -> list[str]:
    keys = ["lr", "seed", "deep.er.x", "deep.er", "things", "db.name", "things.0", *body]
    lines = [f"db={chance.choice(['small', 'large'])}"]
    for _ in range(chance.randrange(6)):
        text = chance.choice(TEXTS)
        line = f"{chance.choice(keys)}={text}"
        kind = chance.random()
        if kind < 0.15:
            line = f"+new{chance.randrange(3)}.below={text}"
        elif kind < 0.25:
            line = f"++deep.new={text}"
        elif kind < 0.32:
            line = f"~{chance.choice(['seed', 'deep.er', 'things'])}"
        elif kind < 0.40:
            line = chance.choice(["+opt/extra=on", "opt@learn=sgd", "+opt@second=adam", "opt=adam"])
        elif kind < 0.43:
            line = chance.choice(["~db", "db={name:other}", "hydra.sweep.subdir=own/${lr}"])
        elif kind < 0.60 and is_typed:
            line = chance.choice(TYPED_LINES)
            line = f"model.{line}"
        lines.append(line)
    return lines
