"""Training images that tell the range of the activations of each layer.

They are few, so that no more digits are drawn than are used, where the network was trained on
drawn ones.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from mlpcli.datasets import KNOWN
from mlpcli.datasets.dataset import DIGITS, Progress
from mlpcli.datasets.selection import open_split, with_source
from mlpcli.errors import DataError
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.data import check_classes, check_data, data_for, mention_other_root
from mlpcli.runs.finding import Note

COUNT = 4000  # images, about


def training_images(
    classifier: Classifier,
    data: str | None,
    note: Note,
    progress: Progress | None = None,
) -> Pixels:
    """Return training images, by default of the data set that a network was trained on.

    Those of a file are at even distances, and of a mix each source has its share.

    Args:
        classifier: whose network they are for.
        data: a known name, or a path; None for the named data set that it was trained on.
        note: called with a line about each difference from what the weights name.
        progress: called while something takes long.

    Returns:
        (count, height, width) uint8, of the size that the network was trained on.

    Raises:
        MlpError: the data set cannot be opened, or has other classes or sizes.
    """
    if data in KNOWN:  # before anything is downloaded or drawn
        check_classes(classifier, data, KNOWN[data])
    config = data_for(classifier, data, "train")
    mention_other_root(classifier, config, note)
    shares = config.mix or {"": 1.0}
    parts = []
    for source, share in shares.items():
        wanted = max(1, round(COUNT * share / sum(shares.values())))
        one = with_source(config, source) if source else config
        if one.drawn:  # the first ones for training are the same for any number of them
            drawn = wanted if source else min(wanted, one.train - one.held_out(one.train))
            one = one.model_copy(update={"train": drawn, "validation": 0})
        recipe = classifier.inputs.recipe
        try:
            dataset = open_split(one, "train", classifier.seed, recipe=recipe, progress=progress)
        except DataError as error:
            if data is None and {*classifier.classes} == {*DIGITS}:
                lines = [*error.lines, "or fit the ranges to drawn digits: --data synthetic"]
                raise DataError(lines) from error
            raise
        check_data(classifier, dataset)
        for line in dataset.notes:
            note(f"note: {line}")
        images = dataset.train.images
        parts.append(images[:: max(1, ceil(len(images) / wanted))])
    return np.concatenate(parts)
