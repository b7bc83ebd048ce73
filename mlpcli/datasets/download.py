"""Fetching one file from the first mirror that has it, whole and unchanged."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import requests
import urllib3

from mlpcli.datasets.dataset import Progress
from mlpcli.errors import DataError
from mlpcli.files import atomic_write, remove_abandoned

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # longest pause between two chunks
TOTAL_SECONDS = 600.0  # for one file from one mirror
MAX_BYTES = 200 << 20  # of one file as it comes over the wire
_CHUNK = 1 << 16


def fetch_file(
    name: str,
    mirrors: Sequence[str],
    target: Path,
    verify: Callable[[Path], object],
    progress: Progress | None = None,
) -> None:
    """Download a file to `target`, trying one mirror after the other.

    It goes to a temporary file first, which becomes the target only when it is verified.

    Args:
        name: the file's name, the same below each mirror.
        mirrors: addresses that end in a slash, best first.
        target: where the file will be; its folder must exist.
        verify: raises DataError for content that is not the wanted one.
        progress: told of what has arrived.

    Raises:
        DataError: no mirror delivered; it names each with the reason.
        OSError: the folder cannot be written to.
    """
    remove_abandoned(target.parent)
    failures = []
    for mirror in mirrors:
        try:
            with atomic_write(target) as file:
                _receive(mirror + name, file, progress or _ignore)
                file.flush()
                _verify(verify, Path(file.name))
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            failures.append(f"{mirror}{name}: {_reason(error)}")
        except DataError as error:
            failures.append(f"{mirror}{name}: {error}")
        else:
            return
    raise DataError("; ".join(failures))


def _verify(verify: Callable[[Path], object], temporary: Path) -> None:
    """Verify a file, leaving its temporary name out of the message."""
    try:
        verify(temporary)
    except DataError as error:
        raise DataError(str(error).removeprefix(f"{temporary}: ")) from error


def _receive(url: str, file: BinaryIO, progress: Progress) -> None:
    deadline = time.monotonic() + TOTAL_SECONDS
    # the content is compressed already; asking for it as it is keeps it so
    headers = {"Accept-Encoding": "identity"}
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    with requests.get(url, stream=True, timeout=timeout, headers=headers) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdecimal() and len(length) < 20 else 0
        received = 0
        while chunk := response.raw.read1(_CHUNK):  # what has arrived, however little
            received += file.write(chunk)
            progress(url.rpartition("/")[2], received, expected, "B")
            if received > MAX_BYTES:
                raise DataError(f"the file must be at most {MAX_BYTES} bytes, got more")
            if time.monotonic() > deadline:
                raise DataError(f"not finished after {TOTAL_SECONDS:.0f} s")


def _ignore(_name: str, _received: int, _expected: int, _unit: str) -> None: ...


def _reason(error: Exception) -> str:
    """Return the short form of what went wrong on the way."""
    match error:
        case requests.HTTPError(response=requests.Response() as response):
            return f"the server answered {response.status_code} {response.reason}"
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "no answer in time"
        case requests.ConnectionError():
            return "no connection"
        case urllib3.exceptions.HTTPError():
            return "the connection ended before the file did"
        case _:
            return str(error).partition("\n")[0]
