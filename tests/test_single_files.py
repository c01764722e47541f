"""`load_metrics` and `save_metrics`: one file, ours and that of others."""

import numpy as np

from runcube import load_metrics, save_metrics


def test_what_is_saved_is_loaded_alike(tmp_path):
    metrics = {
        "i": 3,
        "f": 0.1,
        "b": True,
        "s": "é",
        "none": None,
        "bytes": b"\x00\xff",
        "complex": 1 + 2j,
        "list": [1, 2],
        "empty": [],
        "mixed": [1, "a", None],
        "big": 2**70,
        "half": np.float16(0.5),
        "zero_d": np.array(3, "int8"),
        "matrix": np.arange(6, dtype="float32").reshape(2, 3),
        "void": np.zeros((0, 2)),
        "words": np.array(["a", "bc"]),
        "flags": np.array([True, False, True]),
        "waves": np.array([1j, 2], "complex64"),
        "when": np.datetime64("2026-01-31T12:00", "us"),
    }
    save_metrics(tmp_path / "metrics.arrow", metrics)
    loaded = load_metrics(tmp_path / "metrics.arrow")
    assert list(loaded) == list(metrics)
    for name, value in metrics.items():
        assert type(loaded[name]) is type(value), name
        assert np.asarray(loaded[name]).dtype == np.asarray(value).dtype, name
        np.testing.assert_array_equal(loaded[name], value, err_msg=name)


def test_other_arrow_tools_read_the_record(tmp_path):
    import pyarrow as pa

    save_metrics(
        tmp_path / "metrics.arrow",
        {"loss": 0.5, "curve": np.arange(6.0).reshape(2, 3), "words": np.array(["a"])},
        overrides=["lr=0.1", "+seed=3"],
    )
    with pa.ipc.open_file(tmp_path / "metrics.arrow") as reader:
        table = reader.read_all()
        checksum = reader.metadata[b"runcube.crc32"]
    assert table.schema.metadata == {b"runcube.v": b"1"}
    assert table["overrides"].to_pylist() == [["lr=0.1", "+seed=3"]]
    assert table["loss"].to_pylist() == [0.5]
    assert table.schema.field("curve").type == pa.fixed_shape_tensor(pa.float64(), (2, 3))
    assert len(checksum) == 8


def test_arrow_files_of_others_are_read(tmp_path):
    import pyarrow as pa

    table = pa.table({"step": [1, 2, 3], "loss": [0.5, None, 0.25], "tag": ["a", "b", "c"]})
    with pa.ipc.new_file(tmp_path / "history.arrow", table.schema) as writer:
        writer.write_table(table)
    loaded = load_metrics(tmp_path / "history.arrow")
    assert loaded["step"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(loaded["loss"], [0.5, np.nan, 0.25])
    assert loaded["tag"].tolist() == ["a", "b", "c"]
