"""How well pages of several lines are read: their text, and where its digits are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from benchmarks.hard_pictures.common import Options, read_each
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.reading import Reading
from tests.pictures import PAGES, Page, draw_page

Floats = NDArray[np.float64]

COVERED = 0.5  # of two boxes' union that both must share to be the same


@dataclass(frozen=True)
class ReadPage:
    """What became of one page.

    Attributes:
        name: of its file.
        kind: of page.
        text: what it says, with line ends.
        read: what was read; empty if the page was refused.
        errors: characters to insert, delete or replace to get from one to the other.
        found: how many of its digits have a box where one was read.
        boxes: how many digits it has.
    """

    name: str
    kind: str
    text: str
    read: str
    errors: int
    found: int
    boxes: int

    @property
    def right(self) -> bool:
        """Whether all of the text was read."""
        return self.read == self.text

    @property
    def mistake(self) -> str:
        """What it was read as, a stroke for each line end."""
        says, read = (text.replace("\n", "/") for text in (self.text, self.read))
        return f"{self.name}: {says} read as {read or 'nothing'}"

    @property
    def right_lines(self) -> bool:
        """Whether as many lines were read as there are."""
        return self.read.count("\n") == self.text.count("\n")


def read_pages(classifier: Classifier, options: Options) -> list[ReadPage]:
    """Draw and read all pages."""
    counts = {name: kind.count for name, kind in PAGES.items()}
    each = read_each(classifier, options, draw_page, counts, many=True)
    return [_compare(page, reading) for page, reading in each]


def _compare(page: Page, reading: Reading | None) -> ReadPage:
    read = reading.text if reading else ""
    return ReadPage(
        name=page.name,
        kind=page.kind,
        text=page.text,
        read=read,
        errors=distance(page.text, read),
        found=_found(page, reading),
        boxes=len(page.boxes),
    )


def _found(page: Page, reading: Reading | None) -> int:
    """Count the digits where one was read."""
    predictions = reading.predictions if reading else ()
    boxes = [box for one in predictions if (box := one.box)]
    read = np.array([(box.x, box.y, box.width, box.height) for box in boxes]).reshape(-1, 4)
    if not len(read):
        return 0
    return sum(bool((shared(np.array(box), read) >= COVERED).any()) for box in page.boxes)


def shared(box: Floats, others: Floats) -> Floats:
    """Return the share of their union that a box shares with others.

    Args:
        box: (4,) x, y, width and height.
        others: (boxes, 4), the same of each.

    Returns:
        (boxes,) in [0, 1].
    """
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    both = (high - low).clip(0).prod(axis=1)
    share: Floats = both / (box[2:].prod() + others[:, 2:].prod(axis=1) - both)
    return share


def distance(one: str, other: str) -> int:
    """Return how many characters to insert, delete or replace to get from one text to another.

    Levenshtein, Binary codes capable of correcting deletions, insertions and reversals, 1966.
    """
    row = list(range(len(other) + 1))
    for count, character in enumerate(one, 1):
        before, row = row, [count]
        for place, candidate in enumerate(other):
            replaced = before[place] + (character != candidate)
            row.append(min(replaced, before[place + 1] + 1, row[place] + 1))
    return row[-1]


def table_of_pages(pages: Sequence[ReadPage]) -> Iterator[str]:
    """Yield the lines of the table."""
    heads = "".join(f"{name:>12}" for name in ("exact %", "CER %", "lines %", "boxes %"))
    yield f"{'kind':<26}{'pages':>9}{heads}"
    for kind, group in groupby(pages, lambda page: page.kind):
        yield _line(kind, list(group))
    yield _line("all pages", pages)


def _line(name: str, pages: Sequence[ReadPage]) -> str:
    shares = (
        np.mean([page.right for page in pages]),
        sum(page.errors for page in pages) / sum(len(page.text) for page in pages),
        np.mean([page.right_lines for page in pages]),
        sum(page.found for page in pages) / sum(page.boxes for page in pages),
    )
    return f"{name:<26}{len(pages):>9}" + "".join(f"{100 * share:>12.1f}" for share in shares)
