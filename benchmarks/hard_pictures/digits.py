"""How well single digits are read, beside what scripts that do less make of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from benchmarks.hard_pictures.common import Options, codes, read_each, score
from benchmarks.hard_pictures.scripts import dark_border, plain_grey, recipe, resized
from mlpcli.inference.classifier import Classifier
from tests.pictures import FORMS, KINDS, HardPicture, draw_picture

COLUMNS = ("ours", "resized", "inverted", "recipe")


@dataclass(frozen=True)
class ReadDigit:
    """What became of one picture of a digit.

    Attributes:
        name: of its file.
        kind: of picture.
        label: the digit.
        read: the digit that was read; None if the picture was refused.
        probability: of that digit.
        score: how sure it is that it is no digit, in [0, 1].
        warnings: the codes.
        scripts: the digit read by each of the scripts, or none where they were not asked.
    """

    name: str
    kind: str
    label: int
    read: int | None
    probability: float
    score: float
    warnings: tuple[str, ...]
    scripts: tuple[int, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the digit was read."""
        return self.read == self.label

    @property
    def mistake(self) -> str:
        """What it was read as."""
        return f"{self.name}: read as {'nothing' if self.read is None else self.read}"


def read_digits(classifier: Classifier, options: Options, *, scripts: bool) -> list[ReadDigit]:
    """Draw and read all single digits, and what the scripts make of them if asked for."""
    counts = {name: kind.count for name, kind in (KINDS | FORMS).items()}
    return [
        ReadDigit(
            name=picture.name,
            kind=picture.kind,
            label=picture.label,
            read=reading.label if reading else None,
            probability=reading.probability if reading else 0.0,
            score=score(reading),
            warnings=codes(reading),
            scripts=_by_scripts(classifier, picture) if scripts else (),
        )
        for picture, reading in read_each(classifier, options, draw_picture, counts)
    ]


def _by_scripts(classifier: Classifier, picture: HardPicture) -> tuple[int, ...]:
    """Return what is read of what each script makes of a picture."""
    grey = plain_grey(picture.content)
    images = np.stack([resized(grey), resized(dark_border(grey)), recipe(dark_border(grey))])
    return tuple(classifier.log_probabilities(images).argmax(axis=1).tolist())


def table_of_digits(digits: Sequence[ReadDigit]) -> Iterator[str]:
    """Yield the lines of the table: kinds of pictures, then forms of digits."""
    heads = "".join(f"{name + ' %':>12}" for name in (*COLUMNS, "warned"))
    yield f"{'kind':<26}{'pictures':>9}{heads}"
    for kinds, name in ((KINDS, "all pictures"), (FORMS, "all forms")):
        of_kinds = [digit for digit in digits if digit.kind in kinds]
        for kind, group in groupby(of_kinds, lambda of: of.kind):
            yield _line(kind, list(group))
        if of_kinds:
            yield _line(name, of_kinds)


def _line(name: str, digits: Sequence[ReadDigit]) -> str:
    right = [[of.right, *(read == of.label for read in of.scripts)] for of in digits]
    shares = [*np.mean(right, axis=0), np.mean(["not-a-digit" in of.warnings for of in digits])]
    return f"{name:<26}{len(digits):>9}" + "".join(f"{100 * share:>12.1f}" for share in shares)
