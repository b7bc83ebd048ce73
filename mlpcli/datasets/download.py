"""Downloads one file from the first mirror that has it, complete and unchanged.

requests and urllib3 speak HTTP. Retries and redirects are handled here, because theirs have no
common deadline, do not retry a download that breaks off, and read the whole body of a redirect.
"""

import time
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import BinaryIO
from urllib.parse import urljoin

import requests
import urllib3

from mlpcli.datasets.dataset import Progress
from mlpcli.datasets.tls import check_bundle, explain_insecurity
from mlpcli.errors import DataError
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import atomic_write, remove_abandoned

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # longest pause between two chunks
TOTAL_SECONDS = 600.0  # for one file from one mirror, all attempts together
PAUSES = (0.5, 1.5)  # seconds before the second and the third attempt
MAX_BYTES = 200 << 20  # of one file, as transferred
MAX_REDIRECTS = 10
_TRANSIENT = (429, 500, 502, 503, 504)  # statuses of errors that may soon be over
_LONGEST_WAIT = 0.5  # seconds, because a signal just before a wait is handled only after it
_CHUNK = 1 << 16


def fetch_file(
    name: str,
    mirrors: Sequence[str],
    target: Path,
    verify: Callable[[Path], object],
    progress: Progress | None = None,
) -> None:
    """Download a file to `target`, trying one mirror after another.

    It is written to a temporary file, which becomes the target once it is verified.

    Args:
        name: the file's name, the same on each mirror.
        mirrors: URLs that end in a slash, best first.
        target: the path of the file; its folder must exist.
        verify: raises DataError if the content is not the expected one.
        progress: told how much has arrived.

    Raises:
        DataError: no mirror delivered the file; a line for each gives its address and the reason.
        OSError: the folder cannot be written to.
    """
    remove_abandoned(target.parent, [target.name])
    failures = []
    for mirror in mirrors:
        reason = _fetch_from(mirror + name, target, verify, progress or _ignore)
        if reason is None:
            return
        failures.append(f"{mirror}{name}: {reason}")
    raise DataError(failures)


def _fetch_from(
    url: str, target: Path, verify: Callable[[Path], object], progress: Progress
) -> str | None:
    """Download from one URL, retrying where that may help; return why it failed, or None."""
    deadline = time.monotonic() + TOTAL_SECONDS
    for pause in (*PAUSES, None):
        try:
            _fetch_once(url, target, verify, progress, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if pause is None or not _is_transient(error) or time.monotonic() + pause >= deadline:
                return _reason(error)
            time.sleep(pause)
        except DataError as error:
            return str(error)
        else:
            break
    return None


def _fetch_once(
    url: str,
    target: Path,
    verify: Callable[[Path], object],
    progress: Progress,
    deadline: float,
) -> None:
    with atomic_write(target) as file:
        _until(deadline, lambda: _receive(url, file, progress, deadline))
        file.flush()
        try:
            verify(Path(file.name))
        except DataError as error:  # leave the temporary name out of the message
            raise DataError(str(error).removeprefix(f"{file.name}: ")) from error


def _until(deadline: float, work: Callable[[], None]) -> None:
    """Run work in a thread that is abandoned at the deadline.

    The read timeout does not stop a server that keeps sending headers.
    """
    ends: SimpleQueue[Exception | None] = SimpleQueue()

    def run() -> None:
        try:
            work()
        except Exception as error:  # raised below
            ends.put(error)
        else:
            ends.put(None)

    Thread(target=run, daemon=True).start()
    while True:
        left = max(deadline - time.monotonic(), 0)
        try:
            error = ends.get(timeout=min(left, _LONGEST_WAIT))
            break
        except Empty:
            if left <= _LONGEST_WAIT:
                raise _too_late() from None
    if error is not None:
        raise error


def _receive(url: str, file: BinaryIO, progress: Progress, deadline: float) -> None:
    with _open(url) as response:
        length = response.headers.get("Content-Length", "")
        expected = int(length) if length.isdecimal() and len(length) < 20 else 0
        received = 0
        while chunk := response.raw.read1(_CHUNK):  # whatever has arrived so far
            if time.monotonic() > deadline:
                raise _too_late()
            received += file.write(chunk)
            progress(url.rpartition("/")[2], received, expected, "B")
            if received > MAX_BYTES:
                raise DataError(f"the file must be at most {MAX_BYTES} bytes, got more")


def _too_late() -> DataError:
    return DataError(f"not finished after {TOTAL_SECONDS:.0f} s")


class _Session(requests.Session):
    """Follows no redirects, because requests would read and unpack their whole bodies."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None for every response."""


def _open(url: str) -> requests.Response:
    """Request a file, following redirects; return the response with its body unread.

    Raises:
        requests.RequestException, urllib3.exceptions.HTTPError: the request failed.
        DataError: the certificates to trust are not where a variable says.
    """
    check_bundle()
    # the files are already compressed, so the server must not compress them again
    headers = {"Accept-Encoding": "identity"}
    timeout = (CONNECT_SECONDS, SILENCE_SECONDS)
    with _Session() as session:
        for _ in range(MAX_REDIRECTS + 1):
            response = session.get(url, stream=True, timeout=timeout, headers=headers)
            if response.status_code == 200:
                return response
            response.close()
            if not response.is_redirect:
                raise requests.HTTPError(response=response)
            try:
                url = urljoin(url, response.headers["Location"])
            except ValueError as error:
                raise requests.exceptions.InvalidURL(
                    f"redirected to an invalid URL, {error}"
                ) from error
    raise requests.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")


def _ignore(_name: str, _received: int, _expected: int, _unit: str) -> None: ...


def _is_transient(error: Exception) -> bool:
    """Tell whether the same request may soon succeed."""
    match error:
        case requests.HTTPError(response=requests.Response() as response):
            return response.status_code in _TRANSIENT
        case requests.exceptions.SSLError():
            return False
        case requests.ConnectionError():
            return not _not_http(error)
        case _:
            return isinstance(error, urllib3.exceptions.ProtocolError)


def _not_http(error: requests.ConnectionError) -> HTTPException | None:
    """Return why a response is not valid HTTP; None for other errors."""
    match error.args:
        case (urllib3.exceptions.ProtocolError(args=(_, HTTPException() as cause)),):
            return None if isinstance(cause, ConnectionError) else cause
        case _:
            return None


def _connection_reason(error: requests.ConnectionError) -> str:
    if cause := _not_http(error):
        return f"not a valid HTTP response, {first_line(cause)}".rstrip()
    proxy = isinstance(error, requests.exceptions.ProxyError)
    return "no connection through the proxy in HTTPS_PROXY" if proxy else "no connection"


def _reason(error: Exception) -> str:
    """Say briefly what went wrong."""
    match error:
        case requests.HTTPError(response=requests.Response() as response):
            return (
                f"the server answered {response.status_code} {response.reason or '':.60}".rstrip()
            )
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "no response in time"
        case requests.exceptions.SSLError():
            return explain_insecurity(error)
        case requests.ConnectionError():
            return _connection_reason(error)
        case urllib3.exceptions.ProtocolError():
            return "the connection closed before the file was complete"
        case _:
            return first_line(error, 200)
