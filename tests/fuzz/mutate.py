"""A file → one that is nearly like it.

Half of the time bytes are changed blindly. Otherwise a part is changed and what surrounds it is
mended (checksums, lengths, compression), so that the change gets past the first check.
"""

import gzip
import pickletools
import re
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from random import Random

from tests.fuzz import directories, inside_npz, inside_png, inside_safetensors

Scramble = Callable[[bytes], bytes]
"""Changes bytes blindly."""

DIRECTORIES = ("run", "sweep", "cache")
LARGEST = 1 << 17  # bytes of a mutated file
_NUMBERS = (0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1)
_WORDS: dict[str, tuple[bytes, ...]] = {
    "yaml": (
        *(b"~", b"null", b"-1", b"0", b"1e999", b".nan", b"-.inf", b"1e-999", b"true", b"''"),
        *(b"[]", b"{}", b"[[[[[[", b"]", b"{a: ", b"}", b"&a ", b"*a", b"*m", b"<<: *m", b"? "),
        *(
            b"!!python/object:os.system x",
            b"!!binary x",
            b"!!int x",
            b"!!set {a}",
            b"! x",
            b"!<x> y",
        ),
        *(b"---\n", b"...\n", b"%YAML 9.9\n---\n", b"%TAG ! x\n", b"\t", b"\r", b"\x00", b"\x85"),
        *(b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xff", b'"\\x1b[2J"', b'"\\ud800"'),
        *(b"'\n\n'", b"|\n  a\n", b">-\n", b"# x\n", b"0x10", b"0o17", b"1_000", b"12:30:45"),
        *(b'"\\U00110000"', b'"\\udcff"', b"~root/x", b"~no-such-user/x", b"./~", b"? " * 300),
        *(
            b"9" * 39,
            b"9" * 5000,
            b"-" * 300,
            b"[" * 300,
            b"a" * 3000,
            b"a." * 3000,
            b"2001-12-14",
            b"- - - -",
        ),
    ),
    "csv": (
        *(
            b",",
            b";",
            b"\t",
            b"\n",
            b"\r\n",
            b"\r",
            b'"',
            b'""',
            b"''",
            b"#",
            b" ",
            b",,,,",
            b"\n\n",
        ),
        *(b"-1", b"256", b"1e39", b"1e-9", b"0.5", b"nan", b"inf", b"0x10", b"1_0", b"+7", b"."),
        *(
            b"9" * 400,
            b"label",
            b"class",
            b"id",
            b"pixel0",
            b"Unnamed: 0",
            b"\xef\xbb\xbf",
            b"\xff",
        ),
        *(b"\0", b"\x85", b"\xe2\x80\xa8", b"\xd9\xa3", b"\x1b[2J", b"a" * 3000, b"1," * 300),
    ),
    "parquet": (
        *(b"PAR1", b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x10", b"\x15\0", b"\x19\xfc", b"\0"),
        *(b"\xff" * 4, b"\0" * 16, b"\x7f\xff\xff\xff", b"\x89PNG\r\n\x1a\n", b"\x1c\x18\x15"),
    ),
    "heic": (
        *(b"ispe", b"irot", b"imir", b"clap", b"iovl", b"grid", b"iden", b"dimg", b"auxl", b"thmb"),
        *(b"hvc1", b"av01", b"jpeg", b"mime", b"Exif", b"uri ", b"idat", b"iref", b"ipma", b"iloc"),
        *(b"\0\0\0\x14ispe\0\0\0\0\x7f\xff\xff\xff\0\0\0\1", b"\0\0\0\1", b"\xff" * 8),
    ),
    "pickle": (
        *(b"cos\nsystem\n", b"cbuiltins\neval\n", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n"),
        *(
            b"c_codecs\nencode\n",
            b"cnumpy._core.multiarray\n_reconstruct\n",
            b"R",
            b"b",
            b"o",
            b".",
        ),
        *(b"(", b")", b"t", b"l", b"d", b"0", b"1", b"2", b"N", b"}", b"]", b"a", b"e", b"s", b"u"),
        *(b"\x81", b"\x82\x01", b"\x92", b"\x93", b"\x94", b"\x95" + b"\xff" * 8, b"\x97", b"\x98"),
        *(b"\x85", b"\x86", b"\x87", b"\x88", b"\x89", b"\x8b\xff\xff\xff\x7f", b"\x8f", b"\x90"),
        *(
            b"I-1\n",
            b"L9999999999999999999L\n",
            b"F1e999\n",
            b"Vx\\ud800\n",
            b"S'\\x1b'\n",
            b"g0\n",
        ),
        *(b"h\x00", b"q\xff", b"r\xff\xff\xff\x7f", b"j\xff\xff\xff\x7f", b"T\xff\xff\xff\x7f"),
        *(b"\x8e" + b"\xff" * 7 + b"\x7f", b"P0\n", b"Q", b"i\n\n", b"(" * 300, b"]a" * 200),
    ),
}


_WORDS["rows"] = _WORDS["csv"]


def mutate(name: str, data: bytes, random: Random, scramble: Scramble | None = None) -> bytes:
    """Return a changed file of a format.

    Args:
        name: of the format.
        data: the file.
        random: decides everything.
        scramble: changes bytes blindly; None uses `random` for that as well.
    """
    blind = scramble or (lambda content: scrambled(name, content, random))
    if name in DIRECTORIES:
        return directories.changed(
            data, random, lambda file, inner: mutate(_format(file), inner, random, scramble)
        )
    changed = data
    if random.random() < 0.5:
        with suppress(Exception):  # what is broken already cannot be mended
            changed = _mended(name, data, random, blind)
    if changed == data:
        changed = blind(data)
    return changed[:LARGEST]


def _format(file: str) -> str:
    """Return the format of a file in a directory."""
    return {"config.yaml": "yaml", "last.npz": "resume", "best.npz": "weights"}.get(file, file)


def _mended(name: str, data: bytes, random: Random, blind: Scramble) -> bytes:
    """Change what is inside, and mend what is around it."""
    if data.startswith(b"\x1f\x8b"):
        inner = zlib.decompressobj(31).decompress(data, LARGEST)
        changed = _mended(name, inner, random, blind) if random.random() < 0.5 else blind(inner)
        return gzip.compress(changed, 1, mtime=0)
    if data.startswith(b"PK"):
        return inside_npz.changed(data, random, blind, weights=name in ("weights", "resume"))
    if data.startswith(inside_png.SIGNATURE):
        return inside_png.changed(data, random, blind)
    if name in ("pickle", "safetensors"):
        change = inside_safetensors.changed if name == "safetensors" else _opcodes_changed
        return change(data, random)
    if name in ("yaml", "csv", "rows"):
        return _tokens_changed(name, data, random)
    near = {"parquet": LARGEST, "heic": 1024}.get(name, 64)
    return overwritten(data, random, near)


def scrambled(name: str, data: bytes, random: Random) -> bytes:
    """Return bytes with one to four blind changes."""
    for _ in range(random.choice((1, 1, 2, 4))):
        data = random.choice(_CHANGES)(name, data, random)
    return data


def overwritten(data: bytes, random: Random, near: int = LARGEST) -> bytes:
    """Overwrite one of the first bytes and those after it by a number that is on some edge."""
    code = random.choice(">< ")[0].strip() or "="
    number, size = random.choice(_NUMBERS), random.choice("BHI")
    limit = {"B": 1 << 8, "H": 1 << 16, "I": 1 << 32}[size]
    start = random.randrange(max(1, min(near, len(data))))
    written = struct.pack(code + size, number % limit)
    return data[:start] + written + data[start + len(written) :]


def _span(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    length = random.choice((1, 2, 4, 8, 16, 64, len(data)))
    return start, min(len(data), start + length)


def _flip(_name: str, data: bytes, random: Random) -> bytes:
    if not data:
        return b"\0"
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _delete(_name: str, data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + data[end:]


def _repeat(_name: str, data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    times = random.choice((2, 2, 3, 100))
    return (data[:start] + data[start:end] * times + data[end:])[:LARGEST]


def _move(_name: str, data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    to = random.randint(0, len(data))
    return data[:to] + data[start:end] + data[to + (end - start) :]


def _randomize(_name: str, data: bytes, random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + random.randbytes(end - start) + data[end:]


def _cut(_name: str, data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _edge(_name: str, data: bytes, random: Random) -> bytes:
    return overwritten(data, random)


def _word(name: str, data: bytes, random: Random) -> bytes:
    """Put in a word of the format, or in place of as many bytes."""
    word = random.choice(_WORDS.get(name, (b"\0", b"\xff" * 4, b"\0" * 64)))
    start = random.randint(0, len(data))
    end = start + random.choice((0, len(word)))
    return data[:start] + word + data[end:]


_CHANGES = (_flip, _flip, _delete, _repeat, _move, _randomize, _cut, _edge, _word, _word)


def _opcodes_changed(data: bytes, random: Random) -> bytes:
    """Delete, double, move or replace whole opcodes of a pickle."""
    starts = [at for _, _, at in pickletools.genops(data) if at is not None]
    parts = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    for _ in range(random.choice((1, 1, 2, 3))):
        at, other = random.randrange(len(parts)), random.randrange(len(parts))
        word = random.choice(_WORDS["pickle"])
        parts[at : at + 1] = random.choice(
            ([], [parts[at]] * 2, [parts[other]], [word], [word, parts[at]], [parts[at], word])
        )
    return b"".join(parts)


def _tokens_changed(name: str, data: bytes, random: Random) -> bytes:
    """Replace whole words of a text by others of it, or by what the format has a meaning for."""
    tokens = re.findall(rb"[\w.+-]+|\s+|.", data, re.DOTALL)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(tokens))
        tokens[at] = random.choice((random.choice(tokens), random.choice(_WORDS[name]), b""))
    return b"".join(tokens)
