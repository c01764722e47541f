"""A callback of Hydra's that records the jobs of an app with its own sweeper and launcher.

::

    hydra:
      callbacks:
        runcube:
          _target_: runcube.launch.RecordCallback
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runcube.encoding import save_metrics
from runcube.launch.hydra import JobStatus, job_context
from runcube.launch.signature import config_signature, task_identity
from runcube.launch.wrapper import TaskWrapper
from runcube.record import METRICS_NAME, JobRecord, JobRecorder, Scheduler


class RecordCallback:
    """Writes `job.json`, and `metrics.arrow` where a task returns a mapping.

    Any sweeper and any launcher may run the jobs, and a single run is recorded as well. Jobs that
    our own sweeper or a workflow runs keep their own record, and are left to it.

    Notes
    -----
    Hydra tells a callback less than a wrapper around the task sees. A job that ends by Ctrl-C, by
    `sys.exit` or by a signal never reaches the callback's end: its record stays `running`, and is
    read as `stale` once its process is gone. Where the task's mapping cannot be recorded, Hydra
    turns the failure into a warning. No sweep is planned, so nothing tells which jobs are missing.

    Examples
    --------
    ::

        python app.py -m lr=0.1,0.2 \
            +hydra.callbacks.runcube._target_=runcube.launch.RecordCallback
    """

    def __init__(self) -> None:
        self._recorder: JobRecorder | None = None

    def on_job_start(
        self, config: Any, *, task_function: Callable[[Any], Any], **kwargs: Any
    ) -> None:
        """Write that the job is running."""
        del kwargs
        if isinstance(task_function, TaskWrapper):
            return
        context = job_context()
        (context.directory / METRICS_NAME).unlink(missing_ok=True)
        record = JobRecord(
            status="registered",
            num=context.num,
            scheduler=Scheduler(kind=context.launcher, id=context.id),
            signature=config_signature(config),
            task=task_identity(task_function),
        )
        recorder = JobRecorder(context.directory, record)
        recorder.start()
        self._recorder = recorder

    def on_job_end(self, config: Any, job_return: Any, **kwargs: Any) -> None:
        """Record what the task returned, and how the job ended."""
        del config, kwargs
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        # Not `return_value`, which raises where the job has failed.
        value = job_return._return_value
        if job_return.status == JobStatus.FAILED:
            recorder.fail(value)
            return
        try:
            if isinstance(value, Mapping):
                overrides = job_context().overrides
                save_metrics(recorder.directory / METRICS_NAME, value, overrides=overrides)
        except Exception as error:
            recorder.fail(error)
            raise
        recorder.finish()

    def __getattr__(self, name: str) -> Callable[..., None]:
        # Hydra asks a callback for whatever it may want to tell, in each version something else.
        if name.startswith("on_"):
            return _ignore
        raise AttributeError(name)


def _ignore(**kwargs: Any) -> None:
    del kwargs
