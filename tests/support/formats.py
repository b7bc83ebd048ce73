"""A data set written in each of the formats that are read."""

import gzip
import hashlib
import pickle
from pathlib import Path

import numpy as np

from mlpcli.datasets import Dataset, Split
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.formats.idx import idx_header
from tests.support.glyphs import draw_digit


def idx_bytes(array: np.ndarray) -> bytes:
    """Return a uint8 array as an IDX file."""
    return idx_header(array.shape) + array.tobytes()


def write_folder(folder: Path, dataset: Dataset, *, compress: bool = True) -> Path:
    """Write a data set's train and test splits as four IDX files."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = [
        np.concatenate([dataset.train.images, dataset.validation.images]),
        np.concatenate([dataset.train.labels, dataset.validation.labels]).astype(np.uint8),
        dataset.test.images,
        dataset.test.labels.astype(np.uint8),
    ]
    for name, array in zip(FILES, arrays, strict=True):
        content = idx_bytes(array)
        if compress:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, 1))
        else:
            (folder / name).write_bytes(content)
    return folder


def write_pickle(path: Path, dataset: Dataset, *, protocol: int = 2, levels: int = 256) -> Path:
    """Write a data set as the notebook's file: three pairs of float32 rows and labels."""
    pairs = tuple(
        ((split.images.reshape(len(split), -1) / levels).astype(np.float32), split.labels)
        for split in (dataset.train, dataset.validation, dataset.test)
    )
    path.write_bytes(gzip.compress(pickle.dumps(pairs, protocol=protocol), 1))
    return path


def same_images(one: Dataset, other: Dataset) -> bool:
    """Tell whether two data sets hold the same images and labels in the same splits."""
    return all(
        np.array_equal(getattr(one, split).images, getattr(other, split).images)
        and np.array_equal(getattr(one, split).labels, getattr(other, split).labels)
        for split in ("train", "validation", "test")
    )


def write_pictures(folder: Path, classes: str, count: int = 6) -> Path:
    """Write `count` different pictures into a folder for each of the classes; return the folder."""
    for name in classes.split():
        (folder / name).mkdir(parents=True, exist_ok=True)
        digit = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10
        for index in range(count):
            picture = draw_digit(int(name) if name.isdecimal() else digit, angle=5 * index)
            picture.save(folder / name / f"{index}.png")
    return folder


def write_csv(path: Path, *splits: Split, header: bool = True, labels: bool = True) -> Path:
    """Write splits as Kaggle ships MNIST: the label first, or no labels; return the path."""
    images = np.concatenate([split.images.reshape(len(split), -1) for split in splits])
    rows = images.tolist()
    names = [f"pixel{n}" for n in range(images.shape[1])]
    if labels:
        given = np.concatenate([split.labels for split in splits]).tolist()
        rows = [[label, *row] for label, row in zip(given, rows, strict=True)]
        names = ["label", *names]
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    lines = [separator.join(map(str, row)) for row in ([names] if header else []) + rows]
    content = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path
