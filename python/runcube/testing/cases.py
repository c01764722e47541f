"""Small sweeps whose truth is in memory: what was defined, what each job held, what was damaged.

    SweepCase ── params, arguments: Axis | Fixed     the definition, a product
              └─ jobs: Job                           one for each cell, the last axis fastest

`write_case` puts one on disk; `runcube.testing.oracle` says what gathering it must give.
"""

import io
import itertools
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from runcube.testing.text import job_directory, multirun_yaml, override_text, overrides_yaml

DamageKind = Literal["truncated", "empty", "random", "flipped"]
NUMBERED = "${hydra.job.num}"
_ARROW_TAIL = 10


@dataclass(frozen=True)
class Axis:
    """A parameter that the definition sweeps.

    Attributes
    ----------
    key
        The parameter's name.
    labels
        Its values, in the definition's order.
    texts
        How the jobs' overrides spell them; made from the labels if left empty.
    sweep
        How the definition spells them all; made from the texts if left empty.
    prefix
        `""`, `"+"` or `"++"`.
    listed
        False: the definition gives the labels no order, as `shuffle` does.
    """

    key: str
    labels: tuple[Any, ...]
    texts: tuple[str, ...] = ()
    sweep: str = ""
    prefix: str = ""
    listed: bool = True

    def __post_init__(self) -> None:
        texts = self.texts or tuple(override_text(label) for label in self.labels)
        object.__setattr__(self, "texts", texts)
        listed = ",".join(texts)
        default = listed if len(texts) > 1 else f"choice({listed})"
        object.__setattr__(self, "sweep", self.sweep or default)


@dataclass(frozen=True)
class Fixed:
    """A parameter that every job is given alike."""

    key: str
    value: Any
    prefix: str = ""

    @property
    def text(self) -> str:
        """Give the override's right side."""
        return override_text(self.value)


@dataclass(frozen=True)
class Damage:
    """What happened to a metric file.

    Attributes
    ----------
    kind
        `truncated` at a byte, `empty`, replaced by `random` bytes, or one bit `flipped` where a
        checksum covers it.
    where
        The place as a part of the length, from 0 up to but not including 1.
    content
        The bytes that replaced it.
    """

    kind: DamageKind
    where: float = 0.5
    content: bytes = b""

    def apply(self, intact: bytes) -> bytes:
        """Give the damaged file; it always differs from the intact one."""
        if self.kind == "flipped":
            first, size = _covered(intact)
            bit = int(self.where * size * 8)
            broken = bytearray(intact)
            broken[first + bit // 8] ^= 1 << bit % 8
            return bytes(broken)
        if self.kind == "truncated":
            return intact[: int(self.where * len(intact))]
        return self.content if self.kind == "random" else b""


@dataclass(frozen=True)
class Job:
    """What one job left.

    Attributes
    ----------
    metrics
        Name → value, in the order in which they were recorded; `None`: there is no metric file.
    present
        False: the job's directory was never made.
    damage
        What happened to the metric file.
    cut
        Where `overrides.yaml` was cut off, as a part of the way to its last `=`. What is left
        never says the same as the whole.
    """

    metrics: Mapping[str, Any] | None
    present: bool = True
    damage: Damage | None = None
    cut: float | None = None


@dataclass(frozen=True)
class SweepCase:
    """A product sweep of Hydra's basic sweeper.

    Attributes
    ----------
    params, arguments
        The definition: `hydra.sweeper.params`, then the command line.
    jobs
        One for each cell, the last axis fastest; a job's place is its number.
    subdir
        `hydra.sweep.subdir`.
    recorded
        Metrics are in the `metrics.arrow` that `runcube.save_metrics` writes, with overrides;
        else in a `metrics.npz` beside `.hydra`.
    creation
        The order in which the directories are made; by number if left empty.
    """

    params: tuple[Axis | Fixed, ...]
    arguments: tuple[Axis | Fixed, ...]
    jobs: tuple[Job, ...]
    subdir: str = NUMBERED
    recorded: bool = False
    creation: tuple[int, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        cells = int(np.prod([len(axis.labels) for axis in self.axes], dtype=int))
        if len(self.jobs) != cells:
            message = f"expected {cells} jobs, one for each cell; got {len(self.jobs)}"
            raise ValueError(message)

    @property
    def definition(self) -> tuple[Axis | Fixed, ...]:
        """Give every parameter, in the definition's order."""
        return (*self.params, *self.arguments)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Give the swept parameters, in the definition's order."""
        return tuple(item for item in self.definition if isinstance(item, Axis))

    @property
    def fixed(self) -> tuple[Fixed, ...]:
        """Give the other parameters, in the definition's order."""
        return tuple(item for item in self.definition if isinstance(item, Fixed))

    @property
    def file_name(self) -> str:
        """Give the metric files' name."""
        return "metrics.arrow" if self.recorded else "metrics.npz"

    @property
    def numbered(self) -> bool:
        """Say whether the directories bear the jobs' numbers."""
        return self.subdir == NUMBERED

    def lines(self, number: int) -> list[str]:
        """Give the overrides of a job."""
        cell = iter(np.unravel_index(number, [len(axis.labels) for axis in self.axes] or [1]))
        return [
            f"{item.prefix}{item.key}="
            + (item.texts[int(next(cell))] if isinstance(item, Axis) else item.text)
            for item in self.definition
        ]

    def directory(self, number: int) -> str:
        """Give a job's directory, relative to the sweep's."""
        return job_directory(self.subdir, number, self.lines(number))

    def identified(self, number: int) -> bool:
        """Say whether anything on disk tells which job this is."""
        job = self.jobs[number]
        carried = self.recorded and job.metrics is not None and job.damage is None
        return job.present and (carried or job.cut is None)

    def readable(self, number: int) -> bool:
        """Say whether a job's metrics can be placed."""
        job = self.jobs[number]
        return self.identified(number) and job.metrics is not None and job.damage is None


def write_case(case: SweepCase, path: str | Path) -> None:
    """Write a sweep to a directory.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from runcube.testing import Axis, Job, SweepCase, write_case
    >>> case = SweepCase((), (Axis("lr", (0.1, 0.2)),), (Job({"loss": 1.0}), Job(None)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_case(case, folder)
    ...     sorted(path.relative_to(folder).as_posix() for path in Path(folder).glob("*/*"))
    ['0/.hydra', '0/metrics.npz', '1/.hydra']
    """
    root = Path(path)
    root.mkdir(parents=True, exist_ok=True)
    for number in case.creation or range(len(case.jobs)):
        if case.jobs[number].present:
            _write_job(case, number, root / case.directory(number))
    definition = multirun_yaml(
        params={item.prefix + item.key: _right_side(item) for item in case.params},
        arguments=[f"{item.prefix}{item.key}={_right_side(item)}" for item in case.arguments],
        subdir=case.subdir,
    )
    (root / "multirun.yaml").write_text(definition, encoding="utf-8")


def _right_side(item: Axis | Fixed) -> str:
    return item.sweep if isinstance(item, Axis) else item.text


def _write_job(case: SweepCase, number: int, folder: Path) -> None:
    job = case.jobs[number]
    lines = case.lines(number)
    text = overrides_yaml(lines)
    if job.cut is not None:
        text = text[: int(job.cut * text.rindex("="))]
    outputs = folder / ".hydra"
    outputs.mkdir(parents=True)
    (outputs / "overrides.yaml").write_text(text, encoding="utf-8")
    if job.metrics is None:
        return
    file = folder / case.file_name
    if case.recorded:
        from runcube import save_metrics

        save_metrics(file, dict(job.metrics), overrides=lines)
    else:
        file.write_bytes(npz_bytes(job.metrics))
    if job.damage is not None:
        file.write_bytes(job.damage.apply(file.read_bytes()))


def npz_bytes(metrics: Mapping[str, Any]) -> bytes:
    """Write what `numpy.savez` writes, under any names.

    `numpy.savez` takes names as keywords, and so cannot write one called `file`.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> with np.load(io.BytesIO(npz_bytes({"file": 1.5}))) as read:
    ...     float(read["file"])
    1.5
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, value in metrics.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(value), allow_pickle=False)
    return buffer.getvalue()


def _covered(content: bytes) -> tuple[int, int]:
    """Give start and length of bytes that a checksum covers: the first npz member, or the batch."""
    if content.startswith(b"ARROW1"):
        footer = int.from_bytes(content[-_ARROW_TAIL:-6], "little")
        return 0, len(content) - _ARROW_TAIL - footer
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not archive.namelist():
            # Nothing but the end record: its signature says what it is.
            return 0, 4
        member = archive.infolist()[0]
    start = member.header_offset + 30
    names, extra = (content[start - 4 + 2 * k : start - 2 + 2 * k] for k in range(2))
    start += int.from_bytes(names, "little") + int.from_bytes(extra, "little")
    return start, member.compress_size


def path_safe(text: str) -> bool:
    """Say whether a text may stand in a directory's name."""
    return re.fullmatch(r"[\w.+=,-]{1,60}", text) is not None


def cells(case: SweepCase) -> list[tuple[int, ...]]:
    """Give each job's place on every axis, by job number."""
    return list(itertools.product(*(range(len(axis.labels)) for axis in case.axes)))
