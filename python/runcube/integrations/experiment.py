"""One finished job as a whole: its configs, parameters, metrics and checkpoints."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from runcube.errors import InvalidArgumentError, NoMatchError, UnsupportedError
from runcube.integrations.checkpoint import read_weights_only
from runcube.launch.hydra import raw_lines
from runcube.launch.place import SWEEP_CONFIG_NAME
from runcube.launch.returns import read_config
from runcube.record import METRICS_NAME
from runcube.results.opening import open_sweep
from runcube.results.reading import load_metrics

_TORCH_SUFFIXES = frozenset({".pt", ".pth"})


@dataclass(frozen=True)
class Experiment:
    """One job, read from its directory; what is not among the fields is read when asked for.

    Attributes
    ----------
    working_dir : Path
        The job's directory, absolute.
    parameters : dict
        Parameter -> value, as its overrides say.
    status : str
        How it ended, as in `Job.status`.
    """

    working_dir: Path
    parameters: dict[str, Any]
    status: str

    @cached_property
    def cfg(self) -> Any:
        """The config that the task got; None where the job kept none."""
        return read_config(self.working_dir, "config.yaml")

    @cached_property
    def hydra_cfg(self) -> Any:
        """Hydra's own config of the job; None where the job kept none."""
        return read_config(self.working_dir, "hydra.yaml")

    @cached_property
    def overrides(self) -> list[str]:
        """The lines of the job's overrides."""
        lines = read_config(self.working_dir, "overrides.yaml")
        return [] if lines is None else raw_lines(lines)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Metric name -> value: what the task returned, else what its one `metrics.*` file holds.

        Empty where there is neither. Other files are read by `load_metrics`.
        """
        if (self.working_dir / METRICS_NAME).is_file():
            return load_metrics(self.working_dir / METRICS_NAME)
        files = sorted(path for path in self.working_dir.glob("metrics.*") if path.is_file())
        if len(files) > 1:
            listed = ", ".join(f"`{path.name}`" for path in files)
            msg = (
                f"{self.working_dir} holds several metric files, {listed}: pick with `load_metrics`"
            )
            raise InvalidArgumentError(msg, path=str(self.working_dir))
        return _read(files[0]) if files else {}

    @cached_property
    def ckpts(self) -> tuple[Path, ...]:
        """The checkpoints (`*.ckpt`) of the job, ordered by name with digits as numbers."""
        return tuple(sorted(_files(self.working_dir, "**/*.ckpt"), key=_natural))

    def load_metrics(self, metrics_filename: str | Sequence[str]) -> dict[str, Any]:
        """Read metric files of the job by names or glob patterns; the later of two wins.

        Raises
        ------
        FileNotFoundError
            A pattern matches nothing.
        """
        patterns = [metrics_filename] if isinstance(metrics_filename, str) else metrics_filename
        found: dict[str, Any] = {}
        for pattern in patterns:
            files = sorted(_files(self.working_dir, pattern))
            if not files:
                msg = f"`metrics_filename` {pattern!r} matches no file in {self.working_dir}"
                raise NoMatchError(msg, path=str(self.working_dir))
            for path in files:
                found |= _read(path)
        return found


def load_experiment(path: str | os.PathLike[str]) -> Experiment:
    """Load one job from its directory, whoever launched it.

    Parameters
    ----------
    path : path
        The directory of a job of a sweep, or of a single run.

    Returns
    -------
    Experiment
        Its configs, overrides, metrics and checkpoints.

    Raises
    ------
    FileNotFoundError
        There is no such directory, or it holds no job.
    ValueError
        It is the directory of a sweep: `open_sweep` loads that as a whole.

    Examples
    --------
    >>> import tempfile
    >>> from runcube.testing import make_tree
    >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.2]})
    >>> experiment = load_experiment(tree.path / "1")
    >>> experiment.parameters, experiment.overrides
    ({'lr': 0.2}, ['lr=0.2'])
    """
    directory = Path(path).expanduser().resolve()
    jobs = open_sweep(directory, metrics=[]).jobs
    if len(jobs) != 1 or jobs[0].path != directory:
        msg = (
            f"{directory} is the directory of a sweep with {len(jobs)} jobs; load it with "
            f"`open_sweep`, or one of its jobs, such as {jobs[0].path}"
        )
        raise InvalidArgumentError(msg, path=str(directory))
    return Experiment(directory, jobs[0].parameters, jobs[0].status)


def _read(path: Path) -> dict[str, Any]:
    try:
        return load_metrics(path)
    except UnsupportedError:
        # Not a damaged file: torch looks at no checksum.
        if path.suffix not in _TORCH_SUFFIXES:
            raise
    loaded = read_weights_only(path)
    if not isinstance(loaded, Mapping):
        msg = f"{path} holds a `{type(loaded).__name__}`; expected a mapping of metric names"
        raise InvalidArgumentError(msg, path=str(path))
    return dict(loaded)


def _files(directory: Path, pattern: str) -> Iterator[Path]:
    """Find files of the job, and not those of a sweep or run that it started within itself."""
    for path in directory.glob(pattern):
        between = [parent for parent in path.parents if directory in parent.parents]
        nested = any(
            (parent / mark).exists() for parent in between for mark in (SWEEP_CONFIG_NAME, ".hydra")
        )
        if path.is_file() and not nested:
            yield path


def _natural(path: Path) -> list[tuple[int, str]]:
    parts: list[str] = re.findall(r"\d+|\D+", str(path))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
