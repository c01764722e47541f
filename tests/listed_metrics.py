"""Metric files as plain values, for tests of their readers."""

from pathlib import Path

import numpy as np

from runcube import load_metrics


def read(folder, content, name):
    """Write a file and read it."""
    path = Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return listed(path)


def listed(path):
    """Read a file; arrays as lists, whose elements tell dtypes apart."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in load_metrics(path).items()
    }
