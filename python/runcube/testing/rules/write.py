"""Put a `SweepTree` on disk."""

import json
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from runcube.testing.cases import Axis, Fixed, npz_bytes
from runcube.testing.rules.model import Definition, Folder, PlanLine, Record, SweepTree
from runcube.testing.text import overrides_yaml

NESTED = """\
hydra:
  sweep: {dir: multirun, subdir: "${hydra.job.num}"}
  overrides: {task: [nested=1]}
  output_subdir: .hydra
"""


def write_tree(tree: SweepTree, path: str | Path) -> None:
    """Write a sweep to a directory.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from runcube.testing.rules import Folder, Line, PlanLine, SweepTree, write_tree
    >>> folder = Folder("a", asked=(Line("x", 1),), metrics={"loss": 1.0})
    >>> with tempfile.TemporaryDirectory() as root:
    ...     write_tree(SweepTree((folder,), plan=(PlanLine("a"),)), root)
    ...     sorted(path.relative_to(root).as_posix() for path in Path(root).glob("*/*"))
    ['.runcube/jobs.jsonl', 'a/.hydra', 'a/metrics.arrow']
    """
    root = Path(path)
    root.mkdir(parents=True, exist_ok=True)
    for folder in tree.folders:
        _write_folder(tree, folder, root / folder.name)
    if tree.definition is not None:
        (root / "multirun.yaml").write_text(_definition_text(tree.definition), encoding="utf-8")
    if tree.plan or tree.record is not None:
        (root / ".runcube").mkdir()
    if tree.plan:
        text = "".join(json.dumps(_plan_line(line)) + "\n" for line in tree.plan)
        (root / ".runcube" / "jobs.jsonl").write_text(text, encoding="utf-8")
    if tree.record is not None:
        text = json.dumps({"v": 1, "definition": _record(tree.record)})
        (root / ".runcube" / "sweep.json").write_text(text, encoding="utf-8")
    for name in tree.nested:
        below = root / name
        (below / "0" / ".hydra").mkdir(parents=True)
        (below / "0" / ".hydra" / "overrides.yaml").write_text("- nested=1\n")
        (below / "multirun.yaml").write_text(NESTED, encoding="utf-8")


def _definition_text(definition: Definition) -> str:
    """Write the keys of `multirun.yaml` that define: the whole takes Hydra's dumper long."""
    arguments = [f"{it.prefix}{it.key}={_right_side(it)}" for it in definition.arguments]
    hydra = {
        "sweep": {"dir": "multirun", "subdir": definition.subdir},
        "sweeper": {
            "_target_": "hydra._internal.core_plugins.basic_sweeper.BasicSweeper",
            "params": {item.prefix + item.key: _right_side(item) for item in definition.params},
        },
        "overrides": {"task": arguments},
        "output_subdir": ".hydra",
        "runtime": {"version": "1.3.8"},
    }
    return str(OmegaConf.to_yaml(OmegaConf.create({"hydra": hydra})))


def _right_side(item: Axis | Fixed) -> str:
    return item.sweep if isinstance(item, Axis) else item.text


def _plan_line(line: PlanLine) -> dict[str, Any]:
    content: dict[str, Any] = {"dir": line.directory}
    if line.overrides is not None:
        content["overrides"] = [it.written for it in line.overrides]
    if line.repetition is not None:
        content["repetition"] = line.repetition
    if line.aliases:
        content["aliases"] = dict(line.aliases)
    if line.superseded is not None:
        content["superseded"] = line.superseded
    return content


def _record(record: Record) -> dict[str, Any]:
    axes = [{"name": axis.key, "labels": list(axis.texts)} for axis in record.axes]
    return {"kind": record.kind, "axes": axes}


def _write_folder(tree: SweepTree, folder: Folder, path: Path) -> None:
    path.mkdir(parents=True)
    if not folder.bare:
        (path / ".hydra").mkdir()
    if folder.asked is not None:
        text = overrides_yaml([line.written for line in folder.asked])
        if folder.cut is not None:
            # Without the newline: a list that ends with a whole line is a list.
            text = text[: int(folder.cut * text.rindex("="))].rstrip("\n")
        (path / ".hydra" / "overrides.yaml").write_text(text, encoding="utf-8")
    if folder.repetition is not None:
        text = json.dumps({"v": 1, "status": "finished", "repetition": folder.repetition})
        (path / "job.json").write_text(text)
    if folder.metrics is None:
        return
    file = path / tree.file_name
    if tree.recorded:
        from runcube import save_metrics

        carried = folder.carried
        lines = None if carried is None else [line.written for line in carried]
        save_metrics(file, dict(folder.metrics), overrides=lines)
    else:
        file.write_bytes(npz_bytes(folder.metrics))
    if folder.damage is not None:
        file.write_bytes(folder.damage.apply(file.read_bytes()))
