"""The exception tree: both sides of the binding agree, and its errors travel."""

from __future__ import annotations

import builtins
import pickle
import re

import pytest

from runcube import _core, errors

DRAWN = re.findall(r"[├└]── (\w+) +([a-z-]+) +(\w+)$", errors.__doc__, flags=re.MULTILINE)


def test_the_codes_of_the_core_are_those_of_the_classes():
    assert sorted(_core.ERROR_CODES) == sorted(errors.BY_CODE)


def test_the_tree_at_the_head_of_the_file_is_the_tree():
    assert {code: name for name, code, _ in DRAWN} == {
        code: cls.__name__ for code, cls in errors.BY_CODE.items()
    }


@pytest.mark.parametrize(("name", "code", "builtin"), DRAWN)
def test_an_error_is_caught_as_the_builtin_that_is_drawn_beside_it(name, code, builtin):
    cls = getattr(errors, name)
    assert cls.code == code
    assert issubclass(cls, errors.RuncubeError)
    assert issubclass(cls, getattr(builtins, builtin))


@pytest.mark.parametrize("cls", [errors.RuncubeError, *errors.BY_CODE.values()])
@pytest.mark.parametrize("path", [None, "a/b"])
def test_an_error_survives_pickling_with_its_path(cls, path):
    error = cls("what, where, what to do", path=path)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert (str(copy), copy.path, copy.code) == ("what, where, what to do", path, cls.code)


def test_a_group_of_problems_survives_pickling():
    group = errors.ProblemsError("2 problems", [errors.LimitError("a"), errors.LimitError("b")])
    copy = pickle.loads(pickle.dumps(group))
    assert type(copy) is errors.ProblemsError
    assert [str(error) for error in copy.exceptions] == ["a", "b"]


def test_an_error_of_the_core_carries_code_and_path(tmp_path):
    missing = tmp_path / "nothing"
    with pytest.raises(FileNotFoundError) as caught:
        _core.load_metrics(missing / "metrics.npz")
    assert isinstance(caught.value, errors.RuncubeError)
    assert str(missing) in caught.value.path
