"""Reads images from Parquet files, as Hugging Face ships MNIST; needs pyarrow, of an extra.

A split is one file or several, `train-00000-of-00001.parquet` and so on. Each row has a picture,
the bytes of a PNG or the like, and its label. The names of the classes are in the metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import MAX_IMAGES, Content, Progress, SplitName
from mlpcli.datasets.divisions import part_of
from mlpcli.datasets.formats.columns import LABELS
from mlpcli.datasets.formats.parquet_pages import unpacked_size
from mlpcli.datasets.formats.text_labels import TextLabels
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion, Pair, interpret
from mlpcli.datasets.interpretation.labels import MOST_LETTERS
from mlpcli.errors import DataError, MlpError
from mlpcli.utils.archives import most_unpacked
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import open_regular

SUFFIX = ".parquet"
MAGIC = b"PAR1"  # a file begins and ends with these bytes
MAX_NAMES = 1 << 22  # bytes of a text in the metadata, such as the one with the names of classes
MAX_PARTS = 1 << 16  # columns, groups of rows and the like, in a list of the metadata
MAX_SIDE = 639  # pixels; larger pictures would be made smaller
MAX_PAGE = 1 << 26  # bytes of a page, unpacked; usual ones have a million
_BUFFER = 1 << 16  # bytes read at a time
_BATCH = 256  # rows decoded at a time

Shards = dict[SplitName, list[Path]]


_OF = re.compile(r"-of-([0-9]{1,9})\b")  # in the name of a file, of how many it is one


def find_shards(folder: Path) -> Shards:
    """Return the Parquet files of each split in a folder, or in the one subfolder that has any.

    Files whose names say no split are for training, if none says one.

    Raises:
        DataError: one of several files of a split is missing.
    """
    files = _files(folder)
    if not files:
        within = [found for item in sorted(folder.iterdir()) if (found := _files(item))]
        files = within[0] if len(within) == 1 else []
    shards: Shards = {}
    for file in files:
        split, _ = part_of(file.name)
        if split:
            shards.setdefault(split, []).append(file)
    for split, found in shards.items():
        wanted = {int(of[1]) for file in found if (of := _OF.search(file.name))}
        if wanted and wanted != {len(found)}:
            raise DataError(
                f"{folder}: must have all {max(wanted)} files of {split}, got {len(found)}"
            )
    return shards or ({"train": files} if files else {})


def read_parquet(
    shards: Shards,
    place: Path,
    conversion: Conversion = AS_THEY_ARE,
    progress: Progress | None = None,
) -> Content:
    """Read the pictures and labels of all splits.

    Args:
        shards: the files of each split.
        place: the file or folder, as messages call it.
        conversion: what the configuration says.
        progress: told how many pictures are read.

    Raises:
        DataError: pyarrow is missing, a file is broken, or does not hold pictures and labels.
        ImageError: a picture cannot be read.
    """
    pairs: dict[SplitName, Pair] = {}
    names: Sequence[str] = ()
    for split, files in shards.items():
        images, labels = [], []
        for file in files:
            rows, texts, found = _read_shard(file, progress)
            names = names or found
            images.append(rows)
            labels.append(texts)
        if len({rows.shape[1:] for rows in images}) > 1:
            sizes = ", ".join(f"{rows.shape[1]}×{rows.shape[2]}" for rows in images)
            raise DataError(f"{place}: pictures must all have the same size, got {sizes:.100}")
        pairs[split] = Pair(np.concatenate(images), np.concatenate(labels))
    return interpret(pairs, place, conversion, names)


def _files(folder: Path) -> list[Path]:
    if folder.name.startswith(".") or not folder.is_dir():
        return []
    return sorted(
        item
        for item in folder.iterdir()
        if item.suffix.lower() == SUFFIX and not item.name.startswith(".") and item.is_file()
    )


def _read_shard(
    path: Path, progress: Progress | None
) -> tuple[NDArray[np.uint8], NDArray[np.str_], Sequence[str]]:
    """Return the images (count, height, width), labels and class names of a file."""
    with _opened(path) as (file, parquet):
        rows, schema = parquet.metadata.num_rows, parquet.schema_arrow
        if not 0 < rows <= MAX_IMAGES:
            raise DataError(f"{path}: must have 1 to {MAX_IMAGES} rows, got {rows}")
        image, label = _columns(path, schema)
        pictures = _Pictures(path)
        labels = TextLabels(path)
        count = _rows_at_a_time(path, file)
        for batch in parquet.iter_batches(count, columns=[image, label], use_threads=False):
            labels.add([pictures.add(*row) for row in _rows(batch)])
            if progress:
                progress(f"reading {path.name}", len(labels.texts), rows, " pictures")
    return pictures.array, labels.array, _class_names(schema.metadata or {}, label)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], Any]]:
    """Open a file; turn whatever goes wrong in it into one clear line."""
    try:
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise DataError(
            f'{path}: needs pyarrow; in mlpcli\'s folder: pip install ".[parquet]"'
        ) from error
    try:
        with open_regular(path) as file:
            yield (
                file,
                ParquetFile(
                    file,
                    buffer_size=_BUFFER,
                    pre_buffer=False,
                    thrift_string_size_limit=MAX_NAMES,
                    thrift_container_size_limit=MAX_PARTS,
                ),
            )
    except MlpError:
        raise
    except Exception as error:  # pyarrow raises all sorts of errors for broken content
        raise DataError(f"{path}: not a readable parquet file, {first_line(error)}") from error


def _rows_at_a_time(path: Path, file: IO[bytes]) -> int:
    """Return how many rows to read at a time, so that they fit into memory whatever they hold.

    Raises:
        DataError: the pages unpack to very much more than the size of the file.
        ValueError, TypeError, LookupError: the file is broken.
    """
    unpacked, size = unpacked_size(file), path.stat().st_size
    if unpacked.total > most_unpacked(size) or unpacked.largest > MAX_PAGE:
        raise DataError(
            f"{path}: a file of {size} bytes must not unpack to {unpacked.total}, nor a page to "
            f"more than {MAX_PAGE}"
        )
    # a value that is stored once may stand in each row
    return max(1, min(_BATCH, MAX_PAGE // max(1, unpacked.largest)))


def _columns(path: Path, schema: Any) -> tuple[str, str]:
    """Return the names of the columns with the pictures and with the labels.

    Raises:
        DataError: there are none.
    """
    from pyarrow import types  # noqa: PLC0415  # of an extra

    images = [name for field in schema if (name := _name_of_bytes(field))]
    labels = [field.name for field in schema if field.name.lower() in LABELS]
    if not images or not labels:
        found = ", ".join(first_line(f"{field.name} ({field.type})", 40) for field in schema)
        raise DataError(
            f"{path}: must have a column image with the bytes of pictures and a column label, "
            f"got {found or 'none':.200}"
        )
    kind = schema.field(labels[0]).type
    if not types.is_integer(kind) and not types.is_string(kind) and not types.is_large_string(kind):
        raise DataError(f"{path}: labels must be integers or text, got {first_line(kind, 40)}")
    return images[0], labels[0]


def _name_of_bytes(field: Any) -> str:
    """Return the full name of the bytes of pictures: those of a column, or in its field bytes."""
    from pyarrow import types  # noqa: PLC0415  # of an extra

    if types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
        inner = _name_of_bytes(field.type.field("bytes"))
        return f"{field.name}.{inner}" if inner == "bytes" else ""
    are_bytes = types.is_binary(field.type) or types.is_large_binary(field.type)
    return str(field.name) if are_bytes else ""


def _rows(batch: Any) -> Iterator[tuple[object, object]]:
    """Yield the bytes of the picture and the label of each row, None where there is none."""
    columns = [column.to_pylist() for column in batch.columns]
    if batch.schema.field(0).name.lower() in LABELS:
        columns.reverse()
    for picture, label in zip(*columns, strict=True):
        yield picture.get("bytes") if isinstance(picture, dict) else picture, label


def _class_names(metadata: Mapping[bytes, bytes], label: str) -> Sequence[str]:
    """Return the names of the classes, if the schema's metadata has them as Hugging Face writes."""
    with suppress(ValueError, LookupError, TypeError, RecursionError):
        feature = json.loads(metadata[b"huggingface"])["info"]["features"][label]
        names = feature["names"]
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
    return ()


class _Pictures:
    """Decodes the pictures of a file, which must all have one size.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._most = most_unpacked(path.stat().st_size)  # pixels in all
        self._images: list[NDArray[np.uint8]] = []

    def add(self, content: object, label: object) -> str:
        """Decode the picture of the next row; return its label.

        Raises:
            DataError: the row lacks something, or its picture has another size.
            ImageError: the picture cannot be read.
        """
        from mlpcli.images import read_picture  # noqa: PLC0415  # needs Pillow

        place = f"{self._path}: row {len(self._images) + 1}"
        if not isinstance(content, bytes) or not isinstance(label, int | str):
            raise DataError(f"{place}: must have a picture and a label, got none")
        text = str(label)
        if not 0 < len(text) <= MOST_LETTERS:
            raise DataError(
                f"{place}: a label must have 1 to {MOST_LETTERS} letters, got {text!a:.40}"
            )
        image = read_picture(BytesIO(content), place)
        first = self._images[0] if self._images else image
        if image.shape != first.shape or max(image.shape) > MAX_SIDE:
            wanted = f"the same size, {first.shape[0]}×{first.shape[1]}"
            if image.shape == first.shape:
                wanted = f"at most {MAX_SIDE} pixels on each side"
            raise DataError(
                f"{place}: pictures must all have {wanted}, got {image.shape[0]}×{image.shape[1]}; "
                "pictures in a folder for each class may have any size"
            )
        self._images.append(image)
        if len(self._images) * image.size > self._most:
            raise DataError(f"{self._path}: must not unpack to more than {self._most} pixels")
        return text

    @property
    def array(self) -> NDArray[np.uint8]:
        """All of them, (count, height, width)."""
        if not self._images:
            raise DataError(f"{self._path}: must have a row for each picture, got none")
        return np.stack(self._images)
