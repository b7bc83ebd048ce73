"""Files that are something else, and files that have moved."""

import gzip
import pickle
from pathlib import Path

import numpy as np

from tests.people.material import digits, keras, save
from tests.people.situation import TRAIN, Situation, run
from tests.support.formats import idx_bytes


def _pickle() -> None:
    images, labels, *_ = digits()
    Path("batch.pkl").write_bytes(pickle.dumps({"data": images, "labels": labels}))


def _lone_idx() -> None:
    content = idx_bytes(digits()[0])
    Path("train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content, 1))


def _begins(name: str, start: bytes) -> object:
    return Path(name).write_bytes(start + bytes(200))


def _matlab() -> object:
    return _begins("digits.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64")


def _heic() -> object:
    return _begins("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def _lone_array() -> None:
    np.save("images.npy", digits()[0])


def _moved() -> None:
    """Leave a run of one epoch, and the data elsewhere than it says."""
    save(**keras())
    run(f"{TRAIN}data.npz --set training.epochs=1")
    Path("elsewhere").mkdir()
    Path("data.npz").rename("elsewhere/data.npz")


SITUATIONS = [
    Situation("a pickle of a dict", _pickle, (f"{TRAIN}batch.pkl",), ("dict",), code=1),
    Situation(
        "a file of four, alone",
        _lone_idx,
        (f"{TRAIN}train-images-idx3-ubyte.gz",),
        ("folder",),
        code=1,
    ),
    Situation("a .mat", _matlab, (f"{TRAIN}digits.mat",), ("MATLAB", "numpy"), code=1),
    Situation(
        "a HEIC photo that is cut short",
        _heic,
        ("predict photo.heic",),
        ("HEIC", "JPEG|PNG"),
        code=1,
    ),
    Situation(
        "a PDF",
        lambda: _begins("scan.pdf", b"%PDF-1.7\n"),
        ("predict scan.pdf",),
        ("PDF", "pdftoppm"),
        code=1,
    ),
    Situation(
        "an .npy alone",
        _lone_array,
        (f"{TRAIN}images.npy",),
        ("labels|folder",),
        code=1,
    ),
    Situation(
        "a run whose data have moved",
        _moved,
        ("train --resume run --set training.epochs=3",),
        (r"^.*data\.npz.*if it has moved: mlp train --resume run --data PATH$",),
        code=1,
    ),
    Situation(
        "a run whose data have moved, with their place",
        _moved,
        ("train --resume run --set training.epochs=3 --data elsewhere/data.npz --quiet",),
        (r"weights of epoch \d",),
    ),
]
