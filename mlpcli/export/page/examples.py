"""Images of a data set that the page offers to start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier


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
    """Return an image of each class, from the data set that was asked for or one at hand.

    Args:
        classifier: whose network they are for.
        data: a known name, or a path; None for what is at hand.
        note: called with a line if there are none.

    Raises:
        MlpError: the data set that was asked for cannot be opened, or has other classes or sizes.
    """
    raise NotImplementedError
