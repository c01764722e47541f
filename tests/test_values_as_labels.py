"""More than 500 values, passed to `run`: the task gets each as it is, and each is a label."""

from inspect import Parameter, Signature

from hydra_zen import hydra_list, multirun

from runcube import MultiRunMetricsWorkflow, open_sweep
from runcube.overrides import find_duplicates
from value_corpus import VALUES, same

RECEIVED: list[object] = []


class Keep(MultiRunMetricsWorkflow):
    """Keeps what its task received."""

    @staticmethod
    def task(value):
        """Return which value it was."""
        RECEIVED.append(value)
        return {"place": len(RECEIVED) - 1}


def keeping_all(names):
    """Return a workflow whose task has parameters of these names, and keeps what it received."""

    def task(**given):
        RECEIVED.append(given)
        return {"done": True}

    task.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in names])
    return type("KeepAll", (MultiRunMetricsWorkflow,), {"task": staticmethod(task)})()


def distinct():
    """Return the values that can be labels of one axis: no two are equal."""
    values = []
    for value in VALUES:
        if not find_duplicates([*values, value]):
            values.append(value)
    return values


def label(value):
    return str(value) if isinstance(value, list | dict) else value


def test_swept_values_reach_the_task_and_come_back_as_labels(tmp_path):
    values = distinct()
    assert len(values) >= 500
    RECEIVED.clear()
    workflow = Keep()
    workflow.run(value=multirun(values), working_dir=tmp_path, with_log_configuration=False)
    assert [pair for pair in zip(values, RECEIVED, strict=True) if not same(*pair)] == []
    sweep = open_sweep(tmp_path)
    assert sweep.problems == ()
    dataset = sweep.to_xarray()
    expected = [label(value) for value in values]
    for labels in (sweep.axes["value"], dataset["value"].values.tolist()):
        assert [pair for pair in zip(expected, labels, strict=True) if not same(*pair)] == []
    assert dataset["place"].values.tolist() == list(range(len(values)))


def test_fixed_values_reach_the_task_and_come_back_as_parameters(tmp_path):
    for start in range(0, len(VALUES), 140):
        values = {f"p{start + at}": value for at, value in enumerate(VALUES[start : start + 140])}
        wrapped = {
            name: hydra_list(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        RECEIVED.clear()
        directory = tmp_path / str(start)
        keeping_all(values).run(**wrapped, working_dir=directory, with_log_configuration=False)
        (job,) = open_sweep(directory).jobs
        for found in (RECEIVED[0], job.parameters):
            assert [name for name in values if not same(found[name], values[name])] == []
