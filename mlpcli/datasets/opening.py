"""Opens any data set, by name or by path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlpcli.config import data_root
from mlpcli.config.data import usual_validation
from mlpcli.datasets.catalogue import SOURCES
from mlpcli.datasets.dataset import Dataset, Progress, check_validation
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion
from mlpcli.datasets.named import KNOWN, find_or_fetch
from mlpcli.datasets.own import read_own
from mlpcli.datasets.synthetic.drawing import DRAWN, Drawing, open_synthetic

if TYPE_CHECKING:  # only needed for pictures
    from mlpcli.images import Recipe

DRAWING = Drawing()


def open_dataset(  # noqa: PLR0913  # a caller may want to set each of them
    source: str | Path,
    *,
    root: str | Path | None = None,
    validation: Literal["auto"] | int = 0,
    drawing: Drawing = DRAWING,
    progress: Progress | None = None,
    policy: CachePolicy = USUAL_POLICY,
    recipe: Recipe | None = None,
    conversion: Conversion = AS_THEY_ARE,
) -> Dataset:
    """Open a data set by name, downloading or drawing it if needed, or by the path of its files.

    Args:
        source: a known name, or the path of a file or folder.
        root: where to look for named data sets, and where to download them; by default the folder
            in MLP_DATA, or else `data`.
        validation: how many of the last training images to hold out; for synthetic digits, how
            many of the training images to draw separately; auto for those that the files hold for
            validation, or else a sixth, at most 10,000.
        drawing: which synthetic digits to draw, and how many.
        progress: told how much is downloaded, how many digits are drawn, or how many pictures
            are read.
        policy: how the copy in the cache is used.
        recipe: the preprocessing of the pictures in a folder, as a network requires it; by default
            the usual one.
        conversion: what is known of arrays that they do not say themselves.

    Raises:
        DataError: there is no such data set, it is broken, or it has too few images.
        ImageError: a picture in a folder cannot be read.
    """
    for drawn in DRAWN:
        if source == drawn:
            held_out = usual_validation(drawing.train) if validation == "auto" else validation
            verify = policy.verify
            return open_synthetic(drawing, held_out, progress, data_set=drawn, verify=verify)
    name = name_of(source)
    if isinstance(source, Path) or source not in SOURCES:
        content, preprocessing = read_own(Path(source), recipe, progress, policy, conversion)
    else:
        _, content = find_or_fetch(source, Path(root or data_root()), progress, policy)
        preprocessing = SOURCES[source].preprocessing
    train, test = content.train, content.test
    if validation == "auto":
        validation = content.validation or usual_validation(len(train))
    check_validation(name, validation, len(train))
    border = len(train) - validation
    return Dataset(
        name=name,
        train=train[:border],
        validation=train[border:],
        test=test,
        classes=content.classes,
        preprocessing=preprocessing,
        fingerprint=content.fingerprint,
        notes=content.notes,
    )


def name_of(source: str | Path) -> str:
    """Return a name or path as text; a path that is also a known name gets `./` before it."""
    text = str(source)
    return f"./{text}" if isinstance(source, Path) and text in KNOWN else text
