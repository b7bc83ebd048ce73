"""Reads a data set of pictures in one folder for each class.

Unless they are already split, or if no folder is for testing beside those for training and
validation, a sixth of each class is for testing. Each picture is preprocessed as `mlp predict` does
it, with the same function and the same steps.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, Content, Progress, Split
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy, Origin, read_through
from mlpcli.datasets.formats.picture_search import Pictures
from mlpcli.datasets.interpretation.holding_out import choose_tests
from mlpcli.datasets.names import Names
from mlpcli.errors import ImageError
from mlpcli.images import (
    RECIPE_VERSION,
    Recipe,
    default_recipe,
    output_size,
    preprocess_picture,
)
from mlpcli.images.bounded import MAX_BYTES
from mlpcli.images.normalization import SIDE, Pixels
from mlpcli.utils.files import reason_of

MOST_ERRORS = 20  # pictures that cannot be read and are named

TRAIN, VALIDATION, TEST = range(len(ALL))


def read_pictures(
    pictures: Pictures,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    policy: CachePolicy = USUAL_POLICY,
) -> Content:
    """Return the preprocessed pictures, from the copy in the cache if there is one.

    Each split is in the order of the SHA-256 of its files, which mixes the classes. Those for
    validation are the last ones of the training images.

    Args:
        pictures: in a folder.
        recipe: their preprocessing; by default the usual one to 28×28 pixels.
        progress: told how many are read.
        policy: how the copy in the cache is used.

    Raises:
        ImageError: a picture cannot be read.
    """
    steps = recipe or default_recipe(pictures.preprocessing, SIDE, SIDE)
    origin = Origin(
        "folders",
        pictures.paths,
        folder=pictures.folder,
        recipe=json.dumps([RECIPE_VERSION, *(step.describe() for step in steps)]),
        classes=len(pictures.classes),
    )
    content = read_through(origin, lambda: _read(pictures, steps, progress), policy)
    notes = (*pictures.notes, *_note_on_tests(pictures, content))
    return content.with_notes(f"{pictures.folder}: {note}" for note in notes)


def _note_on_tests(pictures: Pictures, content: Content) -> Iterator[str]:
    """Yield a note if pictures that were divided, but not for testing, are held out for that."""
    if _lacks_tests(pictures.divisions):
        whole = len(content.train) - content.validation + len(content.test)
        held_out = f"{len(content.test)} of {whole} in train are held out for testing"
        yield f"no pictures in a folder test: {held_out}"


def _lacks_tests(divisions: NDArray[np.int64] | None) -> bool:
    """Tell whether there are folders for training and validation, but none for testing."""
    return divisions is not None and {*np.unique(divisions).tolist()} == {TRAIN, VALIDATION}


def _read(pictures: Pictures, recipe: Recipe, progress: Progress | None) -> Content:
    """Read all pictures and split them."""
    count = len(pictures.paths)
    images = np.empty((count, *output_size(recipe)), dtype=np.uint8)
    digests: list[bytes] = []
    unreadable: list[str] = []
    for index, path in enumerate(pictures.paths):
        try:
            digest, images[index] = _read_one(path, recipe)
            digests.append(digest)
        except ImageError as error:
            unreadable += error.lines
        if progress:
            progress("reading pictures", index + 1, count, " pictures")
    if unreadable:
        more = len(unreadable) - MOST_ERRORS
        raise ImageError(unreadable[:MOST_ERRORS] + [f"{more} more"] * (more > 0))
    divisions = pictures.divisions
    if divisions is None or _lacks_tests(divisions):
        divisions = _held_out(digests, pictures.labels, divisions)
    order = np.array(sorted(range(count), key=lambda index: (divisions[index], digests[index])))
    names = Names.of(path.relative_to(pictures.folder).as_posix() for path in pictures.paths)
    whole = Split(images, pictures.labels, names=names)
    tests = int(np.count_nonzero(divisions == TEST))
    train, test = whole.taken(order[: count - tests]), whole.taken(order[count - tests :])
    validation = int(np.count_nonzero(divisions == VALIDATION))
    return Content(train, test, pictures.classes, validation=validation)


def _held_out(
    digests: Sequence[bytes], labels: NDArray[np.int64], divisions: NDArray[np.int64] | None
) -> NDArray[np.int64]:
    """Return the divisions after a sixth of the training pictures is held out for testing."""
    divisions = np.full(len(labels), TRAIN) if divisions is None else divisions.copy()
    rows = np.flatnonzero(divisions == TRAIN)
    chosen = choose_tests([digests[row] for row in rows.tolist()], labels[rows])
    divisions[rows[chosen]] = TEST
    return divisions


def _read_one(path: Path, recipe: Recipe) -> tuple[bytes, Pixels]:
    """Return the SHA-256 of a file, and its preprocessed picture."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:  # hashing would read all of it
                raise ImageError(
                    f"{path}: a picture must have at most {MAX_BYTES} bytes, got {size}"
                )
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            return digest, preprocess_picture(file, str(path), recipe).images[0]
    except OSError as error:
        raise ImageError(f"{path}: cannot be read, {reason_of(error)}") from error
