"""The ink of a page, at a size at which its digits are large enough, and no larger.

On a picture of one digit the steps of a recipe go by the size of the picture; on a page they have
to go by that of its digits, which a first look at a small copy tells.
"""

from dataclasses import dataclass, replace
from typing import Any

from mlpcli.images.cleaning import THRESHOLD, remove_lines, threshold
from mlpcli.images.lighting import FLATTEN, flatten, shrink
from mlpcli.images.pages import find_usual_height
from mlpcli.images.polarity import page_polarity
from mlpcli.images.recipe import Recipe
from mlpcli.utils.arrays import Float64

Trace = list[tuple[str, Float64]]


@dataclass(frozen=True)
class ScaleSettings:
    """What tunes `page_steps`. Lengths without a unit are multiples of the digits' height.

    Attributes:
        longest: pixels on the longer side of the copy that is looked at first.
        least: height of the digits, in pixels, with which that copy will do.
        wanted: height that they get otherwise, as far as the picture is large enough.
        window: side of the widest window that is to show the paper without its ink.
        paper: standard deviation of the Gaussian that smooths the paper.
        smoothing: the largest of the one that smooths away noise.
        line: thickness of a ruled line at most.
        reach: share of the picture's width or height that a line must fill, where no other ink
            covers it; strokes are shorter than in a picture of one digit.
    """

    longest: int = 640
    least: float = 32
    wanted: float = 44
    window: float = 4.0
    paper: float = 0.05
    smoothing: float = 1 / 60
    line: float = 0.04
    reach: float = 0.5


SCALE = ScaleSettings()


def page_steps(light: Float64, recipe: Recipe, settings: ScaleSettings = SCALE) -> Trace:
    """Return the name of each step up to the search for digits, and the picture after it.

    Args:
        light: (height, width) float64 in [0, 1].
        recipe: whose settings hold where the digits' height gives no others.
        settings: how large the digits should be, and so on.
    """
    small = shrink(light, settings.longest)
    trace = _steps(small, recipe, settings, None)
    share = max(small.shape) / max(light.shape)
    height = find_usual_height(trace[-1][1])
    if share == 1 or not 0 < height < settings.least:
        return trace
    wanted = min(share * settings.wanted / height, 1.0)
    larger = shrink(light, round(max(light.shape) * wanted))
    return _steps(larger, recipe, settings, height * max(larger.shape) / max(small.shape))


def _steps(light: Float64, recipe: Recipe, settings: ScaleSettings, height: float | None) -> Trace:
    """Run the steps, for digits of some height in pixels if it is known."""
    given: dict[str, dict[str, Any]] = {step.name: dict(step.settings) for step in recipe}
    given["remove_lines"]["reach"] = min(given["remove_lines"]["reach"], settings.reach)
    flattening, denoising = FLATTEN, THRESHOLD
    if height is not None:
        longer = max(light.shape)
        window = min(given["flatten"]["window"], settings.window * height / longer)
        given["flatten"]["window"] = window
        given["remove_lines"]["thickness"] = settings.line * height / longer
        smoothing = longer / (settings.paper * height)
        flattening = replace(FLATTEN, smoothing=smoothing, longest=settings.longest)
        denoising = replace(THRESHOLD, most_smoothing=settings.smoothing * height)
    ink = page_polarity(light)
    flat = flatten(ink, settings=flattening, **given["flatten"])
    kept = threshold(flat, settings=denoising, **given["threshold"])
    clean = remove_lines(kept, **given["remove_lines"])
    return list(zip(given, (ink, flat, kept, clean), strict=False))
