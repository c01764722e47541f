"""Files made to harm whoever reads them: each maker writes one at a path."""

import io
import json
import os
import pickle
import struct
import zipfile
import zlib

import numpy as np

BIG = 1 << 60
ZEROS = bytes(1 << 20)


def good(path):
    """Write `loss = 0.5` in the format that the name stands for."""
    kind = path.suffix
    if kind == ".npz":
        np.savez(path, loss=0.5)
    elif kind == ".npy":
        np.save(path, 0.5)
    elif kind == ".arrow":
        import runcube

        runcube.save_metrics(path, {"loss": 0.5})
    elif kind in {".pt", ".pkl"}:
        path.write_bytes(pickle.dumps({"loss": 0.5}))
    elif kind == ".csv":
        path.write_text("loss\n0.5\n")
    else:
        path.write_text('{"loss": 0.5}\n')


# ---- Archives


def bomb(path, member="loss.npy", count=10):
    """Write a deflated member of `count` times 1 GB in a thousandth of it."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (count << 30,)}
    )
    start = header.getvalue()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # One megabyte of zeros packs to the same bytes each time, but for the first.
    crc = zlib.crc32(start)
    packed = [packer.compress(start), packer.flush(zlib.Z_FULL_FLUSH)]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += [piece] * (count << 10)
    packed.append(zlib.compressobj(9, zlib.DEFLATED, -15).flush())
    packed = b"".join(packed)
    write_member(path, member, packed, crc, len(start) + (count << 30))


def understated(path):
    """Write a member whose directory claims far fewer bytes than it inflates to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(1 << 28)) + packer.flush()
    write_member(path, "loss.npy", packed, 0, 1000)


def write_member(path, member, packed, crc, size):
    """Write an archive of one deflated member with a 64-bit size, as APPNOTE 4.5.3 has it."""
    name = member.encode()
    extra = struct.pack("<HHQQ", 1, 16, size, len(packed))
    fields = (45, 0, 8, 0, 0x21, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", *fields) + name + extra
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 45, *fields, 0, 0, 0, 0, 0)
    central += name + extra
    start = len(local) + len(packed)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(central), start, 0)
    path.write_bytes(local + packed + central + end)


def overlapping(path):
    """Write an archive whose thousand members are all the same 2 MB."""
    plain = path.with_suffix(".one")
    with zipfile.ZipFile(plain, "w") as archive:
        content = io.BytesIO()
        np.save(content, np.zeros(2 << 20, "u1"))
        archive.writestr("loss.npy", content.getvalue())
    content = plain.read_bytes()
    plain.unlink()
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    directory = content[start:end] * 1000
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)
    path.write_bytes(content[:start] + directory + tail)


def many_members(path):
    with zipfile.ZipFile(path, "w") as archive:
        content = io.BytesIO()
        np.save(content, 0.5)
        for number in range(70_000):
            archive.writestr(f"{number}.npy", content.getvalue())


def deflated_torch(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 28))


# ---- Arrays


def npy(shape, descr="<f8", padding=0):
    """Return a maker of a header without elements."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * padding + b"\n"
    start = b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header
    return lambda path: path.write_bytes(start)


def npy_long_header(path):
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 0xFFFFFFFF) + b"{'descr': '<f8'")


# ---- Pickles


def raw(content):
    return lambda path: path.write_bytes(content)


def deep_pickle(levels):
    """Return a mapping of one list so many levels deep."""
    return b"\x80\x04}\x8c\x04loss" + b"]" * levels + b"a" * (levels - 1) + b"s."


def laughs(levels):
    """Return lists of ten that hold the same list of ten, and so on."""
    content = b"\x80\x04}\x8c\x04loss]" + b"(" + b"K\x01" * 10 + b"e\x94"
    for level in range(levels):
        content += b"0](" + (b"h" + bytes([level])) * 10 + b"e\x94"
    return content + b"s."


def call(module, name, arguments):
    """Return a mapping of what a call of `module.name` gives; the arguments are pickled."""
    inner = pickle.dumps(arguments, 0)[:-1]
    return b"(dS'loss'\nc" + module + b"\n" + name + b"\n" + inner + b"Rs."


def expanded_tensor(path):
    """Write a tensor of 2^40 elements that are all one."""
    import torch

    torch.save({"loss": torch.zeros(1).expand(1 << 40)}, path)


def many_views(path):
    """Write two thousand tensors that are the same megabyte."""
    import torch

    storage = torch.zeros(1 << 18)
    torch.save({f"loss{at}": storage.view(1 << 18) for at in range(2000)}, path)


# ---- Text


def nested(text, levels):
    return lambda path: path.write_text('{"loss": ' + text * levels)


def wide_json(path):
    path.write_text(json.dumps({f"m{at}": at for at in range(200_000)}))


def equal_names_csv(path):
    path.write_text(",".join(["a"] * 50_000) + "\n")


def wide_csv(path):
    path.write_text("," * 3_000_000 + "\n")


def staircase(path):
    """Write rows of which each has a name of its own: a square of holes."""
    path.write_text("".join(f'{{"m{at}": {at}}}\n' for at in range(60_000)))


# ---- Arrow


def arrow(make):
    def write(path):
        import pyarrow as pa

        table = make(pa)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_batch(table)

    return write


def nulls(pa):
    return pa.record_batch({"loss": pa.nulls((1 << 31) - 1)})


def no_width(pa):
    empty = pa.FixedSizeListArray.from_arrays(pa.array([], pa.float64()), 1)
    list_type = pa.list_(pa.float64(), 0)
    array = pa.Array.from_buffers(list_type, (1 << 31) - 1, [None], children=[empty.values])
    return pa.record_batch({"loss": array})


def views(pa):
    """Return two hundred texts that are all the same megabyte."""
    text = pa.py_buffer(b"x" * (1 << 20))
    view = struct.pack("<i4sii", 1 << 20, b"xxxx", 0, 0)
    array = pa.Array.from_buffers(pa.string_view(), 200, [None, pa.py_buffer(view * 200), text])
    return pa.record_batch({"loss": array})


# ---- What is no file


def fifo(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path.name)


def device(name):
    return lambda path: path.symlink_to(f"/dev/{name}")
