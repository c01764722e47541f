r"""Python values as Hydra overrides that give a task exactly the same values back.

`format_value`, `format_override` and `format_sweep` write one parameter. `overrides_for` writes
all of a run's: it also chooses how each key is set, for which it must know what the config has in
that place (`places_in`). How a value becomes text is the matter of `runcube.override_text`.
"""

import copy
import enum
import re
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runcube.override_text import (
    PlainValue,
    is_multirun,
    plain_value,
    single_choice_text,
    text_of,
)

if TYPE_CHECKING:
    from omegaconf import DictConfig

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_SPECIAL = r"[A-Za-z_$][A-Za-z0-9_$-]*"
_SEGMENT = rf"(?:{_SPECIAL}|0|[1-9](?:_?[0-9])*)"
_PATH = rf"(?:{_SEGMENT}(?:\.{_SEGMENT})+|{_SPECIAL})"
_KEY = re.compile(rf"(?P<prefix>\+{{0,2}})(?:{_NAME}(?:/{_NAME})+|{_PATH})(?:@(?:{_PATH})?)?")


class Place(enum.Enum):
    """What a config has where an override points, as far as it decides how to write that."""

    ABSENT = "nothing: the key is added"
    VALUE = "a scalar, None, a missing value or an interpolation: anything may take its place"
    LIST = "a list: another list replaces it, a mapping cannot"
    MAPPING = "a mapping: Hydra would merge a new one into it"
    FIXED = "a list or mapping whose type forbids None: a new mapping is merged into it"
    GROUP = "the choice of a config group"


def format_value(value: object, *, key: str = "value") -> str:
    r"""
    Write one value as an element of Hydra's override grammar.

    Parameters
    ----------
    value : object
        A str, int, float, bool, None, dict, `hydra_list`, numpy scalar or 0-d array, path (written
        as text) or member of an enumeration (written by its name): in a typed config OmegaConf
        makes a path or member of them again. Inside a dict or `hydra_list` also lists and tuples,
        which a task receives as lists.
    key : str, optional
        The parameter's name, for messages.

    Returns
    -------
    str
        The element. A task reads from its config a value of the same type, equal to this one.

    Raises
    ------
    TypeError
        For a value of another type; a bare list says neither that it is swept nor that it is not.
    ValueError
        For a value that no override can carry: `"???"`, lone surrogates, keys of mappings that
        need quotes, ints beyond Python's limit of digits, more than 32 levels of nesting.

    Examples
    --------
    >>> print(format_value("it's"), format_value("1"), format_value({"a": 1e-5}))
    'it\'s' '1' {a:1e-05}
    """
    return text_of(plain_value(value, where=key))


def format_override(key: str, value: object, *, prefix: str = "") -> str:
    r"""
    Write `key=value` for a value that every job gets.

    Parameters
    ----------
    key : str
        A dotted key, or a config group with `/` or `@`. Strings are quoted for both: Hydra takes
        a quoted choice of a group. It may begin with a `+` or `++` of its own.
    value : object
        As in `format_value`.
    prefix : {"", "+", "++"}, optional
        What stands before the key.

    Returns
    -------
    str
        One override.

    Raises
    ------
    TypeError, ValueError
        As `format_value`; ValueError also for a key that Hydra's grammar does not have.

    Examples
    --------
    >>> print(format_override("model.name", "a,b", prefix="+"))
    +model.name='a,b'
    """
    return f"{_checked_key(key, prefix)}={format_value(value, key=key)}"


def format_sweep(key: str, values: Iterable[object], *, prefix: str = "") -> str:
    r"""
    Write an override that sweeps over `values`.

    A sweep over one value is a `choice(...)`. Hydra has none for a string that needs quotes and
    holds blanks, brackets, commas, colons, `=` or backslashes too, nor for one with quotes of both
    kinds; that is written as a fixed override, which gives the same single job.

    Parameters
    ----------
    key : str
        As in `format_override`.
    values : iterable of object
        What is swept, each as in `format_value`; lists and tuples are elements too.
    prefix : {"", "+", "++"}, optional
        What stands before the key.

    Returns
    -------
    str
        One override.

    Raises
    ------
    TypeError, ValueError
        As `format_override`; ValueError also for no values at all.

    Examples
    --------
    >>> print(format_sweep("x", ["a,b", 1, [True]]), format_sweep("x", ["1"]))
    x='a,b',1,[true] x=choice('\'1\'')
    """
    return f"{_checked_key(key, prefix)}={_sweep_text(_plain_elements(values, key))}"


def overrides_for(
    parameters: Mapping[str, object], *, place_of: Callable[[str], Place]
) -> list[str]:
    r"""
    Write the overrides that set `parameters`, in their order.

    Where Hydra would merge a mapping into an older one, the older is set to null first. (Hydra
    has `~key` for that; but its basic sweeper prints it as `~key=null`, which Hydra 1.4 refuses
    for whatever is not None, and typed configs forbid it.) A mapping that replaces the choice of a
    config group removes that choice. Where the config's type does not allow None, the mapping is
    merged, as Hydra does.

    Parameters
    ----------
    parameters : mapping of str to object
        Keys and their values; a `multirun` is swept, all else is fixed. A key that brings its own
        `+` or `++` keeps it, and nothing is cleared for it.
    place_of : callable
        What the config has at a key, for example `places_in(config)`.

    Returns
    -------
    list of str
        One or two overrides for each parameter.

    Raises
    ------
    TypeError, ValueError
        As `format_override` and `format_sweep`; ValueError also for a mapping as the choice of a
        config group with `/` or `@`.

    Examples
    --------
    >>> places = {"x": Place.VALUE, "d": Place.MAPPING}
    >>> overrides_for(
    ...     {"x": "1", "d": {"k": 1}, "new": 2},
    ...     place_of=lambda key: places.get(key, Place.ABSENT),
    ... )
    ["x='1'", 'd=null', '+d={k:1}', '+new=2']
    """
    overrides: list[str] = []
    for key, value in parameters.items():
        name = _checked_key(key, "")
        if is_multirun(value):
            elements = _plain_elements(value, key)
            text = _sweep_text(elements)
        else:
            elements = [plain_value(value, where=key)]
            text = text_of(elements[0])
        if name.startswith("+"):
            overrides.append(f"{name}={text}")
            continue
        clear, prefix = way_to_set(key, elements, place_of(key))
        overrides.extend(clear)
        overrides.append(f"{prefix}{name}={text}")
    return overrides


def places_in(config: "DictConfig", *, groups: Container[str] = ()) -> Callable[[str], Place]:
    """
    Make the `place_of` that `overrides_for` wants from a composed config.

    Parameters
    ----------
    config : DictConfig
        The config without the overrides that are to be written. It is not changed.
    groups : container of str, optional
        The config groups that its defaults list chooses from, such as `hydra.runtime.choices`.

    Returns
    -------
    callable
        From a key to its place.

    Examples
    --------
    >>> from omegaconf import OmegaConf
    >>> place_of = places_in(OmegaConf.create({"a": {"b": "???"}, "l": [1]}), groups=["db"])
    >>> [place_of(key).name for key in ("a", "a.b", "a.c", "l", "l.0", "db", "x/y")]
    ['MAPPING', 'VALUE', 'ABSENT', 'LIST', 'VALUE', 'GROUP', 'ABSENT']
    """

    def place_of(key: str) -> Place:
        if key in groups:
            return Place.GROUP
        return Place.ABSENT if "/" in key or "@" in key else _place(config, key)

    return place_of


def find_duplicates(values: Iterable[object], *, key: str = "value") -> list[object]:
    """
    List the values that one sweep would run twice.

    Two values are the same if a task could not tell them apart: by type and value, so that `1`,
    `1.0`, `"1"` and `True` differ, while a path equals its text, and `nan` equals `nan`. `0.0` and
    `-0.0` count as one: no array could label both.

    Parameters
    ----------
    values : iterable of object
        The elements of a `multirun`.
    key : str, optional
        The parameter's name, for messages.

    Returns
    -------
    list of object
        Each value that occurs more than once, as it occurs first.

    Raises
    ------
    TypeError, ValueError
        As `format_sweep`.

    Examples
    --------
    >>> find_duplicates([1, 1.0, "1", True, [2], 1, [2], 1])
    [1, [2]]
    """
    listed = list(values)
    first: dict[Hashable, int] = {}
    repeated: dict[Hashable, None] = {}
    for index, value in enumerate(listed):
        identity = _identity(plain_value(value, where=f"{key}[{index}]", element=True))
        if first.setdefault(identity, index) != index:
            repeated[identity] = None
    return [listed[first[identity]] for identity in repeated]


def _plain_elements(values: Any, key: str) -> list[PlainValue]:
    plain = [
        plain_value(value, where=f"{key}[{index}]", element=True)
        for index, value in enumerate(values)
    ]
    if not plain:
        raise ValueError(f"`{key}`: a sweep over no values; give `multirun` at least one")
    return plain


def _sweep_text(elements: list[PlainValue]) -> str:
    if len(elements) > 1:
        return ",".join(map(text_of, elements))
    return single_choice_text(elements[0]) or text_of(elements[0])


def _checked_key(key: str, prefix: str) -> str:
    match = _KEY.fullmatch(key)
    if match is None:
        raise ValueError(
            f"`{key}`: not a key that Hydra can read; expected a name, a dotted path such as "
            "`model.width`, or a config group such as `db`, `model/size` or `optimizer@opt`"
        )
    if prefix not in ("", "+", "++"):
        raise ValueError(f"`{key}`: expected the prefix '', '+' or '++'; got {prefix!r}")
    if prefix and match["prefix"]:
        raise ValueError(f"`{key}`: the key has a prefix already, and {prefix!r} would be another")
    return prefix + key


def way_to_set(key: str, elements: Sequence[PlainValue], place: Place) -> tuple[list[str], str]:
    """
    Give the overrides that clear a place for any of `elements`, and the prefix of what sets it.

    Raises
    ------
    ValueError
        No override can set it so.

    Examples
    --------
    >>> way_to_set("d", [{"k": 1}], Place.MAPPING), way_to_set("x", [1], Place.VALUE)
    ((['d=null'], '+'), ([], ''))
    """
    mappings = [isinstance(element, dict) for element in elements]
    lists = [isinstance(element, list) for element in elements]
    if any(mappings) and ("/" in key or "@" in key):
        raise ValueError(
            f"`{key}`: a config group takes the name of a choice; to set values inside it, use the "
            "dotted key of its package"
        )
    way: tuple[list[str], str] = ([], "")
    match place:
        case Place.ABSENT:
            way = ([], "+")
        case Place.GROUP if any(mappings):
            if not all(mappings):
                raise ValueError(
                    f"`{key}`: a config group is swept either over names of its choices or over "
                    "mappings, not over both"
                )
            way = ([f"~{key}"], "+")
        case Place.FIXED if any(mappings):
            way = ([], "++")
        case Place.MAPPING if any(mappings) or any(lists):
            way = ([f"{key}=null"], "+")
        case Place.LIST if any(mappings):
            way = ([f"{key}=null"], "+")
    return way


def _place(config: "DictConfig", key: str) -> Place:
    from omegaconf import OmegaConf  # reading a sweep needs no OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    above, _, last = key.rpartition(".")
    inside: Any = last
    try:
        parent: Any = OmegaConf.select(config, above) if above else config
    except OmegaConfBaseException:
        return Place.ABSENT
    if OmegaConf.is_list(parent) and last.isdecimal():
        inside = int(last)
        found = inside < len(parent)
    else:
        # `in` denies keys whose value is missing or cannot be resolved.
        found = OmegaConf.is_dict(parent) and last in list(parent.keys())
    if not found:
        return Place.ABSENT
    if OmegaConf.is_missing(parent, inside) or OmegaConf.is_interpolation(parent, inside):
        return Place.VALUE
    old = parent[inside]
    if not OmegaConf.is_config(old):
        return Place.VALUE
    probe = copy.deepcopy(parent)
    OmegaConf.set_readonly(probe, value=False)
    try:
        probe[inside] = None
    except OmegaConfBaseException:
        return Place.FIXED
    return Place.LIST if OmegaConf.is_list(old) else Place.MAPPING


def _identity(value: PlainValue) -> Hashable:
    match value:
        case list():
            return ("list", tuple(map(_identity, value)))
        case dict():
            pairs = frozenset((_identity(key), _identity(item)) for key, item in value.items())
            return ("dict", pairs)
        case float():
            return ("float", repr(value + 0.0))
    return (type(value).__name__, value)
