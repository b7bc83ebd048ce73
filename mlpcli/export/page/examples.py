"""Images of a data set that the page offers to start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlpcli.datasets.dataset import DIGITS, NO_CLASS, Split, renumbered
from mlpcli.datasets.synthetic.drawing import BLOCK, draw_block
from mlpcli.errors import MlpError
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.data import split_at_hand, trained_on

MOST = 40  # images
MOST_PIXELS = 100_000  # of all of them
OF_A_CLASS = 2


@dataclass(frozen=True, eq=False)
class Example:
    """An image and the class that it belongs to.

    Attributes:
        image: (height, width) uint8, of the size that the network was trained on.
        label: its class, counted from 0.
    """

    image: Pixels
    label: int


def find_examples(
    classifier: Classifier, data: str | None, note: Callable[[str], None]
) -> list[Example]:
    """Return one or two images of each class, from the data set that was asked for or one at hand.

    By default that is the data set with a name that the network was trained on. Where that is not
    at hand, is a mix or is known by its path alone, digits are drawn for a network that reads
    digits. So nobody passes on images of others that come from a mix without having asked for it.

    Args:
        classifier: whose network they are for.
        data: a known name, or a path; None for what is at hand. Nothing is downloaded.
        note: called with a line if there are none.

    Raises:
        MlpError: the data set that was asked for cannot be opened, or has other classes or sizes.
        OSError: it cannot be read.
    """
    if data is not None:
        return _some_of_each_class(split_at_hand(classifier, data, BLOCK), classifier)
    try:
        usual = trained_on(classifier)
        if usual.mix is None and usual.path is None:
            return _some_of_each_class(split_at_hand(classifier, None, BLOCK), classifier)
    except (MlpError, OSError):
        pass  # there are others
    inputs = classifier.inputs
    if {*inputs.classes} == {*DIGITS} and (inputs.height, inputs.width) == (28, 28):
        drawn = renumbered(draw_block(0, "test", 0), DIGITS, inputs.classes)
        return _some_of_each_class(drawn, classifier)
    note("examples: none, as the data that the network was trained on is not at hand; see --data")
    return []


def _some_of_each_class(split: Split, classifier: Classifier) -> list[Example]:
    """Return the first images of each class, as many as a page should hold."""
    inputs = classifier.inputs
    most = min(MOST, MOST_PIXELS // (inputs.height * inputs.width))
    present = np.unique(split.labels[split.labels != NO_CLASS])
    if len(present) > most:
        present = present[np.linspace(0, len(present) - 1, most).astype(int)]
    each = OF_A_CLASS if OF_A_CLASS * len(present) <= most else 1
    indices = [np.flatnonzero(split.labels == label)[:each] for label in present]
    return [
        Example(split.images[index], int(split.labels[index]))
        for index in np.concatenate([*indices, np.zeros(0, dtype=int)])
    ]
