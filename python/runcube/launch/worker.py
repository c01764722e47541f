"""The process that runs jobs for the local launcher, one after the other, until its pipe closes.

::

    launcher ── its id, arguments, folder; task, configs ──► worker   at its start
             ◄── ready | broken ──
             ── number, override lines ──►                             for each job
             ◄── place ──  ◄── ended | unread | raised ──

It starts as a fresh interpreter: a fork would inherit threads and a CUDA context that do not
survive one, and importing `__main__` again would launch the sweep again.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from runcube.launch.failure import Failure

INTERRUPTED = 130


@dataclass
class Work:
    """All that the jobs of a sweep share: given to every worker once."""

    context: Any
    sweep: Any
    task: Any
    singletons: Any
    resolvers: dict[str, Any]

    def packed(self) -> bytes:
        """Pickle the work, with functions of `__main__` and inner ones by value."""
        import cloudpickle  # type: ignore[import-untyped]

        data: bytes = cloudpickle.dumps(self)
        return data


def main(descriptor: int) -> None:
    """Serve the launcher at the other end of the pipe `descriptor`."""
    connection = Connection(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        launcher, sys.argv[:], folder = connection.recv()
        os.chdir(folder)
        run = _prepared(connection)
        while run is not None:
            number, lines = connection.recv()
            if os.getppid() != launcher:
                # Whoever resumes the sweep starts this job, of which there is no record yet.
                break
            run(number, lines)
    except EOFError:
        # The launcher closed the pipe, or is gone.
        pass
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


def _prepared(connection: Connection) -> Any:
    try:
        work = _unpacked(connection.recv_bytes())
        jobs = _Jobs(connection, work)
    except Exception as error:  # noqa: BLE001  the launcher says it, in its own process
        connection.send(("broken", Failure.of(error, "")))
        return None
    connection.send(("ready", os.getpid()))
    return jobs


def _unpacked(data: bytes) -> Work:
    import pickle

    work: Work = pickle.loads(data)  # noqa: S301  from the process that started this one
    return work


class _Jobs:
    """Runs jobs, and sends what comes of them."""

    def __init__(self, connection: Connection, work: Work) -> None:
        from runcube.launch.hydra_compose import JobComposer
        from runcube.launch.hydra_job import take_state

        take_state(work.singletons, work.resolvers)
        self._connection = connection
        self._work = work
        self._composer = JobComposer(work.context.config_loader, work.sweep)

    def __call__(self, number: int, lines: Sequence[str]) -> None:
        from runcube.launch.hydra_job import run_job
        from runcube.launch.hydra_place import job_place, number_job

        try:
            composed = self._composer.composed(lines)
            number_job(composed, number)
            self._connection.send(("place", os.path.abspath(job_place(composed))))  # noqa: PTH100
            returned = run_job(self._work.context, self._work.task, composed)
        except (Exception, SystemExit) as error:  # noqa: BLE001  Hydra's own, or the task's exit
            self._connection.send(("raised", Failure.of(error, "")))
            return
        self._connection.send_bytes(_packed(returned))


def _packed(returned: Any) -> bytes:
    import cloudpickle

    error = returned.exception()
    if error is not None:
        # Its text and traceback survive the way, whatever it is.
        returned.failed(error)
    try:
        data: bytes = cloudpickle.dumps(("ended", returned))
    except Exception as error:  # noqa: BLE001  a task may return anything
        data = cloudpickle.dumps(("unread", f"{type(error).__name__}: {error}"))
    return data
