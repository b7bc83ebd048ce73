"""Predictions for the rows of a CSV, beside those for pictures.

A row is an image of the size that the network was trained on, and goes to the network as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import IO

from mlpcli.errors import DataError, MlpError
from mlpcli.images import Preprocessed
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.reading import Reading, as_seen, make_reading
from mlpcli.runs.finding import Note
from mlpcli.utils.files import is_csv

BATCH = 1000  # rows that the network sees at a time

Source = tuple[str, Path | Callable[[], IO[bytes]]]
"""What to call a picture or table, and its file or what opens it."""


def read_sources(
    classifier: Classifier, sources: Iterable[Source], note: Note, *, many: bool, tta: bool
) -> Iterator[Reading | MlpError]:
    """Read pictures, and the rows of CSV files, in their order.

    Args:
        classifier: reads them.
        sources: pictures as `Classifier.read` takes them, and paths of CSV files.
        note: called with a line about how a CSV was understood.
        many: read each of several digits of a picture; a row is one image.
        tta: average the predictions for small shifts and rotations.

    Yields:
        A reading for each picture and each row, or why a file cannot be read.

    Raises:
        CheckpointError: a prediction is not finite.
    """
    for in_rows, group in groupby(sources, is_in_rows):
        if not in_rows:
            yield from classifier.read(group, many=many, tta=tta)
            continue
        for _, path in group:
            try:
                images = read_images(classifier, Path(str(path)), note)
            except DataError as error:
                yield error
                continue
            yield from _read_rows(classifier, str(path), images, many=many, tta=tta)


def is_in_rows(source: Source) -> bool:
    """Tell a CSV from a picture."""
    _, path = source
    return isinstance(path, Path) and is_csv(path)


def read_images(classifier: Classifier, path: Path, note: Note) -> Pixels:
    """Return the rows of a CSV as images, (count, height, width).

    A column of labels is left out. The numbers of black and of white are told from the whole file,
    or are those that the configuration of the training names.

    Raises:
        DataError: it cannot be read, or its rows have another size.
        CheckpointError: the metadata of the weights is invalid.
    """
    from mlpcli.datasets.formats.columns import find_columns  # noqa: PLC0415  # pictures need no data sets
    from mlpcli.datasets.formats.tables import read_table  # noqa: PLC0415
    from mlpcli.datasets.interpretation.arrays import Conversion, to_pictures  # noqa: PLC0415
    from mlpcli.inference.data import trained_on  # noqa: PLC0415

    data, inputs = trained_on(classifier), classifier.inputs
    columns = find_columns(path, inputs.height * inputs.width)
    table = read_table(path, columns)
    height, width = inputs.height, inputs.width
    if data.transpose:
        height, width = width, height
    (images,), notes = to_pictures(
        [table.images.reshape(-1, height, width)],
        Conversion(data.value_range, data.transpose),
        path,
    )
    if columns.label is not None:
        notes = [*notes, f"{columns.name(columns.label)} has labels and is left out"]
    for line in (*table.notes, *notes):
        note(f"note: {path}: {line}")
    return images


def _read_rows(
    classifier: Classifier, place: str, images: Pixels, *, many: bool, tta: bool
) -> Iterator[Reading]:
    """Yield a reading for each row, which is numbered from 1 on."""
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        judged = zip(batch, classifier.judge(batch, tta=tta), strict=True)
        for number, (image, judgement) in enumerate(judged, start + 1):
            trace = [("picture", image / 255)]
            row = Preprocessed(image[None], 1, 1.0, len(image), trace, image.shape)
            name, classes = f"{place}:{number}", classifier.classes
            reading = make_reading(name, row, [judgement], classes, many=many)
            yield as_seen(reading, classifier.views)
