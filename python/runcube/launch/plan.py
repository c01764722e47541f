"""From the arguments of `run` to the override lines of a launch, before any job starts.

The lines, in this order; of two lines for one key the later wins, and the last sweep is the
fastest axis::

    hydra.job.chdir=True            each job in its own directory, unless the caller says else
    hydra/sweeper, hydra/launcher   and the settings for them
    overrides=[...]                 the caller's own lines
    parameters                      keyword arguments, as exact text
    hydra.sweep.dir='...'           always absolute
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.errors import MissingConfigException
from omegaconf import DictConfig, OmegaConf, open_dict

from runcube.domain.domains import Domain
from runcube.launch.hydra import Composer, raw_lines
from runcube.launch.sweeper.combinations import combine
from runcube.launch.sweeper.domain_jobs import DomainJobs
from runcube.launch.sweeper.settings import Settings
from runcube.override_text import is_multirun
from runcube.overrides import Place, format_override, overrides_for, places_in

OWN_SWEEPER = "runcube"
# The sweepers whose jobs are known before the launch.
_LISTING = frozenset({"basic", OWN_SWEEPER})

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "launcher": {
        "joblib": "hydra-joblib-launcher",
        "ray": "hydra-ray-launcher",
        "ray_aws": "hydra-ray-launcher",
        "rq": "hydra-rq-launcher",
        "submitit_local": "hydra-submitit-launcher",
        "submitit_slurm": "hydra-submitit-launcher",
    },
    "sweeper": {
        "ax": "hydra-ax-sweeper",
        "nevergrad": "hydra-nevergrad-sweeper",
        "optuna": "hydra-optuna-sweeper",
    },
}


@dataclass(frozen=True)
class HydraSyntax:
    """A value in Hydra's own override syntax; it is swept even if it says only one value.

    Attributes
    ----------
    text : str
        What stands after `key=`.
    """

    text: str


@dataclass(frozen=True)
class Request:
    """What a caller of `run` asked for.

    Attributes
    ----------
    parameters : mapping
        Parameter -> value, `multirun` list or `HydraSyntax`, in the order of the axes.
    domain : Domain or None
        What the parameters multiply.
    overrides : sequence of str
        The caller's own lines.
    """

    parameters: Mapping[str, Any]
    overrides: Sequence[str] = ()
    working_dir: Path | None = None
    sweeper: str | None = None
    launcher: str | None = None
    sweeper_config: Mapping[str, Any] | None = None
    launcher_config: Mapping[str, Any] | None = None
    domain: Domain | None = None


@dataclass(frozen=True)
class Plan:
    """A launch that is ready to start.

    Attributes
    ----------
    lines : list of str
        Every override line but the directory's.
    directory : Path
        The sweep's directory, absolute; `is_chosen` tells whether the caller asked for this one.
    base : DictConfig
        The config before the parameters were applied.
    first_job : DictConfig or None
        The config of the first job; None under a sweeper that decides on jobs as it goes.
    axes : dict
        Swept key -> the values that the jobs have, as override text. A key that is swept over one
        value is among them.
    sweeper : str
        The name of the sweeper.
    described : str
        Which jobs there are, in words.
    domain : DomainJobs or None
        What stands in front of what the lines sweep.
    """

    lines: list[str]
    directory: Path
    is_chosen: bool
    base: DictConfig
    first_job: DictConfig | None
    axes: dict[str, list[str]]
    sweeper: str | None
    described: str
    domain: DomainJobs | None = None

    def describe(self) -> str:
        """Say what would run: the axes, how many jobs, and where."""
        return f"{self.described}; in {self.directory}"

    def launch_lines(self, directory: Path) -> list[str]:
        """Give all lines for a launch into `directory`."""
        return [*self.lines, format_override("hydra.sweep.dir", str(directory))]


def make_plan(composer: Composer, request: Request) -> Plan:
    """Work out the lines of a launch, where it goes, and what its first job gets."""
    head = ["hydra.job.chdir=True", *_plugin_lines(composer, request)]
    lines = [*head, *request.overrides]
    with _packages_named():
        base = composer.compose(lines)
    choice = base.hydra.runtime.choices.get("hydra/sweeper")
    if not _names_sweeper(request) and choice == "basic":
        # Nobody chose another: ours does the same, and keeps records.
        head.append(f"hydra/sweeper={OWN_SWEEPER}")
    lines = [*head, *_params_lines(request, base), *request.overrides]
    lines += _parameter_lines(composer, request.parameters, lines, base)
    sweep = composer.compose(lines)
    sweeper = sweep.hydra.runtime.choices.get("hydra/sweeper")
    swept = {key.lstrip("+") for key, value in request.parameters.items() if _is_swept(value)}
    first_job: DictConfig | None = None
    axes: dict[str, list[str]] = {}
    described = f"the sweeper `{sweeper}` decides on the jobs"
    domain = None
    if request.domain is not None:
        if sweeper != OWN_SWEEPER:
            msg = f"a domain runs under the sweeper `{OWN_SWEEPER}`, not under `{sweeper}`"
            raise ValueError(msg)
        domain = _domain_jobs(composer, request.domain, lines, base)
    if sweeper in _LISTING:
        first_job, axes, described = _first_job(composer, sweep, swept, domain)
    directory = request.working_dir or Path(str(sweep.hydra.sweep.dir))
    return Plan(
        lines=lines,
        directory=_checked_directory(directory),
        is_chosen=request.working_dir is not None
        or any(line.lstrip("+").startswith("hydra.sweep.dir=") for line in request.overrides),
        base=_without_hydra(base),
        first_job=first_job,
        axes=axes,
        sweeper=sweeper,
        described=described,
        domain=domain,
    )


def _plugin_lines(composer: Composer, request: Request) -> list[str]:
    lines = []
    sweeper = request.sweeper
    if not _names_sweeper(request):
        # Its settings say that ours is meant.
        sweeper = OWN_SWEEPER if set(request.sweeper_config or {}) - {"params"} else None
    for kind, name, settings in (
        ("sweeper", sweeper, request.sweeper_config),
        ("launcher", request.launcher, request.launcher_config),
    ):
        if name is not None:
            _check_installed(composer, kind, name)
            lines.append(f"hydra/{kind}={name}")
        for key, value in (settings or {}).items():
            if (kind, key) == ("sweeper", "params"):
                continue
            given = value if not isinstance(value, list | tuple) else _listed(value)
            # `++`, since a mapping such as the basic sweeper's `params` may be None or open.
            lines.append(format_override(f"hydra.{kind}.{key}", given, prefix="++"))
    return lines


def _names_sweeper(request: Request) -> bool:
    lines = request.overrides
    return request.sweeper is not None or any(it.startswith("hydra/sweeper=") for it in lines)


def _params_lines(request: Request, base: DictConfig) -> list[str]:
    """Write the setting `params` of a sweeper, which stands before the command line."""
    params = (request.sweeper_config or {}).get("params") or {}
    if base.hydra.runtime.choices.get("hydra/sweeper") in _LISTING:
        # Hydra 1.3 takes it from a config file alone; lines in front of all others mean the same.
        return [f"{key}={value}" for key, value in params.items()]
    return [format_override("hydra.sweeper.params", params, prefix="++")] if params else []


def _listed(value: Sequence[Any]) -> Any:
    from hydra_zen import hydra_list

    return hydra_list(value)


def _check_installed(composer: Composer, kind: str, name: str) -> None:
    available = composer.options(f"hydra/{kind}")
    if name in available:
        return
    if name in _PACKAGES[kind]:
        raise _not_installed(kind, name)
    msg = f"there is no {kind} `{name}`; there are: {', '.join(sorted(available))}"
    raise ValueError(msg)


def _not_installed(kind: str, name: str) -> ModuleNotFoundError:
    package = _PACKAGES[kind][name]
    return ModuleNotFoundError(f"the {kind} `{name}` is not installed: `pip install {package}`")


@contextlib.contextmanager
def _packages_named() -> Iterator[None]:
    """Name the package of a plugin that an override line or the config itself chooses."""
    try:
        yield
    except MissingConfigException as error:
        path = str(error.missing_cfg_file).removeprefix("hydra/")
        kind, _, name = path.partition("/")
        if name not in _PACKAGES.get(kind, {}):
            raise
        raise _not_installed(kind, name) from error


def _parameter_lines(
    composer: Composer, parameters: Mapping[str, Any], before: Sequence[str], base: DictConfig
) -> list[str]:
    groups = {key for key in parameters if composer.is_group(key.lstrip("+"))}
    config = base
    if groups and len(groups) < len(parameters):
        # A key below a group exists only once the group's choice is made.
        chosen = {key: _first(parameters[key]) for key in groups}
        config = composer.compose([*before, *_texts(composer, chosen, base)])
    return _texts(composer, parameters, config)


def _texts(composer: Composer, parameters: Mapping[str, Any], config: DictConfig) -> list[str]:
    place_of = _places(config)
    lines: list[str] = []
    for key, value in parameters.items():
        if isinstance(value, HydraSyntax):
            prefix = "+" if place_of(key) is Place.ABSENT else ""
            line = f"{prefix}{key}={value.text}"
            sweeps = composer.sweeps(line)
            lines.append(line if sweeps else f"{prefix}{key}=choice({value.text})")
        else:
            lines += overrides_for({key: value}, place_of=place_of)
    return lines


def _places(config: DictConfig) -> Callable[[str], Place]:
    return places_in(_without_hydra(config), groups=set(config.hydra.runtime.choices))


def _domain_jobs(
    composer: Composer, domain: Domain, before: Sequence[str], base: DictConfig
) -> DomainJobs:
    jobs = DomainJobs(domain.planned, functools.cache(_places(base)))
    groups = {key for key in jobs.names if composer.is_group(key)}
    if groups and jobs.items:
        # A key below a group exists only once the group's choice is made.
        lines = [
            line for line in jobs.config(0).lines if line.partition("=")[0].lstrip("+") in groups
        ]
        config = composer.compose([*before, *lines])
        jobs = DomainJobs(domain.planned, functools.cache(_places(config)))
    return jobs


def _first(value: Any) -> Any:
    from hydra_zen import multirun

    return value[0] if isinstance(value, multirun) and value else value


def _is_swept(value: Any) -> bool:
    return is_multirun(value) or isinstance(value, HydraSyntax)


def _first_job(
    composer: Composer, sweep: DictConfig, swept: set[str], domain: DomainJobs | None
) -> tuple[DictConfig | None, dict[str, list[str]], str]:
    node: Any = OmegaConf.to_container(sweep.hydra.sweeper, resolve=True)
    node.pop("_target_", None)
    lines = raw_lines(sweep.hydra.overrides.task)
    jobs = combine(composer.expand, lines, Settings.of(node), domain)
    first = next(iter(jobs), None)
    if first is None:
        return None, {}, "no jobs"
    axes = {
        axis["name"]: axis["labels"]
        for axis in jobs.definition["axes"]
        if len(axis["labels"]) > 1 or axis["name"] in swept
    }
    described = f"{len(jobs)} jobs: {jobs.describe()}"
    return _without_hydra(composer.job_config(sweep, first.lines)), axes, described


def _without_hydra(config: DictConfig) -> DictConfig:
    bare = config.copy()
    OmegaConf.set_readonly(bare, value=False)
    with open_dict(bare):
        bare.pop("hydra", None)
    return bare


def _checked_directory(directory: Path) -> Path:
    absolute = directory.expanduser().absolute()
    if "${" in str(absolute):
        msg = f"`working_dir` {absolute} holds `${{`, which Hydra reads as an interpolation"
        raise ValueError(msg)
    return absolute
