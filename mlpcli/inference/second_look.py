"""Look at a picture in other ways, where the usual one does not clearly show a digit.

Whether ink is dark or light is told from the picture as a whole, which a sharp shadow or the dark
lid of a scanner may deceive; and the strokes of one digit may be so far apart that they are taken
for several. What is then found looks like no digit, and the network says so.
"""

from collections.abc import Callable, Sequence

from mlpcli.images import Preprocessed, Recipe, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.images.preprocessing import Way
from mlpcli.inference.committee import Judgement

DOUBTFUL = 0.95
"""The probability of a digit below which a picture is looked at again; few digits have less."""

CLEAR = 0.999
"""The probability above which another way is taken; few things that are no digits have more."""

Judge = Callable[[Pixels], Sequence[Judgement]]


def look_again(found: Preprocessed, grey: Pixels, recipe: Recipe, judge: Judge) -> Preprocessed:
    """Return what was found in a picture, or what is found in another way if that is a digit.

    Networks that were trained without outliers are sure of anything, and not asked.

    Args:
        found: the picture after its preprocessing.
        grey: the picture, (height, width) uint8.
        recipe: the steps of its preprocessing.
        judge: tells how probable it is that an image shows a digit.
    """
    if not found.searched or _probability(found, judge, otherwise=1.0) >= DOUBTFUL:
        return found
    ways: list[Way] = ["exchanged", "joined"] if found.digits > 1 else ["exchanged"]
    for way in ways:
        other = preprocess(grey, recipe, size=found.size, way=way)
        if _probability(other, judge, otherwise=0.0) > CLEAR:
            return other
    return found


def _probability(found: Preprocessed, judge: Judge, *, otherwise: float) -> float:
    """Return the probability of the likeliest digit.

    Args:
        found: a picture after its preprocessing.
        judge: tells how probable it is that an image shows a digit.
        otherwise: what to return if there is no ink, or the network knows no outliers.
    """
    (judgement,) = judge(found.images)
    known = judgement.not_a_digit is not None and found.images.any()
    return judgement.sureness if known else otherwise
