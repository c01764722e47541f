r"""Plain values as text of Hydra's override grammar, and back to the same value.

A value passes through up to three readers, and the text must suit all of them:

1. Hydra's lexer reads the override. Inside single quotes everything stands for itself, except a
   quote and the backslashes directly before a quote or before the end, which are escaped.
2. In a sweep, the basic sweeper prints what it read and each job reads that again. Quotes and
   containers survive. A function such as `choice` takes the quotes off its arguments, and what it
   then prints is bare text in which `\()[]{}:=, ` and tabs are escaped.
3. OmegaConf resolves ``${`` in every string that is read from a config. ``\${`` is its escape, and
   backslashes before an escaped or a real ``${`` are doubled; all others stand for themselves.

So a value is made plain first (`plain_value`: numpy scalars, paths, enumerations and hydra-zen's
lists become plain data, or the reason why not is raised), then written (`text_of`). Which override
sets a key is the matter of `runcube.overrides`.
"""

import enum
import re
import reprlib
import sys
from pathlib import PurePath
from typing import Any, TypeAlias

PlainKey: TypeAlias = "str | int | float | bool"
PlainValue: TypeAlias = (
    "str | int | float | bool | list[PlainValue] | dict[PlainKey, PlainValue] | None"
)

# Hydra's parser and OmegaConf recurse several frames for each level: near 80 levels they fail.
MAXIMUM_DEPTH = 32

_ACCEPTED = (
    "str, int, float, bool, None, dict, `hydra_list([...])`, `multirun([...])`, a numpy scalar or "
    "0-d array, a path, or a member of an enumeration"
)
_NUMPY_KINDS = "biufU"

_BEFORE_QUOTE_OR_END = re.compile(r"(?<!\\)(\\*)('|\Z)")
_BEFORE_INTERPOLATION = re.compile(r"(?<!\\)(\\*)\$\{")
_MISSING = re.compile(r"\\*\?\?\?")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_WHEN_BARE = re.compile(r"[\\()\[\]{}:=, \t]")
_BARE = re.compile(r"[A-Za-z0-9_/\\+.$%*@?|()\[\]{}:=, \t-]+")
_UNSIGNED = r"(?:0|[1-9](?:_?[0-9])*)"
_POINT = rf"(?:{_UNSIGNED}\.|{_UNSIGNED}?\.[0-9](?:_?[0-9])*)"
_EXPONENT = rf"(?:{_POINT}|{_UNSIGNED})[eE][+-]?[0-9](?:_?[0-9])*"
_NOT_A_STRING = re.compile(
    rf"[+-]?(?:{_EXPONENT}|{_POINT}|{_UNSIGNED}|(?i:inf|nan))|(?i:true|false|null)"
)


def quote(text: str) -> str:
    r"""
    Write `text` as a single-quoted string of Hydra's grammar.

    Parameters
    ----------
    text : str
        What Hydra's parser shall return, character by character.

    Returns
    -------
    str
        The quoted text.

    Examples
    --------
    >>> print(quote("it's"), quote("a\\b"), quote("a\\"))
    'it\'s' 'a\b' 'a\\'
    """
    escaped = _BEFORE_QUOTE_OR_END.sub(
        lambda match: match[1] * 2 + ("\\'" if match[2] else ""), text
    )
    return f"'{escaped}'"


def escape_interpolations(text: str) -> str:
    r"""
    Write `text` so that OmegaConf, when it resolves the string, returns `text`.

    Parameters
    ----------
    text : str
        What a task shall read from its config.

    Returns
    -------
    str
        The string that a config must hold.

    Examples
    --------
    >>> print(escape_interpolations("${a}"), escape_interpolations("\\${a} \\$"))
    \${a} \\\${a} \$
    """
    return _BEFORE_INTERPOLATION.sub(lambda match: match[1] * 2 + "\\${", text)


def why_not_text(text: str) -> str | None:
    r"""
    Say why a string cannot be carried by an override, or None where it can.

    Examples
    --------
    >>> why_not_text("???")
    '`???` marks a missing value in OmegaConf, with or without backslashes before it'
    >>> why_not_text("???!") is None
    True
    """
    if _MISSING.fullmatch(text):
        # OmegaConf 2.4 drops one backslash of `\???`, and 2.3 keeps it: no text suits both.
        return "`???` marks a missing value in OmegaConf, with or without backslashes before it"
    if _LONE_SURROGATE.search(text):
        return "it holds a lone surrogate, which no UTF-8 file can hold"
    return None


def why_not_key(key: PlainKey) -> str | None:
    """
    Say why a mapping's key cannot be written in an override, or None where it can.

    Hydra's grammar quotes no keys: a string must have letters, digits and some punctuation of
    ASCII alone, and must not read as another type.

    Parameters
    ----------
    key : str, int, float or bool
        A key of a mapping.

    Returns
    -------
    str or None
        The reason, ready to stand after a colon.

    Examples
    --------
    >>> why_not_key("a b") is None
    True
    >>> why_not_key("1e3")
    'an unquoted `1e3` reads as another type than str, and a key cannot be quoted'
    """
    if isinstance(key, float):
        return "nan equals nothing, not even itself" if key != key else None  # noqa: PLR0124
    if not isinstance(key, str):
        return None
    if not key:
        return "a key cannot be quoted, and unquoted it is empty"
    if not _BARE.fullmatch(key):
        return "a key cannot be quoted, and unquoted text is limited to some characters of ASCII"
    if _NOT_A_STRING.fullmatch(key):
        return f"an unquoted `{key}` reads as another type than str, and a key cannot be quoted"
    return None


def text_of(value: PlainValue, *, escape: bool = True) -> str:
    r"""
    Write a plain value as one element of Hydra's grammar.

    The strings and keys in it must have passed `why_not_text` and `why_not_key`.

    Parameters
    ----------
    value : PlainValue
        The value that a task shall read from its config.
    escape : bool, optional
        Whether ``${`` stands for itself; else it refers, and OmegaConf resolves it.

    Returns
    -------
    str
        The element.

    Examples
    --------
    >>> print(text_of(["a,b", 1, True, None, {"k": "${x}"}]))
    ['a,b',1,true,null,{k:'\${x}'}]
    >>> print(text_of("${x}", escape=False))
    '${x}'
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return quote(escape_interpolations(value) if escape else value)
        case list():
            return f"[{','.join(text_of(item, escape=escape) for item in value)}]"
    pairs = (f"{_key_text(key)}:{text_of(item, escape=escape)}" for key, item in value.items())
    return f"{{{','.join(pairs)}}}"


def single_choice_text(value: PlainValue) -> str | None:
    r"""
    Write a sweep over one value, or return None where Hydra's grammar has no such sweep.

    `choice` takes the quotes off a string, so the quotes of the job's own text are written inside
    them. What the sweeper prints has its special characters escaped, which inside quotes would
    leave the backslashes in the value; such a string goes without the inner quotes, if every
    character of it may stand unquoted.

    Parameters
    ----------
    value : PlainValue
        The only value of the sweep.

    Returns
    -------
    str or None
        A `choice(...)` of that value.

    Examples
    --------
    >>> print(single_choice_text("1"), single_choice_text("a,b"), single_choice_text(None))
    choice('\'1\'') choice('a,b') choice('null')
    >>> single_choice_text("it is Zoë's") is None
    True
    """
    if value is None:
        # `choice` refuses a bare null.
        return "choice('null')"
    if not isinstance(value, str):
        return f"choice({text_of(value)})"
    job_text = escape_interpolations(value)
    if _ESCAPED_WHEN_BARE.search(job_text):
        return f"choice({quote(job_text)})" if _BARE.fullmatch(job_text) else None
    for mark in "'\"":
        if mark not in job_text:
            return f"choice({quote(mark + job_text + mark)})"
    return None


def _key_text(key: PlainKey) -> str:
    return _ESCAPED_WHEN_BARE.sub(r"\\\g<0>", key) if isinstance(key, str) else text_of(key)


def is_multirun(value: object) -> bool:
    """
    Tell whether `value` is hydra-zen's `multirun`, without importing hydra-zen.

    Examples
    --------
    >>> from hydra_zen import hydra_list, multirun
    >>> is_multirun(multirun([1])), is_multirun(hydra_list([1])), is_multirun([1])
    (True, False, False)
    """
    return _is_instance_of(value, "hydra_zen", "multirun")


def plain_value(value: object, *, where: str, element: bool = False) -> PlainValue:
    r"""
    Make plain data of a Python value, or raise the reason why no override can carry it.

    Parameters
    ----------
    value : object
        What `runcube.overrides.format_value` lists.
    where : str
        The parameter, and the way to the value inside it; messages begin with it.
    element : bool, optional
        Whether a list or tuple may stand here without `hydra_list`, as it may in a sweep.

    Returns
    -------
    PlainValue
        What a task will read from its config: str, int, float, bool, None, lists and dicts.

    Raises
    ------
    TypeError
        For a value of a type that is not accepted.
    ValueError
        For a value that no override can carry.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> plain_value({"a": (1, PurePosixPath("b/c"))}, where="d")
    {'a': [1, 'b/c']}
    """
    if isinstance(value, list | tuple) and not element:
        raise TypeError(
            f"`{where}`: a bare {type(value).__name__}; write `multirun([...])` to sweep over its "
            "elements, or `hydra_list([...])` to pass it as one value"
        )
    return _plain(value, where, 0)


def _plain(value: object, where: str, depth: int) -> PlainValue:
    if depth > MAXIMUM_DEPTH:
        raise ValueError(
            f"`{where[:80]}`...: lists and mappings nested in more than {MAXIMUM_DEPTH} levels, or "
            "in themselves; Hydra's parser cannot read that"
        )
    if _is_instance_of(value, "hydra_zen", "hydra_list") or isinstance(value, list | tuple):
        items: Any = value
        return [_plain(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(items)]
    if isinstance(value, dict):
        return _plain_mapping(value, where, depth)
    return _plain_scalar(value, where)


def _plain_mapping(
    mapping: dict[Any, object], where: str, depth: int
) -> dict[PlainKey, PlainValue]:
    plain: dict[PlainKey, PlainValue] = {}
    for key, item in mapping.items():
        inside = f"{where}[{_shown(key)}]"
        try:
            plain_key = _plain_scalar(key, inside)
        except TypeError as error:
            raise ValueError(f"{error}, as a key of a mapping") from None
        if plain_key is None:
            raise ValueError(f"`{inside}`: OmegaConf has no None as a key of a mapping")
        reason = why_not_key(plain_key)
        if reason is not None:
            raise ValueError(f"`{inside}`: no override can hold this key: {reason}")
        if plain_key in plain:
            raise ValueError(f"`{inside}`: the mapping has another key that reads the same")
        plain[plain_key] = _plain(item, inside, depth + 1)
    return plain


def _plain_scalar(value: Any, where: str) -> str | int | float | bool | None:
    if isinstance(value, enum.Enum):
        if value.name not in type(value).__members__:
            raise ValueError(f"`{where}`: {value!r} has no name of its own, by which to write it")
        value = value.name
    elif isinstance(value, PurePath):
        value = str(value)
    elif _is_instance_of(value, "numpy", "generic", "ndarray") and value.ndim == 0:
        value = _numpy_scalar(value, where)
    match value:
        case None | bool():
            return value
        case str():
            text = str.__str__(value)
            reason = why_not_text(text)
            if reason is not None:
                raise ValueError(f"`{where}`: no override can hold {reprlib.repr(text)}: {reason}")
            return text
        case int():
            try:
                int.__repr__(value)
            except ValueError as error:
                raise ValueError(f"`{where}`: an int too long to be written: {error}") from None
            return int.__int__(value)
        case float():
            return float.__float__(value)
    raise TypeError(f"`{where}`: expected {_ACCEPTED}; got {_description(value)}")


def _numpy_scalar(value: Any, where: str) -> object:
    if value.dtype.kind not in _NUMPY_KINDS:
        # Dates become plain ints or other objects; no text brings them back.
        raise TypeError(
            f"`{where}`: expected {_ACCEPTED}; got {_description(value)} of dtype {value.dtype}"
        )
    item: Any = value.item()
    if value.dtype.kind == "f" and not isinstance(item, float):
        number = float(item)
        if number != item and number == number:  # noqa: PLR0124
            raise ValueError(f"`{where}`: {item!r} has more digits than a float can hold")
        return number
    return item


def _shown(key: object) -> str:
    try:
        return reprlib.repr(key)
    except ValueError:  # an int of more digits than Python writes
        return "..."


def _is_instance_of(value: object, module: str, *names: str) -> bool:
    # What was never imported has no instances.
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(
        value, tuple(cls for name in names if isinstance(cls := getattr(loaded, name, None), type))
    )


def _description(value: object) -> str:
    kind = _qualified_name(type(value))
    if isinstance(value, type):
        return f"the class `{_qualified_name(value)}` itself (type `{kind}`)"
    if hasattr(value, "__qualname__"):
        return f"`{_qualified_name(value)}` (type `{kind}`)"
    shape = getattr(value, "shape", None)
    return f"type `{kind}`" + (f" of shape {tuple(shape)}" if isinstance(shape, tuple) else "")


def _qualified_name(thing: Any) -> str:
    module = getattr(thing, "__module__", None)
    return thing.__qualname__ if module in (None, "builtins") else f"{module}.{thing.__qualname__}"
