"""Dates and durations: what 64 bits do not hold is left out with a warning, never wrapped."""

import datetime
import enum

import numpy as np
import pandas as pd
import pytest

from runcube import load_metrics, save_metrics


class Kind(enum.StrEnum):
    """Texts by name."""

    FIRST = "q"


class OldKind(str, enum.Enum):  # noqa: UP042  its `str` is its name, unlike that of a `StrEnum`
    """Texts by name, as before Python 3.11."""

    FIRST = "q"


KEPT = {
    "duration": (datetime.timedelta(days=200_000_000), np.timedelta64(17_280_000_000_000, "s")),
    "nanoseconds": (
        pd.Timestamp("2020-01-01T00:00:00.123456789"),
        np.datetime64("2020-01-01T00:00:00.123456789"),
    ),
    "one": (pd.Timedelta(1, "ns"), np.timedelta64(1, "ns")),
    "aware": (
        datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        np.datetime64("2026-01-31T11:00:00"),
    ),
    "day": (datetime.date(2026, 1, 31), np.datetime64("2026-01-31T00:00:00")),
    "week": (np.timedelta64(2, "W"), np.timedelta64(14 * 86_400, "s")),
    "old_kind": (OldKind.FIRST, "q"),
    "kind": (Kind.FIRST, "q"),
    "text": (np.str_("x\0"), "x\0"),
}
LEFT_OUT = {
    "hours": np.datetime64(2**60, "h"),
    "weeks": np.timedelta64(2**60, "W"),
    "minutes": np.array([2**61], "m8[m]"),
    "days": np.datetime64(2**50, "D"),
    "no_unit": np.timedelta64(5),
    "years": np.timedelta64(1, "Y"),
    "fraction": datetime.timedelta(days=200_000_000, microseconds=1),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_value_is_kept_as_it_is(tmp_path, name):
    value, expected = KEPT[name]
    save_metrics(tmp_path / "metrics.arrow", {name: value, "list": [value, value]})
    loaded = load_metrics(tmp_path / "metrics.arrow")
    assert loaded[name] == expected
    assert len(loaded["list"]) == 2


@pytest.mark.parametrize("value", [pd.NaT, np.datetime64("NaT")])
def test_no_time_is_no_time(tmp_path, value):
    save_metrics(tmp_path / "metrics.arrow", {"when": value, "accuracy": 0.9})
    loaded = load_metrics(tmp_path / "metrics.arrow")
    assert np.isnat(loaded["when"])
    assert loaded["accuracy"] == 0.9


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_does_not_fit_is_left_out_and_costs_no_other_metric(tmp_path, name):
    with pytest.warns(UserWarning, match=f"metric `{name}` .* is not recorded"):
        save_metrics(tmp_path / "metrics.arrow", {name: LEFT_OUT[name], "accuracy": 0.9})
    assert load_metrics(tmp_path / "metrics.arrow") == {"accuracy": 0.9}
