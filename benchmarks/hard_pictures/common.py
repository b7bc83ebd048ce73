"""What the three parts share: reading one picture after the other, and shares in per cent."""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from tqdm import tqdm

from mlpcli.errors import ImageError
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.reading import Reading

PARTS = ("digits", "pages", "non-digits")


class Drawn(Protocol):
    """A file that was drawn."""

    @property
    def kind(self) -> str:
        """What it shows, or what is hard about it."""

    @property
    def name(self) -> str:
        """Of the file."""

    @property
    def content(self) -> bytes:
        """Of the file."""


Picture = TypeVar("Picture", bound=Drawn)


@dataclass(frozen=True)
class Options:
    """What is drawn and read.

    Attributes:
        parts: some of PARTS.
        seed: of the pictures.
        every: takes every so manieth picture of a kind.
        folder: to write the pictures to as well.
    """

    parts: Sequence[str] = PARTS
    seed: int = 0
    every: int = 1
    folder: Path | None = None


def read_each(
    classifier: Classifier,
    options: Options,
    draw: Callable[[str, int, int], Picture],
    counts: dict[str, int],
    *,
    many: bool = False,
) -> Iterator[tuple[Picture, Reading | None]]:
    """Draw and read pictures as `mlp predict` does, with a progress bar on stderr.

    Args:
        classifier: what reads.
        options: which pictures are drawn.
        draw: draws a picture of a kind, a number and a seed.
        counts: how many there are of each kind.
        many: whether each of several digits is read.

    Yields:
        A picture and its reading, or None where it is refused.
    """
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    chosen = [(kind, n) for kind, count in counts.items() for n in range(0, count, options.every)]
    for kind, number in tqdm(chosen, leave=False, unit=" pictures"):
        picture = draw(kind, number, options.seed)
        if options.folder:
            (options.folder / picture.name).write_bytes(picture.content)
        source = picture.name, io.BytesIO(picture.content)
        (reading,) = classifier.read([source], many=many)
        yield picture, None if isinstance(reading, ImageError) else reading


def codes(reading: Reading | None) -> tuple[str, ...]:
    """Return the codes of a reading's warnings, each once."""
    warnings = reading.warnings if reading else ()
    return tuple(dict.fromkeys(warning.code for warning in warnings))


def score(reading: Reading | None) -> float:
    """Return how sure it is that the picture shows no digit, in [0, 1].

    A network that learnt of digits alone says nothing of that; the less probable its digit, the
    less it looks like one.
    """
    if reading is None or reading.predictions[0].blank:
        return 1.0
    no_digit = reading.predictions[0].not_a_digit
    return 1 - reading.probability if no_digit is None else no_digit


def auroc(positives: Iterable[float], negatives: Iterable[float]) -> float:
    """Return the area under the curve of true over false positives.

    It is how often a positive has a higher score than a negative, ties counted half (Hanley and
    McNeil, The meaning and use of the area under a ROC curve, 1982).

    Args:
        positives: scores of those that ought to have high ones, at least one.
        negatives: scores of the others, at least one.
    """
    ordered = np.sort(np.fromiter(negatives, dtype=np.float64))
    scores = np.fromiter(positives, dtype=np.float64)
    below = np.searchsorted(ordered, scores, side="left")
    not_above = np.searchsorted(ordered, scores, side="right")
    return float((below + not_above).mean() / 2 / len(ordered))
