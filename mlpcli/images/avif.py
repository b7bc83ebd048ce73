"""How many pixels an AVIF picture has, which need not be as many as its header says.

Whatever size the coded frames have, Pillow decodes them, and only then fits them into the size of
the header. The size that counts stands in the sequence headers of the AV1 data, which the table
`iloc` of the file leads to.

AOMedia, AV1 Bitstream & Decoding Process Specification, 2019, sections 5.3 and 5.5; ISO/IEC
14496-12, The ISO base media file format, section 8.11.3.
"""

from collections.abc import Iterator

from mlpcli.images.boxes import FULL_BOX, Numbers, UnusualError, boxes

_SEQUENCE_HEADER = 1
_IN_FILE, _IN_IDAT = 0, 1  # what offsets in `iloc` count from


def frame_pixels(content: bytes) -> list[int]:
    """Return the number of pixels of each frame in an AVIF picture.

    Raises:
        UnusualError: it is damaged, an animation, or put together as no still picture is.
    """
    if content[8:12] != b"avif":  # of others, Pillow may read the frames of an animation
        raise UnusualError("it is no still picture")
    sizes = [size for item in _items(content) for size in _frame_sizes(item)]
    if not sizes:
        raise UnusualError("it has no frame")
    return [width * height for width, height in sizes]


def _items(content: bytes) -> Iterator[bytes]:
    """Yield the content of each item: coded frames, EXIF data and so on."""
    for meta in boxes(content, b"meta"):
        inner = meta[FULL_BOX:]
        idat = b"".join(boxes(inner, b"idat"))
        left = 2 * len(content)  # items may share their bytes, but not again and again
        for table in boxes(inner, b"iloc"):
            for place, extents in _places(Numbers(table)):
                whole = {_IN_FILE: content, _IN_IDAT: idat}.get(place)
                if whole is None:
                    raise UnusualError("its parts refer to others")
                item = b"".join(
                    whole[start : start + length if length else None] for start, length in extents
                )
                left -= len(item)
                if left < 0:
                    raise UnusualError("its parts share bytes")
                yield item


def _places(table: Numbers) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield for each item what its offsets count from, and the offset and length of its parts."""
    version, _flags = table.next(1), table.next(3)
    sizes = table.next(2)  # in bytes: four bits for each
    of_offset, of_length, of_base, of_index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    for _ in range(table.next(wide)):
        _number = table.next(wide)
        place = table.next(2) & 15 if version else _IN_FILE
        _other_file, base = table.next(2), table.next(of_base)
        parts = []
        for _ in range(table.next(2)):
            _index = table.next(of_index) if version else 0
            parts.append((base + table.next(of_offset), table.next(of_length)))
        yield place, parts


def _frame_sizes(item: bytes) -> Iterator[tuple[int, int]]:
    """Yield the size in each sequence header of AV1 data; none of other data."""
    start = 0
    while start < len(item):
        header = item[start]
        start += 2 if header & 4 else 1  # a second byte tells layers apart
        length = len(item) - start
        if has_length := header & 2:
            start, length = _length(item, start)
        if header >> 3 == _SEQUENCE_HEADER:
            yield _size(item[start : start + length])
        if not has_length:
            return
        start += length


def _length(item: bytes, start: int) -> tuple[int, int]:
    """Return where a number of seven bits a byte ends, and the number."""
    number = 0
    for place in range(8):
        byte = int.from_bytes(item[start + place : start + place + 1])  # 0 after the end
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return start + place + 1, number
    raise UnusualError("a length is too long")


def _size(header: bytes) -> tuple[int, int]:
    """Return the largest width and height of frames that follow a sequence header."""
    bits = iter("".join(f"{byte:08b}" for byte in header[:200]))

    def take(count: int) -> int:
        taken = "".join(bit for _, bit in zip(range(count), bits, strict=False))
        if len(taken) < count:
            raise UnusualError("it is cut short")
        return int(taken, 2)

    _profile, _still, reduced = take(3), take(1), take(1)
    if reduced:
        take(5)  # level
    else:
        if take(1):
            raise UnusualError("its frames are timed")
        delays, points = take(1), take(5) + 1
        for _ in range(points):
            _layers, level = take(12), take(5)
            _tier = take(1) if level > 7 else 0
            if delays and take(1):
                take(4)
    of_width, of_height = take(4) + 1, take(4) + 1
    return take(of_width) + 1, take(of_height) + 1
