"""Files of torch, read natively: the archive, the legacy format, and files meant to harm."""

import io
import pickle
import re
import sys
import zipfile
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import runcube
from pickled_content import DATA, assert_same_metrics, loaded, mappings, recorded
from runcube import load_metrics
from runcube.errors import CorruptFileError, LimitError, RuncubeError, UnsupportedError
from runcube.workflows import MultiRunMetricsWorkflow

FORMATS = [True, False]


def saved(value, *, archive=True, protocol=2):
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol, _use_new_zipfile_serialization=archive)
    return buffer.getvalue()


# ---- What is written is read


DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.uint16, torch.uint32, torch.uint64, torch.float16, torch.bfloat16, torch.float32,
    torch.float64, torch.complex32, torch.complex64, torch.complex128,
]  # fmt: skip


@st.composite
def tensors(draw):
    """Give a tensor of any layout over a storage that it does not fill."""
    dtype = draw(st.sampled_from(DTYPES))
    size = dtype.itemsize
    count = draw(st.integers(1, 24))
    raw = draw(st.binary(min_size=count * size, max_size=count * size))
    if dtype == torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    base = torch.frombuffer(bytearray(raw), dtype=torch.uint8).view(dtype)
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    strides = draw(st.lists(st.integers(0, 4), min_size=len(shape), max_size=len(shape)))
    reach = sum((n - 1) * by for n, by in zip(shape, strides, strict=True) if n)
    if reach >= count:
        return base
    offset = draw(st.integers(0, count - 1 - reach))
    view = base.as_strided(shape, strides, offset)
    if dtype.is_complex and dtype != torch.complex32 and draw(st.booleans()):
        view = view.conj().imag if draw(st.booleans()) else view.conj()
    if dtype.is_floating_point and draw(st.booleans()):
        view = torch.nn.Parameter(view)
    return view


@given(
    st.dictionaries(st.text("ab", min_size=1), tensors() | st.lists(tensors(), max_size=2)),
    st.sampled_from(FORMATS),
    st.integers(2, 5),
)
@settings(max_examples=150, deadline=None)
def test_tensors_are_read_as_they_would_be_recorded(metrics, archive, protocol):
    found = loaded(saved(metrics, archive=archive, protocol=protocol), "metrics.pt")
    assert_same_metrics(found, recorded(metrics))


@given(mappings, st.sampled_from(FORMATS), st.integers(2, 5))
@settings(max_examples=50, deadline=None)
def test_plain_data_are_read_as_they_would_be_recorded(metrics, archive, protocol):
    found = loaded(saved(metrics, archive=archive, protocol=protocol), "metrics.pt")
    assert_same_metrics(found, recorded(metrics))


@pytest.mark.parametrize(
    "path",
    sorted(set(DATA.glob("*.pt")) - set(DATA.glob("*-tensors*"))),
    ids=lambda path: path.name,
)
def test_files_of_other_versions_are_read(path, monkeypatch):
    monkeypatch.syspath_prepend(str(DATA))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import write

    expected = recorded(write.plain() | write.arrays() | write.tensors())
    assert_same_metrics(load_metrics(path), expected)


@pytest.mark.parametrize("archive", FORMATS)
def test_tensors_that_share_a_storage_are_whole(archive):
    base = torch.arange(12.0)
    metrics = {"all": base, "half": base[6:], "other": base.view(3, 4).T}
    found = loaded(saved(metrics, archive=archive), "metrics.pt")
    assert_same_metrics(found, {name: value.numpy() for name, value in metrics.items()})


@pytest.mark.parametrize("archive", FORMATS)
def test_one_tensor_is_a_metric_named_by_the_file(archive):
    found = loaded(saved(torch.arange(3), archive=archive), "steps.pth")
    assert_same_metrics(found, {"steps": np.arange(3)})


def test_a_models_state_is_read():
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    found = loaded(saved({"epoch": 3, "state": model.state_dict()}), "metrics.pt")
    assert found["epoch"] == 3
    np.testing.assert_array_equal(found["state.0.weight"], model[0].weight.detach().numpy())
    assert found["state.1.num_batches_tracked"].shape == ()


def test_attributes_of_a_tensor_and_a_release_do_not_hinder():
    tensor = torch.ones(2)
    tensor.note = "x"
    found = loaded(saved({"a": tensor, "version": torch.__version__}), "metrics.pt")
    assert_same_metrics(found, {"a": np.ones(2, "float32"), "version": str(torch.__version__)})


def repacked(content, change, compression=zipfile.ZIP_STORED):
    """Write an archive anew, each member as `change(name, content)` has it, None left out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(buffer, "w", compression) as after,
    ):
        for member in before.infolist():
            new = change(member.filename.split("/", 1)[1], before.read(member))
            if new is not None:
                after.writestr(zipfile.ZipInfo(member.filename), new, compression)
    return buffer.getvalue()


@pytest.mark.parametrize("dtype", DTYPES)
def test_either_byte_order_is_read(dtype):
    raw = torch.frombuffer(bytearray(range(1, 33)), dtype=torch.uint8)
    tensor = (raw % 2).bool() if dtype == torch.bool else raw.view(dtype)
    part = dtype.itemsize // 2 if dtype.is_complex else dtype.itemsize

    def swap(name, content):
        if name == "byteorder":
            return b"big"
        if name.startswith("data/"):
            return np.frombuffer(content, f"V{part}").view((np.uint8, part))[:, ::-1].tobytes()
        return content

    found = loaded(repacked(saved({"a": tensor}), swap), "metrics.pt")
    assert_same_metrics(found, recorded({"a": tensor}))


def test_an_archive_without_a_byte_order_is_little_endian():
    content = repacked(saved({"a": torch.arange(3)}), lambda n, c: None if n == "byteorder" else c)
    assert_same_metrics(loaded(content, "metrics.pt"), {"a": np.arange(3)})


# ---- Files that are damaged, or meant to harm


METRICS = {"a": torch.arange(3.0), "b": 0.5, "c": [1, 2]}


@pytest.mark.parametrize("archive", FORMATS)
def test_every_truncation_is_an_error(archive):
    content = saved(METRICS, archive=archive)
    step = 1 if len(content) < 600 else 7
    for end in range(0, len(content), step):
        with pytest.raises(RuncubeError):
            loaded(content[:end], "metrics.pt")


def test_a_flipped_bit_of_an_archive_never_changes_a_number():
    content = saved(METRICS)
    expected = recorded(METRICS)
    read = 0
    for at in range(0, len(content), 3):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        try:
            found = loaded(bytes(flipped), "metrics.pt")
        except RuncubeError:
            continue
        read += 1
        assert_same_metrics(found, expected)
    assert 0 < read < len(content)


def test_a_compressed_member_is_refused():
    content = repacked(saved({"a": torch.zeros(10**6)}), lambda _, c: c, zipfile.ZIP_DEFLATED)
    with pytest.raises(UnsupportedError, match="compressed"):
        loaded(content, "metrics.pt")


@pytest.mark.parametrize("missing", ["data.pkl", "data/0"])
def test_a_missing_member_is_an_error(missing):
    content = repacked(saved(METRICS), lambda name, c: None if name == missing else c)
    with pytest.raises(RuncubeError, match=re.escape(missing)):
        loaded(content, "metrics.pt")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("data/0", lambda content: content[:-1]),
        ("data/0", lambda content: content + b"\0"),
        ("byteorder", lambda _: b"middle"),
        ("data.pkl", lambda content: content + b"N."),
    ],
)
def test_members_that_contradict_each_other_are_refused(name, change):
    content = repacked(saved(METRICS), lambda n, c: change(c) if n == name else c)
    with pytest.raises(CorruptFileError):
        loaded(content, "metrics.pt")


class Rebuilt:
    """A tensor that is described in any way."""

    def __init__(self, *view):
        self.view = view
        self.storage = torch.arange(4.0).untyped_storage()

    def __reduce__(self):
        typed = torch.storage.TypedStorage(
            wrap_storage=self.storage, dtype=torch.float32, _internal=True
        )
        return torch._utils._rebuild_tensor_v2, (typed, *self.view)


@pytest.mark.parametrize(
    "view",
    [
        (0, (5,), (1,), False, {}),
        (4, (1,), (1,), False, {}),
        (0, (2, 2), (3, 1), False, {}),
        (-1, (1,), (1,), False, {}),
        (0, (2,), (-1,), False, {}),
        (0, (2**62, 2**62), (2**62, 1), False, {}),
        (0, (2,), (1, 1), False, {}),
        (0, (1,) * 100, (1,) * 100, False, {}),
        (0, "1", (1,), False, {}),
        (),
    ],
)
def test_a_view_beyond_its_storage_is_refused(view):
    with pytest.raises(CorruptFileError):
        loaded(saved({"a": Rebuilt(*view)}), "metrics.pt")


@pytest.mark.parametrize("archive", FORMATS)
def test_a_small_file_cannot_claim_a_vast_tensor(archive):
    vast = torch.zeros(1).expand(2**40)
    with pytest.raises(LimitError):
        loaded(saved({"a": vast}, archive=archive), "metrics.pt")


class Harmful:
    """What computes when it is unpickled."""

    def __reduce__(self):
        return eval, ("1/0",)


@pytest.mark.parametrize("archive", FORMATS)
def test_nothing_that_a_file_names_is_run(archive):
    with pytest.raises(UnsupportedError, match=r"`(__builtin__|builtins)\.eval`"):
        loaded(saved({"a": Harmful()}, archive=archive), "metrics.pt")


def test_whole_models_and_nested_files_are_refused():
    with pytest.raises(UnsupportedError, match=r"torch\.nn\.modules\.linear\.Linear"):
        loaded(saved(torch.nn.Linear(2, 3)), "metrics.pt")
    with pytest.raises(UnsupportedError, match="_load_from_bytes"):
        loaded(pickle.dumps({"a": torch.ones(2)}))
    with pytest.raises(UnsupportedError, match="not torch's"):
        loaded(repacked(saved({}), lambda n, c: None if n == "data.pkl" else c), "metrics.pt")


def test_a_wrong_checksum_is_named():
    content = saved({"a": torch.full((8,), 7.0)})
    at = content.index(torch.full((8,), 7.0).numpy().tobytes())
    damaged = content[:at] + b"\1" + content[at + 1 :]
    assert zlib.crc32(damaged) != zlib.crc32(content)
    with pytest.raises(CorruptFileError, match=rf"checksum.*byte {at}"):
        loaded(damaged, "metrics.pt")


# ---- Sweeps and workflows


def tree(root, contents):
    listed = ",".join(map(str, range(len(contents))))
    (root / "multirun.yaml").write_text(f"hydra:\n  overrides:\n    task: ['x={listed}']\n")
    for number, content in enumerate(contents):
        job = root / str(number)
        (job / ".hydra").mkdir(parents=True)
        (job / ".hydra" / "overrides.yaml").write_text(f"- x={number}\n")
        (job / "metrics.pt").write_bytes(content)
        (job / "checkpoint-10.pt").write_bytes(saved(torch.nn.Linear(1, 1)))


def test_jobs_with_files_of_torch_are_one_sweep(tmp_path):
    tree(tmp_path, [saved({"loss": torch.tensor(x / 2), "n": x}, archive=x < 2) for x in range(3)])
    sweep = runcube.open_sweep(tmp_path)
    dataset = sweep.to_xarray()
    assert sweep.problems == ()
    np.testing.assert_array_equal(dataset["loss"], np.array([0, 0.5, 1], "float32"), strict=True)
    assert dataset["n"].values.tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.bool])
def test_many_files_of_one_program_are_read_as_each_by_itself(tmp_path, dtype):
    def metrics(seed):
        random = torch.Generator().manual_seed(seed)
        values = [torch.rand(2, 3, generator=random), torch.rand((), generator=random)]
        whole = [
            (value * 100 if dtype != torch.bool else value > 0.5).to(dtype) for value in values
        ]
        return {"grid": whole[0], "loss": whole[1], "turned": whole[0].T.contiguous()}

    contents = [saved(metrics(seed)) for seed in range(40)]
    contents[7] = contents[7][:-400] + b"\xff" + contents[7][-399:]
    contents[11] = saved(metrics(11), archive=False)
    tree(tmp_path, contents)
    sweep = runcube.open_sweep(tmp_path)
    dataset = sweep.to_xarray()
    for number, content in enumerate(contents):
        if number != 7:
            for name, value in loaded(content, "metrics.pt").items():
                np.testing.assert_array_equal(dataset[name][number].values, value)


def test_only_a_workflow_asks_torch_for_what_is_refused(tmp_path):
    narrow = torch.tensor([0.0, 3.0]).to(torch.float8_e4m3fn)
    tree(tmp_path, [saved({"loss": 0.5}), saved({"loss": 0.25, "grid": narrow})])
    sweep = runcube.open_sweep(tmp_path, metrics="metrics.pt")
    assert [problem.kind for problem in sweep.problems] == ["unsupported"]
    np.testing.assert_array_equal(sweep.to_xarray()["loss"], [0.5, np.nan])
    workflow = MultiRunMetricsWorkflow().load_from_dir(tmp_path, "metrics.pt")
    assert workflow.metrics["loss"] == [0.5, 0.25]
    np.testing.assert_array_equal(workflow.metrics["grid"][1], [0.0, 3.0])
