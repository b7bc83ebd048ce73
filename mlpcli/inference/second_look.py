"""Exchange dark and light in a picture, where only that way it shows a digit.

Whether ink is dark or light is told from the picture as a whole, which a sharp shadow or the dark
lid of a scanner may deceive. What is then found looks like no digit, and the network says so.
"""

from collections.abc import Callable, Sequence

from mlpcli.images import Preprocessed, Recipe, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.inference.committee import Judgement

DOUBTFUL = 0.01
"""The score of no digit above which a picture is looked at again; few digits have more."""

CLEAR = 0.002
"""The score below which the other way is taken; few things that are no digits have less."""

Judge = Callable[[Pixels], Sequence[Judgement]]


def look_again(found: Preprocessed, grey: Pixels, recipe: Recipe, judge: Judge) -> Preprocessed:
    """Return what was found in a picture, or what is found with dark and light exchanged.

    Args:
        found: the picture after its preprocessing.
        grey: the picture, (height, width) uint8.
        recipe: the steps of its preprocessing.
        judge: tells how probable it is that an image shows no digit.
    """
    if not found.searched or _score(found, judge) < DOUBTFUL:
        return found
    other = preprocess(grey, recipe, size=found.size, exchanged=True)
    return other if other.images.any() and _score(other, judge) < CLEAR else found


def _score(found: Preprocessed, judge: Judge) -> float:
    """Return the probability of no digit, 0 if the networks do not know."""
    (judgement,) = judge(found.images)
    return judgement.not_a_digit or 0.0
