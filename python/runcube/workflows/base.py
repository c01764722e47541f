"""The base of every workflow: what `run` takes, in which order it checks, and what it keeps.

::

    run ──► checks ──► plan (config, lines, directory) ──► checks ──► launch ──► state ──► raise?

A workflow keeps no number that a task returned, but for Hydra's own job returns in `jobs`:
whatever it shows of a sweep is read from the records in `working_dir`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from hydra_zen import zen

from runcube.launch.failure import JobFailure
from runcube.launch.hydra import VERSION_BASE_DEFAULT
from runcube.launch.plan import Request
from runcube.workflows import checks
from runcube.workflows.running import Launching, Wrapper
from runcube.workflows.stored import StoredConfigs, failures_in, jobs_in, overrides_in

if TYPE_CHECKING:
    from runcube.domain.domains import Domain
    from runcube.results.gathered import Sweep


class BaseWorkflow:
    """A task that runs as one or more Hydra jobs, with what it takes to run and read them.

    Parameters
    ----------
    eval_task_cfg : config, optional
        The config that `task` gets its arguments from: a dataclass, mapping or `DictConfig`.

    Attributes
    ----------
    cfgs : sequence of DictConfig
        The config of each job, read when asked for.
    metrics : dict of str to list
        Metric name -> one entry for each job.
    workflow_overrides : dict
        The parameters that the last `run` was given.
    jobs : list
        What Hydra returned for each job of the last `run`, in job order. After a resume the jobs
        that were kept are among them: what they returned is read from their records.
    working_dir : Path
        The sweep's directory.

    Examples
    --------
    >>> class Squares(BaseWorkflow):
    ...     @staticmethod
    ...     def task(x):
    ...         return x**2
    >>> Squares({"x": 3}).validate()
    """

    _mappings_only: ClassVar[bool] = False
    _last_axis: ClassVar[str | None] = None

    def __init__(self, eval_task_cfg: Any = None) -> None:
        self.eval_task_cfg: Any = {} if eval_task_cfg is None else eval_task_cfg
        self.jobs: list[Any] = []
        self.workflow_overrides: dict[str, Any] = {}
        self._metrics: dict[str, list[Any]] = {}
        self._working_dir: Path | None = None
        self._sweep: Sweep | None = None

    # -- what a subclass defines ------------------------------------------------------------

    @staticmethod
    def pre_task(*args: Any, **kwargs: Any) -> None:
        """Run before `task`, with the same config: the place to seed.

        It is called before the arguments of `task` are instantiated. Its own arguments are taken
        from the config like those of `task`.
        """

    @staticmethod
    def task(*args: Any, **kwargs: Any) -> Any:
        """Do the work of one job. Arguments are fields of the job's config, instantiated."""
        raise NotImplementedError

    def jobs_post_process(self) -> None:
        """Extract what the workflow wants from its jobs; called at the end of `run`."""
        raise NotImplementedError

    def plot(self, **kwargs: Any) -> Any:
        """Plot the workflow's metrics."""
        raise NotImplementedError

    def to_xarray(self) -> Any:
        """Convert the workflow's data to an xarray Dataset."""
        raise NotImplementedError

    # -- state ------------------------------------------------------------------------------

    @property
    def working_dir(self) -> Path:
        """The sweep's directory, absolute."""
        if self._working_dir is None:
            msg = "`working_dir` is not set: `run` the workflow, or load a directory"
            raise ValueError(msg)
        return self._working_dir

    @working_dir.setter
    def working_dir(self, value: str | os.PathLike[str]) -> None:
        if not isinstance(value, (str, Path)):
            msg = f"`working_dir` must be a str or Path, got {type(value).__name__}"
            raise TypeError(msg)
        path = Path(value).expanduser().resolve()
        if not path.is_dir():
            msg = f"`working_dir` {path} is not a directory"
            raise FileNotFoundError(msg)
        self._working_dir = path
        self._forget()

    @property
    def metrics(self) -> dict[str, list[Any]]:
        """Metric name -> one entry for each job."""
        return self._metrics

    @metrics.setter
    def metrics(self, value: dict[str, list[Any]]) -> None:
        self._metrics = value

    @property
    def cfgs(self) -> Sequence[Any]:
        """The config of each job, in job order, read from its directory when asked for."""
        return StoredConfigs(self._directories())

    @property
    def multirun_task_overrides(self) -> dict[str, Any]:
        """Parameter -> value, for what was last run or loaded; a swept one is a `multirun` list.

        Examples
        --------
        ::

            wf.run(foo=hydra_list(["val"]), bar=multirun(["a", "b"]), apple=1)
            wf.multirun_task_overrides
            # {'foo': ['val'], 'bar': ['a', 'b'], 'apple': 1}
        """
        return {} if self._working_dir is None else overrides_in(self._opened())

    @property
    def failures(self) -> list[JobFailure]:
        """The failed jobs, with their parameters, exceptions and tracebacks."""
        return [] if self._working_dir is None else failures_in(self._opened(), self.jobs)

    @property
    def is_complete(self) -> bool:
        """Whether every job that the sweep set out to run has left its results."""
        return self._working_dir is not None and bool(self._opened().is_complete)

    def _opened(self) -> Sweep:
        if self._sweep is None:
            self._sweep = self._open()
        return self._sweep

    def _open(self) -> Sweep:
        from runcube.results.opening import open_sweep

        return open_sweep(self.working_dir, metrics=[])

    def _directories(self) -> list[Path]:
        return [] if self._working_dir is None else [job.path for job in self._opened().jobs]

    def _forget(self) -> None:
        self.jobs = []
        self._sweep = None

    def __getstate__(self) -> dict[str, Any]:
        # An open sweep is a view of files; a copy opens them itself.
        return self.__dict__ | {"_sweep": None}

    # -- running ----------------------------------------------------------------------------

    def validate(self, include_pre_task: bool = True) -> None:  # noqa: FBT001, FBT002
        """Check that the config holds what `task` needs, and `pre_task` too unless told not to.

        Raises
        ------
        TypeError
            One of them is not static.
        hydra_zen.errors.HydraZenValidationError
            The config lacks a field.
        """
        names = ("pre_task", "task") if include_pre_task else ("task",)
        checks.check_static(type(self), names)
        for name in names:
            zen(getattr(self, name)).validate(self.eval_task_cfg)

    def run(
        self,
        domain: Domain | None = None,
        /,
        *,
        working_dir: str | os.PathLike[str] | None = None,
        sweeper: str | None = None,
        launcher: str | None = None,
        overrides: list[str] | None = None,
        task_fn_wrapper: Wrapper | None = zen,
        pre_task_fn_wrapper: Wrapper | None = zen,
        version_base: Any = VERSION_BASE_DEFAULT,
        to_dictconfig: bool = False,
        config_name: str = "rai_workflow",
        job_name: str = "rai_workflow",
        with_log_configuration: bool = True,
        on_error: str = "raise",
        resume: bool = False,
        dry_run: bool = False,
        overwrite: bool = False,
        sweeper_config: Mapping[str, Any] | None = None,
        launcher_config: Mapping[str, Any] | None = None,
        **workflow_overrides: Any,
    ) -> None:
        """Run the task for every combination of the swept parameters.

        Parameters
        ----------
        domain : runcube.domain.Domain, optional
            Which parameter sets run; parameters that are swept besides multiply them, and vary
            faster.
        working_dir : path, optional
            The sweep's directory (`hydra.sweep.dir`). By default Hydra's, made unique.
        sweeper, launcher : str, optional
            The names of Hydra's sweeper and launcher, such as `launcher="joblib"`. The sweeper is
            runcube's own unless the config or this names another.
        overrides : list of str, optional
            Override lines that are no parameters of the workflow.
        task_fn_wrapper, pre_task_fn_wrapper : callable or None
            Turn `task` and `pre_task` into functions of the config; None hands them the config.
        version_base : str or None, optional
            Given to Hydra. The default behaves alike on every Hydra.
        to_dictconfig : bool
            Turn a dataclass config into a `DictConfig`, without Hydra's type checks.
        config_name, job_name : str
            The config's name in Hydra's store, and the job's name in its logs.
        with_log_configuration : bool
            Whether Hydra sets up logging.
        on_error : {"raise", "continue", "stop"}
            "raise" runs every job and then raises the first exception again; "continue" (or
            "nan") returns normally; "stop" launches nothing more and raises.
        resume : bool
            Launch only what has not finished in `working_dir`; finished jobs are kept as they are.
        dry_run : bool
            Print what would run; launch and write nothing.
        overwrite : bool
            Remove the jobs that `working_dir` holds.
        sweeper_config, launcher_config : mapping, optional
            Settings of the sweeper and the launcher.
        **workflow_overrides
            Parameters: a value reaches the task as it is, `multirun([...])` is swept,
            `hydra_list([...])` is one value.

        Raises
        ------
        TypeError
            A task is not static, an argument has the wrong type, or a task returned a wrong type.
        ValueError
            A parameter is missing, misspelt or listed twice, or `working_dir` holds jobs.
        """
        checks.check_methods(type(self), checked=task_fn_wrapper is not None)
        request = Request(
            parameters=self._in_order(workflow_overrides),
            overrides=checks.check_overrides(overrides),
            working_dir=None if working_dir is None else Path(working_dir),
            sweeper=sweeper,
            launcher=launcher,
            sweeper_config=checks.check_sweeper_config(sweeper_config, resume=resume),
            launcher_config=launcher_config,
            domain=checks.check_domain(domain),
        )
        launching = Launching(
            workflow=type(self).__qualname__,
            config=self.eval_task_cfg,
            task=self.task,
            pre_task=None if type(self).pre_task is BaseWorkflow.pre_task else self.pre_task,
            task_fn_wrapper=task_fn_wrapper,
            pre_task_fn_wrapper=pre_task_fn_wrapper,
            version_base=version_base,
            to_dictconfig=to_dictconfig,
            config_name=config_name,
            job_name=job_name,
            with_log_configuration=with_log_configuration,
            on_error=checks.check_choice("on_error", on_error, checks.ON_ERROR),
            mappings_only=self._mappings_only,
            resume=resume,
        )
        targets = self._targets(request.parameters)
        with launching.prepared(request) as plan:
            if dry_run and not resume:
                print(plan.describe())  # noqa: T201  what a dry run is for
                return
            if dry_run:
                # The sweeper says what it would skip; it writes nothing.
                launching.launch(plan, plan.directory, targets, dry_run=True)
                return
            self._forget()
            self._metrics, self.workflow_overrides = {}, dict(workflow_overrides)
            self._working_dir = launching.make_directory(plan, overwrite=overwrite)
            try:
                launching.launch(plan, self._working_dir, targets)
            finally:
                self.jobs = launching.jobs
                if resume or "cache_dir" in (sweeper_config or {}):
                    self.jobs = jobs_in(self._working_dir, launching.jobs)
        first = launching.first_failure()
        if type(self).jobs_post_process is not BaseWorkflow.jobs_post_process and first is None:
            self.jobs_post_process()
        if first is not None:
            raise first

    def _in_order(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Put the axis that is to be the fastest at the end."""
        ordered = dict(parameters)
        if self._last_axis in ordered:
            ordered[self._last_axis] = ordered.pop(self._last_axis)
        return ordered

    def _targets(self, parameters: Mapping[str, Any]) -> dict[str, list[str]]:
        del parameters
        return {}
