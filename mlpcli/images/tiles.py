"""How many pixels are decoded for a HEIC photo, whose tiles may have more than the photo itself.

A telephone stores a photo as tiles, which are images of their own. A stranger's photo may have the
same large one in very many places.

ISO/IEC 23008-12, High Efficiency Image File Format, sections 6.5.3 and 6.6.2.3.
"""

from mlpcli.images.boxes import FULL_BOX, Numbers, boxes, every_box

_LEAST = 65_536  # pixels that libheif decodes of any image, whatever size it says


def decoded_pixels(content: bytes) -> int:
    """Return how many pixels all images in a file have, counted wherever one is a part of another.

    Raises:
        UnusualError: the file is damaged.
    """
    total = 0
    for meta in boxes(content, b"meta"):
        inner = meta[FULL_BOX:]
        sizes = _sizes(inner)
        total += sum(sizes.values())
        for references in boxes(inner, b"iref"):
            wide = 4 if references[0] else 2
            for parts in boxes(references[FULL_BOX:], b"dimg"):
                numbers = Numbers(parts)
                _whole, count = numbers.next(wide), numbers.next(2)
                total += sum(sizes.get(numbers.next(wide), _LEAST) for _ in range(count))
    return total


def _sizes(inner: bytes) -> dict[int, int]:
    """Return the pixels of each image by its number, from its property `ispe`."""
    sizes: dict[int, int] = {}
    for properties in boxes(inner, b"iprp"):
        pixels = [
            int.from_bytes(value[4:8]) * int.from_bytes(value[8:12]) if kind == b"ispe" else 0
            for container in boxes(properties, b"ipco")
            for kind, value in every_box(container)
        ]
        for table in boxes(properties, b"ipma"):
            numbers = Numbers(table)
            version, flags = numbers.next(1), numbers.next(3)
            for _ in range(numbers.next(4)):
                item = numbers.next(4 if version else 2)
                sizes[item] = _LEAST
                for _ in range(numbers.next(1)):
                    place = numbers.next(2) & 0x7FFF if flags & 1 else numbers.next(1) & 0x7F
                    if 0 < place <= len(pixels):  # numbered from 1
                        sizes[item] = max(sizes[item], pixels[place - 1])
    return sizes
