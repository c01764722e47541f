"""How a metric changes with the strength of a perturbation."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from hydra_zen import multirun, zen

from runcube.launch.hydra import VERSION_BASE_DEFAULT
from runcube.launch.plan import HydraSyntax
from runcube.workflows.metrics import MultiRunMetricsWorkflow, Selection
from runcube.workflows.plots import plot_lines

if TYPE_CHECKING:
    from runcube.domain.domains import Domain
    from runcube.results.gathered import Duplicates, Layout
    from runcube.workflows.running import Wrapper


class RobustnessCurve(MultiRunMetricsWorkflow):
    """A metrics workflow over one required parameter: `epsilon`, the perturbation's strength.

    `epsilon` is the last and fastest axis of the sweep, and datasets are sorted by it.

    See Also
    --------
    MultiRunMetricsWorkflow

    Examples
    --------
    ::

        class Curve(RobustnessCurve):
            @staticmethod
            def task(epsilon: float) -> dict:
                return dict(accuracy=100 - epsilon**2)

        curve = Curve()
        curve.run(epsilon=[0.0, 1.0, 2.0])
        (line,) = curve.plot("accuracy")
    """

    _last_axis: ClassVar[str | None] = "epsilon"

    def run(  # type: ignore[override]
        self,
        domain: Domain | None = None,
        /,
        *,
        epsilon: str | Sequence[float],
        task_fn_wrapper: Wrapper | None = zen,
        pre_task_fn_wrapper: Wrapper | None = zen,
        target_job_dirs: Iterable[str | os.PathLike[str]] | None = None,
        version_base: Any = VERSION_BASE_DEFAULT,
        working_dir: str | os.PathLike[str] | None = None,
        sweeper: str | None = None,
        launcher: str | None = None,
        overrides: list[str] | None = None,
        to_dictconfig: bool = False,
        config_name: str = "rai_workflow",
        job_name: str = "rai_workflow",
        with_log_configuration: bool = True,
        **workflow_overrides: Any,
    ) -> None:
        """Run the task for every `epsilon`; see `MultiRunMetricsWorkflow.run`.

        Parameters
        ----------
        domain : runcube.domain.Domain, optional
            Which parameter sets run for every `epsilon`.
        epsilon : sequence of float, or str
            The values, swept even if there is only one. A str is Hydra's override syntax, such as
            `"0,1,2"` or `"range(0,3)"`.
        """
        try:
            super().run(
                domain,
                epsilon=_swept(epsilon),
                task_fn_wrapper=task_fn_wrapper,
                pre_task_fn_wrapper=pre_task_fn_wrapper,
                target_job_dirs=target_job_dirs,
                version_base=version_base,
                working_dir=working_dir,
                sweeper=sweeper,
                launcher=launcher,
                overrides=overrides,
                to_dictconfig=to_dictconfig,
                config_name=config_name,
                job_name=job_name,
                with_log_configuration=with_log_configuration,
                **workflow_overrides,
            )
        finally:
            if "epsilon" in self.workflow_overrides:
                self.workflow_overrides["epsilon"] = epsilon

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
        """Convert the sweep to an xarray Dataset, sorted by `epsilon`.

        The arguments are those of `MultiRunMetricsWorkflow.to_xarray`.
        """
        dataset = super().to_xarray(
            include_working_subdirs_as_data_var,
            coord_from_metrics,
            non_multirun_params_as_singleton_dims,
            metrics_filename,
            layout=layout,
            duplicates=duplicates,
        )
        # Text beside numbers has no order; such a sweep keeps the one it was given in.
        sortable = "epsilon" in dataset.coords and dataset.coords["epsilon"].dtype.kind != "O"
        return dataset.sortby("epsilon") if sortable else dataset

    def plot(  # type: ignore[override]
        self,
        metric: str,
        ax: Any = None,
        group: str | None = None,
        save_filename: str | os.PathLike[str] | None = None,
        non_multirun_params_as_singleton_dims: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> list[Any]:
        """Draw a metric against `epsilon`, one line for each combination of the other axes.

        Nothing is averaged.

        Parameters
        ----------
        metric : str
            The metric's name.
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a figure of its own.
        group : str, optional
            The axis that colours the lines.
        save_filename : path, optional
            Where to save the figure that holds the lines.
        non_multirun_params_as_singleton_dims : bool
            Name parameters that are not swept in the legend too.
        **kwargs
            Given to xarray's `DataArray.plot.line`.

        Returns
        -------
        list of matplotlib.lines.Line2D
            The lines.

        Raises
        ------
        ValueError
            There is no such metric, or no such axis.
        """
        dataset = self.to_xarray(
            non_multirun_params_as_singleton_dims=non_multirun_params_as_singleton_dims
        )
        return plot_lines(
            dataset, metric, x="epsilon", ax=ax, group=group, save_filename=save_filename, **kwargs
        )


def _swept(epsilon: Any) -> multirun | HydraSyntax:
    if isinstance(epsilon, str):
        return HydraSyntax(epsilon)
    if not isinstance(epsilon, Iterable) or isinstance(epsilon, (bytes, dict)):
        msg = (
            f"`epsilon` must be a sequence of numbers or Hydra's syntax in a str, got {epsilon!r}: "
            "write `epsilon=[...]`"
        )
        raise TypeError(msg)
    return multirun(list(epsilon))
