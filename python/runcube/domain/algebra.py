"""The operators on canonical forms: each makes a new form, and leaves its operands as they were.

::

    sum        a + b        the cubes of a, then those of b
    product    a * b        each cube of a with each of b; weights multiply
    zip        a @ b        one cube of one factor, whose parts are a and b
    weight     w * a        every cube of a weighs w times as much
"""

from __future__ import annotations

from runcube.domain.form import Cube, Drawn, Form, Zipped, bare
from runcube.domain.sampling import checked_weight

# A product of sums has as many cubes as its sums' numbers multiplied.
MOST_CUBES = 1_000_000


def sum_of(left: Form, right: Form) -> Form:
    """
    Give one form after the other.

    Raises
    ------
    ValueError
        A part without end stands before another, which would never run.
    """
    form = Form(left.cubes + right.cubes)
    if not (right.cubes and _has_no_end(left)):
        return form
    for block in form.blocks[:-1]:
        if block.length is None:
            names = ", ".join(f"`{bare(o.key)}`" for cube in block.cubes for o in cube.options())
            raise ValueError(
                f"`+`: the draws of {names} have no end, so what stands after them would never "
                "run; put them last, weigh both sides (`1 * a + 1 * b`), or multiply them by "
                "something listed"
            )
    return form


def product_of(left: Form, right: Form) -> Form:
    """
    Give each cube of one form with each of the other.

    Raises
    ------
    ValueError
        A parameter stands on both sides.
    """
    _check_names("*", left, right)
    if len(left.cubes) * len(right.cubes) > MOST_CUBES:
        raise ValueError(
            f"`*`: sums of {len(left.cubes)} and {len(right.cubes)} terms have a product of more "
            f"than {MOST_CUBES} terms; put single values into lists, which are one term"
        )
    return Form(
        tuple(
            Cube(one.factors + two.factors, _joined(one.weight, two.weight))
            for one in left.cubes
            for two in right.cubes
        )
    )


def zip_of(left: Form, right: Form) -> Form:
    """
    Give two forms side by side.

    Raises
    ------
    ValueError
        Their lengths differ, one has a sampler, or a parameter stands on both sides.
    """
    if not (left.cubes and right.cubes):
        return Form()
    _check_names("@", left, right)
    lengths = f"the left side has {_shown(left)} configs, the right side {_shown(right)}"
    drawn = [option for option in (*left.options(), *right.options()) if isinstance(option, Drawn)]
    if drawn:
        raise ValueError(
            f"`@`: `{bare(drawn[0].key)}` is drawn by a sampler, and draws have no order to zip; "
            f"{lengths}: multiply by it instead, and it is drawn for each config"
        )
    if left.length != right.length:
        raise ValueError(f"`@`: {lengths}; a zip needs equal lengths")
    parts: list[Form] = []
    weight = None
    for form in (left, right):
        if len(form.cubes) == 1:
            cube = form.cubes[0]
            weight = _joined(weight, cube.weight)
            factor = cube.factors[0]
            is_zip = len(cube.factors) == 1 and isinstance(factor, Zipped)
            parts += factor.parts if is_zip else [Form((Cube(cube.factors),))]  # type: ignore[union-attr]
        else:
            parts.append(form)
    return Form((Cube((Zipped(tuple(parts)),), weight),))


def weighted(weight: object, form: Form) -> Form:
    """
    Give a form all of whose cubes weigh `weight` times as much.

    Raises
    ------
    ValueError
        The weight is not finite and positive.
    """
    factor = checked_weight(weight)
    return Form(tuple(Cube(cube.factors, _joined(factor, cube.weight)) for cube in form.cubes))


def _has_no_end(form: Form) -> bool:
    # Only the last block may have none, so a long sum is not gone through for each term.
    for cube in reversed(form.cubes):
        if cube.length is None or cube.weight is None:
            return cube.length is None
    return False


def _joined(one: float | None, two: float | None) -> float | None:
    if one is None or two is None:
        return one if two is None else two
    return checked_weight(one * two)


def _check_names(symbol: str, left: Form, right: Form) -> None:
    both = sorted(left.names & right.names)
    if both:
        raise ValueError(
            f"`{symbol}`: `{both[0]}` stands on both sides; a config has one value of a parameter"
        )


def _shown(form: Form) -> str:
    return "infinitely many" if form.length is None else str(form.length)
