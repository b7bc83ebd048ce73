"""CSV files as Kaggle has them, and Parquet as Hugging Face has it."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.people.material import digits
from tests.people.situation import TRAIN, Situation

HEADER = ",".join(["label", *(f"pixel{number}" for number in range(784))])


def _rows(images: np.ndarray, labels: np.ndarray | None) -> str:
    """Return a line for each image, which begins with the label if there is one."""
    lines = []
    for index, image in enumerate(images):
        cells = image.ravel().tolist()
        lines.append(",".join(map(str, cells if labels is None else [labels[index], *cells])))
    return "\n".join(lines) + "\n"


def _kaggle(*, header: bool = True, packed: bool = False) -> Callable[[], None]:
    def make() -> None:
        images, labels, test_images, _ = digits()
        train, test = _rows(images, labels), _rows(test_images, None)
        if header:
            train, test = f"{HEADER}\n{train}", f"{HEADER.removeprefix('label,')}\n{test}"
        for name, text in (("train.csv", train), ("test.csv", test)):
            if packed:
                Path(f"{name}.gz").write_bytes(gzip.compress(text.encode(), 1))
            else:
                Path(name).write_text(text)

    return make


def _pair() -> None:
    images, labels, test_images, test_labels = digits()
    Path("mnist").mkdir()
    Path("mnist/mnist_train.csv").write_text(f"{HEADER}\n{_rows(images, labels)}")
    Path("mnist/mnist_test.csv").write_text(f"{HEADER}\n{_rows(test_images, test_labels)}")


def _class_last() -> None:
    images, labels, *_ = digits()
    lines = [",".join([HEADER.removeprefix("label,"), "class"])]
    lines += [
        ",".join([*map(str, image.ravel().tolist()), f"'{label}'"])
        for image, label in zip(images, labels, strict=True)
    ]
    Path("mnist_784.csv").write_bytes(("﻿" + "\r\n".join(lines) + "\r\n").encode())


def _semicolons() -> None:
    _kaggle()()
    Path("train.csv").write_text(Path("train.csv").read_text().replace(",", ";"))


def _with_a_word() -> None:
    _kaggle()()
    names, *rows = Path("train.csv").read_text().splitlines()
    rows[4] = f"seven,{rows[4].partition(',')[2]}"
    Path("train.csv").write_text("\n".join([names, *rows]))


def _ragged() -> None:
    _kaggle()()
    lines = Path("train.csv").read_text().splitlines()
    lines[4] = lines[4].rpartition(",")[0]
    Path("train.csv").write_text("\n".join(lines))


def _hugging_face() -> None:
    import pyarrow as pa  # noqa: PLC0415  # an extra
    from pyarrow import parquet  # noqa: PLC0415

    images, labels, test_images, test_labels = digits()
    Path("mnist").mkdir()
    for name, pictures, numbers in (
        ("train", images, labels),
        ("test", test_images, test_labels),
    ):
        cells = []
        for picture in pictures:
            file = io.BytesIO()
            Image.fromarray(picture).save(file, "PNG")
            cells.append({"bytes": file.getvalue(), "path": None})
        table = pa.table({"image": cells, "label": numbers})
        parquet.write_table(table, f"mnist/{name}-00000-of-00001.parquet")


SUBMIT = (f"{TRAIN}train.csv", "predict test.csv --weights run --csv out.csv")

SITUATIONS = [
    Situation("Kaggle's train.csv", _kaggle(), (f"{TRAIN}train.csv",), accuracy=85),
    Situation("without a header", _kaggle(header=False), (f"{TRAIN}train.csv",), accuracy=85),
    Situation("train.csv.gz", _kaggle(packed=True), (f"{TRAIN}train.csv.gz",), accuracy=85),
    Situation("Kaggle's folder", _kaggle(), (f"{TRAIN}.",), ("test.csv",), accuracy=85),
    Situation("a CSV for training and one for test", _pair, (f"{TRAIN}mnist",), accuracy=85),
    Situation("OpenML's columns", _class_last, (f"{TRAIN}mnist_784.csv",), accuracy=85),
    Situation("semicolons", _semicolons, (f"{TRAIN}train.csv",), accuracy=85),
    Situation(
        "a word among the labels",
        _with_a_word,
        (f"{TRAIN}train.csv",),
        (r"most labels are numbers, but 1 are not, such as 'seven'",),
    ),
    Situation("a row that is cut", _ragged, (f"{TRAIN}train.csv",), (r"train\.csv:5: ",), code=1),
    Situation(
        "training on the file without labels",
        _kaggle(),
        (f"{TRAIN}test.csv",),
        (r"test\.csv.*label", "mlp predict"),
        code=1,
    ),
    Situation("a submission to Kaggle", _kaggle(), SUBMIT, (r"120 .*out\.csv",)),
    Situation(
        "the form of a submission",
        _kaggle(),
        (SUBMIT[0], "predict test.csv --weights run --csv -"),
        (r"^ImageId,Label$", r"^1,\d$", r"^120,\d$"),
    ),
    Situation("Parquet of Hugging Face", _hugging_face, (f"{TRAIN}mnist",), accuracy=85),
]
