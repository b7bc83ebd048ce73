"""Labels that a file gives as text, one by one, within limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import MAX_CLASSES
from mlpcli.errors import DataError
from mlpcli.utils.archives import MAX_TEXT


@dataclass
class TextLabels:
    """Collects labels, of which most are the same few texts.

    Attributes:
        path: the file that they come from.
        texts: all labels.
        known: each of the different ones.
        longest: letters of the longest.
    """

    path: Path
    texts: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    longest: int = 1

    def add(self, texts: Sequence[str]) -> None:
        """Add the next labels.

        Raises:
            DataError: there are too many classes, or too many letters in all.
        """
        self.texts += [self.known.setdefault(text, text) for text in texts]
        self.longest = max(self.longest, max(map(len, texts), default=0))
        if len(self.known) > MAX_CLASSES:
            raise DataError(
                f"{self.path}: labels must be of at most {MAX_CLASSES} classes, got more"
            )
        if 4 * self.longest * len(self.texts) > MAX_TEXT:  # as NumPy stores them
            raise DataError(
                f"{self.path}: labels must have at most {MAX_TEXT // 4} letters in all, got more"
            )

    @property
    def array(self) -> NDArray[np.str_]:
        """All labels, (count,)."""
        return np.array(self.texts, dtype=np.str_)
