"""A Lightning callback that keeps what a training logged, epoch by epoch.

::

    metrics.pt            {"epoch": [0, 1, 2], "loss": [..], "val_loss": [nan, .., nan]}
    metrics_validate.pt   {"validate/val_loss": ..}      from `trainer.validate`
    metrics_test.pt       {"test/accuracy": ..}          from `trainer.test`

`trainer.callback_metrics` keeps a value until another takes its place, so a metric that an epoch
did not log still shows an older epoch's number there. What an epoch logged is told by identity: a
value that was logged since is another object than before.
"""

from __future__ import annotations

import importlib
import os
import threading
from pathlib import Path
from typing import Any

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")
_STANDALONE = ("validate", "test")


def _bases() -> tuple[type, ...]:
    """Give the base of every Lightning there is: a trainer takes only callbacks of its own."""
    bases = []
    for name in _PACKAGES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        bases.append(module.Callback)
    return tuple(dict.fromkeys(bases))


class MetricsCallback(*_bases()):  # type: ignore[misc]
    """Writes the metrics of a training to a file, as series of equal length.

    Parameters
    ----------
    save_dir : path, default "."
        Where to write: the job's own directory, if it runs there. Relative to the directory that
        is current when the training starts.
    filename : str, default "metrics.pt"
        The file of `fit`.

    Notes
    -----
    The file holds `epoch` and, for each metric that was logged under a name (`self.log`), a
    one-dimensional tensor with the last value of each epoch, NaN where an epoch logged none. Where
    the module logs an `epoch` of its own, ours is `epoch_`. The file is
    written by the process of rank 0 at the end of each epoch, in one step, so that a training that
    dies leaves the epochs that it finished. The check of the validation before a training is not
    recorded. What stands there from an earlier training is removed when a new one starts; one that
    goes on from a checkpoint goes on with the series; of a checkpoint that was saved within an
    epoch, such as after a validation, that epoch has what was logged until then.

    `trainer.validate` and `trainer.test` never touch that file: they write `metrics_validate.pt`
    and `metrics_test.pt`, with `validate/` or `test/` before each name.

    Examples
    --------
    ::

        trainer = Trainer(max_epochs=10, callbacks=[MetricsCallback()])
        trainer.fit(model, data)
        runcube.load_metrics("metrics.pt")["val_loss"]
    """

    def __init__(
        self, save_dir: str | os.PathLike[str] = ".", filename: str = "metrics.pt"
    ) -> None:
        if not any(base.__name__ == "Callback" for base in type(self).__mro__):
            msg = "`MetricsCallback` needs Lightning: `pip install 'runcube[lightning]'`"
            raise ModuleNotFoundError(msg)
        super().__init__()
        self.save_dir = save_dir
        self.filename = filename
        self._path = Path(save_dir, filename)
        self._stage = ""
        self._epochs: list[int] = []
        self._rows: list[dict[str, Any]] = []
        self._before: dict[str, Any] = {}
        self._goes_on = False

    def __getstate__(self) -> dict[str, Any]:
        # Trainers hang methods of their module on a callback, and the objects that were seen in
        # this process tell nothing in another.
        kept = {name: value for name, value in self.__dict__.items() if not callable(value)}
        return kept | {"_before": {}}

    # -- fit --------------------------------------------------------------------------------

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Note where to write: the current directory may change while a job runs."""
        del trainer, pl_module
        self._stage = str(getattr(stage, "value", stage))
        self._path = Path(self.save_dir, self.filename).absolute()

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Forget an earlier training, unless this one goes on with it."""
        del pl_module
        if trainer.current_epoch == 0 and not self._goes_on:
            self._epochs, self._rows = [], []
            if trainer.is_global_zero:
                self._path.unlink(missing_ok=True)
        self._goes_on = False

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin a row; what the module logged at the very end of the last epoch goes to that."""
        del pl_module
        self._collect(trainer)
        kept = sum(epoch < trainer.current_epoch for epoch in self._epochs)
        self._epochs[kept:], self._rows[kept:] = [trainer.current_epoch], [{}]

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Take what the epoch logged, and write."""
        del pl_module
        self._collect(trainer)
        self._write(trainer, self._path, self._series())

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Take what the module logged at the very end of the last epoch, and write."""
        del pl_module
        self._collect(trainer)
        self._write(trainer, self._path, self._series())

    def _collect(self, trainer: Any) -> None:
        fresh = self._fresh(trainer)
        if self._rows:
            self._rows[-1] |= fresh

    def _series(self) -> dict[str, Any]:
        import torch

        names = dict.fromkeys(name for row in self._rows for name in row)
        columns = {name: _series([row.get(name) for row in self._rows]) for name in names}
        own = "epoch"
        while own in columns:
            own += "_"
        return {own: torch.tensor(self._epochs, dtype=torch.int64)} | columns

    # -- validate and test ------------------------------------------------------------------

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Look at what is known before a validation of its own."""
        del pl_module
        if self._stage == "validate":
            self._fresh(trainer)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Write the numbers of a validation of its own; those within a training are its rows'."""
        del pl_module
        self._write_standalone(trainer, "validate")

    def on_test_start(self, trainer: Any, pl_module: Any) -> None:
        """Look at what is known before a test."""
        del pl_module
        self._fresh(trainer)

    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        """Write the numbers of a test."""
        del pl_module
        self._write_standalone(trainer, "test")

    def _write_standalone(self, trainer: Any, stage: str) -> None:
        if self._stage == stage:
            values = {f"{stage}/{name}": value for name, value in self._fresh(trainer).items()}
            path = self._path.with_name(f"{self._path.stem}_{stage}{self._path.suffix}")
            self._write(trainer, path, values)

    # -- a training that goes on ------------------------------------------------------------

    def on_save_checkpoint(self, trainer: Any, pl_module: Any, checkpoint: dict[str, Any]) -> None:
        """Add what the epoch has logged so far: `state_dict`, asked before, sees no trainer."""
        del pl_module
        if self._stage == "fit":
            self._collect(trainer)
            checkpoint.setdefault("callbacks", {})[self.state_key] = self.state_dict()

    def state_dict(self) -> dict[str, Any]:
        """Give the series as plain data, for the trainer's checkpoints."""
        return {"epochs": list(self._epochs), "rows": [dict(row) for row in self._rows]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with the series of a checkpoint."""
        self._epochs = list(state_dict["epochs"])
        self._rows = [dict(row) for row in state_dict["rows"]]
        self._goes_on = True

    # -- both -------------------------------------------------------------------------------

    def _fresh(self, trainer: Any) -> dict[str, Any]:
        """Give what was logged since the last look."""
        # On every rank: the values may be reduced over all of them when they are read.
        now = dict(trainer.callback_metrics)
        before, self._before = self._before, now
        fresh = {name: value for name, value in now.items() if value is not before.get(name)}
        return {name: value.detach().cpu().reshape(()) for name, value in fresh.items()}

    def _write(self, trainer: Any, path: Path, values: dict[str, Any]) -> None:
        if not trainer.is_global_zero:
            return
        import torch

        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        try:
            torch.save(values, temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _series(values: list[Any]) -> Any:
    """Give one value for each epoch as a tensor, with NaN where there is none."""
    import torch

    known = [value for value in values if value is not None]
    dtype = known[0].dtype
    for value in known[1:]:
        dtype = torch.promote_types(dtype, value.dtype)
    if len(known) < len(values) and not (dtype.is_floating_point or dtype.is_complex):
        dtype = torch.float64
    hole = torch.tensor(float("nan"), dtype=dtype) if len(known) < len(values) else None
    return torch.stack([hole if value is None else value.to(dtype) for value in values])
