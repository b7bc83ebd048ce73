"""What was read of all pictures: tables, mistakes, and a file that other runs are compared with."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

from benchmarks.hard_pictures.common import PARTS, Options
from benchmarks.hard_pictures.digits import ReadDigit, read_digits, table_of_digits
from benchmarks.hard_pictures.nondigits import ReadNonDigit, read_non_digits, table_of_non_digits
from benchmarks.hard_pictures.pages import ReadPage, read_pages, table_of_pages
from mlpcli.inference.classifier import Classifier


@dataclass(frozen=True)
class Results:
    """What became of each picture; nothing of the parts that were not asked for."""

    digits: list[ReadDigit] = field(default_factory=list)
    pages: list[ReadPage] = field(default_factory=list)
    non_digits: list[ReadNonDigit] = field(default_factory=list)

    @property
    def by_part(self) -> dict[str, Sequence[ReadDigit | ReadPage | ReadNonDigit]]:
        """Each part under its name."""
        return dict(zip(PARTS, (self.digits, self.pages, self.non_digits), strict=True))


def read_all(classifier: Classifier, options: Options) -> Results:
    """Draw and read pictures; drawings that are no digits are compared with all single digits."""
    digits, pages, non_digits = (part in options.parts for part in PARTS)
    return Results(
        read_digits(classifier, options, scripts=digits) if digits or non_digits else [],
        read_pages(classifier, options) if pages else [],
        read_non_digits(classifier, options) if non_digits else [],
    )


def tables(results: Results, parts: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the tables of some parts."""
    if "digits" in parts:
        yield from table_of_digits(results.digits)
    if "pages" in parts:
        yield from table_of_pages(results.pages)
    if "non-digits" in parts:
        yield from table_of_non_digits(results.non_digits, results.digits)


def keep(path: Path, results: Results, **run: Any) -> None:
    """Write what became of each picture, and what is known of the run, as JSON."""
    parts = {
        part: [asdict(read) | {"right": read.right} for read in of_part]
        for part, of_part in results.by_part.items()
    }
    path.write_text(json.dumps(run | parts, indent=1) + "\n", encoding="utf-8")


def compare(results: Results, seed: int, path: Path) -> Iterator[str]:
    """Yield how many pictures are read otherwise than in a kept run, and name those read worse.

    Raises:
        ClickException: the other run read other pictures.
    """
    other = json.loads(path.read_text(encoding="utf-8"))
    if other["seed"] != seed:
        raise click.ClickException(f"{path}: must be of seed {seed}, got {other['seed']}")
    for part, of_part in results.by_part.items():
        before = {read["name"]: read["right"] for read in other[part]}
        both = [read for read in of_part if read.name in before]
        better = sum(read.right and not before[read.name] for read in both)
        worse = [read for read in both if before[read.name] and not read.right]
        if both:
            yield f"{part}: {better} better and {len(worse)} worse of {len(both)} than in {path}"
        yield from (read.mistake for read in worse)
