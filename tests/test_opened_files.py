"""Which files a load opens, as the system sees it."""

import shutil
import subprocess
import sys

import pytest

from written_jobs import job

pytestmark = pytest.mark.system

PROGRAM = """
import sys, runcube
print(runcube.open_sweep(sys.argv[1], metrics=sys.argv[2] or None).problems)
"""


def opened(tmp_path, folder, metrics):
    """Return the system calls on paths with `checkpoints` in them that a load makes."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("this test counts system calls with `strace`: apt-get install strace")
    trace = tmp_path / "trace"
    run = [strace, "-f", "-e", "trace=file", "-o", trace]
    load = [sys.executable, "-c", PROGRAM, folder, metrics]
    assert subprocess.run([*run, *load], capture_output=True, check=True).stdout == b"()\n"
    lines = trace.read_text(errors="replace").splitlines()
    assert any("overrides.yaml" in line for line in lines)
    return [line for line in lines if "checkpoints" in line]


@pytest.fixture
def folder(tmp_path):
    for seed in range(3):
        path = tmp_path / f"sweep/{seed}"
        job(path, [f"seed={seed}"], {"loss": 0.5})
        for epoch in range(2):
            nested = path / f"logs/checkpoints/epoch={epoch}"
            nested.mkdir(parents=True)
            (nested / "metrics.json").write_text('{"other": 1}')
            (nested / "model.ckpt").write_bytes(b"x")
    return tmp_path / "sweep"


@pytest.mark.parametrize("metrics", ["", "metrics.npz", "*.npz"])
def test_a_nested_folder_of_checkpoints_is_left_alone(tmp_path, folder, metrics):
    assert opened(tmp_path, folder, metrics) == []


def test_a_glob_that_asks_for_it_looks_into_it(tmp_path, folder):
    lines = opened(tmp_path, folder, "logs/**/metrics.json")
    assert len([line for line in lines if "O_DIRECTORY" in line]) == 3 * 3
    assert len([line for line in lines if "metrics.json" in line and "openat" in line]) == 3 * 2
    assert not [line for line in lines if "model.ckpt" in line]
