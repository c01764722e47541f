"""Load a sweep in a process of its own and say what it took: run as a script by tests.

    python measured_load.py PLAIN SWEEP NAME [--unprivileged]

The sweep `PLAIN` holds the good jobs alone: loading it first sets the baseline. Then `SWEEP`, the
same with hostile jobs beside them, is loaded, and a JSON document tells the processor's and the
clock's seconds, the memory beyond the baseline's peak, the problems, and the value of each job.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import runcube

NOBODY = 65534


def peak():
    """Return the largest memory that this process held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def gathered(folder, name):
    sweep = runcube.open_sweep(folder, metrics=name)
    return sweep, sweep.to_xarray()


def main(plain, folder, name, *options):
    gathered(plain, name)
    # Now that everything is imported, which the interpreter's owner alone may.
    if "--unprivileged" in options and os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    before, clock, processor = peak(), time.monotonic(), time.process_time()
    sweep, dataset = gathered(folder, name)
    found = {
        "seconds": time.monotonic() - clock,
        "processor_seconds": time.process_time() - processor,
        "bytes": peak() - before,
        "problems": [
            [os.fsencode(Path(it.path).relative_to(folder)).decode(), it.kind, it.message]
            for it in sweep.problems
        ],
        # A series of one row, as some formats give it, counts as its row.
        "values": dict(
            zip(
                dataset["seed"].values.tolist(),
                dataset["loss"].values.ravel().tolist(),
                strict=True,
            )
        ),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
