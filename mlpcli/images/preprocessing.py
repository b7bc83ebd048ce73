"""A picture → network inputs, by the steps of a recipe: the same for training and predicting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Literal

import numpy as np

from mlpcli.images.cutouts import Box, Cutout, union
from mlpcli.images.decoding import read_picture
from mlpcli.images.normalization import Pixels, is_normalized
from mlpcli.images.recipe import DIGIT, Recipe, Step, output_size
from mlpcli.utils.arrays import Float64

Trace = list[tuple[str, Float64]]
Way = Literal["usual", "exchanged", "joined"]
KEPT = 1280  # pixels on the longer side of a page's steps, once they are done
CHOICE = "main_digit"  # the step at which one of several digits is chosen


@dataclass(frozen=True)
class Preprocessed:
    """What became of a picture.

    Attributes:
        images: (count, height, width) uint8, light on dark: the main digit, or all of them in the
            order in which they are read. All zero where no ink was found.
        digits: how many digits the picture seems to show, 0 for none.
        ink: share of the picture's ink that belongs to them, in [0, 1].
        height: of the largest digit, in pixels of the picture.
        trace: the picture itself, named "picture", then the name of each step that was run and the
            picture after it; with several digits, from their choice on for the first of `images`.
        size: height and width of the picture before it was averaged down, in pixels.
        lines: of a picture that was searched, what each of `images` was made of, line by line.
        searched_in: height and width of the picture that these were cut out of.
    """

    images: Pixels
    digits: int
    ink: float
    height: int
    trace: Trace
    size: tuple[int, int]
    lines: tuple[tuple[Cutout, ...], ...] = ()
    searched_in: tuple[int, int] = (1, 1)

    @property
    def searched(self) -> bool:
        """Whether a digit had to be found, as in neither MNIST's images nor pictures of shoes."""
        return any(name == CHOICE for name, _ in self.trace)

    @property
    def boxes(self) -> list[Box]:
        """Where the digits are, in pixels of the picture as it was before."""
        return [one.box(self.searched_in, self.size) for line in self.lines for one in line]


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


def preprocess(  # noqa: PLR0913  # ways to search
    grey: Pixels,
    recipe: Recipe = DIGIT,
    *,
    many: bool = False,
    size: tuple[int, int] | None = None,
    way: Way = "usual",
    in_a_row: bool = False,
) -> Preprocessed:
    """Turn a grey picture into images like those a network was trained on.

    An image that is like those already stays as it is; the negative of one is inverted.

    Args:
        grey: (any height, any width) uint8.
        recipe: the steps.
        many: return all of several digits, line by line, instead of the main one.
        size: height and width of the picture before it was averaged down to `grey`.
        way: to search for one digit: exchanged takes the ink for the paper and the paper for the
            ink, and joined takes all that would be several digits for one whose strokes are apart.
        in_a_row: of all digits, look only for such as stand side by side, as a single one does.
    """
    names = [step.name for step in recipe]
    trace: Trace = [("picture", grey / 255)]
    size = size or (len(grey), grey.shape[1])
    if CHOICE not in names:
        trace += _run_steps(trace[0][1], recipe)
        return Preprocessed(_final_images([trace[-1][1]]), 1, 1.0, len(grey), trace, size)
    for image in (grey, 255 - grey):
        if is_normalized(image):
            return Preprocessed(image[None], 1, 1.0, len(grey), trace, size)
    if many and not in_a_row:
        return _search_page(trace, recipe, size)
    return _search(trace, recipe, size, way=way, many=many)


def _search(
    trace: Trace,
    recipe: Recipe,
    size: tuple[int, int],
    *,
    way: Way,
    many: bool,
) -> Preprocessed:
    """Take the main one of the digits that stand side by side, or all of them."""
    from mlpcli.images.parts import find_digits  # noqa: PLC0415  # scipy is slow to load

    choice = _choice(recipe)
    trace += _run_steps(trace[0][1], recipe[:1])
    if way == "exchanged":
        name, ink = trace[-1]
        trace[-1] = (name, 1 - ink)
    trace += _run_steps(trace[-1][1], recipe[1:choice])
    digits = find_digits(trace[-1][1], speck=recipe[choice].settings["speck"])
    if way == "joined" and digits:
        digits = [union(digits)]
    chosen = digits if many else sorted(digits, key=lambda digit: float(digit.ink.sum()))[-1:]
    return _found(trace, recipe, size, digits, [chosen] if chosen else [])


def _search_page(trace: Trace, recipe: Recipe, size: tuple[int, int]) -> Preprocessed:
    """Take all digits, line by line."""
    from mlpcli.images.lighting import shrink  # noqa: PLC0415  # scipy is slow to load
    from mlpcli.images.page_ink import page_steps  # noqa: PLC0415
    from mlpcli.images.pages import find_writing  # noqa: PLC0415

    trace += page_steps(trace[0][1], recipe)
    lines = find_writing(trace[-1][1], speck=recipe[_choice(recipe)].settings["speck"])
    digits = [digit for line in lines for digit in line]
    found = _found(trace, recipe, size, digits, lines)
    return replace(found, trace=[(name, shrink(step, KEPT)) for name, step in found.trace])


def _found(
    trace: Trace,
    recipe: Recipe,
    size: tuple[int, int],
    digits: Sequence[Cutout],
    lines: Sequence[Sequence[Cutout]],
) -> Preprocessed:
    """Make images of the digits in `lines`, some or all of those that were found."""
    _, ink = trace[-1]
    first = lines[0][0].ink if lines else np.zeros_like(ink)
    trace = [
        *trace,
        (CHOICE, lines[0][0].whole(ink.shape) if lines else first),
        *_run_steps(first, recipe[_choice(recipe) + 1 :]),
    ]
    chosen = [digit for line in lines for digit in line]
    images = finish(chosen, recipe) if chosen else _final_images([trace[-1][1]])
    kept = np.zeros_like(ink)
    for digit in digits:
        np.maximum(kept[digit.place], digit.ink, out=kept[digit.place])  # may share a grey edge
    share = float(kept.sum()) / max(float(ink.sum()), 1e-9)
    height = max((digit.height for digit in digits), default=0)
    return Preprocessed(
        images, len(digits), share, height, trace, size, tuple(map(tuple, lines)), ink.shape
    )


def finish(digits: Sequence[Cutout], recipe: Recipe) -> Pixels:
    """Run the steps after the choice of digits on each; (digits, height, width) uint8."""
    after = recipe[_choice(recipe) + 1 :]
    return _final_images([_run_steps(digit.ink, after)[-1][1] for digit in digits])


def _choice(recipe: Recipe) -> int:
    """Return the place of the step at which digits are chosen."""
    return [step.name for step in recipe].index(CHOICE)


def _final_images(pictures: Sequence[Float64]) -> Pixels:
    """Return pictures of the same size as grey levels, (pictures, height, width)."""
    return np.rint(255 * np.stack(pictures)).astype(np.uint8)


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
