"""Find the digits of a page in the way that the networks are surer of."""

from __future__ import annotations

from math import log

import numpy as np

from mlpcli.images import Preprocessed, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.images.recipe import Recipe
from mlpcli.inference.dividing import Judge, divide, log_chances

FEW = 6  # digits; on a page of so few, broken strokes are easily taken for more
DOUBTFUL = log(0.9)
"""Mean logarithm of a digit's probability below which noise may have been taken for a page."""
LONGEST = 640  # pixels on the longer side of a picture that is searched for a single row


def find_page(grey: Pixels, recipe: Recipe, judge: Judge, size: tuple[int, int]) -> Preprocessed:
    """Return all digits of a picture, line by line, those apart that touch.

    Where there are few, or hardly any that looks like a digit, the picture is also searched as one
    of a single digit is, whose parts may lie far apart; if the networks are surer of fewer digits,
    those are taken.

    Args:
        grey: (any height, any width) uint8.
        recipe: the steps of its preprocessing.
        judge: tells how probable it is that an image shows a digit.
        size: height and width of the picture before it was averaged down to `grey`.
    """
    page = divide(preprocess(grey, recipe, many=True, size=size), recipe, judge)
    if not page.searched:
        return page
    chance = _mean_chance(page, judge)
    if page.digits > FEW and chance > DOUBTFUL:
        return page
    row = preprocess(_small(grey), recipe, many=True, size=size, in_a_row=True)
    if not row.digits or 0 < page.digits <= row.digits:
        return page
    return row if not page.digits or _mean_chance(row, judge) >= chance else page


def _mean_chance(found: Preprocessed, judge: Judge) -> float:
    return float(np.mean(log_chances(judge(found.images))))


def _small(grey: Pixels) -> Pixels:
    """Average a picture down as one of a single digit is."""
    from mlpcli.images.lighting import shrink  # noqa: PLC0415  # scipy is slow to load

    if max(grey.shape) <= LONGEST:
        return grey
    return np.rint(255 * shrink(grey / 255, LONGEST)).astype(np.uint8)
