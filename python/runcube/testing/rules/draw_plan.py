"""Plans: lines of `jobs.jsonl` for some of the jobs, true ones and others."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from runcube.testing.cases import Axis
from runcube.testing.rules.model import Folder, Line, PlanLine, assigned, identity

_WAYS = ("", "", "overrides", "overrides", "otherwise", "superseded")


@st.composite
def plans(
    draw: st.DrawFn, folders: Sequence[Folder], swept: Sequence[Axis], *, always: bool
) -> list[PlanLine]:
    """Draw a plan for all of the jobs, some, or none."""
    extent = "all" if always else draw(st.sampled_from(["none", "none", "some", "all"]))
    if extent == "none":
        return []
    chosen = list(draw(st.permutations(folders)))
    if extent == "some":
        chosen = chosen[: draw(st.integers(1, len(chosen)))]
    aliased = draw(st.sampled_from([None, None, *swept]))
    distinct = draw(st.booleans())
    repeated = draw(st.sampled_from([False, False, True]))
    lines = []
    for folder in chosen:
        way = draw(st.sampled_from(_WAYS))
        own = folder.carried if folder.carried is not None else folder.asked
        line = PlanLine(folder.name)
        if folder.asked is None or way == "overrides":
            line = replace(line, overrides=own)
        elif way == "otherwise":
            line = replace(line, overrides=(Line("planned", 1),))
        elif way == "superseded":
            line = replace(line, superseded="elsewhere")
        if repeated and draw(st.sampled_from([True, True, True, False])):
            line = replace(line, repetition=draw(st.integers(0, 2)))
        if aliased is not None and own is not None and aliased.key in assigned(own):
            label = identity(assigned(own)[aliased.key])[1][:8]
            text = f"alias {label}" if distinct else "alias"
            line = replace(line, aliases={aliased.key: text})
        if draw(st.sampled_from([True, *[False] * 7])):
            lines.append(replace(line, repetition=5, superseded=None))
        lines.append(line)
    named = {line.directory for line in lines if line.superseded is not None}
    if named.issuperset(folder.name for folder in folders):
        lines[-1] = replace(lines[-1], superseded=None)
    return lines
