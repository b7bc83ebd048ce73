"""Keeps pages in the cache folder, one for each network, and not too many of them."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mlpcli.errors import OutputError
from mlpcli.utils.cache import cache_folder
from mlpcli.utils.files import atomic_write, reason_of

if TYPE_CHECKING:
    from mlpcli.export.exported import Exported

MOST = 20  # pages; the oldest are deleted


def keep_page(page: str, exported: Exported) -> Path:
    """Write a page into the cache folder, under a name that depends on its networks.

    Raises:
        OutputError: the folder cannot be written.
    """
    digest = sha256(b"" if exported.temperature == 1 else str(exported.temperature).encode())
    for network in exported.networks:
        for array in (*network.weights, *network.biases):
            digest.update(array.tobytes())
    try:
        file = cache_folder("pages").resolve() / f"draw-{digest.hexdigest()[:16]}.html"
        with atomic_write(file) as stream:
            stream.write(page.encode())
    except OSError as error:
        place = error.filename or "the cache folder"
        raise OutputError(
            f"{place}: cannot be written, {reason_of(error)}; set MLP_CACHE to a folder that can, "
            "or write the page elsewhere: mlp export digits.html"
        ) from error
    _make_room(file)
    return file


def _make_room(kept: Path) -> None:
    with suppress(OSError):  # another process may delete them as well
        pages = [page for page in kept.parent.glob("draw-*.html") if page != kept]
        pages.sort(key=lambda page: page.stat().st_mtime, reverse=True)
        for page in pages[MOST - 1 :]:
            page.unlink()
