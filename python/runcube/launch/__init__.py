"""Launching: composing, the wrapper around a task, and the one file that knows Hydra's internals.

::

    workflows ──► plan ──► hydra ──► sweeper and launcher ──► TaskWrapper ──► job directory
                  names    global state                                       job.json
                  directory  saved, restored                                  metrics.arrow
                                                                              error.txt
"""
