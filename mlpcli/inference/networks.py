"""The format of a network's inputs, and what its outputs mean."""

from __future__ import annotations

from dataclasses import dataclass

from mlpcli.images import Recipe
from mlpcli.images.normalization import Preprocessing
from mlpcli.runs.metadata import Metadata


@dataclass(frozen=True)
class InputFormat:
    """What every network of a classifier must agree on.

    Attributes:
        classes: the name of each label.
        preprocessing: how a picture becomes an input.
        height: of an input image, in pixels.
        width: of an input image, in pixels.
        recipe: the steps of the preprocessing.
    """

    classes: tuple[str, ...]
    preprocessing: Preprocessing
    height: int
    width: int
    recipe: Recipe

    @classmethod
    def of(cls, metadata: Metadata) -> InputFormat:
        """Return the input format of a checkpoint's network."""
        saved = metadata.preprocessing
        names, kind = metadata.class_names, metadata.kind
        return cls(names, kind, saved.height, saved.width, metadata.recipe)
