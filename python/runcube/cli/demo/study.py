"""The study: how a classifier of handwritten digits bears perturbed images.

For each seed the 1,797 images that scikit-learn ships (8 by 8 pixels, scaled to 0…1) are split, and
multinomial logistic regression is trained on 60 % of them. The others are perturbed by `epsilon`
in every pixel, whose sign is drawn (`noise`) or that of the loss's gradient (`gradient`), and
classified. With logits ``Wx + b`` the gradient of the cross entropy by the image is exact:
``(softmax(Wx + b) - onehot(y)) W``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from hydra_zen import multirun
from numpy.typing import NDArray

from runcube.workflows.robustness import RobustnessCurve

DIGITS = 10
KINDS = ("noise", "gradient")
SEEDS = (0, 1, 2, 3, 4)
EPSILONS = (0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2)

_HELD_OUT = 0.4
_BRIGHTEST = 16

Floats = NDArray[np.float64]
Cell = tuple[str, int, float]


@dataclass(frozen=True)
class Plan:
    """What is varied, each in the order of its labels."""

    kinds: Sequence[str] = KINDS
    seeds: Sequence[int] = SEEDS
    epsilons: Sequence[float] = EPSILONS

    @property
    def jobs(self) -> int:
        """How many jobs it takes."""
        return len(self.kinds) * len(self.seeds) * len(self.epsilons)


@dataclass
class Witness:
    """What the tasks held in memory, by kind, seed and epsilon; it has no part in the record."""

    held: dict[Cell, dict[str, Any]] = field(default_factory=dict)
    on_job: Callable[[], None] = lambda: None

    def saw(self, cell: Cell, metrics: dict[str, Any]) -> None:
        """Keep a copy of a task's metrics."""
        self.held[cell] = copy.deepcopy(metrics)
        self.on_job()


_witnesses: list[Witness] = []


@dataclass(frozen=True)
class Trained:
    """A classifier, and the images that it has not seen."""

    weights: Floats
    offsets: Floats
    images: Floats
    digits: NDArray[np.int64]

    def probabilities(self, images: Floats) -> Floats:
        """Give the probability of each digit, shape (images, 10)."""
        logits = images @ self.weights.T + self.offsets
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def gradient(self) -> Floats:
        """Give the gradient of each image's cross entropy by its pixels, shape (images, 64)."""
        onehot = np.eye(DIGITS)[self.digits]
        return np.asarray((self.probabilities(self.images) - onehot) @ self.weights)


@lru_cache(maxsize=len(SEEDS))
def trained(seed: int) -> Trained:
    """Split the images and train, once for each seed."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    images, digits = load_digits(return_X_y=True)
    seen, unseen, seen_digits, unseen_digits = train_test_split(
        images / _BRIGHTEST, digits, test_size=_HELD_OUT, stratify=digits, random_state=seed
    )
    model = LogisticRegression(max_iter=1000).fit(seen, seen_digits)
    return Trained(model.coef_, model.intercept_, unseen, unseen_digits)


def perturbed(model: Trained, kind: str, epsilon: float, seed: int) -> Floats:
    """Move every pixel by `epsilon`, and keep it within the range of pixels."""
    if kind == "gradient":
        signs = np.sign(model.gradient())
    else:
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=model.images.shape)
    return np.clip(model.images + epsilon * signs, 0.0, 1.0)


class DigitRobustness(RobustnessCurve):
    """Accuracy, loss and recall of each digit against the strength of a perturbation."""

    @staticmethod
    def task(kind: str, seed: int, epsilon: float) -> dict[str, Any]:
        """Classify the perturbed images of one seed."""
        model = trained(seed)
        probabilities = model.probabilities(perturbed(model, kind, epsilon, seed))
        right = probabilities.argmax(axis=1) == model.digits
        chosen = probabilities[np.arange(len(right)), model.digits]
        metrics = {
            "accuracy": float(right.mean()),
            "loss": float(-np.log(np.maximum(chosen, np.finfo(float).tiny)).mean()),
            "recall": np.array([right[model.digits == digit].mean() for digit in range(DIGITS)]),
        }
        for witness in _witnesses:
            witness.saw((kind, seed, epsilon), metrics)
        return metrics


def run_study(directory: Path, plan: Plan, witness: Witness) -> DigitRobustness:
    """Launch the study through Hydra, with `witness` looking on.

    The sweeper and the launcher are runcube's own; with one job at a time the launcher runs all of
    them in this process, which is why the witness sees them.
    """
    study = DigitRobustness()
    _witnesses.append(witness)
    try:
        study.run(
            kind=multirun(list(plan.kinds)),
            seed=multirun(list(plan.seeds)),
            epsilon=list(plan.epsilons),
            working_dir=directory,
            sweeper="runcube",
            launcher="runcube",
            # A line for each job would hide the progress.
            overrides=["hydra/hydra_logging=none", "hydra/job_logging=none"],
        )
    finally:
        _witnesses.remove(witness)
    return study
