"""The names of many pictures, in little memory.

A million names as strings of their own would take 100 MB. Here they are one array of bytes, each
name followed by the character NUL, which none of them holds. The cache stores the array as it is.
"""

from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

LONGEST = 1 << 15  # bytes of a name; a path of 4096 bytes that are no text takes thrice as many
_ENCODING = ("utf-8", "surrogatepass")  # also for names that are no text


class Names(Sequence[str]):
    """Names by index; a slice shares the bytes.

    Args:
        content: uint8, the names in UTF-8, each followed by NUL.
        bounds: (count + 1,) int64, where each begins in the content, and where the last one ends.
    """

    def __init__(self, content: NDArray[np.uint8], bounds: NDArray[np.int64]) -> None:
        self._content, self._bounds = content, bounds

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Return names that are given as text.

        Raises:
            ValueError: one holds the character NUL, or is too long.
        """
        encoded = [name.encode(*_ENCODING) for name in names]
        content = b"".join(name + b"\0" for name in encoded)
        return cls.read(np.frombuffer(content, dtype=np.uint8), len(encoded))

    @classmethod
    def read(cls, content: NDArray[np.uint8], count: int) -> "Names":
        """Return the names that bytes from a file hold.

        Raises:
            ValueError: they are not text, too long, or not as many as `count`.
        """
        ends = np.flatnonzero(content == 0)
        bounds = np.concatenate([[0], ends + 1])
        if len(ends) != count or bounds[-1] != len(content):
            raise ValueError(f"the names are not {count}, each followed by NUL")
        if np.diff(bounds).max(initial=0) > LONGEST:
            raise ValueError(f"a name has more than {LONGEST} bytes")
        str(content.data, *_ENCODING)  # UnicodeDecodeError is a ValueError
        return cls(content, bounds)

    @property
    def content(self) -> NDArray[np.uint8]:
        """All names in UTF-8, each followed by NUL."""
        return self._content[self._bounds[0] : self._bounds[-1]]

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Names": ...
    def __getitem__(self, index: int | slice) -> "str | Names":
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                return Names.of(self[each] for each in range(start, stop, step))
            return Names(self._content, self._bounds[start : max(start, stop) + 1])
        place = range(len(self))[index]  # counts negative ones from the end
        first, last = self._bounds[place : place + 2].tolist()
        return str(self._content[first : last - 1].data, *_ENCODING)
