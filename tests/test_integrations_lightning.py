"""The callback under real trainers of both packages: what a training logged is what is read."""

# ruff: noqa: D101, D102 - models made for a test speak for themselves

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from pathlib import Path

import lightning.pytorch
import numpy as np
import pytest
import pytorch_lightning
import torch
from hydra_zen import multirun

import runcube
from runcube import MetricsCallback, MultiRunMetricsWorkflow

pytestmark = [
    pytest.mark.usefixtures("hydra_place"),
    # Of Lightning itself, with a torch that is newer than it.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*The number of training batches"),
    pytest.mark.filterwarnings("ignore:Be aware that when using `ckpt_path`"),
    # On a machine that has Slurm.
    pytest.mark.filterwarnings("ignore:The `srun` command is available"),
]
PACKAGES = [lightning.pytorch, pytorch_lightning]
NAN = math.nan


def data():
    inputs = torch.arange(8.0).reshape(4, 2)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs), batch_size=2)


def make_model(package=lightning.pytorch, *, fails_at=None):
    class Model(package.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def forward(self, batch):
            return self.layer(batch[0])

        def training_step(self, batch, index):
            if self.current_epoch == fails_at:
                raise KeyError(fails_at)
            loss = self(batch).pow(2).mean()
            self.log("loss", loss, on_step=False, on_epoch=True, sync_dist=True)
            self.log("step", float(self.global_step))
            if self.current_epoch % 2 == 0:
                self.log("even", 1.0)
            return loss

        def validation_step(self, batch, index):
            self.log("val_epoch", float(self.current_epoch), sync_dist=True)

        def test_step(self, batch, index):
            self.log("loss", 7.0)

        def on_train_epoch_end(self):
            self.log("late", 10.0 * self.current_epoch, sync_dist=True)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    return Model()


def make_trainer(callback, package=lightning.pytorch, *, epochs=4, others=(), **arguments):
    settings = {
        "max_epochs": epochs,
        "callbacks": [*others, callback],
        "check_val_every_n_epoch": 2,
        "accelerator": "cpu",
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": bool(others),
        "log_every_n_steps": 1,
    }
    return package.Trainer(**settings | arguments)


def read(name="metrics.pt"):
    return {name: value.tolist() for name, value in torch.load(name, weights_only=True).items()}


def expected(epochs):
    return {
        "epoch": list(range(epochs)),
        "step": [1.0 + 2 * epoch for epoch in range(epochs)],
        "even": [NAN if epoch % 2 else 1.0 for epoch in range(epochs)],
        "late": [10.0 * epoch for epoch in range(epochs)],
        "val_epoch": [float(epoch) if epoch % 2 else NAN for epoch in range(epochs)],
    }


def assert_series(found, wanted):
    assert set(found) == {*wanted, "loss"}
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert len(set(found["loss"])) == len(wanted["epoch"])


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
class TestBothPackages:
    def test_each_epoch_holds_what_it_logged_and_nothing_older(self, package):
        make_trainer(MetricsCallback(), package).fit(make_model(package), data(), data())
        assert_series(read(), expected(4))

    def test_a_validation_or_test_leaves_the_training_alone(self, package):
        trainer = make_trainer(MetricsCallback(filename="m.pt"), package)
        model = make_model(package)
        trainer.fit(model, data(), data())
        before = Path("m.pt").read_bytes()
        trainer.validate(model, data(), verbose=False)
        trainer.test(model, data(), verbose=False)
        trainer.predict(model, data(), return_predictions=False)
        assert Path("m.pt").read_bytes() == before
        assert read("m_validate.pt") == {"validate/val_epoch": 4.0}
        assert read("m_test.pt") == {"test/loss": 7.0}
        assert sorted(path.name for path in Path().iterdir()) == [
            "m.pt",
            "m_test.pt",
            "m_validate.pt",
        ]

    @pytest.mark.parametrize("whole", [True, False])
    def test_a_training_goes_on_from_a_checkpoint(self, package, whole):
        saves = package.callbacks.ModelCheckpoint(
            "ckpts", filename="{epoch}", save_top_k=-1, save_on_train_epoch_end=whole
        )
        first = make_trainer(MetricsCallback("first"), package, epochs=3, others=[saves])
        first.fit(make_model(package), data(), data())
        again = make_trainer(MetricsCallback("second"), package, epochs=5)
        again.fit(make_model(package), data(), data(), ckpt_path="ckpts/epoch=1.ckpt")
        before, after = read("first/metrics.pt"), read("second/metrics.pt")
        # A checkpoint that is saved after the validation knows no mean over its epoch.
        before["loss"][1] = before["loss"][1] if whole else NAN
        assert_series(after, expected(5))
        np.testing.assert_array_equal(after["loss"][:2], before["loss"][:2])


def test_one_callback_serves_trainers_of_both_packages():
    callback = MetricsCallback()
    for package in PACKAGES:
        make_trainer(callback, package, epochs=2).fit(make_model(package), data(), data())
        assert_series(read(), expected(2))


def test_the_check_before_a_training_is_not_recorded():
    trainer = make_trainer(MetricsCallback(), epochs=1, num_sanity_val_steps=2)
    trainer.fit(make_model(), data(), data())
    assert set(read()) == {"epoch", "step", "even", "late", "loss"}


def test_series_are_arrays_of_the_type_that_was_logged():
    make_trainer(MetricsCallback(), epochs=1).fit(make_model(), data(), data())
    values = torch.load("metrics.pt", weights_only=True)
    assert values["epoch"].dtype == torch.int64
    assert values["loss"].dtype == torch.float32
    assert {tuple(value.shape) for value in values.values()} == {(1,)}


def test_an_epoch_that_the_module_logs_is_kept():
    model = make_model()
    model.on_train_epoch_start = lambda: model.log("epoch", 1.0 + model.current_epoch)
    make_trainer(MetricsCallback(), epochs=2).fit(model, data(), data())
    assert (read()["epoch"], read()["epoch_"]) == ([1.0, 2.0], [0, 1])


def test_a_training_that_dies_leaves_the_epochs_that_it_finished():
    callback = MetricsCallback()
    with pytest.raises(KeyError):
        make_trainer(callback).fit(make_model(fails_at=2), data(), data())
    assert read()["epoch"] == [0, 1]
    assert [path.name for path in Path().iterdir()] == ["metrics.pt"]


def test_a_new_training_that_dies_at_once_leaves_no_older_numbers():
    make_trainer(MetricsCallback(), epochs=1).fit(make_model(), data(), data())
    with pytest.raises(KeyError):
        make_trainer(MetricsCallback()).fit(make_model(fails_at=0), data(), data())
    assert not Path("metrics.pt").exists()


def test_a_callback_that_is_used_again_begins_anew():
    callback = MetricsCallback()
    make_trainer(callback, epochs=3).fit(make_model(), data(), data())
    make_trainer(callback, epochs=2).fit(make_model(), data(), data())
    assert_series(read(), expected(2))


def test_a_training_that_is_continued_continues_its_series():
    trainer = make_trainer(MetricsCallback(), epochs=2)
    model = make_model()
    trainer.fit(model, data(), data())
    trainer.fit_loop.max_epochs = 4
    trainer.fit(model, data(), data())
    assert_series(read(), expected(4))


def test_only_rank_zero_writes(monkeypatch):
    callback = MetricsCallback()
    trainer = make_trainer(callback, epochs=1)
    monkeypatch.setattr(type(trainer), "is_global_zero", property(lambda self: False))
    Path("metrics.pt").write_bytes(b"of rank 0")
    trainer.fit(make_model(), data(), data())
    trainer.test(trainer.model, data(), verbose=False)
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == {
        "metrics.pt": b"of rank 0"
    }


def test_two_processes_write_one_file(tmp_path):
    trainer = make_trainer(
        MetricsCallback("here"), epochs=2, strategy="ddp_fork", devices=2, accelerator="cpu"
    )
    trainer.fit(make_model(), data(), data())
    assert read("here/metrics.pt")["epoch"] == [0, 1]
    assert [path.name for path in Path("here").iterdir()] == ["metrics.pt"]


def test_a_callback_pickles_with_its_series():
    callback = MetricsCallback("there", "m.pt")
    again = pickle.loads(pickle.dumps(callback))
    assert (again.save_dir, again.filename) == ("there", "m.pt")
    make_trainer(callback, epochs=2).fit(make_model(), data(), data())
    again = pickle.loads(pickle.dumps(callback))
    assert again.state_dict() == callback.state_dict()


WITHOUT = """
import sys
for name in {names}:
    sys.modules[name] = None
from runcube import *
try:
    callback = MetricsCallback()
except ModuleNotFoundError as error:
    print(error)
else:
    print([base.__module__.partition(".")[0] for base in MetricsCallback.__bases__])
"""


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["lightning", "pytorch_lightning"], "needs Lightning: `pip install 'runcube[lightning]'`"),
        (["lightning"], "['pytorch_lightning']"),
        (["pytorch_lightning"], "['lightning']"),
    ],
    ids=str,
)
def test_either_package_is_enough_and_one_is_needed(names, shown):
    command = [sys.executable, "-c", WITHOUT.format(names=names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown in done.stdout, done.stderr


class Trains(MultiRunMetricsWorkflow):
    @staticmethod
    def task(epochs, seed):
        lightning.pytorch.seed_everything(seed, verbose=False)
        make_trainer(MetricsCallback(), epochs=epochs).fit(make_model(), data(), data())


def test_the_jobs_of_a_sweep_train_each_in_its_own_directory():
    wf = Trains()
    wf.run(epochs=multirun([1, 3]), seed=multirun([0, 1]))
    metrics = wf.load_metrics("metrics.pt")
    assert [list(value) for value in metrics["epoch"]] == [[0], [0], [0, 1, 2], [0, 1, 2]]
    ds = wf.to_xarray()
    assert ds["loss"].dims[:2] == ("epochs", "seed")
    assert ds["loss"].shape == (2, 2, 3)
    for place, directory in enumerate(wf.multirun_working_dirs):
        cell = ds["loss"].values.reshape(4, 3)[place]
        own = read(directory / "metrics.pt")["loss"]
        np.testing.assert_array_equal(cell[: len(own)], np.float32(own))
        assert np.isnan(cell[len(own) :]).all()
    np.testing.assert_array_equal(ds["late"].values[1], [[0, 10, 20]] * 2)
    experiment = runcube.load_experiment(wf.multirun_working_dirs[2])
    assert experiment.metrics["late"].tolist() == [0, 10, 20]
