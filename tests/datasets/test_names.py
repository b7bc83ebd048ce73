"""The names of pictures, as one array of bytes."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlpcli.datasets import Dataset, Split
from mlpcli.datasets.dataset import joined
from mlpcli.datasets.names import LONGEST, Names

ANY_NAME = st.text(
    st.characters(exclude_characters="\0", exclude_categories=[]),  # also halves of surrogates
    max_size=9,
)


@given(st.lists(ANY_NAME, max_size=9), st.slices(9))
def test_as_a_list(names: list[str], rows: slice) -> None:
    """Names have the length, elements and slices of the list that they were made of."""
    kept = Names.of(names)
    assert names == list(kept)
    assert names[rows] == list(kept[rows])
    assert names[-1:] == [kept[-1]] if names else not kept
    assert names[rows] == list(Names.read(kept[rows].content, len(names[rows])))
    with pytest.raises(IndexError):
        kept[len(names)]


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 1),
        (b"a\0", 0),
        (b"a\0b\0", 1),
        (b"a\0b", 1),
        (b"a\0b", 2),
        (b"\xff\0", 1),
        (b"\xc3\0\xa4\0", 2),
        (b"a" * LONGEST + b"\0", 1),
    ],
)
def test_what_are_no_names(content: bytes, count: int) -> None:
    """Bytes that are not text, too long or of another number of names are refused."""
    with pytest.raises(ValueError, match=r"name|codec"):
        Names.read(np.frombuffer(content, dtype=np.uint8), count)


def test_nul_in_a_name() -> None:
    """A name that holds NUL would be two, and is refused."""
    with pytest.raises(ValueError, match="not 2, each followed by NUL"):
        Names.of(["a\0b", "c"])


def test_memory() -> None:
    """A hundred thousand names of 20 letters take less than 3 MB."""
    names = Names.of(f"class/{index:010}.png" for index in range(100_000))
    arrays: list[NDArray[np.generic]] = [names.content, names._bounds]
    assert sum(array.nbytes for array in arrays) + sys.getsizeof(names) < 3_000_000
    assert "class/0000099999.png" == names[-1]


def test_slices_and_choices_keep_names(glyphs: Dataset) -> None:
    """Part of a split, and splits joined, have the names of their images."""
    split = Split(glyphs.test.images[:4], glyphs.test.labels[:4], names=Names.of("abcd"))
    assert ["b", "c"] == list(split[1:3].names or ())
    assert ["d", "a"] == list(split.taken(np.array([3, 0])).names or ())
    assert ["a", "d"] == list(split.taken(np.array([True, False, False, True])).names or ())
    assert ["a", "a", "b"] == list(joined([split[:1], split[:2]]).names or ())
    assert None is joined([split, glyphs.test]).names
    assert ("c", None) == (split.name_of(2), glyphs.test.name_of(2))


def test_data_without_names(glyphs: Dataset) -> None:
    """Images of an archive have no names."""
    assert None is glyphs.split("all").names
