"""A picture → network inputs, by the steps of a recipe: the same for training and predicting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from mlpcli.images.decoding import read_picture
from mlpcli.images.normalization import Pixels, is_normalized
from mlpcli.images.recipe import DIGIT, Recipe, Step, output_size
from mlpcli.utils.arrays import Float64

Trace = list[tuple[str, Float64]]
CHOICE = "main_digit"  # the step at which one of several digits is chosen


@dataclass(frozen=True)
class Preprocessed:
    """What became of a picture.

    Attributes:
        images: (count, height, width) uint8, light on dark: the main digit, or all of them from
            left to right. All zero where no ink was found.
        digits: how many digits the picture seems to show, 0 for none.
        ink: share of the picture's ink that belongs to them, in [0, 1].
        height: of the largest digit, in pixels of the picture.
        trace: the picture itself, named "picture", then the name of each step that was run and the
            picture after it; with several digits, from their choice on for the first of `images`.
    """

    images: Pixels
    digits: int
    ink: float
    height: int
    trace: Trace

    @property
    def searched(self) -> bool:
        """Whether a digit had to be found, as in neither MNIST's images nor pictures of shoes."""
        return any(name == CHOICE for name, _ in self.trace)


def preprocess_picture(
    source: Path | IO[bytes], place: str, recipe: Recipe, *, many: bool = False
) -> Preprocessed:
    """Turn a picture file into images like those a network was trained on.

    Args:
        source: a file's path or its opened content.
        place: what error messages call it.
        recipe: the steps.
        many: return all of several digits instead of the main one.

    Raises:
        ImageError: it is not a picture, is damaged or has too many pixels.
    """
    return preprocess(read_picture(source, place, output_size(recipe)), recipe, many=many)


def preprocess(grey: Pixels, recipe: Recipe = DIGIT, *, many: bool = False) -> Preprocessed:
    """Turn a grey picture into images like those a network was trained on.

    An image that is like those already stays as it is; the negative of one is inverted.

    Args:
        grey: (any height, any width) uint8.
        recipe: the steps.
        many: return all of several digits instead of the main one.
    """
    names = [step.name for step in recipe]
    trace: Trace = [("picture", grey / 255)]
    if CHOICE not in names:
        trace += _run_steps(trace[0][1], recipe)
        return Preprocessed(_final_images([trace]), 1, 1.0, len(grey), trace)
    for image in (grey, 255 - grey):
        if is_normalized(image):
            return Preprocessed(image[None], 1, 1.0, len(grey), trace)
    return _preprocess_digits(trace, recipe, names.index(CHOICE), many=many)


def _preprocess_digits(trace: Trace, recipe: Recipe, choice: int, *, many: bool) -> Preprocessed:
    from mlpcli.images.parts import find_digits  # noqa: PLC0415  # scipy is slow to load

    trace += _run_steps(trace[0][1], recipe[:choice])
    _, ink = trace[-1]
    digits = find_digits(ink, speck=recipe[choice].settings["speck"])
    chosen = digits if many else sorted(digits, key=np.sum)[-1:]
    traces = [
        [*trace, (CHOICE, digit), *_run_steps(digit, recipe[choice + 1 :])]
        for digit in chosen or [np.zeros_like(ink)]
    ]
    kept = np.zeros_like(ink)
    for digit in digits:
        np.maximum(kept, digit, out=kept)  # neighbours may share a grey edge
    share = float(kept.sum()) / max(float(ink.sum()), 1e-9)
    heights = [np.ptp(np.flatnonzero(digit.any(axis=1))) + 1 for digit in digits]
    height = int(max(heights, default=0))
    return Preprocessed(_final_images(traces), len(digits), share, height, traces[0])


def _final_images(traces: Sequence[Trace]) -> Pixels:
    """Return the picture after the last step of each trace, (traces, height, width)."""
    return np.rint(255 * np.stack([trace[-1][1] for trace in traces])).astype(np.uint8)


def _run_steps(picture: Float64, recipe: Sequence[Step]) -> Trace:
    """Return the name of each step and the picture after it."""
    trace = []
    for step in recipe:
        picture = _function(step.name)(picture, **step.settings)
        trace.append((step.name, picture))
    return trace


def _function(name: str) -> Callable[..., Float64]:
    from mlpcli.images import cleaning, lighting, polarity, shaping  # noqa: PLC0415  # scipy is slow to load

    functions: dict[str, Callable[..., Float64]] = {
        "polarity": polarity.polarity,
        "flatten": lighting.flatten,
        "threshold": cleaning.threshold,
        "remove_lines": cleaning.remove_lines,
        "fit_strokes": shaping.fit_strokes,
        "fit_box": shaping.fit_box,
        "full_ink": shaping.full_ink,
        "centre": shaping.centre,
        "scale": shaping.scale,
    }
    return functions[name]
