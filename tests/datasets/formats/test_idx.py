"""IDX files."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlpcli.datasets.formats.idx import read_idx
from mlpcli.errors import DataError
from tests.support.formats import idx_bytes


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6)), st.booleans())
def test_idx_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    array: np.ndarray,
    compress: bool,
) -> None:
    """An array written as IDX reads back, plain and compressed."""
    path = tmp_path_factory.mktemp("idx") / "images"
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if compress else content)
    np.testing.assert_array_equal(array, read_idx(path, 3))


GOOD = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"hello world", "an IDX file begins with two zero bytes, got b'hell'"),
        (b"\0\0\x0d\x03" + GOOD[4:], r"must be unsigned bytes \(type 0x08\), got 0x0d"),
        (b"\0\0\x08\x01" + GOOD[4:], "must have 3 dimensions, got 1"),
        (GOOD[:10], "cut short within its header"),
        (GOOD[:-1], "cut short, got 23 of 24 values"),
        (GOOD + b"x", "must end after its 24 values, got more"),
        (
            struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 4),
            "must hold 1 to 2147483648 values, got a header for 1844",
        ),
        (
            struct.pack(">HBB3I", 0, 8, 3, 0, 28, 28),
            "must hold 1 to 2147483648 values, got a header for 0",
        ),
        (gzip.compress(GOOD, mtime=0)[:-12], "the gzip file is cut short"),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"\0" * 8, "the gzip file is damaged"),
        (b"\x1f\x8b\x09" + b"x" * 40, "the gzip file is damaged"),
    ],
)
def test_bad_idx(tmp_path: Path, content: bytes, message: str) -> None:
    """A damaged IDX file gives one line with its name and what was found."""
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{path}: .*{message}") as caught:
        read_idx(path, 3)
    assert "\n" not in str(caught.value)
