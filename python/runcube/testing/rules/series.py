"""Series of several jobs, joined on the labels that a metric gives them: rule 8."""

from collections.abc import Mapping, Sequence

import numpy as np

from runcube.testing.promote import common_dtype

Values = dict[tuple[int, ...], np.ndarray]


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Give the sorted labels of all jobs, in one dtype."""
    return np.unique(np.concatenate([array.astype(common_dtype(arrays)) for array in arrays]))


def is_series(values: Mapping[tuple[int, ...], np.ndarray]) -> bool:
    """Say whether a metric has rows."""
    return any(array.ndim > 0 for array in values.values())


def rows(
    values: Mapping[tuple[int, ...], np.ndarray],
    own: Mapping[tuple[int, ...], np.ndarray],
    labels: np.ndarray,
) -> tuple[Values, int]:
    """Give place and label → row, and how many series are no series of their labels.

    Parameters
    ----------
    values
        Place → series.
    own
        Place → the labels that the job recorded.
    labels
        Those of all jobs.
    """
    cut: Values = {}
    refused = 0
    for place, series in values.items():
        if place not in own or len(own[place]) != len(series):
            refused += 1
            continue
        for label, row in zip(own[place], series, strict=True):
            at = int(np.searchsorted(labels, labels.dtype.type(label)))
            cut[(*place, at)] = np.asarray(row)
    return cut, refused
