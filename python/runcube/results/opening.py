"""`open_sweep`: from a directory to a `Sweep`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from runcube import _core
from runcube.errors import BY_CODE, ProblemsError
from runcube.results.gathered import Sweep
from runcube.results.progress import Watch, watching

# A file that stood unchanged for so long shows any further change by its stamp.
SETTLED_SECONDS = 2.0
# Fewer jobs are read as fast from their files.
FEWEST_CACHED_JOBS = 32
_CACHE_MODES: dict[object, str] = {
    True: "checked",
    False: "off",
    "trust": "trust",
    "refresh": "refresh",
}


def open_sweep(
    path: str | PathLike[str],
    *,
    metrics: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
    where: str | None = None,
    loader: Callable[[Path], Mapping[str, Any]] | None = None,
    leftovers: bool = False,
    cache: bool | Literal["trust", "refresh"] = True,
    strict: bool = False,
    progress: Watch = "auto",
) -> Sweep:
    """Read one sweep, whoever launched it, or all sweeps below a path.

    Parameters
    ----------
    path : path
        The directory of a sweep (it holds `multirun.yaml`, or job directories), or of a single
        run; of any other, all sweeps below are read together. See the notes.
    metrics : str or sequence of str, optional
        Names of metric files relative to each job's directory, or globs (`**/*.npz`); of files of
        one job the later wins. By default the recorded `metrics.arrow`, else the one metric file
        that the jobs hold.
    where : str, optional
        A condition on the jobs' parameters, as in `"0.1 <= lr < 1 and model in ['a', 'b']"`: jobs
        for which it does not hold are left out, and their metric files are not read. See the notes.
    loader : callable, optional
        Your own reader, `path -> mapping`, called for every metric file but recorded ones.
    leftovers : bool, default False
        Take in jobs that the sweep's definition cannot have produced.
    cache : bool or {"trust", "refresh"}, default True
        Take jobs whose files have not changed since an earlier load from the user's cache: each
        file's size, times and inode are compared. With `"trust"` they are not, and only jobs that
        the cache does not know are read; with `"refresh"` every file is read, and the cache is
        made anew. Nothing is ever written into the sweep's directory. See the notes.
    strict : bool, default False
        Raise what was unusable as one exception group, instead of listing it in `problems`.
    progress : bool, "auto" or callable, default "auto"
        Show a bar: jobs, rate, time left. `"auto"` does so in terminals and notebooks, once a load
        has taken half a second. A callable gets the number of jobs that were read and of all,
        about 20 times a second; what it raises ends the load.

    Returns
    -------
    Sweep
        What was read. Broken jobs are holes, and their problems are listed.

    Raises
    ------
    FileNotFoundError
        The path does not exist, holds no job at any depth, no job has a file that `metrics` names,
        or `where` selects no job: the error lists the labels that there are.
    ValueError
        The jobs hold several metric files and none is asked for; `where` does not follow its
        grammar, or names a parameter that no job has.
    runcube.errors.ProblemsError
        With `strict=True`, something was unusable.

    Notes
    -----
    Many sweeps below a path that have the same axes get a further dimension `sweep`, labelled by
    their paths, if that fills at least half of the cells; what each holds fixed, and not all alike,
    is a coordinate along it. Other sweeps, and single runs, lie one job after the other, with
    `sweep` as a coordinate. Each keeps its own definition: what is left over in one, or missing, is
    judged by that alone.

    The cache lies in the folder that `RUNCUBE_CACHE_DIR` names, else in the platform's folder for
    caches; `runcube cache` lists and clears it, and `runcube index` puts one beside a sweep, for
    all who read it. What was not used for three months, or is of a sweep that is gone, is removed
    when something is added. A file that changed in the two seconds before a load is read again by
    the next, since its time stamp could not tell a further change. Loads with a `loader`, of few
    jobs or of large arrays use no cache.

    A parameter that some jobs were given and others left at the default has the default in these:
    the choice in their `hydra.yaml`, else the value in their `config.yaml`. These are opened for
    nothing else.

    A condition compares parameters with values: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in [...]`,
    `not in [...]`, chained as in Python, joined by `and`, `or`, `not` and parentheses. Values are
    ints, floats, quoted texts, `true`, `false`, `null` (`True`, `False`, `None` too) and lists of
    them. A name may hold `.`, `/`, `@` and `-`; any other stands in backticks.

    Values keep their types: `1` is `1.0`, exactly compared, and neither `"1"` nor `true`. A
    comparison across types, or with a parameter that a job lacks, is false; `!=` is then true. So
    `x != null` holds for a job without `x`.

    The selection is a sweep of its own. Its axes keep the labels of those cells of the definition
    for which the condition holds: one that never ran is a hole, and `is_complete` is then False.
    Excluded cells that cannot be cut out of the grid (as by `x == 1 or y == 1`) are empty and not
    missing; where the selection fills less than half of its grid, it lies along one dimension. An
    empty selection is an error and no empty sweep: the mean of nothing would pass unseen.

    Examples
    --------
    >>> import tempfile
    >>> from runcube import open_sweep
    >>> from runcube.testing import make_tree
    >>> tree = make_tree(tempfile.mkdtemp(), axes={"lr": [0.1, 0.2], "seed": [0, 1, 2]})
    >>> sweep = open_sweep(tree.path)
    >>> sweep.axes
    {'lr': [0.1, 0.2], 'seed': [0, 1, 2]}
    >>> dict(sweep.to_xarray().sizes)
    {'lr': 2, 'seed': 3, 'curve_dim0': 10}
    >>> open_sweep(tree.path, where="lr < 0.2 and seed in [0, 2]").axes
    {'lr': [0.1], 'seed': [0, 2]}
    """
    arguments = dict(locals())
    names = _names(metrics)
    condition: object = where
    if condition is not None and not isinstance(condition, str):
        message = f"`where`: expected a condition, as in `lr < 0.1`, got {condition!r}"
        raise TypeError(message)
    given: object = loader
    if given is not None and not callable(given):
        message = f"`loader`: expected a callable, path -> mapping, got {type(given).__name__}"
        raise TypeError(message)
    entries = None if loader is None else (lambda file: _entries(loader, file))
    if cache not in _CACHE_MODES:
        message = f"`cache`: expected True, False, 'trust' or 'refresh', got {cache!r}"
        raise ValueError(message)
    use = (_CACHE_MODES[cache], SETTLED_SECONDS, FEWEST_CACHED_JOBS)
    with watching(progress) as told:
        core = _core.open_sweep(
            Path(path), names, entries, bool(leftovers), None, where, _entries_elsewhere, use, told
        )
    # Absolute: the process that reads a copy may have another current directory.
    again = functools.partial(open_sweep, **arguments | {"path": Path(path).absolute()})
    sweep = Sweep(Path(path), core, again)
    if strict and sweep.problems:
        raise ProblemsError(
            f"{len(sweep.problems)} problems in {path}",
            [BY_CODE[it.kind](str(it), path=str(it.path)) for it in sweep.problems],
        )
    return sweep


def _names(metrics: object) -> list[str] | None:
    if metrics is None:
        return None
    listed = [metrics] if isinstance(metrics, str | PathLike) else metrics
    if isinstance(listed, Sequence) and all(isinstance(it, str | PathLike) for it in listed):
        names = [fspath(name) for name in listed]
        if all(isinstance(name, str) for name in names):
            return names
    message = (
        "`metrics`: expected the name of a metric file, a glob, or a list of these, got "
        f"{metrics!r}"
    )
    raise TypeError(message)


def _entries_elsewhere(path: Path) -> Any:
    from runcube.results import elsewhere

    return elsewhere.entries(path)


def _entries(loader: Callable[[Path], Mapping[str, Any]], path: Path) -> Any:
    loaded: object = loader(path)
    if not isinstance(loaded, Mapping):
        message = (
            f"the loader gave a `{type(loaded).__name__}` for {path}: expected a mapping of metric "
            "names to values"
        )
        raise TypeError(message)
    from runcube.encoding import encode_metrics

    return encode_metrics(loaded)
