"""Small files that unpack to a great deal, all within what the program says it reads."""

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pyarrow as pa
from PIL import Image
from pyarrow.parquet import write_table

from mlpcli.datasets.formats.idx import idx_header
from mlpcli.runs.safetensors import MAX_HEADER, MAX_NETWORKS
from tests.fuzz import inside_npz
from tests.fuzz.inside_png import join_chunks
from tests.fuzz.inside_safetensors import (
    nested,
    of_many_arrays,
    of_many_networks,
    with_field,
    with_text,
)
from tests.fuzz.seeds import seeds
from tests.support.photos import heic

WIDTH, HEIGHT = 8000, 7999  # nearly as many pixels as a picture may have
COUNT = 300_000


def png(bits: int, colour: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return a black picture, packed as well as can be."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + (width * bits * samples + 7) // 8  # bytes
    packed = zlib.compress(bytes(row * height), 9)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    palette = [(b"PLTE", bytes(768))] * (colour == 3)
    return join_chunks([(b"IHDR", header), *palette, (b"IDAT", packed), (b"IEND", b"")])


def picture(mode: str, kind: str, **options: Any) -> bytes:
    """Return a black picture in some other file format."""
    stream = io.BytesIO()
    Image.new(mode, (WIDTH, HEIGHT)).save(stream, kind, **options)
    return stream.getvalue()


def avif(mode: str, size: tuple[int, int]) -> bytes:
    """Return a black picture whose colours are stored for each pixel."""
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, "AVIF", subsampling="4:4:4", speed=10)
    return stream.getvalue()


def npz(description: str, size: int) -> bytes:
    """Return a data set of very many black images."""
    members = dict(inside_npz.split_members(seeds("npz")["stored"]))
    for half in ("train", "test"):
        images = f"{{'descr': '{description}', 'fortran_order': False, 'shape': ({COUNT}, 28, 28)}}"
        labels = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({COUNT},)}}"
        members[f"y_{half}.npy"] = inside_npz.with_header(labels, bytes(COUNT))
        if half == "train":
            content = bytes(COUNT * 28 * 28 * size)
            members[f"x_{half}.npy"] = inside_npz.with_header(images, content)
    return inside_npz.join_members([*members.items()], pack=True)


def exported() -> bytes:
    """Return a small network as `mlp export` writes it."""
    return seeds("safetensors")["folded"]


def idx() -> bytes:
    """Return very many black images, packed."""
    return gzip.compress(idx_header((COUNT, 28, 28)) + bytes(COUNT * 28 * 28), 9, mtime=0)


def csv(row: bytes) -> bytes:
    """Return as many rows as a small file may unpack to."""
    return gzip.compress(row * ((1 << 24) // len(row)), 9, mtime=0)


def parquet(content: bytes, count: int) -> bytes:
    """Return a table with the same picture in very many rows, stored once."""
    stream = io.BytesIO()
    table = pa.table({"image": [content], "label": [0]})
    write_table(pa.concat_tables([table] * count).combine_chunks(), stream, compression="zstd")
    return stream.getvalue()


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "png-colours-with-alpha": ("png", partial(png, 8, 6)),
    "png-colours-of-16-bits": ("png", partial(png, 16, 2)),
    "png-grey-of-16-bits": ("png", partial(png, 16, 0)),
    "png-palette": ("png", partial(png, 8, 3)),
    "png-grey-with-alpha": ("png", partial(png, 8, 4)),
    "png-one-pixel-wide": ("png", partial(png, 8, 0, 1, 63_000_000)),
    "png-one-pixel-high": ("png", partial(png, 8, 6, 63_000_000, 1)),
    "webp-with-alpha": ("picture", partial(picture, "RGBA", "WEBP", lossless=True)),
    "tiff-floats": ("picture", partial(picture, "F", "TIFF", compression="tiff_adobe_deflate")),
    "tiff-printer": ("picture", partial(picture, "CMYK", "TIFF", compression="tiff_lzw")),
    "gif": ("picture", partial(picture, "P", "GIF")),
    "jpeg": ("picture", partial(picture, "RGB", "JPEG")),
    "jpeg-progressive": ("picture", partial(picture, "RGB", "JPEG", progressive=True)),
    "heic": ("heic", lambda: heic(Image.new("RGB", (7000, 6000)), tile_size=0)),
    "avif-with-alpha": ("heic", partial(avif, "RGBA", (5000, 4790))),
    "idx": ("idx-images", idx),
    "csv-rows": ("csv", partial(csv, b"1,0,0,0,0\n")),
    "csv-floats": ("csv", partial(csv, b"1,0,0.5,0,0\n")),
    "csv-quotes": ("csv", partial(csv, b'"1",0,0,0,0\n')),
    "csv-texts": ("csv", partial(csv, b"x,0,0,0,0\n")),
    "csv-wide": ("csv", partial(csv, b"1" + b",0" * (1 << 21) + b"\n")),
    "parquet-picture": ("parquet", lambda: parquet(png(8, 0, 600, 600), 1000)),
    "parquet-large-picture": ("parquet", lambda: parquet(png(8, 0), 100)),
    "parquet-long-value": ("parquet", lambda: parquet(bytes(30_000_000), 3)),
    "safetensors-field": ("safetensors", lambda: with_field(exported(), nested(MAX_HEADER - 9999))),
    "safetensors-metadata": (
        "safetensors",
        lambda: with_text(exported(), nested(MAX_HEADER - 9999).decode()),
    ),
    "safetensors-arrays": ("safetensors", lambda: of_many_arrays(exported(), 55_000)),
    "safetensors-networks": ("safetensors", lambda: of_many_networks(exported(), MAX_NETWORKS)),
    "npz-bytes": ("npz", partial(npz, "|u1", 1)),
    "npz-floats": ("npz", partial(npz, "<f4", 4)),
}
"""Format and maker, by a name that says what is in it."""
