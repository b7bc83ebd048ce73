"""Networks that are used together, because one place stands for all of them."""

from __future__ import annotations

from collections.abc import Sequence
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


def common_temperature(groups: Sequence[Group | None]) -> float:
    """Return the temperature of the mean of networks: that of their group, if they are all of it.

    Args:
        groups: of each network.

    Returns:
        1 for networks that are not one whole group, as the temperature was fitted to its mean.
    """
    first = groups[0] if groups else None
    whole = first is not None and len(groups) == first.count and {*groups} == {first}
    return first.temperature if first is not None and whole else 1.0
