"""Reasons to doubt an answer, each with the code that stands in the JSON.

A network answers whatever it is shown. These say when the picture held no digit, or several, or
nothing like what the network has learnt, so that nobody takes a guess for a reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlpcli.images import Preprocessed
from mlpcli.utils.arrays import Array

SMALL = 8  # pixels: a digit that is less high shows too little
SCATTERED = 0.4  # share of the ink that is the digit's; with less, there is more beside it
BLOT = 0.31  # mean ink of an image; of MNIST one in a thousand is over 0.29, the blackest 0.40
LOW = 0.5  # probability of the likeliest class
MARGIN = 0.3  # by which it is likelier than the second


@dataclass(frozen=True)
class PictureWarning:
    """One reason.

    Attributes:
        code: blank, several-digits, not-a-digit, small-picture, low-confidence or small-margin.
        text: the same for people.
    """

    code: str
    text: str


BLANK = PictureWarning("blank", "no ink found")


def warn_of_picture(prepared: Preprocessed, *, many: bool) -> list[PictureWarning]:
    """Return what is doubtful about a picture, whatever the network says.

    Args:
        prepared: what became of it.
        many: whether each of several digits is answered.
    """
    if not prepared.searched:
        return []
    if not prepared.images.any():
        return [BLANK]
    warnings = []
    if prepared.digits > 1 and not many:
        text = f"{prepared.digits} digits seen, the largest is read; --many reads each"
        warnings.append(PictureWarning("several-digits", text))
    ink = prepared.images.mean(axis=(1, 2)).max() / 255
    if prepared.ink < SCATTERED or ink > BLOT:
        what = "ink is scattered all over" if prepared.ink < SCATTERED else "one large blot"
        warnings.append(PictureWarning("not-a-digit", f"nothing like a digit, {what}"))
    if prepared.height < SMALL:
        text = f"the digit is {prepared.height} pixels high, {SMALL} or more are read better"
        warnings.append(PictureWarning("small-picture", text))
    return warnings


def warn_of_prediction(probabilities: Array, classes: Sequence[str]) -> list[PictureWarning]:
    """Return what is doubtful about an answer.

    Args:
        probabilities: (classes,) of sum 1.
        classes: the name of each.
    """
    first, second = np.argsort(-probabilities, kind="stable")[:2]  # of equal ones, the first leads
    best = float(probabilities[first])
    if best < LOW:
        text = f"{classes[first]} has {100 * best:.0f} % only"
        return [PictureWarning("low-confidence", text)]
    if best - float(probabilities[second]) < MARGIN:
        text = f"{classes[second]} is nearly as likely as {classes[first]}"
        return [PictureWarning("small-margin", text)]
    return []
