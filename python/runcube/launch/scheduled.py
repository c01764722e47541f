"""What a job can tell of the scheduler that runs it: by its environment, and by what it raises."""

from __future__ import annotations

import os
import traceback

# Where a scheduler tells a job its own id.
_IDS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID")
# Where submitit's engines tell a process which of the tasks of a job it is.
_RANKS = {"slurm": "SLURM_PROCID", "local": "SUBMITIT_LOCAL_GLOBALID"}


def scheduler_id() -> str | None:
    """Give the id of this process's job, as its scheduler's commands know it; None without one."""
    if os.environ.get("SUBMITIT_EXECUTOR") == "local":
        # A process of its own, in whatever allocation the launch may run.
        return None
    array, element = (os.environ.get(f"SLURM_ARRAY_{name}_ID") for name in ("JOB", "TASK"))
    if array and element:
        return f"{array}_{element}"
    return next((os.environ[name] for name in _IDS if name in os.environ), None)


def is_helper() -> bool:
    """Tell whether this process is one of several that run a job together, and not the first.

    They share a directory, as in `tasks_per_node=4`, and the first keeps the record.
    """
    rank = _RANKS.get(os.environ.get("SUBMITIT_EXECUTOR", ""))
    return rank is not None and os.environ.get(rank, "0") != "0"


def submitits_end(error: BaseException) -> str | None:
    """Tell how submitit ended a job from its handler of signals, which raises within the task.

    Gives `requeue` where the job starts again, `timeout` where its time is spent, else None.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not frames or not str(frames[-1].f_globals.get("__name__")).startswith("submitit."):
        return None
    if isinstance(error, SystemExit):
        return "requeue"
    return "timeout" if "timed-out" in str(error) else None
