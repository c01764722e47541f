"""Launching: composing, the wrapper around a task, and the one file that knows Hydra's internals.

::

    workflows ──► plan ──► hydra ──► sweeper and launcher ──► TaskWrapper ──► job directory
                  names    global state                                       job.json
                  directory  saved, restored                                  metrics.arrow
                                                                              error.txt
"""

__all__ = ["RecordCallback"]


def __getattr__(name: str) -> object:
    if name != "RecordCallback":
        message = f"module `runcube.launch` has no attribute `{name}`"
        raise AttributeError(message)
    # Here, so that its submodules load without it.
    from runcube.launch.callback import RecordCallback

    return RecordCallback
