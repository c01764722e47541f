"""`@sweep`: a function that can be swept as it stands, without a class around it.

A handle is a function itself, so every pickler treats it as one: the standard library stores its
name, and what joblib and submitit use carries one of the main script or a notebook by value.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from runcube.workflows.metrics import MultiRunMetricsWorkflow

if TYPE_CHECKING:
    import xarray as xr

    from runcube.domain.domains import Domain

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class SweepHandle(Protocol[P, R_co]):
    """A function that `sweep` has decorated; calling it calls the function.

    Attributes
    ----------
    workflow : MultiRunMetricsWorkflow
        The workflow behind it, which holds the last run, or loads one from disk.
    """

    workflow: MultiRunMetricsWorkflow

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function: no Hydra, no record."""

    def run(self, domain: Domain | None = None, /, **arguments: Any) -> xr.Dataset:
        """Run the function for every combination of the swept parameters.

        Parameters
        ----------
        domain : runcube.domain.Domain, optional
            Which parameter sets run, besides what the arguments sweep.
        **arguments
            Those of `MultiRunMetricsWorkflow.run`.

        Returns
        -------
        xarray.Dataset
            What `workflow.to_xarray()` gives after the run; None after `dry_run=True`. Where a
            failed job is raised, the others' results are in `workflow`.
        """


@overload
def sweep(function: Callable[P, R_co], /) -> SweepHandle[P, R_co]: ...
@overload
def sweep(
    *, eval_task_cfg: Any = None, pre_task: Callable[..., None] | None = None
) -> Callable[[Callable[P, R_co]], SweepHandle[P, R_co]]: ...
def sweep(
    function: Any = None, /, *, eval_task_cfg: Any = None, pre_task: Any = None
) -> SweepHandle[Any, Any] | Callable[[Any], SweepHandle[Any, Any]]:
    """Make a function the task of a workflow; used as `@sweep` or `@sweep(pre_task=...)`.

    Parameters
    ----------
    function : function
        The task: it returns a mapping of metric names to values, or None.
    eval_task_cfg : config, optional
        The config that the function gets its arguments from.
    pre_task : function, optional
        Run before the function in each job, with the same config: the place to seed.

    Returns
    -------
    SweepHandle
        The function, with `run` and `workflow`.

    Raises
    ------
    TypeError
        It is applied to a class, a method, or anything else than a function.

    Examples
    --------
    >>> @sweep
    ... def train(lr, seed=0):
    ...     return {"loss": lr**2 + seed}
    >>> train(3, seed=1)
    {'loss': 10}

    ::

        dataset = train.run(lr=multirun([0.1, 0.2]), seed=multirun([0, 1, 2]))
        dataset["loss"].mean("seed")
        train.workflow.working_dir
    """
    if function is None:
        return functools.partial(_handle, eval_task_cfg=eval_task_cfg, pre_task=pre_task)
    return _handle(function, eval_task_cfg=eval_task_cfg, pre_task=pre_task)


def _handle(function: Any, *, eval_task_cfg: Any, pre_task: Any) -> SweepHandle[Any, Any]:
    _check_function(function)
    if pre_task is not None and not callable(pre_task):
        msg = f"`pre_task` of `sweep` must be a function, got {pre_task!r}"
        raise TypeError(msg)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    workflow = _workflow_class(call, pre_task, _names(call))(eval_task_cfg)
    handle: Any = call
    handle.workflow = workflow
    handle.run = functools.partial(_run, workflow)
    return cast("SweepHandle[Any, Any]", handle)


def _check_function(function: Any) -> None:
    advice = "; decorate a function, or write a subclass of `MultiRunMetricsWorkflow`"
    if isinstance(function, type):
        msg = f"`sweep` got the class `{function.__qualname__}`{advice}"
        raise TypeError(msg)
    if isinstance(function, (staticmethod, classmethod)) or inspect.ismethod(function):
        msg = f"`sweep` got the method `{function.__qualname__}`{advice}"
        raise TypeError(msg)
    if not inspect.isfunction(function):
        msg = f"`sweep` got {function!r} of type {type(function).__name__}{advice}"
        raise TypeError(msg)
    scope = function.__qualname__.rpartition(".")[0]
    if scope and not scope.endswith("<locals>"):
        # In the body of a class nothing tells a method from a function but its place.
        msg = f"`sweep` got `{function.__qualname__}`, which is defined in a class{advice}"
        raise TypeError(msg)


class _FunctionWorkflow(MultiRunMetricsWorkflow):
    """A workflow whose class is made for one function, and found again through it."""

    def __reduce__(self) -> tuple[Any, ...]:
        own = type(self)
        pre_task = None if own.pre_task is MultiRunMetricsWorkflow.pre_task else own.pre_task
        return _new_workflow, (own.task, pre_task, _names(own)), self.__getstate__()


def _workflow_class(
    handle: Callable[..., Any], pre_task: Callable[..., None] | None, names: dict[str, Any]
) -> type[_FunctionWorkflow]:
    body = names | {"task": staticmethod(handle)}
    if pre_task is not None:
        body["pre_task"] = staticmethod(pre_task)
    name = names["__qualname__"].rpartition(".")[2]
    return type(name, (_FunctionWorkflow,), body)


def _names(named: Any) -> dict[str, Any]:
    return {name: getattr(named, name) for name in ("__module__", "__qualname__", "__doc__")}


def _new_workflow(
    handle: Callable[..., Any], pre_task: Callable[..., None] | None, names: dict[str, Any]
) -> _FunctionWorkflow:
    """Make an empty workflow of a handle.

    While a handle comes by value it has neither a workflow of its own nor its names yet.
    """
    existing: _FunctionWorkflow | None = getattr(handle, "workflow", None)
    cls = _workflow_class(handle, pre_task, names) if existing is None else type(existing)
    return cls.__new__(cls)


def _run(
    workflow: MultiRunMetricsWorkflow, domain: Domain | None = None, /, **arguments: Any
) -> Any:
    workflow.run(domain, **arguments)
    return None if arguments.get("dry_run") else workflow.to_xarray()
