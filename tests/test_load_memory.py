"""How much memory a load takes at its peak, by what the metrics are like.

Each runs in a process of its own, whose peak is that of the load alone.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

JOBS = 4000
LENGTH = 1500
# Of the second the cells lie apart, those of each length together.
LENGTHS = {"even": lambda job: LENGTH, "ragged": lambda job: LENGTH + job % 400}
LOAD = """
import sys
from runcube import open_sweep
from runcube.bench.peak import peak
before = peak()
sweep = open_sweep(sys.argv[1], metrics="curve.npy", cache=False)
print(peak() - before)
"""


def allowed():
    """Give how often a recorded byte may be held: more where the system gives large pages unasked.

    Half of them twice, where one thread gets more jobs than it made room for.
    """
    setting = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    return 4 if setting.exists() and "[always]" in setting.read_text() else 2


@pytest.mark.parametrize("shape", LENGTHS)
def test_a_load_takes_the_memory_that_it_fills(tmp_path, shape):
    recorded = 0
    for job in range(JOBS):
        folder = tmp_path / str(job)
        (folder / ".hydra").mkdir(parents=True)
        (folder / ".hydra/overrides.yaml").write_text(f"- seed={job}\n")
        curve = np.full(LENGTHS[shape](job), 0.5)
        np.save(folder / "curve.npy", curve)
        recorded += curve.nbytes
    load = [sys.executable, "-c", LOAD, str(tmp_path)]
    taken = int(subprocess.run(load, capture_output=True, check=True).stdout)
    assert recorded < taken < allowed() * recorded
