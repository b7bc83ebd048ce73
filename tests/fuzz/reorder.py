"""A change that files of parts have in common, whatever the parts are."""

from random import Random
from typing import Any


def reorder(parts: list[Any], at: int, random: Random, _blind: object) -> None:
    """Leave out, double or move a part."""
    part = parts.pop(at)
    for _ in range(random.randrange(3)):
        parts.insert(random.randint(0, len(parts)), part)
