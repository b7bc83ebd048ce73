"""Parquet files of pictures."""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from mlpcli.datasets import Dataset, Split, open_dataset
from mlpcli.errors import DataError, MlpError
from tests.support.formats import same_images

SHARD = "{}-{:05}-of-{:05}.parquet"


def png(image: np.ndarray, mode: str = "L") -> bytes:
    """Return an image as a PNG file."""
    stream = io.BytesIO()
    Image.fromarray(image).convert(mode).save(stream, "PNG")
    return stream.getvalue()


def write(
    path: Path, split: Split, names: Sequence[str] = (), *, mode: str = "L", **options: Any
) -> Path:
    """Write a split as Hugging Face ships MNIST; return the path."""
    path.parent.mkdir(exist_ok=True)
    features = {"image": {"_type": "Image"}, "label": {"names": [*names], "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})} if names else {}
    images = [
        {"bytes": png(image, mode), "path": f"{n}.png"} for n, image in enumerate(split.images)
    ]
    table = pa.table({"image": images, "label": split.labels})
    parquet.write_table(table.replace_schema_metadata(metadata), path, **options)
    return path


@pytest.mark.parametrize("place", ["", "mnist"])
def test_folder(tmp_path: Path, glyphs: Dataset, place: str) -> None:
    """Shards in a folder, or in its subfolder, are train and test images, as in any other format."""
    folder = tmp_path / place
    write(folder / SHARD.format("train", 1, 2), glyphs.validation, row_group_size=7)
    write(folder / SHARD.format("train", 0, 2), glyphs.train, compression="gzip")
    write(folder / SHARD.format("test", 0, 1), glyphs.test, mode="RGB")
    (tmp_path / "README.md").touch()
    told: list[int] = []
    opened = open_dataset(
        tmp_path, validation=len(glyphs.validation), progress=lambda _, done, *__: told.append(done)
    )
    assert same_images(glyphs, opened)
    assert () == opened.notes
    assert {len(glyphs.train), len(glyphs.validation), len(glyphs.test)} <= {*told}
    (folder / SHARD.format("train", 1, 2)).unlink()
    with pytest.raises(DataError, match=r"must have all 2 files of train, got 1$"):
        open_dataset(tmp_path)


def test_class_names(tmp_path: Path, glyphs: Dataset) -> None:
    """The metadata name the classes; of a single file, a sixth is held out for testing."""
    names = [f"digit {n}" for n in range(10)]
    opened = open_dataset(write(tmp_path / "all.parquet", glyphs.train, names))
    assert tuple(names) == opened.classes
    assert len(glyphs.train) == len(opened.train) + len(opened.test)
    opened = open_dataset(write(tmp_path / "test.parquet", glyphs.test, names))
    assert (0, len(glyphs.test)) == (len(opened.train), len(opened.test))


def test_bytes_and_text(tmp_path: Path, glyphs: Dataset) -> None:
    """A column may hold bytes alone, and labels may be text."""
    images = [png(image) for image in glyphs.test.images]
    labels = [f"c{label}" for label in glyphs.test.labels]
    table = pa.table({"jpg": pa.array(images, pa.large_binary()), "Target": labels})
    parquet.write_table(table, tmp_path / "test.parquet")
    opened = open_dataset(tmp_path / "test.parquet")
    assert np.array_equal(glyphs.test.images, opened.test.images)
    assert tuple(f"c{n}" for n in range(10)) == opened.classes
    assert glyphs.test.labels.tolist() == opened.test.labels.tolist()


SMALL, LARGE = png(np.full((4, 4), 9, dtype=np.uint8)), png(np.zeros((5, 4), dtype=np.uint8))
HUGE = png(np.zeros((700, 2), dtype=np.uint8))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": [SMALL, LARGE], "label": [0, 1]}, " row 2: pictures must all have the same size, 4×4, got 5×4; pictures in a folder"),
        ({"image": [HUGE], "label": [0]}, " row 1: pictures must all have at most 639 pixels on each side, got 640×2"),
        ({"image": [SMALL, b"hello"], "label": [0, 1]}, " row 2: not a picture that can be read"),
        ({"image": [SMALL, None], "label": [0, 1]}, " row 2: must have a picture and a label, got none"),
        ({"image": [SMALL, SMALL], "label": [None, 1]}, " row 1: must have a picture and a label, got none"),
        ({"image": [SMALL], "label": [""]}, " row 1: a label must have 1 to 100 letters, got ''"),
        ({"image": [SMALL], "label": [-1]}, r" labels must be in \[0, 65535\], got -1 to -1"),
        ({"image": [SMALL], "label": [0.5]}, " labels must be integers or text, got double"),
        ({"image": [SMALL], "other": [0]}, r" must have a column image .* got image \(binary\), other \(int64\)"),
        ({"image": ["x"], "label": [0]}, r" must have a column image .* got image \(string\), label"),
        ({"image": pa.array([], pa.binary()), "label": pa.array([], pa.int64())}, " must have 1 to 10000000 rows, got 0"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    """What is no table of pictures and labels is refused with the row and what it has."""
    path = tmp_path / "train.parquet"
    parquet.write_table(pa.table(columns), path)
    with pytest.raises(MlpError, match=f"^{path}:{message}") as caught:
        open_dataset(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("cut", [4, 100, -30])
def test_broken(tmp_path: Path, glyphs: Dataset, cut: int) -> None:
    """A truncated file gives one line."""
    path = write(tmp_path / "train.parquet", glyphs.test)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match=f"^{path}: not a readable parquet file, ") as caught:
        open_dataset(path)
    assert str(caught.value).isprintable()


def test_same_picture_very_often(tmp_path: Path) -> None:
    """A small file that stands for very many pictures is refused."""
    image = png(np.zeros((600, 600), dtype=np.uint8))
    table = pa.table({"image": [image] * 1000, "label": [0] * 1000})
    parquet.write_table(table, tmp_path / "train.parquet")
    with pytest.raises(DataError, match="must not unpack to more than 134217728 pixels"):
        open_dataset(tmp_path / "train.parquet")


def test_bomb(tmp_path: Path) -> None:
    """A small file whose pages unpack to very much is refused."""
    table = pa.table({"image": [bytes(70_000_000)], "label": [0]})
    parquet.write_table(table, tmp_path / "train.parquet", compression="zstd")
    message = r"must not unpack to 70000\d{3}, nor a page to more than 67108864"
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path / "train.parquet")


def test_without_pyarrow(tmp_path: Path, glyphs: Dataset) -> None:
    """Where pyarrow is not installed, one line says how to get it."""
    path = write(tmp_path / "train.parquet", glyphs.test)
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import mlpcli\n"
        "try: mlpcli.open_dataset(sys.argv[1])\n"
        "except mlpcli.MlpError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    need = 'needs pyarrow; in mlpcli\'s folder: pip install ".[parquet]"\n'
    assert f"{path}: {need}" == done.stdout


def test_mnist(tmp_path: Path, mnist: Dataset) -> None:
    """MNIST as Parquet is MNIST."""
    opened = open_dataset(
        write(tmp_path / "test-00000-of-00001.parquet", mnist.test[:500], "0123456789")
    )
    assert np.array_equal(mnist.test[:500].images, opened.test.images)
    assert mnist.classes == opened.classes
    assert "digit" == opened.preprocessing
