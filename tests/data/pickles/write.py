"""Write the golden files of this folder with the numpy and torch at hand; see `README.md`."""

import collections
import datetime
import pickle
import sys


def plain():
    """Give what every Python has."""
    return {
        "step": 3,
        "loss": 0.1,
        "wide": 2**70,
        "done": True,
        "none": None,
        "name": b"\xc3\xa9t\xc3\xa9".decode("utf-8"),
        "curve": [0.5, 0.25, 0.125],
        "pairs": [(1, 2), (3, 4)],
        "mixed": [1, "a", None],
        "nested": {"deep": {"x": 1}},
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "when": datetime.datetime(2026, 1, 31, 12, 30, 15, 250),
        "wave": 1 + 2j,
    }


def arrays():
    """Give what numpy adds."""
    import numpy as np

    return {
        "matrix": np.arange(6, dtype="float32").reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "strided": np.arange(10, dtype="int16")[::3],
        "big": np.arange(3, dtype=">i4"),
        "empty": np.zeros((0, 2)),
        "zero_d": np.array(7, dtype="uint8"),
        "scalar": np.float32(0.1),
        "flag": np.bool_(1),
        "words": np.array(["a", "bcd"]),
        "dates": np.array(["2026-01-31", "NaT"], dtype="M8[D]"),
        "instant": np.datetime64("2026-01-31T12:00", "us"),
        "waves": np.array([1j, 2], dtype="complex64"),
    }


def tensors():
    """Give what torch adds."""
    import torch

    base = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4)
    model = torch.nn.Linear(2, 3)
    with torch.no_grad():
        model.weight.copy_(torch.arange(6.0).reshape(3, 2))
        model.bias.fill_(0.5)
    return {
        "base": base,
        "view": base.transpose(0, 2)[1:, ::2],
        "scalar_tensor": torch.tensor(0.25),
        "narrow": torch.tensor([1.5, -2.0, 3.0], dtype=torch.bfloat16),
        "half": torch.tensor([0.1, 0.2]).half(),
        "flags": torch.tensor([True, False]),
        "bytes": torch.tensor([0, 255], dtype=torch.uint8),
        "complex": torch.tensor([1 - 2j]),
        "void": torch.empty(0, 3),
        "losses": [torch.tensor(0.5), torch.tensor(0.25)],
        "model": model.state_dict(),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }


def main(folder):
    """Write a file of each kind."""

    def dump(name, value, protocol):
        # Python 2 runs this file too.
        path = "{}/{}-protocol{}.pkl".format(folder, name, protocol)  # noqa: UP032
        with open(path, "wb") as file:  # noqa: PTH123
            pickle.dump(value, file, protocol)

    if sys.version_info < (3,):  # noqa: UP036
        for protocol in range(3):
            dump("python2.7", plain(), protocol)
        return
    import numpy as np
    import torch

    for protocol in range(6):
        dump("numpy" + np.__version__, dict(plain(), **arrays()), protocol)
    path = "{}/torch{}".format(folder, torch.__version__.split("+")[0])
    whole = dict(dict(plain(), **arrays()), **tensors())
    torch.save(whole, path + ".pt")
    for number in range(2):
        some = {"loss": torch.tensor(0.5 + number), "curve": torch.arange(3.0) - number}
        # An archive names its folder after the file, where it is told: equal names, as in a sweep.
        with open("{}-tensors{}.pt".format(path, number), "wb") as file:  # noqa: PTH123, UP032
            torch.save(some, file)
    torch.save(whole, path + "-legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(sys.argv[1])
