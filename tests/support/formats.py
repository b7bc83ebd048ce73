"""A data set written in each of the formats that are read."""

import gzip
import hashlib
import pickle
from pathlib import Path

import numpy as np

from mlpcli.datasets import Dataset
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
