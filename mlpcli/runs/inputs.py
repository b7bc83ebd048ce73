"""What a checkpoint says of a network's inputs: their kind and size, and how pictures become them.

The steps that make an image of a picture come first in its list. The last ones, if there are any,
are the network's view of that image.
"""

from functools import cached_property
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, model_validator

from mlpcli.images.normalization import SIDE, Preprocessing
from mlpcli.images.recipe import Recipe, default_recipe, earlier_recipe, parse_recipe
from mlpcli.images.view import View, split_steps
from mlpcli.runs.epochs import Part

MAX_FEATURES = 65536  # as in a configuration


def _check_kind(kind: str) -> str:
    if kind not in get_args(Preprocessing):
        raise ValueError(
            f"the preprocessing must be one of {', '.join(get_args(Preprocessing))}, "
            f"got {kind!r:.40}"
        )
    return kind


class SavedPreprocessing(Part):
    """How a picture becomes an input: the kind, the input's size, and the steps."""

    kind: Annotated[str, AfterValidator(_check_kind)]
    height: int
    width: int
    steps: Any = None

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        height, width = self.height, self.width
        if not 1 <= min(height, width) <= max(height, width) <= MAX_FEATURES or (
            self.kind == "digit" and (height, width) != (SIDE, SIDE)
        ):
            raise ValueError(
                f"the input size must be in [1, {MAX_FEATURES}] pixels a side, and {SIDE}×{SIDE} "
                f"for digit preprocessing, got {height!s:.20}×{width!s:.20} pixels"
            )
        return self

    @property
    def known_kind(self) -> Preprocessing:
        """The kind, with its type."""
        return "digit" if self.kind == "digit" else "scale"

    @property
    def view(self) -> View:
        """How the network sees the image.

        Raises:
            ValueError: the steps do not say it.
        """
        return self._split[1]

    def recipe(self, *, saw_pictures: bool) -> Recipe:
        """Return the steps that turn a picture into an image like those of the training set.

        Args:
            saw_pictures: whether the network was trained on pictures from folders, which earlier
                versions inverted if they were dark on light. They recorded that step for arrays
                too, but trained on arrays unchanged.

        Raises:
            ValueError: the steps do not suit the kind.
        """
        usual = default_recipe(self.known_kind, self.height, self.width)
        earlier = earlier_recipe(self.height, self.width)
        described, _ = self._split
        if self.kind == "scale" and described in (None, [step.describe() for step in earlier]):
            return earlier if saw_pictures else usual
        if described is None:
            return usual
        try:
            return parse_recipe(described, usual)
        except ValueError as error:
            raise ValueError(f"the steps of the preprocessing must {error}") from error

    @cached_property
    def _split(self) -> tuple[Any, View]:
        """The steps that make an image, unchecked, and the view."""
        if self.kind != "digit":
            return self.steps, View()
        try:
            return split_steps(self.steps)
        except ValueError as error:
            raise ValueError(f"the steps of the preprocessing must {error}") from error
