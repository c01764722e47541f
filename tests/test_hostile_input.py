"""Files meant to harm: a problem each, soon and in little memory, and the other jobs load.

Every load runs in a process of its own (`measured_load.py`), against a load of the good jobs alone.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import hostile_files as hostile
import runcube

MEASURED = Path(__file__).with_name("measured_load.py")

# The bounds of the specification: of one hostile job.
SECONDS = 1.0
BYTES = 64 << 20
# The extension that is tested is built without optimisation, which costs its own code about this
# factor. The processor's time is bounded: other work on the machine does not count.
UNOPTIMISED = 4
# What blocks takes no processor's time, and ends here.
PATIENCE = 60


def sweep(folder, name, makers):
    """Write a good job at each end, and between them one for each maker of a hostile file."""
    for seed, maker in enumerate([hostile.good, *makers, hostile.good]):
        job = folder / str(seed)
        (job / ".hydra").mkdir(parents=True)
        (job / ".hydra/overrides.yaml").write_text(f"- seed={seed}\n")
        maker(job / name)
    return folder


def measured(tmp_path, name, folder, *options):
    """Load the sweep in a process of its own, and say what it took and gave."""
    plain = sweep(tmp_path / "plain", name, [])
    found = subprocess.run(
        [sys.executable, str(MEASURED), str(plain), str(folder), name, *options],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert found.returncode == 0, found.stderr.decode()
    return json.loads(found.stdout)


def check_bounded(found, jobs=1):
    assert found["processor_seconds"] < SECONDS * UNOPTIMISED * jobs, found
    assert found["bytes"] < BYTES, found


def check_harmless(tmp_path, name, makers, kinds):
    """Check that each maker's file is a problem of one of the kinds, and the good jobs load."""
    found = measured(tmp_path, name, sweep(tmp_path / "sweep", name, makers))
    hostile_jobs = range(1, len(makers) + 1)
    assert [path for path, _, _ in found["problems"]] == [f"{job}/{name}" for job in hostile_jobs]
    assert {kind for _, kind, _ in found["problems"]} <= set(kinds.split()), found
    values = {int(float(seed)): value for seed, value in found["values"].items()}
    assert [values.pop(seed) for seed in (0, len(makers) + 1)] == [0.5, 0.5]
    assert all(np.isnan(value) for value in values.values()), found
    check_bounded(found, len(makers))


ODD_CALLS = [
    (b"os", b"system", ("true",)),
    (b"posix", b"system", ("true",)),
    (b"builtins", b"eval", ("1/0",)),
    (b"__builtin__", b"eval", ("1/0",)),
    (b"builtins", b"getattr", ("", "join")),
    (b"numpy.core.multiarray", b"scalar", ("f8", b"x" * 3)),
    (b"numpy.core.multiarray", b"scalar", ()),
    (b"numpy.core.multiarray", b"_reconstruct", ((0,), b"b", 1 << 60)),
    (b"numpy", b"ndarray", ((1 << 60,),)),
    (b"numpy.core.numeric", b"_frombuffer", (b"x", "f8", (1 << 60,), "C")),
    (b"numpy", b"dtype", ("f8" * 100_000,)),
    (b"numpy", b"load", ("/etc/passwd",)),
    (b"builtins", b"bytearray", (1 << 40,)),
    (b"builtins", b"range", (0, 1 << 60)),
    (b"datetime", b"datetime", (b"\xff" * 10,)),
    (b"_codecs", b"encode", ("x", "zlib")),
    (b"torch._utils", b"_rebuild_tensor_v2", (1, 2, 3)),
]


@pytest.mark.parametrize(
    ("name", "maker", "kinds"),
    [
        ("metrics.npz", hostile.bomb, "limit"),
        ("metrics.npz", hostile.understated, "corrupt"),
        ("metrics.npz", hostile.overlapping, "limit corrupt"),
        ("metrics.npz", hostile.many_members, "limit"),
        ("metrics.pt", hostile.deflated_torch, "unsupported corrupt"),
    ],
)
def test_archives_that_hold_more_than_they_weigh(tmp_path, name, maker, kinds):
    check_harmless(tmp_path, name, [maker], kinds)


@pytest.mark.parametrize(
    ("shape", "descr"),
    [
        ((1 << 60,), "<f8"),
        ((1 << 60, 64), "<f8"),
        ((1 << 60,), "<U0"),
        ((0, 1 << 60), "<f8"),
        ((1 << 60,), "<U1152921504606846976"),
    ],
)
def test_arrays_that_claim_what_is_not_there(tmp_path, shape, descr):
    check_harmless(tmp_path, "loss.npy", [hostile.npy(shape, descr)], "limit corrupt")


def test_a_header_of_four_gigabytes(tmp_path):
    check_harmless(tmp_path, "loss.npy", [hostile.npy_long_header], "limit")


@pytest.mark.parametrize("name", ["metrics.pkl", "metrics.pt"])
def test_pickles_that_call(tmp_path, name):
    makers = [hostile.raw(hostile.call(*call)) for call in ODD_CALLS]
    makers.append(hostile.raw(hostile.call(b"os", b"system", (f"touch {tmp_path}/called",))))
    check_harmless(tmp_path, name, makers, "unsupported corrupt limit")
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (hostile.deep_pickle(100_000), "limit"),
        (hostile.laughs(12), "limit"),
    ],
    ids=["deep", "laughs"],
)
def test_pickles_that_grow(tmp_path, content, kinds):
    check_harmless(tmp_path, "metrics.pkl", [hostile.raw(content)], kinds)


@pytest.mark.parametrize("maker", [hostile.expanded_tensor, hostile.many_views])
def test_tensors_that_name_the_same_elements_again_and_again(tmp_path, maker):
    check_harmless(tmp_path, "metrics.pt", [maker], "limit")


@pytest.mark.parametrize("name", ["metrics.json", "metrics.jsonl"])
@pytest.mark.parametrize("text", ["[", '{"a":', '[{"a":'])
def test_documents_of_a_million_levels(tmp_path, name, text):
    check_harmless(tmp_path, name, [hostile.nested(text, 1_000_000)], "limit")


@pytest.mark.parametrize(
    ("name", "maker"),
    [
        ("metrics.json", hostile.wide_json),
        ("metrics.csv", hostile.wide_csv),
        ("metrics.csv", hostile.equal_names_csv),
        ("metrics.jsonl", hostile.staircase),
    ],
)
def test_tables_of_countless_names(tmp_path, name, maker):
    check_harmless(tmp_path, name, [maker], "limit")


@pytest.mark.parametrize("make", [hostile.nulls, hostile.no_width, hostile.views])
def test_columns_that_take_no_bytes(tmp_path, make):
    check_harmless(tmp_path, "metrics.arrow", [hostile.arrow(make)], "limit")


FORMATS = ["npz", "npy", "arrow", "pt", "pkl", "json", "jsonl", "csv"]


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_no_file(tmp_path, ending):
    name = "loss.npy" if ending == "npy" else f"metrics.{ending}"
    devices = [hostile.device("zero"), hostile.device("null")]
    check_harmless(tmp_path, name, [hostile.fifo, hostile.loop, *devices, os.mkdir], "io")


def test_overrides_that_are_no_file(tmp_path):
    folder = sweep(tmp_path / "sweep", "metrics.json", [hostile.good] * 3)
    for job, maker in enumerate([hostile.fifo, hostile.loop, hostile.device("zero")], start=1):
        (folder / f"{job}/.hydra/overrides.yaml").unlink()
        maker(folder / f"{job}/.hydra/overrides.yaml")
    found = measured(tmp_path, "metrics.json", folder)
    names = [f"{job}/.hydra/overrides.yaml" for job in (1, 2, 3)]
    assert [(path, kind) for path, kind, _ in found["problems"]] == [(it, "io") for it in names]
    check_bounded(found)


@pytest.mark.parametrize("single", ["load_metrics"])
def test_one_file_that_is_none(tmp_path, single):
    hostile.fifo(tmp_path / "metrics.json")
    program = f"import runcube, sys; runcube.{single}(sys.argv[1])"
    found = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "metrics.json")],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert b"expected a regular file" in found.stderr


# ---- Records


OVERRIDES = {
    "deep brackets": "- " + "[" * 1_000_000 + "\n",
    "deep lists": "- - " * 500_000 + "a\n",
    "deep value": "- x=" + "[" * 500_000 + "\n",
    "deep call": "- x=" + "sort(" * 200_000 + "\n",
    "laughs": "- &a0 [x, x]\n"
    + "".join(f"- &a{at + 1} [{', '.join([f'*a{at}'] * 9)}]\n" for at in range(9)),
    "square": "- &a [" + "x, " * 20_000 + "x]\n" + "- *a\n" * 20_000,
    "long": "- x='" + "a" * 5_000_000,
    "digits": "- x=" + "9" * 1_000_000 + "\n",
    "range": "- x=range(0,1000000000000)\n",
}


@pytest.mark.parametrize("record", OVERRIDES)
def test_records_of_overrides_that_grow(tmp_path, record):
    folder = sweep(tmp_path / "sweep", "metrics.json", [hostile.good])
    (folder / "1/.hydra/overrides.yaml").write_text(OVERRIDES[record])
    found = measured(tmp_path, "metrics.json", folder)
    assert {path.split("/")[0] for path, _, _ in found["problems"]} <= {"1"}
    assert found["problems"] or record in {"digits", "range"}
    assert {seed: found["values"][seed] for seed in found["values"] if seed[0] in "02"} == {
        "0": 0.5,
        "2": 0.5,
    }
    check_bounded(found)


# Two axes of a million million labels, and a product of them beyond any number.
VAST = "    task: ['x=range(0,1000000000000)', 'y=range(0,1000000000000)']\n"
MANY = "    task: [" + ", ".join(f"'a{at}=range(0,1000)'" for at in range(20)) + "]\n"


@pytest.mark.parametrize("task", [VAST, MANY])
def test_definitions_of_countless_jobs(tmp_path, task):
    folder = sweep(tmp_path / "sweep", "metrics.json", [])
    start = "hydra:\n  sweep:\n    subdir: ${hydra.job.num}\n  overrides:\n"
    (folder / "multirun.yaml").write_text(start + task)
    found = measured(tmp_path, "metrics.json", folder)
    assert [value for seed, value in found["values"].items()] == [0.5, 0.5]
    check_bounded(found)


# ---- Directories


def test_a_directory_without_permission(tmp_path):
    folder = sweep(tmp_path / "sweep", "metrics.json", [hostile.good])
    for path in [tmp_path, *tmp_path.parents]:
        path.chmod(path.stat().st_mode | 0o555)
    (folder / "1").chmod(0)
    found = measured(tmp_path, "metrics.json", folder, "--unprivileged")
    (folder / "1").chmod(0o755)
    assert [(path.split("/")[0], kind) for path, kind, _ in found["problems"]] == [("1", "io")]
    assert found["values"] == {"0": 0.5, "2": 0.5}
    check_bounded(found)


def test_links_that_lead_back(tmp_path):
    folder = sweep(tmp_path / "sweep", "metrics.json", [])
    (folder / "round").symlink_to(".")
    (folder / "0/up").symlink_to("../..")
    found = measured(tmp_path, "metrics.json", folder)
    assert found["problems"] == []
    assert found["values"] == {"0": 0.5, "1": 0.5}
    check_bounded(found)


def test_a_name_that_is_not_utf_8(tmp_path):
    folder = sweep(tmp_path / "sweep", "metrics.json", [hostile.good])
    job = (folder / "1").rename(folder / os.fsdecode(b"\xff\xfe"))
    (job / "metrics.json").write_text("[")
    found = measured(tmp_path, "metrics.json", folder)
    assert [kind for _, kind, _ in found["problems"]] == ["corrupt"]
    assert {value for seed, value in found["values"].items() if seed != "1"} == {0.5}
    check_bounded(found)


# ---- Files that change


def test_a_file_that_shrinks_while_it_is_read_is_a_problem_or_whole(tmp_path):
    folder = sweep(tmp_path / "sweep", "loss.npy", [])
    whole = np.ones(1 << 20)
    path = folder / "0/loss.npy"
    ended = threading.Event()

    def write():
        while not ended.is_set():
            np.save(path, whole)
            os.truncate(path, 1000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(30):
            found = runcube.open_sweep(folder, metrics="loss.npy")
            if not found.problems:
                loss = found.to_xarray()["loss"].sel(seed=0).values
                np.testing.assert_array_equal(loss.item() if loss.dtype == object else loss, whole)
            else:
                assert [it.kind for it in found.problems] == ["corrupt"]
    finally:
        ended.set()
        writer.join()
