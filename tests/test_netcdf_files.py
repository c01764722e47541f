"""Files of gathered sweeps: written whole or not at all, and refused where they are not ours."""

from __future__ import annotations

import sys

import netCDF4
import numpy as np
import pytest
import xarray as xr
import zarr

import runcube
from runcube import from_netcdf, from_zarr, open_sweep
from runcube.errors import CorruptFileError, LimitError, NotFoundError, UnsupportedError
from runcube.results import netcdf, stored, tagged, zarr_store
from runcube.results.dataset import from_cube
from runcube.testing import assert_same, make_tree


def a_dataset(values):
    """Make a dataset as gathering does."""
    return from_cube([], [("m", ["x"], np.asarray(values))], ())


@pytest.fixture
def sweep(tmp_path):
    return open_sweep(make_tree(tmp_path / "tree", axes={"lr": [0.1, 0.2]}).path)


def test_a_file_is_replaced_when_the_new_one_is_complete(sweep, tmp_path, monkeypatch):
    for path, write, read in (
        (tmp_path / "out" / "s.nc", sweep.to_netcdf, from_netcdf),
        (tmp_path / "out" / "s.zarr", sweep.to_zarr, from_zarr),
    ):
        path.parent.mkdir(exist_ok=True)
        write(path)
        write(path, layout="jobs")
        assert_same(read(path), sweep.to_xarray(layout="jobs"))
        with pytest.raises(TypeError, match="the variable `m` cannot be stored: a value of type"):
            {".nc": netcdf, ".zarr": zarr_store}[path.suffix].write(a_dataset([object()]), path)
        assert_same(read(path), sweep.to_xarray(layout="jobs"))
    assert sorted(it.name for it in (tmp_path / "out").iterdir()) == ["s.nc", "s.zarr"]


def test_nothing_is_left_of_a_file_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no space left")

    monkeypatch.setattr("netCDF4.Dataset.createVariable", refuse)
    with pytest.raises(OSError, match="no space left"):
        netcdf.write(a_dataset(np.arange(2)), tmp_path / "s.nc")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_store_is_never_replaced_by_one(sweep, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.txt").write_text("precious")
    for write in (sweep.to_netcdf, sweep.to_zarr):
        with pytest.raises(FileExistsError, match="is something else, and stays"):
            write(tmp_path / "mine")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileExistsError, match="is something else, and stays"):
        sweep.to_zarr(tmp_path / "file")
    assert (tmp_path / "mine" / "data.txt").read_text() == "precious"


def test_a_link_keeps_pointing_where_it_did(sweep, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "s.nc").symlink_to(tmp_path / "there" / "s.nc")
    sweep.to_netcdf(tmp_path / "s.nc")
    assert (tmp_path / "s.nc").is_symlink()
    assert_same(from_netcdf(tmp_path / "there" / "s.nc"), sweep.to_xarray())


def test_a_file_of_others_is_refused_with_what_reads_it(tmp_path):
    plain = xr.Dataset({"m": ("x", [1.0])})
    plain.to_netcdf(tmp_path / "plain.nc", engine="netcdf4")
    with pytest.raises(UnsupportedError, match=r"not written by runcube.*`xarray.open_dataset`"):
        from_netcdf(tmp_path / "plain.nc")
    with pytest.raises(NotFoundError):
        from_netcdf(tmp_path / "nothing.nc")
    with pytest.raises(NotFoundError):
        from_zarr(tmp_path / "nothing.zarr")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(CorruptFileError, match="no netCDF file, or a damaged one"):
        from_netcdf(tmp_path / "text.nc")
    (tmp_path / "folder.zarr").mkdir()
    with pytest.raises(CorruptFileError, match="no Zarr store, or a damaged one"):
        from_zarr(tmp_path / "folder.zarr")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("runcube_format", 2, UnsupportedError),
        ("runcube_attributes", "[", CorruptFileError),
        ("m runcube_dtype", "V10", CorruptFileError),
        ("m runcube_dtype", "U999999999", CorruptFileError),
        ("m runcube_dtype", "c16", CorruptFileError),
        ("m runcube_objects", "pickle", CorruptFileError),
        ("m runcube_objects", "json", CorruptFileError),
        ("m runcube_dimensions", "[]", CorruptFileError),
        ("m runcube_name", "1 1", CorruptFileError),
        ("m runcube_role", "index", CorruptFileError),
        ("m runcube_place", "first", CorruptFileError),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(name, value, error, tmp_path):
    netcdf.write(a_dataset(np.array(["a", "b"])), tmp_path / "s.nc")
    *variable, attribute = name.split()
    with netCDF4.Dataset(tmp_path / "s.nc", "a") as file:
        (file[variable[0]] if variable else file).setncattr(attribute, value)
    with pytest.raises(error, match=r"s\.nc: (written in format|damaged)"):
        from_netcdf(tmp_path / "s.nc")


def test_what_other_tools_added_is_no_matter(tmp_path):
    dataset = a_dataset([1, 2])
    netcdf.write(dataset, tmp_path / "s.nc")
    with netCDF4.Dataset(tmp_path / "s.nc", "a") as file:
        file.history = "ncks"
        file.createVariable("theirs", "f8", ())
    assert_same(from_netcdf(tmp_path / "s.nc"), dataset)


@pytest.mark.parametrize(
    ("module", "extra", "write"),
    [("netCDF4", "netcdf", "to_netcdf"), ("zarr", "zarr", "to_zarr")],
)
def test_a_missing_library_is_named_with_its_extra(module, extra, write, sweep, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    for call in (getattr(sweep, write), getattr(runcube, write.replace("to_", "from_"))):
        with pytest.raises(ImportError, match=rf"needs {module}: .*runcube\[{extra}\]"):
            call("file")


@pytest.mark.parametrize("text", ["", "{", '{"runcube:x": 1}', '{"runcube:array": {}}', "[1"])
def test_text_that_is_no_stored_value_is_refused(text):
    with pytest.raises((ValueError, KeyError)):
        tagged.loads(text)


def test_a_flipped_bit_among_numbers_is_seen(tmp_path):
    path = tmp_path / "s.nc"
    numbers = np.arange(1000.0)
    netcdf.write(a_dataset(numbers), path)
    content = bytearray(path.read_bytes())
    content[content.index(numbers.tobytes()) + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"s\.nc: no netCDF file, or a damaged one"):
        from_netcdf(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "s.nc"
    netcdf.write(a_dataset(["a", "b"]), path)
    whole = path.read_bytes()
    for part in range(0, len(whole), max(1, len(whole) // 50)):
        path.write_bytes(whole[:part])
        with pytest.raises(CorruptFileError):
            from_netcdf(path)


def test_a_file_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    with netCDF4.Dataset(tmp_path / "s.nc", "w") as file:
        file.createDimension("x", 2**40)
        file.createVariable("m", "f8", ("x",), chunksizes=(1024,))
    with pytest.raises(LimitError, match="claim to hold 8796093022208"):
        from_netcdf(tmp_path / "s.nc")
    group = zarr.create_group(tmp_path / "s.zarr", zarr_format=2)
    group.create_array("m", shape=(2**40,), chunks=(1024,), dtype="f8")
    with pytest.raises(LimitError, match="claim to hold 8796093022208"):
        from_zarr(tmp_path / "s.zarr")


@pytest.mark.parametrize(
    ("write", "read"), [(netcdf.write, from_netcdf), (zarr_store.write, from_zarr)]
)
def test_many_equal_numbers_are_no_excess(write, read, tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "_ALWAYS", 0)
    zeros = a_dataset(np.zeros(2**22))
    write(zeros, tmp_path / "sweep")
    assert_same(read(tmp_path / "sweep"), zeros)
