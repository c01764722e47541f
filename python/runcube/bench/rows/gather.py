"""Gathering, the files in the page cache: `gather` of other tools' files, `recorded` of our own."""

from __future__ import annotations

from runcube.bench import careful, peers, usual
from runcube.bench.agreement import require_equal
from runcube.bench.figures import Figure, Measured
from runcube.bench.floors import FLOOR, reading
from runcube.bench.setting import Setting
from runcube.bench.turns import Contender, Time, fastest, timed
from runcube.bench.workloads import Workload

OURS = "runcube"
CAREFUL = "careful Python loop"
FLOOR_OF_TWO = "floor of two files"
# By format: the most times the floor; the least times faster than the careful loop, a library.
_TARGETS: dict[str, tuple[float, float, float | None]] = {"pt": (1.5, 100.0, None)}
_SMALL = (1.2, 50.0, 3000.0)
_RECORDED = 0.75


def gather(setting: Setting) -> Measured:
    """Time the gather of each format."""
    measured = Measured([], {}, [])
    libraries = _libraries(setting, measured)
    for workload in setting.each:
        _one(setting, workload, libraries, measured)
    if not libraries and setting.given is None:
        note = f"none of {', '.join(peers.LIBRARIES)} is installed"
        unit = "times faster than a workflow library"
        measured.figures.append(
            Figure("gather", "gather, warm", unit, None, 3000.0, "at least", note)
        )
    return measured


def _one(setting: Setting, workload: Workload, libraries: list[Time], measured: Measured) -> None:
    work = f"gather {workload.format}, warm"
    contenders = [
        *reading(workload, workload.needed),
        Contender(OURS, timed(workload.gather), workload.jobs),
        *_careful(setting, workload),
    ]
    others, refused = peers.of_files(workload)
    measured.doubts.extend(refused)
    times = setting.in_turns(work, [*contenders, *others])
    measured.times[work] = times
    ours = times[OURS].per_job
    most, careful_least, library_least = _TARGETS.get(workload.format, _SMALL)
    floor = fastest(times, FLOOR).per_job
    limit = usual.READ_ONE_FILE * len(workload.needed)
    doubt = setting.doubt(f"{work}: the floor", floor, limit)
    ratio = measured.unless(doubt, ours / floor)
    measured.figures.append(Figure("gather", work, "times the floor", ratio, most))
    if CAREFUL in times:
        part = times[CAREFUL]
        loop = part.per_job
        doubt = setting.doubt(f"{work}: the {CAREFUL}", loop, usual.CAREFUL[workload.format])
        measured.figures.append(
            Figure(
                "gather",
                work,
                f"times faster than the {CAREFUL}",
                measured.unless(doubt, loop / ours),
                careful_least,
                "at least",
                _extrapolated(part, workload),
            )
        )
    for time in libraries:
        doubt = setting.doubt(time.contender, time.per_job, usual.WORKFLOW_LIBRARY)
        ratio = measured.unless(doubt, time.per_job / ours)
        unit = f"times faster than {time.contender}"
        note = ", ".join(["it reads pt", *filter(None, [_extrapolated(time, workload)])])
        figure = Figure("gather", work, unit, ratio, library_least, "at least", note)
        measured.figures.append(figure)


def recorded(setting: Setting) -> Measured:
    """Time the gather of what runcube recorded, one file for each job, against two files."""
    workload = setting.workloads.get("recorded", setting.jobs)
    work = "gather of a recorded sweep, warm"
    times = setting.in_turns(
        work,
        [
            *reading(workload, workload.needed, name="floor of one file"),
            *reading(workload, workload.two_files, name=FLOOR_OF_TWO),
            Contender(OURS, timed(workload.gather), workload.jobs),
            *_careful(setting, workload),
        ],
    )
    measured = Measured([], {work: times})
    floor = fastest(times, FLOOR_OF_TWO).per_job
    doubt = setting.doubt(f"{work}: the {FLOOR_OF_TWO}", floor, 2 * usual.READ_ONE_FILE)
    ratio = measured.unless(doubt, times[OURS].per_job / floor)
    unit = f"times the {FLOOR_OF_TWO}"
    measured.figures.append(Figure("recorded", work, unit, ratio, _RECORDED))
    return measured


def _careful(setting: Setting, workload: Workload) -> list[Contender]:
    """Give the careful loop, on fewer jobs of the same kind, once it was seen to be right."""
    require_equal(workload, {OURS: workload.gather()})
    if workload.tree is None:
        return []
    part = setting.workloads.get(workload.format, setting.careful_jobs)  # type: ignore[arg-type]
    kind = "arrow" if workload.is_recorded else workload.format
    require_equal(part, {CAREFUL: careful.gather(part.path, kind)})
    return [Contender(CAREFUL, timed(lambda: careful.gather(part.path, kind)), part.jobs)]


def _extrapolated(part: Time, workload: Workload) -> str:
    return f"by job, from {part.jobs:,} jobs" if part.jobs < workload.jobs else ""


def _libraries(setting: Setting, measured: Measured) -> list[Time]:
    """Time the workflow libraries once: each takes minutes."""
    if setting.given is not None or not peers.has_workflows():
        return []
    workload = setting.workloads.make("workflows", "pt", setting.library_jobs, configs=True)
    contenders, refused = peers.of_workflows(workload)
    measured.doubts.extend(refused)
    if not contenders:
        return []
    work = "workflow libraries, pt, warm"
    times = setting.in_turns(work, contenders)
    measured.times[work] = times
    return list(times.values())
