r"""Plain values as text of Hydra's override grammar, and back to the same value.

A value passes through up to three readers, and the text must suit all of them:

1. Hydra's lexer reads the override. Inside single quotes everything stands for itself, except a
   quote and the backslashes directly before a quote or before the end, which are escaped.
2. In a sweep, the basic sweeper prints what it read and each job reads that again. Quotes and
   containers survive. A function such as `choice` takes the quotes off its arguments, and what it
   then prints is bare text in which `\()[]{}:=, ` and tabs are escaped.
3. OmegaConf resolves ``${`` in every string that is read from a config. ``\${`` is its escape, and
   backslashes before an escaped or a real ``${`` are doubled; all others stand for themselves.

This module knows text alone: `runcube.overrides` decides which Python values become plain ones.
"""

import re
from typing import TypeAlias

PlainKey: TypeAlias = "str | int | float | bool"
PlainValue: TypeAlias = (
    "str | int | float | bool | None | list[PlainValue] | dict[PlainKey, PlainValue]"
)

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

    Parameters
    ----------
    text : str
        A string value.

    Returns
    -------
    str or None
        The reason, ready to stand after a colon.

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

    Keys are never quoted in Hydra's grammar, so a string key must be made of letters, digits and
    some punctuation of ASCII, and must not read as something else than a string.

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


def text_of(value: PlainValue) -> str:
    r"""
    Write a plain value as one element of Hydra's grammar.

    The strings and keys in it must have passed `why_not_text` and `why_not_key`.

    Parameters
    ----------
    value : PlainValue
        The value that a task shall read from its config.

    Returns
    -------
    str
        The element.

    Examples
    --------
    >>> print(text_of(["a,b", 1, True, None, {"k": "${x}"}]))
    ['a,b',1,true,null,{k:'\${x}'}]
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return quote(escape_interpolations(value))
        case list():
            return f"[{','.join(map(text_of, value))}]"
    pairs = (f"{_key_text(key)}:{text_of(item)}" for key, item in value.items())
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
