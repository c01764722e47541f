"""One launch of a workflow's task: checked, planned, run, and what came of it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runcube.launch.failure import StopLaunchingError
from runcube.launch.hydra import composer, isolated, launch
from runcube.launch.place import free_directory, prepare_directory
from runcube.launch.plan import OWN_SWEEPER, Plan, Request, make_plan
from runcube.launch.returns import StoredJobReturn, ended, stored
from runcube.launch.signature import task_identity
from runcube.launch.sweep_record import product_of, write_sweep_record
from runcube.launch.wrapper import EndedJob, LaunchPolicy, TaskWrapper
from runcube.workflows import checks

Wrapper = Callable[[Callable[..., Any]], Callable[[Any], Any]]


@dataclass
class Launching:
    """What a launch needs to know, and after it the job returns.

    Attributes
    ----------
    workflow : str
        The workflow's name, for messages.
    config : config
        What the jobs' configs start from.
    mappings_only : bool
        Whether a task must return a mapping or None.
    resume : bool
        Whether the sweep's directory holds jobs that are to be kept.
    jobs : list
        The job returns, in job order.
    """

    workflow: str
    config: Any
    task: Callable[..., Any]
    pre_task: Callable[..., Any] | None
    task_fn_wrapper: Wrapper | None
    pre_task_fn_wrapper: Wrapper | None
    version_base: Any
    to_dictconfig: bool
    config_name: str
    job_name: str
    with_log_configuration: bool
    on_error: str
    mappings_only: bool
    resume: bool = False
    jobs: list[StoredJobReturn] = field(default_factory=list)

    @contextlib.contextmanager
    def prepared(self, request: Request) -> Iterator[Plan]:
        """Check everything that can be known before a job starts; Hydra's state is saved within."""
        if self.task_fn_wrapper is not None:
            checks.check_duplicates(request.parameters)
        with isolated(self.config_name):
            with composer(self.config, **self._source()) as composing:
                plan = make_plan(composing, request)
            if self.resume and plan.sweeper != OWN_SWEEPER:
                msg = f"`resume=True` needs the sweeper `{OWN_SWEEPER}`, not `{plan.sweeper}`"
                raise ValueError(msg)
            names = [*request.parameters, *(plan.domain.names if plan.domain else ())]
            checks.check_supplied(self.workflow, self._functions(), names, plan)
            yield plan

    def make_directory(self, plan: Plan, *, overwrite: bool) -> Path:
        """Make the sweep's directory; a free one where the caller chose none."""
        if self.resume:
            if not plan.is_chosen:
                msg = "`resume=True` needs the directory of the sweep: give `working_dir`"
                raise ValueError(msg)
            plan.directory.mkdir(parents=True, exist_ok=True)
            return plan.directory
        if not plan.is_chosen:
            return free_directory(plan.directory)
        prepare_directory(plan.directory, overwrite=overwrite)
        return plan.directory

    def launch(
        self,
        plan: Plan,
        directory: Path,
        targets: Mapping[str, Sequence[str]],
        *,
        dry_run: bool = False,
    ) -> None:
        """Run the jobs. Failed ones are in `jobs` like all others."""
        functions = self._functions()
        identifier = uuid.uuid4().hex
        is_ours = plan.sweeper == OWN_SWEEPER
        if not is_ours:
            axes = plan.axes if plan.first_job is not None else None
            write_sweep_record(directory, identifier=identifier, definition=product_of(axes))
        jobs: list[EndedJob] = []
        wrapper = TaskWrapper(
            task=functions["task"],
            pre_task=functions.get("pre_task"),
            name=f"{self.workflow}.task",
            identity=task_identity(self.task),
            sweep=identifier,
            policy=LaunchPolicy(
                on_error=self.on_error,
                hands_back=is_ours or plan.sweeper == "basic",
                mappings_only=self.mappings_only,
            ),
            targets=targets,
            domain=plan.domain,
            ended=jobs,
        )
        try:
            returned = launch(
                self.config,
                wrapper,
                overrides=[
                    *plan.launch_lines(directory),
                    *(["hydra.sweeper.dry_run=true"] if dry_run else []),
                ],
                with_log_configuration=self.with_log_configuration,
                **self._source(),
            )
            self.jobs = [stored(job) for job in returned]
        except StopLaunchingError:
            pass
        finally:
            self.jobs = self.jobs or [ended(job) for job in jobs]

    def first_failure(self) -> BaseException | None:
        """Give what `run` has to raise, if anything."""
        failures = [job.failure for job in self.jobs if job.failure is not None]
        if self.on_error == "continue":
            # A task that returns the wrong type is a mistake in the workflow, not in one job.
            failures = [failure for failure in failures if failure.stops]
        return failures[0].original() if failures else None

    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        functions = {"task": _wrapped(self.task, self.task_fn_wrapper)}
        if self.pre_task is not None:
            functions["pre_task"] = _wrapped(self.pre_task, self.pre_task_fn_wrapper)
        return functions

    def _source(self) -> dict[str, Any]:
        return {
            "config_name": self.config_name,
            "job_name": self.job_name,
            "version_base": self.version_base,
            "to_dictconfig": self.to_dictconfig,
        }


def _wrapped(function: Callable[..., Any], wrapper: Wrapper | None) -> Callable[[Any], Any]:
    return function if wrapper is None else wrapper(function)
