"""Warnings about pictures and predictions, each with its code in the JSON.

A network predicts a class for any picture. A warning says that the picture seems to hold no digit,
several digits or something else, or that the prediction is uncertain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlpcli.images import Preprocessed
from mlpcli.utils.arrays import Array

SMALL = 8  # pixels; a digit that is less high shows too little
SCATTERED = 0.4  # share of the ink that belongs to the digit; with less, most ink is elsewhere
BLOT = 0.31  # mean ink of an image; of MNIST's one in a thousand is over 0.29, the blackest is 0.40
LOW = 0.5  # probability of the likeliest class
MARGIN = 0.3  # by which it is likelier than the second


@dataclass(frozen=True)
class PictureWarning:
    """One warning.

    Attributes:
        code: blank, several-digits, not-a-digit, small-picture, low-confidence or small-margin.
        text: the message.
    """

    code: str
    text: str


BLANK = PictureWarning("blank", "no ink found")


def warn_of_picture(preprocessed: Preprocessed, *, many: bool) -> list[PictureWarning]:
    """Return the warnings about a picture, which do not depend on the prediction.

    Args:
        preprocessed: the picture after its preprocessing.
        many: whether each of several digits is read.
    """
    if not preprocessed.searched:
        return []
    if not preprocessed.images.any():
        return [BLANK]
    warnings = []
    if preprocessed.digits > 1 and not many:
        text = f"{preprocessed.digits} digits seen, the largest is read; --many reads each"
        warnings.append(PictureWarning("several-digits", text))
    ink = preprocessed.images.mean(axis=(1, 2)).max() / 255
    if preprocessed.ink < SCATTERED or ink > BLOT:
        what = "ink is scattered all over" if preprocessed.ink < SCATTERED else "one large blot"
        warnings.append(PictureWarning("not-a-digit", f"does not look like a digit, {what}"))
    if preprocessed.height < SMALL:
        text = f"the digit is only {preprocessed.height} pixels high, {SMALL} or more are better"
        warnings.append(PictureWarning("small-picture", text))
    return warnings


def warn_of_prediction(
    probabilities: Array, classes: Sequence[str], *, outlier: bool = False
) -> list[PictureWarning]:
    """Return the warnings about a prediction.

    Args:
        probabilities: (classes,) of sum 1.
        classes: the name of each.
        outlier: whether the image seems to belong to none of them.
    """
    if outlier:
        what = "a digit" if "".join(classes) == "0123456789" else "one of the classes"
        text = f"does not look like {what}"
        return [PictureWarning("not-a-digit", text)]
    if len(classes) < 2:
        return []
    first, second = np.argsort(-probabilities, kind="stable")[:2]  # of equal ones the first counts
    best = float(probabilities[first])
    if best < LOW:
        text = f"{classes[first]} has only {100 * best:.0f} %"
        return [PictureWarning("low-confidence", text)]
    if best - float(probabilities[second]) < MARGIN:
        text = f"{classes[second]} is nearly as likely as {classes[first]}"
        return [PictureWarning("small-margin", text)]
    return []
