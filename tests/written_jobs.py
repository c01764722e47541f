"""Single jobs on disk, for tests that need other trees than whole products."""

import numpy as np

from runcube import save_metrics


def job(path, overrides, metrics=None, *, recorded=False):
    """Write one job's directory, as a plain Hydra app leaves it."""
    (path / ".hydra").mkdir(parents=True)
    lines = "".join(f"- {line}\n" for line in overrides) or "[]\n"
    (path / ".hydra/overrides.yaml").write_text(lines)
    if metrics is not None and recorded:
        save_metrics(path / "metrics.arrow", metrics, overrides=overrides)
    elif metrics is not None:
        np.savez(path / "metrics.npz", **metrics)
