"""The first load of a sweep that runcube launched, from the index that it left at its end."""

from __future__ import annotations

import itertools
import shutil

from runcube import _core
from runcube.bench.agreement import require_equal
from runcube.bench.cache import cache_in
from runcube.bench.figures import Measured
from runcube.bench.rows.stamps import against_stamps
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, timed
from runcube.launch.place import SWEEP_FOLDER_NAME
from runcube.launch.sweep_record import product_of, write_sweep_record
from runcube.launch.sweeper.plan_file import PLAN_NAME, PlanLine
from runcube.results.opening import SETTLED_SECONDS
from runcube.testing import Tree
from runcube.testing.text import override_text

_FIRST = "first load"


def index(setting: Setting) -> Measured:
    """Time loads through the index beside the sweep, with no other cache."""
    workload = setting.workloads.get("recorded", setting.jobs)
    work = "first load from the index beside a launched sweep"
    empty = setting.folder / "no-cache"
    try:
        if workload.tree is not None:
            _add_records(workload.tree)
            workload.note_change()
        workload.settle()
        use = ("beside", SETTLED_SECONDS, 0)
        _core.open_sweep(workload.path, None, None, False, None, cache=use)  # noqa: FBT003
        with cache_in(empty):
            require_equal(workload, {_FIRST: workload.reopen()})
            ours = Contender(
                _FIRST,
                timed(workload.reopen),
                workload.jobs,
                prepare=lambda: shutil.rmtree(empty, ignore_errors=True),
            )
            return against_stamps(setting, "index", work, workload, ours)
    finally:
        # The sweep is again as others have it.
        shutil.rmtree(workload.path / SWEEP_FOLDER_NAME, ignore_errors=True)


def _add_records(tree: Tree) -> None:
    """Write what our sweeper leaves beside the jobs: what it set out to run, and the plan."""
    texts = {name: [override_text(it) for it in labels] for name, labels in tree.axes.items()}
    write_sweep_record(tree.path, identifier="bench", definition=product_of(texts))
    lines = (
        tuple(f"{name}={text}" for name, text in zip(texts, combination, strict=True))
        for combination in itertools.product(*texts.values())
    )
    plan = (
        PlanLine(number, directory, overrides).to_json()
        for number, (directory, overrides) in enumerate(zip(tree.directories, lines, strict=True))
    )
    (tree.path / SWEEP_FOLDER_NAME / PLAN_NAME).write_text("".join(plan), encoding="utf-8")
