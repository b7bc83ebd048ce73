"""Sizes of pages in Parquet files."""

import io
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from mlpcli.datasets.formats.parquet_pages import column_places, size_of_pages, unpacked_size

COUNT = 2000
TEXTS = [f"text {n}" for n in range(COUNT)]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "none", "use_dictionary": False},
        {"compression": "zstd", "data_page_size": 100, "row_group_size": 300},
        {"data_page_version": "2.0", "write_page_checksum": True},
        {"write_statistics": False, "compression": "gzip"},
    ],
)
def test_sizes(options: dict[str, Any]) -> None:
    """What the headers say comes to what the metadata say, which count headers as well."""
    stream = io.BytesIO()
    parquet.write_table(pa.table({"text": TEXTS}), stream, **options)
    metadata = parquet.ParquetFile(stream).metadata
    columns = [metadata.row_group(n).column(0) for n in range(metadata.num_row_groups)]
    starts = [
        column.dictionary_page_offset if column.has_dictionary_page else column.data_page_offset
        for column in columns
    ]
    places = list(column_places(stream))
    assert [
        (start, column.total_compressed_size) for start, column in zip(starts, columns, strict=True)
    ] == places
    unpacked = unpacked_size(stream)
    said = sum(column.total_uncompressed_size for column in columns)
    assert 0.6 * said < unpacked.total < said
    assert 0 < unpacked.largest <= unpacked.total


HEADER = b"\x15\x00\x15\x14\x15\x0a\x2c\x15\x02\x00\x00"  # a page of 10 bytes, packed into 5


def test_by_hand() -> None:
    """Pages are followed from header to header."""
    pages = (HEADER + b"12345") * 3
    assert (30, 10) == tuple(vars(size_of_pages(io.BytesIO(pages), [(0, len(pages))])).values())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a structure is cut short"),
        (HEADER[:6], "a structure is cut short"),
        (HEADER + b"1234", "a page is cut short"),
        (b"\x15\x00\x15\x14\x00", "a page has an invalid size"),
        (b"\x15\x00\x15\x01\x15\x0a\x00", "a page has an invalid size"),
        (b"\x15" + b"\xff" * 12, "a structure has an invalid number"),
        (b"\x1c" * 20, "a structure is nested too deeply"),
        (b"\x25\x14\x05\x04\x14\x00", "a structure has a field twice"),
        (b"\x1e\x00", "a structure has a field of an unknown type"),
        (b"\x19" * 60_000, "a structure is nested too deeply"),
    ],
)
def test_broken_headers(content: bytes, message: str) -> None:
    """A header that is no header is refused."""
    with pytest.raises(ValueError, match=message):
        size_of_pages(io.BytesIO(content), [(0, max(1, len(content)))])
