"""How well drawings that are no digits are told from digits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from benchmarks.hard_pictures.common import Options, auroc, codes, read_each, score
from benchmarks.hard_pictures.digits import ReadDigit
from mlpcli.inference.classifier import Classifier
from tests.pictures import NON_DIGITS, draw_non_digit
from tests.pictures.nondigits import COUNT


@dataclass(frozen=True)
class ReadNonDigit:
    """What became of one drawing that is no digit.

    Attributes:
        name: of its file.
        kind: what it shows.
        read: the digit that was read; None if the picture was refused.
        score: how sure it is that it is no digit, in [0, 1].
        warnings: the codes.
    """

    name: str
    kind: str
    read: int | None
    score: float
    warnings: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether it was said to be no digit."""
        return "not-a-digit" in self.warnings

    @property
    def mistake(self) -> str:
        """What it was read as."""
        read = "nothing" if self.read is None else self.read
        return f"{self.name}: read as {read} without a warning that it is no digit"


def read_non_digits(classifier: Classifier, options: Options) -> list[ReadNonDigit]:
    """Draw and read all drawings that are no digits."""
    counts = dict.fromkeys(NON_DIGITS, COUNT)
    return [
        ReadNonDigit(
            name=drawing.name,
            kind=drawing.kind,
            read=reading.label if reading else None,
            score=score(reading),
            warnings=codes(reading),
        )
        for drawing, reading in read_each(classifier, options, draw_non_digit, counts)
    ]


def table_of_non_digits(
    drawings: Sequence[ReadNonDigit], digits: Sequence[ReadDigit]
) -> Iterator[str]:
    """Yield the lines of the table, and how well the score tells both apart."""
    heads = "".join(f"{name:>12}" for name in ("warned %", "any warning", "AUROC %"))
    yield f"{'kind':<26}{'pictures':>9}{heads}"
    scores = [digit.score for digit in digits]
    for kind, group in groupby(drawings, lambda drawing: drawing.kind):
        yield _line(kind, list(group), scores)
    yield _line("all non-digits", drawings, scores)
    warned = np.mean(["not-a-digit" in digit.warnings for digit in digits])
    warned_at_all = np.mean([bool(digit.warnings) for digit in digits])
    shares = "".join(f"{100 * share:>12.1f}" for share in (warned, warned_at_all))
    yield f"{'all digits':<26}{len(digits):>9}{shares}"


def _line(name: str, drawings: Sequence[ReadNonDigit], of_digits: Sequence[float]) -> str:
    shares = (
        np.mean([drawing.right for drawing in drawings]),
        np.mean([bool(drawing.warnings) for drawing in drawings]),
        auroc((drawing.score for drawing in drawings), of_digits),
    )
    return f"{name:<26}{len(drawings):>9}" + "".join(f"{100 * share:>12.1f}" for share in shares)
