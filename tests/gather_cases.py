"""Sweeps that were once gathered wrongly, by what they must hold to."""

from runcube.testing.cases import Axis, Damage
from runcube.testing.rules import Call, Definition, Folder, Line, PlanLine, Record, SweepTree

JOBS = Call(layout="jobs")
OTHERWISE = "${hydra.job.override_dirname}"


def job(name: str, value: float = 1.0, **given: object) -> Folder:
    """Make a job that both its records identify alike."""
    lines = tuple(Line(key, value) for key, value in given.items())
    return Folder(name, asked=lines, carried=lines, metrics={"m": value})


def plain(name: str, value: float = 1.0, **given: object) -> Folder:
    """Make a job that only `overrides.yaml` identifies."""
    lines = tuple(Line(key, value) for key, value in given.items())
    return Folder(name, asked=lines, metrics={"m": value})


def repeated(name: str, repetition: int, **given: object) -> Folder:
    """Make a job whose `job.json` says which repetition it is."""
    lines = tuple(Line(key, value) for key, value in given.items())
    metrics = {"m": float(repetition)}
    return Folder(name, asked=lines, carried=lines, metrics=metrics, repetition=repetition)


OLDER = Folder("1", asked=(Line("x", 2),), carried=(Line("x", 77),), metrics={"m": 7.0})
NUMBERED = Definition((), (Axis("x", (1, 2)),))
SUPERSEDED = PlanLine("a", superseded="b")

CASES = {
    "a hole among labels that are texts is None in the jobs layout": (
        SweepTree((job("a", x="u"), job("b", y=1))),
        JOBS,
    ),
    "a key of a superseded job makes no axis": (
        SweepTree((job("a", x=1, extra=0), job("b", x=1), job("c", x=2)), plan=(SUPERSEDED,)),
        Call(),
    ),
    "a superseded job gives axes and labels no order": (
        SweepTree((job("a", y=2, x=2), job("b", x=1, y=1), job("c", x=2, y=2)), plan=(SUPERSEDED,)),
        JOBS,
    ),
    "a superseded job gives no metric its place": (
        SweepTree(
            (
                Folder("a", asked=(Line("x", 1),), metrics={"n": 1, "m": 1}),
                Folder("b", asked=(Line("x", 1),), metrics={"m": 1, "n": 1}),
            ),
            plan=(SUPERSEDED,),
            recorded=False,
        ),
        Call(),
    ),
    "a superseded job names no label": (
        SweepTree(
            (job("a", x=1), job("b", x=1), job("c", x=2)),
            plan=(PlanLine("a", aliases={"x": "one"}, superseded="b"),),
        ),
        Call(),
    ),
    "what is broken of a superseded job is no problem": (
        SweepTree(
            (
                Folder("a", (Line("x", 1),), metrics={"m": 1.0}, damage=Damage("empty")),
                job("b", x=1),
            ),
            plan=(SUPERSEDED,),
        ),
        Call(),
    ),
    "an axis of one value is a coordinate of the jobs layout and no attribute": (
        SweepTree(
            (plain("a", x=1, y=1), plain("b", x=1, y=2)),
            Definition((), (Axis("x", (1,)), Axis("y", (1, 2))), OTHERWISE),
        ),
        JOBS,
    ),
    "axes stand in the definition's order in the jobs layout": (
        SweepTree(
            (job("a", y=1, x=1), job("b", y=2, x=2)),
            Definition((), (Axis("x", (1, 2)), Axis("y", (1, 2))), OTHERWISE),
        ),
        JOBS,
    ),
    "a recorded product orders axes and labels without a multirun.yaml": (
        SweepTree(
            (job("a", x=1, y=0), job("b", x=2, y=0)),
            record=Record("product", (Axis("y", (0,)), Axis("x", (2, 1)))),
        ),
        Call(),
    ),
    "a repetition whose fellows are missing stands at its own label": (
        SweepTree((repeated("a", 0, x=1), repeated("b", 1, x=1), repeated("c", 1, x=2))),
        Call(),
    ),
    "leftovers=True takes older metrics in, with the labels that they carry": (
        SweepTree((job("0", x=1), OLDER), NUMBERED),
        Call(leftovers=True),
    ),
    "a metric keeps apart from an axis that only the definition names": (
        SweepTree(
            (Folder("0", (Line("x", 1),), cut=0.9, metrics={"x": 1.0}),), NUMBERED, recorded=False
        ),
        Call(),
    ),
    "ints beyond 63 bits that are exact as floats are floats beside a hole": (
        SweepTree((plain("a", x=2**63), plain("b", x=2**64 - 2**11), plain("c", y=1))),
        JOBS,
    ),
    "ints beyond 64 bits that are exact as floats mix with floats": (
        SweepTree((plain("a", x=2**70), plain("b", x=0.5))),
        Call(),
    ),
}
