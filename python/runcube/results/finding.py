"""`find_sweeps`: the sweeps below a path."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from runcube import _core


def find_sweeps(path: str | PathLike[str]) -> list[Path]:
    """Find the sweeps below a path, whoever launched them.

    A sweep is a directory that holds `multirun.yaml` or `.runcube/sweep.json`, or one whose jobs
    belong together: the Optuna sweeper, for one, leaves nothing but numbered jobs. A single run is
    a sweep of one. No job is opened, and links are not followed.

    Parameters
    ----------
    path : path
        Where to look. If it is a sweep itself, it is the only one.

    Returns
    -------
    list of pathlib.Path
        The directories, by path with digits as numbers. Empty where there is none.

    Raises
    ------
    FileNotFoundError
        The path does not exist.

    See Also
    --------
    runcube.open_sweep : Reads one sweep, or all below a path.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from runcube import find_sweeps
    >>> from runcube.testing import make_tree
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ["10-00-00", "9-00-00"]:
    ...     tree = make_tree(folder / name, axes={"lr": [0.1, 0.2]})
    >>> [sweep.name for sweep in find_sweeps(folder)]
    ['9-00-00', '10-00-00']
    """
    return [Path(found) for found in _core.find_sweeps(Path(path))]
