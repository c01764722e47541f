"""`open_sweep(where=…)`: which jobs are selected, what is read for it, what is refused."""

import ctypes
import os
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcube import open_sweep
from runcube.errors import InvalidArgumentError, NoJobsError, NoMatchError
from runcube.testing import assert_same, make_tree
from written_jobs import job

AXES = {"lr": [0.1, 0.2], "seed": [0, 1, 2], "model": ["a", "b"]}
KINDS = ["npz", "recorded"]


def jobs(root, *lines, recorded=False):
    """Write a job for each list of overrides; the loss is the job's number."""
    for number, overrides in enumerate(lines):
        job(root / str(number), overrides.split(), {"loss": float(number)}, recorded=recorded)
    return root


def selected(root, where, **options):
    return [int(it.path.name) for it in open_sweep(root, where=where, **options).jobs]


# -- which jobs -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("where", "keeps"),
    [
        ("lr < 0.2", lambda row: row.lr < 0.2),
        ("seed in [0, 2] and model != 'a'", lambda row: row.seed in (0, 2) and row.model != "a"),
        ("not (0 < seed <= 2) or lr == 0.2", lambda row: row.seed == 0 or row.lr == 0.2),
        ("seed >= 1.0", lambda row: row.seed >= 1),
        ("lr == lr", lambda row: True),
    ],
)
def test_the_selection_is_what_a_filter_of_the_table_gives(tmp_path, kind, where, keeps):
    make_tree(tmp_path, axes=AXES, format=kind)
    whole = open_sweep(tmp_path).to_pandas()
    expected = whole[[keeps(row) for row in whole.itertuples()]].reset_index(drop=True)
    table = open_sweep(tmp_path, where=where).to_pandas()
    assert len(expected) > 0
    assert table["job"].tolist() == expected["job"].tolist()
    assert table["loss"].tolist() == expected["loss"].tolist()
    assert all((a == b).all() for a, b in zip(table["curve"], expected["curve"], strict=True))


def test_labels_keep_their_types(tmp_path):
    jobs(tmp_path, "x=1", 'x="1"', "x=True", "x=null", "x=1.0", "x=[1]", "y=0", "x=nan")
    assert selected(tmp_path, "x == 1") == [0, 4]
    assert selected(tmp_path, "x == '1'") == [1]
    assert selected(tmp_path, "x == true") == [2]
    assert selected(tmp_path, "x == null") == [3]
    assert selected(tmp_path, "x == [1]") == [5]
    assert selected(tmp_path, "x in [null, '1', false]") == [1, 3]
    assert selected(tmp_path, "not (x == null)") == [0, 1, 2, 4, 5, 6, 7]
    assert selected(tmp_path, "x != 1") == [1, 2, 3, 5, 6, 7]
    assert selected(tmp_path, "x != x") == [6, 7]
    assert selected(tmp_path, "y == 0") == [6]


def test_names_with_other_characters_stand_in_backticks(tmp_path):
    jobs(tmp_path, "+db/sql@a.b=x m.w=64", "+db/sql@a.b=y m.w=32", "items[0]=z")
    assert selected(tmp_path, "db/sql@a.b == 'x' and m.w >= 64") == [0]
    assert selected(tmp_path, "`items[0]` == 'z'") == [2]


def test_of_several_overrides_for_one_key_the_last_counts(tmp_path):
    jobs(tmp_path, "x=1 x=2", "x=2 x=1", "x=1 ~x")
    assert selected(tmp_path, "x == 1") == [1]
    assert selected(tmp_path, "x != 1") == [0, 2]


def test_numbers_that_carry_their_identity_are_selected_by_it(tmp_path):
    jobs(tmp_path, "x=1", "x=2", recorded=True)
    (tmp_path / "0/.hydra/overrides.yaml").write_text("- x=2\n")
    assert selected(tmp_path, "x == 1") == [0]
    assert open_sweep(tmp_path, where="x == 2").metric_values("loss") == [1.0]


def test_a_job_without_the_record_is_selected_by_its_overrides(tmp_path):
    jobs(tmp_path, "x=1", "x=2", "x=1", recorded=True)
    (tmp_path / "0/metrics.arrow").unlink()
    (tmp_path / "2/.hydra/overrides.yaml").unlink()
    sweep = open_sweep(tmp_path, where="x == 1")
    assert [it.path.name for it in sweep.jobs] == ["0", "2"]
    assert sweep.metric_values("loss") == [None, 2.0]


words = st.sampled_from(["x=1", "x=2", "x='1'", "x=1.5", "y=a", "y=b", "y=null", "~x"])
some_jobs = st.lists(st.lists(words, max_size=3).map(tuple), min_size=1, max_size=6)
conditions = st.sampled_from(
    [
        *("x == 1", "x < 2", "x != 1", "y == 'a'", "y in ['a', null]", "not (y == null)"),
        *("x == 1 and y == 'a'", "x == 1 or y != 'b'", "x == y", "1 <= x < 1.6"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(lists=some_jobs, where=conditions, recorded=st.booleans())
def test_a_selection_is_the_sweep_without_the_other_directories(lists, where, recorded):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "sweep")
        for number, lines in enumerate(lists):
            loss = {"loss": number, f"only{number}": "x"}
            job(root / f"j{number}", lines, loss, recorded=recorded)
        try:
            sweep = open_sweep(root, where=where)
        except (NoMatchError, InvalidArgumentError):
            return
        kept = {it.path.name for it in sweep.jobs}
        for path in list(root.iterdir()):
            if path.name not in kept:
                shutil.rmtree(path)
        expected = open_sweep(root)
        assert sweep.axes == expected.axes
        assert sweep.metrics == expected.metrics
        # A cell that the condition excludes may be a hole of the grid, and none of the selection.
        assert sweep.is_complete or not expected.is_complete
        assert_same(sweep.to_xarray(), expected.to_xarray())
        assert_same(sweep.to_xarray(layout="jobs"), expected.to_xarray(layout="jobs"))


# -- what is read ---------------------------------------------------------------------------


class Opened:
    """The files below a directory that are opened meanwhile (Linux tells: `inotify(7)`)."""

    IN_OPEN, IN_ISDIR = 0x20, 0x40000000

    def __init__(self, root):
        self._root = root
        self.paths = []

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self._queue = libc.inotify_init1(os.O_NONBLOCK)
        folders = [self._root, *(path for path in self._root.rglob("*") if path.is_dir())]
        self._folders = {
            libc.inotify_add_watch(self._queue, os.fsencode(path), self.IN_OPEN): path
            for path in folders
        }
        return self

    def __exit__(self, *_):
        events = os.read(self._queue, 1 << 20)
        os.close(self._queue)
        while events:
            watch, mask, _, length = struct.unpack_from("iIII", events)
            name = os.fsdecode(events[16 : 16 + length].rstrip(b"\0"))
            if not mask & self.IN_ISDIR:
                path = self._folders[watch] / name
                self.paths.append(path.relative_to(self._root).as_posix())
            events = events[16 + length :]


def test_of_an_excluded_job_only_the_overrides_are_opened(tmp_path):
    jobs(tmp_path, "x=1", "x=2", "x=1")
    with Opened(tmp_path) as opened:
        sweep = open_sweep(tmp_path, where="x == 2")
    assert "1/metrics.npz" in opened.paths
    assert {it for it in opened.paths if it[0] in "02"} == {
        *("0/.hydra/overrides.yaml", "2/.hydra/overrides.yaml")
    }
    assert sweep.metric_values("loss") == [1.0]


def test_of_an_excluded_recorded_job_only_the_record_is_opened(tmp_path):
    jobs(tmp_path, "x=1", "x=2", "x=1", recorded=True)
    with Opened(tmp_path) as opened:
        open_sweep(tmp_path, where="x == 2")
    assert {it for it in opened.paths if it[0] in "02"} == {"0/metrics.arrow", "2/metrics.arrow"}


def test_without_a_condition_each_file_is_opened_once(tmp_path):
    jobs(tmp_path, "x=1", "x=2")
    with Opened(tmp_path) as opened:
        open_sweep(tmp_path)
    names = ("metrics.npz", ".hydra/overrides.yaml")
    assert sorted(opened.paths) == sorted(f"{number}/{name}" for number in "01" for name in names)


def test_a_misspelt_condition_is_told_before_any_metric_is_read(tmp_path):
    jobs(tmp_path, "x=1", "x=2")
    with Opened(tmp_path) as opened, pytest.raises(InvalidArgumentError):
        open_sweep(tmp_path, where="y == 2")
    assert {Path(it).name for it in opened.paths} == {"overrides.yaml"}


def test_a_loader_is_called_for_selected_jobs_alone(tmp_path):
    jobs(tmp_path, "x=1", "x=2", "x=1")
    called = []

    def loader(path):
        called.append(path.parent.name)
        return {"score": 1.0}

    for metrics in ("metrics.npz", "*.npz"):
        called.clear()
        assert selected(tmp_path, "x == 1", metrics=metrics, loader=loader) == [0, 2]
        assert called == ["0", "2"]


def test_files_that_are_named_by_a_pattern_are_read_of_selected_jobs(tmp_path):
    jobs(tmp_path, "x=1", "x=2", recorded=True)
    for number in (0, 1):
        np.savez(tmp_path / str(number) / "more.npz", score=number)
    sweep = open_sweep(tmp_path, metrics=["metrics.arrow", "*.npz"], where="x == 2")
    assert (sweep.metric_values("loss"), sweep.metric_values("score")) == ([1.0], [1])


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_and_problems_of_excluded_jobs_leave_no_trace(tmp_path, kind):
    recorded = kind == "recorded"
    job(tmp_path / "0", ["x=1"], {"loss": 1, "only": "a"}, recorded=recorded)
    job(tmp_path / "1", ["x=2"], {"loss": 2.5}, recorded=recorded)
    job(tmp_path / "2", ["x=1", "y=3"], {"loss": 3}, recorded=recorded)
    job(tmp_path / "3", ["x=3"], {"loss": 7}, recorded=False)
    (tmp_path / "3/metrics.npz").write_bytes(b"torn")
    sweep = open_sweep(tmp_path, where="x == 2")
    assert sweep.metrics == ("loss",)
    assert sweep.problems == ()
    assert sweep.axes == {}
    assert sweep.fixed == {"x": 2}
    assert sweep.to_xarray()["loss"].item() == 2.5
    assert open_sweep(tmp_path, where="x == 1").to_xarray()["loss"].dtype == np.int64


def test_damage_of_a_selected_job_is_a_problem_and_a_hole(tmp_path):
    make_tree(tmp_path, axes=AXES, format="npz")
    (tmp_path / "0/metrics.npz").write_bytes(b"torn")
    sweep = open_sweep(tmp_path, where="lr == 0.1 and seed == 0")
    assert [it.path for it in sweep.problems] == [tmp_path / "0/metrics.npz"]
    assert np.isnan(sweep.to_xarray()["loss"].sel(model="a").item())
    assert not sweep.is_complete
    assert open_sweep(tmp_path, where="lr == 0.2").problems == ()


def test_a_job_whose_parameters_cannot_be_read_is_reported_and_not_selected(tmp_path):
    make_tree(tmp_path, axes=AXES, format="npz")
    (tmp_path / "0/.hydra/overrides.yaml").write_text("- lr=0.1")
    sweep = open_sweep(tmp_path, where="lr == 0.1")
    assert [(it.kind, it.path.name) for it in sweep.problems] == [("corrupt", "overrides.yaml")]
    assert [it.number for it in sweep.jobs] == [1, 2, 3, 4, 5]
    assert not sweep.is_complete


# -- what cannot be selected ----------------------------------------------------------------


def test_a_bad_condition_is_underlined(tmp_path):
    jobs(tmp_path, "x=1")
    with pytest.raises(ValueError, match=r"there is no operator `=`; write `==`\n  x = 1\n    \^$"):
        open_sweep(tmp_path, where="x = 1")
    with pytest.raises(ValueError, match="nested more than 64 levels"):
        open_sweep(tmp_path, where="(" * 1_000_000)


def test_a_name_that_no_job_has_is_an_error_and_one_that_some_have_is_none(tmp_path):
    jobs(tmp_path, "lr=1", "lr=2 momentum=3")
    with pytest.raises(ValueError, match=r"no job has a parameter `l`; did you mean `lr`\?"):
        open_sweep(tmp_path, where="l == 1")
    with pytest.raises(ValueError, match="there are `lr`, `momentum`; a text is quoted"):
        open_sweep(tmp_path, where="lr == resnet")
    assert selected(tmp_path, "momentum == 3") == [1]


def test_a_condition_that_selects_nothing_lists_the_labels_that_there_are(tmp_path):
    jobs(tmp_path, "x=1 m=a", "x=2 m='b'", "x=2 m=null")
    with pytest.raises(FileNotFoundError) as caught:
        open_sweep(tmp_path, where="x == '1' and m == 'c'")
    assert isinstance(caught.value, NoMatchError)
    assert "selects none of the 3 jobs; in them `x` is 1, 2; `m` is 'a', 'b', null" in str(
        caught.value
    )


def test_where_no_parameters_can_be_read_the_error_says_so(tmp_path):
    jobs(tmp_path, "x=1", "x=2")
    for number in "01":
        (tmp_path / number / ".hydra/overrides.yaml").write_text("")
    with pytest.raises(NoMatchError, match="of 2 the parameters could not be read"):
        open_sweep(tmp_path, where="x == 1")


def test_directories_without_jobs_are_told_from_an_empty_selection(tmp_path):
    make_tree(tmp_path, axes={"x": [1, 2]})
    for number in "01":
        shutil.rmtree(tmp_path / number)
        (tmp_path / number).mkdir()
    with pytest.raises(NoJobsError):
        open_sweep(tmp_path, where="x == 1")


def test_a_file_that_no_selected_job_has_is_an_error(tmp_path):
    jobs(tmp_path, "x=1", "x=2")
    np.savez(tmp_path / "0/more.npz", score=1)
    assert selected(tmp_path, "x == 1", metrics="more.npz") == [0]
    with pytest.raises(FileNotFoundError, match="no job of the 1 that `where` leaves has `more"):
        open_sweep(tmp_path, metrics="more.npz", where="x == 2")


@pytest.mark.parametrize("wrong", [5, b"x == 1", ["x == 1"], True, {"x": 1}])
def test_a_condition_of_a_wrong_type_is_named(tmp_path, wrong):
    jobs(tmp_path, "x=1")
    with pytest.raises(TypeError, match=r"`where`: expected a condition, as in `lr < 0.1`, got"):
        open_sweep(tmp_path, where=wrong)
