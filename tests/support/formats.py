"""A data set written in each of the formats that are read."""

import gzip
import pickle
from pathlib import Path

import numpy as np

from mlpcli.datasets import Dataset
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.formats.idx import idx_header


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
