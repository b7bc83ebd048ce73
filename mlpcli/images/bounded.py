"""A file to read a picture from, which refuses to give more than any real picture needs.

Decoders believe what a file says about itself: a length, a list of offsets, a comment without an
end. Whatever the format, every byte passes through here, where steps and bytes are counted. Limits
are low until the pixels begin, because what precedes them is kept in memory and read by slow code.
"""

from io import BytesIO
from typing import IO, NoReturn

from mlpcli.errors import ImageError

BLOCK = 1 << 16  # bytes that decoders read at a time; longer pieces are kept in memory
MAX_BYTES = 320_000_000  # a BMP of 72 million pixels has up to 288
MAX_STEPS = 500_000
HEADER_BYTES = 32_000_000  # colour profiles, thumbnails and such
HEADER_STEPS = 10_000
WHOLE_BYTES = 64_000_000  # of a file that is read at once, as a WebP is
MAX_EXIF = 100_000  # bytes; entries may share their values, so memory grows with the square
EXIF = b"Exif\0\0"


def bounded(file: IO[bytes], place: str) -> "BoundedFile | BytesIO":
    """Return a file with limits, or the content of a short one, which needs none.

    Args:
        file: must be seekable.
        place: what error messages call it.
    """
    file.seek(0)
    content = file.read(BLOCK)
    return BytesIO(content) if len(content) < BLOCK else BoundedFile(file, place)


class BoundedFile:
    """An open file whose methods raise ImageError once they are asked for too much.

    Args:
        file: must be seekable.
        place: what error messages call it.
    """

    def __init__(self, file: IO[bytes], place: str) -> None:
        self._file, self._place = file, place
        self._exif = 0
        self.tell, self.fileno = file.tell, file.fileno
        file.seek(0)
        self._where = " before its pixels"
        self._allow(HEADER_STEPS, HEADER_BYTES, HEADER_BYTES, WHOLE_BYTES)

    def begin_pixels(self, *, steps: int = MAX_STEPS, kept: int = HEADER_BYTES) -> None:
        """Allow as much as pixels may take, whatever was read before.

        Args:
            steps: calls of `read` and `seek`.
            kept: bytes read in pieces longer than a `BLOCK`.
        """
        self._where = ""
        self._allow(steps, MAX_BYTES, kept, MAX_BYTES)

    def _allow(self, steps: int, content: int, kept: int, whole: int) -> None:
        self._steps = self._steps_left = steps
        self._content = self._left = content
        self._kept = self._kept_left = kept
        self._whole = whole

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, fewer at the end of the file, or the whole rest for -1."""
        self._step()
        if not 0 <= size <= BLOCK:
            return self._read_long(size)
        content = self._file.read(size)
        self._left -= len(content)
        if self._left < 0:
            self._refuse(f"have at most {self._content} bytes{self._where}")
        if content.startswith(EXIF):  # a segment of a JPEG; Pillow joins them
            self._exif += len(content)
            if self._exif > MAX_EXIF:
                self._refuse(f"have at most {MAX_EXIF} bytes of EXIF data")
        return content

    def _read_long(self, size: int) -> bytes:
        """Return a piece that is kept in memory, and refuse it before it is too long."""
        if size < 0:
            return self._at_most(self._whole, f"{self._whole} bytes, in a format read at once")
        left, most = min((self._left, self._content), (self._kept_left, self._kept))
        content = self._at_most(left, f"{most} bytes{self._where or ' in long pieces'}", size)
        self._left -= len(content)
        self._kept_left -= len(content)
        return content

    def _at_most(self, most: int, need: str, size: int | None = None) -> bytes:
        content = self._file.read(most + 1 if size is None else min(size, most + 1))
        if len(content) > most:
            self._refuse(f"have at most {need}")
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a position and return it."""
        self._step()
        return self._file.seek(offset, whence)

    def _step(self) -> None:
        self._steps_left -= 1
        if self._steps_left < 0:
            self._refuse(f"be readable in at most {self._steps} reads{self._where}")

    def _refuse(self, need: str) -> NoReturn:
        raise ImageError(
            f"{self._place}: a picture must {need}, got more; save it again with an image editor"
        )
