"""Workflows whose tasks return named metrics, and the dataset of a sweep of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from hydra_zen import multirun, zen

from runcube.launch.hydra import VERSION_BASE_DEFAULT
from runcube.workflows import checks
from runcube.workflows.base import BaseWorkflow
from runcube.workflows.gathering import (
    TARGET_AXIS,
    add_target_coordinates,
    metric_lists,
    native_metrics,
    opened,
    target_lines,
    target_overrides,
)

if TYPE_CHECKING:
    from runcube.domain.domains import Domain
    from runcube.results.gathered import Duplicates, Layout, Sweep
    from runcube.workflows.running import Wrapper

Selection = str | Sequence[str] | None


class MultiRunMetricsWorkflow(BaseWorkflow):
    """A workflow whose task returns metrics: a mapping of names to values.

    Parameters
    ----------
    eval_task_cfg : config, optional
        The config that `task` gets its arguments from.
    working_dir : path, optional
        A directory to load, as by `load_from_dir`.

    Notes
    -----
    A metric is a number, string, bool, None, sequence, numpy array or scalar, torch tensor, or a
    nested mapping of these. Each job's metrics are written to `metrics.arrow` in its directory,
    and every dataset is built from these files.

    Examples
    --------
    ::

        class LocalRobustness(MultiRunMetricsWorkflow):
            @staticmethod
            def task(epsilon: float, scale: float) -> dict:
                epsilon *= scale
                return dict(accuracies=102 - epsilon**2, loss=epsilon**2)

        wf = LocalRobustness()
        wf.run(epsilon=multirun([1.0, 2.0, 3.0]), scale=multirun([0.1, 1.0]))
        wf.to_xarray()["loss"].sel(epsilon=2.0, scale=1.0).item()  # 4.0
    """

    _mappings_only: ClassVar[bool] = True

    def __init__(
        self, eval_task_cfg: Any = None, working_dir: str | os.PathLike[str] | None = None
    ) -> None:
        super().__init__(eval_task_cfg)
        self._selection: Selection = None
        if working_dir is not None:
            self.load_from_dir(working_dir)

    @staticmethod
    def task(*args: Any, **kwargs: Any) -> Mapping[str, Any] | None:
        """Do the work of one job and return its metrics, or None where it writes a file itself."""
        raise NotImplementedError

    @staticmethod
    def metric_load_fn(file_path: Path) -> Mapping[str, Any]:
        """Read one metric file; a subclass may define its own, for files of its own.

        By default npz, npy, arrow, feather, pt and pickle files are read, without running any code
        that they hold. A `.pt` file that this refuses goes to `torch.load(weights_only=True)` where
        torch is installed.

        Parameters
        ----------
        file_path : Path
            The file.

        Returns
        -------
        mapping
            Metric name -> value.
        """
        return native_metrics(file_path)

    def jobs_post_process(self) -> None:
        """Nothing: metrics are read from the jobs' directories when they are asked for."""

    # -- running ----------------------------------------------------------------------------

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
        target_job_dirs: Iterable[str | os.PathLike[str]] | None = None,
        version_base: Any = VERSION_BASE_DEFAULT,
        to_dictconfig: bool = False,
        config_name: str = "rai_workflow",
        job_name: str = "rai_workflow",
        with_log_configuration: bool = True,
        **workflow_overrides: Any,
    ) -> None:
        """Run the task for every combination of the swept parameters; see `BaseWorkflow.run`.

        Parameters
        ----------
        domain : runcube.domain.Domain, optional
            Which parameter sets run, besides what the other arguments sweep.
        target_job_dirs : sequence of paths, optional
            Directories of other jobs. The task gets one of them as `job_dir`; they are swept, as
            the last axis.
        **workflow_overrides
            The other arguments of `BaseWorkflow.run`, and the parameters.
        """
        given = dict(workflow_overrides)
        if target_job_dirs is not None:
            if TARGET_AXIS in given:
                msg = f"`{TARGET_AXIS}` is given twice: by itself and by `target_job_dirs`"
                raise ValueError(msg)
            directories = checks.check_directories(target_job_dirs)
            given[TARGET_AXIS] = multirun([str(path) for path in directories])
        self._has_targets = target_job_dirs is not None
        try:
            super().run(
                domain,
                working_dir=working_dir,
                sweeper=sweeper,
                launcher=launcher,
                overrides=overrides,
                task_fn_wrapper=task_fn_wrapper,
                pre_task_fn_wrapper=pre_task_fn_wrapper,
                version_base=version_base,
                to_dictconfig=to_dictconfig,
                config_name=config_name,
                job_name=job_name,
                with_log_configuration=with_log_configuration,
                **given,
            )
        finally:
            if self._has_targets:
                self.workflow_overrides.pop(TARGET_AXIS, None)

    def _targets(self, parameters: Mapping[str, Any]) -> dict[str, list[str]]:
        return target_lines(parameters[TARGET_AXIS]) if self._has_targets else {}

    # -- reading ----------------------------------------------------------------------------

    def load_from_dir(
        self, working_dir: str | os.PathLike[str], metrics_filename: Selection = None
    ) -> Self:
        """Load a sweep from its directory; whatever was loaded or run before is forgotten.

        Parameters
        ----------
        working_dir : path
            The sweep's directory; it may have been moved.
        metrics_filename : str or sequence of str, optional
            Names or glob patterns of the jobs' metric files, merged in this order, the later one
            wins. By default the recorded metrics.

        Returns
        -------
        Self
            The workflow itself.

        Raises
        ------
        FileNotFoundError
            There is no such directory, or a pattern matches nothing in any job.
        """
        self.working_dir = working_dir
        self.workflow_overrides = {}
        self._selection = metrics_filename
        self._opened()
        return self

    def load_metrics(self, metrics_filename: Selection) -> dict[str, list[Any]]:
        """Read metric files of the jobs, and keep to them from now on.

        Parameters
        ----------
        metrics_filename : str or sequence of str, or None
            As in `load_from_dir`.

        Returns
        -------
        dict of str to list
            The same as `metrics`.
        """
        sweep = self._open_files(metrics_filename)
        self._selection, self._sweep = metrics_filename, sweep
        return self.metrics

    @property
    def metrics(self) -> dict[str, list[Any]]:
        """Metric name -> list with one entry for each job, None where a job has none."""
        if self._working_dir is None:
            return {}
        recorded = self._selection is None
        return metric_lists(self._opened(), self.jobs if recorded else ())

    @metrics.setter
    def metrics(self, value: dict[str, list[Any]]) -> None:
        del value
        msg = "`metrics` is what the jobs recorded, and cannot be set"
        raise AttributeError(msg)

    @property
    def multirun_working_dirs(self) -> list[Path]:
        """The directories of the jobs, in job order."""
        return self._directories()

    @property
    def target_dir_multirun_overrides(self) -> dict[str, list[Any]]:
        """Parameter -> one value for each target directory; None where a target lacks it.

        Examples
        --------
        ::

            a.run(value=multirun([-1.0, 0.0, 1.0]), scale=multirun([11.0, 9.0]))
            b.run(target_job_dirs=a.multirun_working_dirs)
            b.target_dir_multirun_overrides
            # {'value': [-1.0, -1.0, 0.0, 0.0, 1.0, 1.0],
            #  'scale': [11.0, 9.0, 11.0, 9.0, 11.0, 9.0]}
        """
        return {} if self._working_dir is None else target_overrides(self._opened())

    def to_xarray(
        self,
        include_working_subdirs_as_data_var: bool = False,  # noqa: FBT001, FBT002
        coord_from_metrics: str | None = None,
        non_multirun_params_as_singleton_dims: bool = False,  # noqa: FBT001, FBT002
        metrics_filename: Selection = None,
        *,
        layout: Layout = "auto",
        duplicates: Duplicates = "repeat",
    ) -> Any:
        """Convert the sweep to an xarray Dataset.

        Parameters
        ----------
        include_working_subdirs_as_data_var : bool
            Add `working_subdir`, the absolute path of each job's directory as this load sees it.
        coord_from_metrics : str, optional
            A metric that labels the leading dimension of the others, such as "epoch".
        non_multirun_params_as_singleton_dims : bool
            Make parameters that are not swept dimensions of length one.
        metrics_filename : str or sequence of str, optional
            Read these files of the jobs instead of the recorded metrics.
        layout : {"auto", "grid", "jobs"}
            One dimension for each swept parameter, or one dimension `job`.
        duplicates : {"repeat", "last", "first", "error"}
            What becomes of several jobs with the same parameters.

        Returns
        -------
        xarray.Dataset
            Coordinates are the swept parameters, data variables the metrics.

        Raises
        ------
        ValueError
            `coord_from_metrics` is not among the metrics.
        """
        sweep = self._opened() if metrics_filename is None else self._open_files(metrics_filename)
        dataset = sweep.to_xarray(
            layout=layout,
            duplicates=duplicates,
            coord_from_metrics=coord_from_metrics,
            singleton_dims=non_multirun_params_as_singleton_dims,
            include_paths=include_working_subdirs_as_data_var,
        )
        everything = non_multirun_params_as_singleton_dims
        return add_target_coordinates(dataset, sweep, everything=everything)

    def to_dataframe(self) -> Any:
        """Convert the sweep to a tidy pandas frame, one row for each job."""
        return self._opened().to_pandas()

    def _open(self) -> Sweep:
        return self._open_files(self._selection)

    def _open_files(self, selection: Selection) -> Sweep:
        own = type(self).metric_load_fn is not MultiRunMetricsWorkflow.metric_load_fn
        return opened(self.working_dir, selection, self.metric_load_fn if own else None)

    def _forget(self) -> None:
        super()._forget()
        self._selection = None
