"""`runcube demo`: the study is what it says, and its check finds what was tampered with."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from omegaconf import OmegaConf

import runcube
from runcube.cli.demo import command, compare, report, study
from runcube.cli.main import main
from runcube.testing import assert_same

SMALL = study.Plan(seeds=(0, 1), epsilons=(0.0, 0.1))


@pytest.fixture
def small(hydra_place, monkeypatch):
    """Make the demo a study of eight jobs."""
    monkeypatch.setattr(study, "Plan", lambda: SMALL)
    return hydra_place


def tamper(monkeypatch, change):
    """Have `change` do its work between the run and the reload."""
    reload = command.reload

    def changed(directory):
        change(directory)
        return reload(directory)

    monkeypatch.setattr(command, "reload", changed)


def run_demo(capsys, *arguments):
    code = main(["demo", *arguments])
    return code, capsys.readouterr().out.splitlines()


def test_the_whole_demo_ends_with_identical(tmp_path):
    script = "import sys; from runcube.cli.main import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", script, "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].endswith("2 kinds x 5 seeds x 9 epsilons = 90 jobs, into runcube-demo/sweep")
    assert lines[-1].startswith("identical: 90 jobs ")
    assert "<xarray.Dataset>" in run.stdout
    table = [line for line in lines if " ± " in line]
    assert [line.split()[0] for line in table] == [f"{it:.3f}" for it in study.EPSILONS]
    assert sorted(path.name for path in (tmp_path / "runcube-demo").iterdir()) == [
        "robustness.nc",
        "robustness.png",
        "sweep",
    ]
    sweep = tmp_path / "runcube-demo" / "sweep"
    choices = OmegaConf.load(sweep / "multirun.yaml").hydra.runtime.choices
    assert choices["hydra/sweeper"] == choices["hydra/launcher"] == "runcube"
    dataset = runcube.open_sweep(sweep).to_xarray()
    gradient, noise = (dataset["accuracy"].sel(kind=kind) for kind in ("gradient", "noise"))
    assert float(gradient.sel(epsilon=0.2).max()) < 0.2
    assert float(noise.sel(epsilon=0.2).min()) > 0.85


def test_the_files_hold_what_the_sweep_holds(small, capsys):
    assert run_demo(capsys)[0] == 0
    place = small / "runcube-demo"
    loaded = runcube.open_sweep(place / "sweep").to_xarray()
    with xr.open_dataset(place / "robustness.nc") as stored:
        xr.testing.assert_identical(stored.load(), loaded)
    assert (place / "robustness.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_is_downloaded(small, capsys, monkeypatch):
    def refuse(*arguments):
        raise AssertionError(arguments)

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(f"socket.socket.{name}", refuse)
    assert run_demo(capsys)[0] == 0


def test_one_changed_byte_of_a_value_differs(small, capsys, monkeypatch):
    def change(directory: Path) -> None:
        path = directory / "3" / "metrics.arrow"
        content = bytearray(path.read_bytes())
        place = content.index(struct.pack("<d", runcube.load_metrics(path)["accuracy"]))
        content[place] ^= 1
        path.write_bytes(content)

    tamper(monkeypatch, change)
    code, lines = run_demo(capsys)
    assert code == 1
    assert lines[-1].startswith("differs: variable `accuracy` at kind=noise, seed=1, epsilon=0.1:")
    (problem,) = (line for line in lines if line.startswith("problem: "))
    assert "3/metrics.arrow" in problem
    assert "checksum" in problem
    also = [line for line in lines if line.startswith("also: ")]
    assert [line.split("`")[1] for line in also] == ["loss", "recall"]


def test_a_value_recorded_otherwise_by_its_last_bit_differs(small, capsys, monkeypatch):
    def change(directory: Path) -> None:
        path = directory / "6" / "metrics.arrow"
        metrics = runcube.load_metrics(path)
        metrics["recall"][7] = np.nextafter(metrics["recall"][7], 2.0)
        lines = ["+kind='gradient'", "+seed=1", "+epsilon=0.0"]
        runcube.save_metrics(path, metrics, overrides=lines)

    tamper(monkeypatch, change)
    code, lines = run_demo(capsys)
    assert code == 1
    place = "kind=gradient, seed=1, epsilon=0.0, recall_dim0=7"
    assert lines[-1].startswith(f"differs: variable `recall` at {place}: ")


def test_a_job_that_is_gone_differs(small, capsys, monkeypatch):
    tamper(monkeypatch, lambda directory: (directory / "0" / "metrics.arrow").unlink())
    code, lines = run_demo(capsys)
    assert code == 1
    assert lines[-1].startswith("differs: variable `accuracy` at kind=noise, seed=0, epsilon=0.0:")


def test_numbers_keep_their_own_identity_when_overrides_are_exchanged(small, capsys, monkeypatch):
    def change(directory: Path) -> None:
        first, second = (directory / name / ".hydra" / "overrides.yaml" for name in "16")
        text = second.read_text()
        assert text != first.read_text()
        first.write_text(text)

    tamper(monkeypatch, change)
    code, lines = run_demo(capsys)
    assert code == 0
    assert lines[-1].startswith("identical: 8 jobs ")


def test_a_second_run_takes_a_directory_inside(small, capsys):
    assert run_demo(capsys, "--directory", "here")[0] == 0
    before = sorted(small.rglob("*"))
    code, lines = run_demo(capsys, "--directory", "here")
    assert code == 0
    assert lines[0].endswith("into here/run-2/sweep")
    assert [path for path in before if not path.exists()] == []


def test_free_directories_are_found(tmp_path):
    assert command.fresh(tmp_path / "new" / "deep") == tmp_path / "new" / "deep"
    assert command.fresh(tmp_path / "new") == tmp_path / "new" / "run-2"
    assert command.fresh(tmp_path / "new") == tmp_path / "new" / "run-2"
    (tmp_path / "new" / "run-2" / "file").touch()
    assert command.fresh(tmp_path / "new") == tmp_path / "new" / "run-3"


def test_a_file_is_no_directory(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["demo", "--directory", str(tmp_path / "file")]) == 2
    assert "is a file: name a directory" in capsys.readouterr().err


def test_missing_extras_are_named_with_the_cure(small, capsys, monkeypatch):
    find_spec = command.importlib.util.find_spec
    monkeypatch.setattr(
        command.importlib.util,
        "find_spec",
        lambda name: None if name in ("sklearn", "netCDF4") else find_spec(name),
    )
    assert main(["demo"]) == 2
    assert capsys.readouterr().err == (
        "runcube: the demo needs scikit-learn, netcdf4: `pip install 'runcube[demo]'`\n"
    )
    assert list(small.iterdir()) == []


def test_the_gradient_is_that_of_the_cross_entropy():
    model = study.trained(0)
    few = study.Trained(model.weights, model.offsets, model.images[:20], model.digits[:20])

    def losses(images):
        return -np.log(few.probabilities(images)[np.arange(20), few.digits])

    step = 1e-6
    for pixel in (10, 27, 36):
        shift = np.zeros(64)
        shift[pixel] = step
        numeric = (losses(few.images + shift) - losses(few.images - shift)) / (2 * step)
        np.testing.assert_allclose(few.gradient()[:, pixel], numeric, rtol=1e-4, atol=1e-7)


def test_perturbed_images_move_by_epsilon_and_stay_images():
    model = study.trained(0)
    for kind in study.KINDS:
        images = study.perturbed(model, kind, 0.1, 0)
        assert images.min() >= 0
        assert images.max() <= 1
        moved = np.abs(images - model.images)
        assert moved.max() == pytest.approx(0.1)
        np.testing.assert_array_equal(study.perturbed(model, kind, 0.0, 0), model.images)


def test_the_interval_is_students():
    values = xr.DataArray([[1.0, 2.0, 3.0, 4.0, 5.0]], dims=("epsilon", "seed"))
    found = report.interval(values)
    np.testing.assert_allclose(found.mean, [3.0])
    # t(0.975, 4) = 2.7764; the standard deviation of these is sqrt(2.5).
    np.testing.assert_allclose(found.half, [2.776445 * np.sqrt(2.5 / 5)], rtol=1e-6)


def test_the_truth_of_the_comparison_comes_from_memory_alone():
    held = {
        (kind, seed, epsilon): {"accuracy": number, "loss": -number, "recall": np.arange(10.0)}
        for number, (kind, seed, epsilon) in enumerate(
            (kind, seed, epsilon)
            for kind in SMALL.kinds
            for seed in SMALL.seeds
            for epsilon in SMALL.epsilons
        )
    }
    truth = compare.expected(SMALL, held)
    assert float(truth["loss"].sel(kind="gradient", seed=0, epsilon=0.1)) == -5
    assert compare.differences(truth.copy(deep=True), truth) == []
    assert_same(truth["recall_dim0"], truth["recall_dim0"])
    assert compare.differences(truth.drop_vars("loss"), truth) == ["variable `loss` is missing"]
    del held["noise", 1, 0.1]
    with pytest.raises(KeyError):
        compare.expected(SMALL, held)
