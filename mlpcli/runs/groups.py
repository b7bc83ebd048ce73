"""Networks that are used together, because one place stands for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Group:
    """Networks whose probabilities are averaged.

    Attributes:
        place: the folder, or the file of several networks, that stands for them.
        count: how many they are.
        temperature: of their mean, see `mlpcli.inference.committee`; 1 leaves it as it is.
    """

    place: Path
    count: int
    temperature: float = 1.0
