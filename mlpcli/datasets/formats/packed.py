"""Opens files that may be gzip-compressed."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from mlpcli.errors import DataError
from mlpcli.utils.archives import GZIP
from mlpcli.utils.files import open_regular, reason_of


@contextmanager
def open_packed(path: Path) -> Iterator[tuple[IO[bytes], bool]]:
    """Yield the content of a file, unpacked as it is read, and whether it was compressed.

    Raises:
        DataError: it cannot be read, or is damaged.
    """
    try:
        with open_regular(path) as file:
            compressed = file.read(2) == GZIP
            file.seek(0)
            if not compressed:
                yield file, False
                return
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast("IO[bytes]", unpacked), True
    except EOFError as error:
        raise DataError(f"{path}: the gzip file is cut short; fetch it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path}: the gzip file is damaged, {error}; fetch it again") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {reason_of(error)}") from error
