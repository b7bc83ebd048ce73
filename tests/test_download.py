"""Downloads from a real HTTP server on loopback."""

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from formats import write_folder

from mlpcli.datasets import SOURCES, Dataset, download, find_or_fetch
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.download import fetch_file
from mlpcli.errors import DataError

Answer = Callable[[BaseHTTPRequestHandler], None]
CONTENT = b"the published content" * 10_000


class Server(ThreadingHTTPServer):
    """Answers each path as a table says, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The address of the server's root."""
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """Gives the next answer for a path; the last one for ever."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        self.server.asked.append(self.path)
        answers = self.server.answers.get(self.path.removeprefix("/"), [status(404)])
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


def content(data: bytes, *, claim: int | None = None) -> Answer:
    """Answer with data, claiming another length where told."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if claim is None else claim))
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with a status and nothing else."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(pause: float, size: int = 1024) -> Answer:
    """Answer with data that never ends, `size` bytes after each pause in seconds."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * size)
                time.sleep(pause)
        except OSError:  # the client has left, as it should
            handler.close_connection = True

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def verify(path: Path) -> None:
    """Accept the published content only."""
    if path.read_bytes() != CONTENT:
        raise DataError("other content")


def fetch(server: Server, tmp_path: Path, *mirrors: str) -> Path:
    """Download a file named `file` from the given folders of the server."""
    target = tmp_path / "file"
    fetch_file("file", [f"{server.url}{mirror}" for mirror in mirrors or [""]], target, verify)
    return target


def test_download(server: Server, tmp_path: Path) -> None:
    """A file arrives whole, and nothing else is left behind."""
    server.answers["file"] = [content(CONTENT)]
    assert CONTENT == fetch(server, tmp_path).read_bytes()
    assert 1 == len(list(tmp_path.iterdir()))


def test_progress(server: Server, tmp_path: Path) -> None:
    """Progress names the file and grows to the length that the server announced."""
    server.answers["file"] = [content(CONTENT)]
    seen: list[tuple[str, int, int, str]] = []
    fetch_file("file", [server.url], tmp_path / "file", verify, lambda *event: seen.append(event))
    assert ("file", len(CONTENT), len(CONTENT), "B") == seen[-1]
    assert seen == sorted(seen)
    assert len(seen) > 1


BAD_ANSWERS = {
    "the server answered 404 Not Found": status(404),
    "the server answered 503 Service Unavailable": status(503),
    "other content": content(b"an error page"),
    "the connection ended before the file did": content(CONTENT[:1000], claim=len(CONTENT)),
    "No connection adapters were found": status(302, Location="file:///etc/hostname"),
    "redirects": status(302, Location="/file"),
}


@pytest.mark.parametrize(("reason", "answer"), BAD_ANSWERS.items())
def test_next_mirror(server: Server, tmp_path: Path, reason: str, answer: Answer) -> None:
    """Whatever goes wrong with the first mirror, the second one is asked."""
    server.answers["file"] = [answer]
    server.answers["second/file"] = [content(CONTENT)]
    assert CONTENT == fetch(server, tmp_path, "", "second/").read_bytes()
    with pytest.raises(DataError, match=reason) as caught:
        fetch(server, tmp_path)
    assert f"{server.url}file: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert CONTENT == (tmp_path / "file").read_bytes()  # the failure left the older file alone
    assert 1 == len(list(tmp_path.iterdir()))


def test_no_connection(tmp_path: Path) -> None:
    """A mirror that does not listen is named."""
    with pytest.raises(DataError, match=r"^http://127\.0\.0\.1:9/file: no connection$"):
        fetch_file("file", ["http://127.0.0.1:9/"], tmp_path / "file", verify)
    assert not list(tmp_path.iterdir())


def test_endless_body(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body without end stops at the size limit."""
    monkeypatch.setattr(download, "MAX_BYTES", 1 << 20)
    server.answers["file"] = [endless(0)]
    with pytest.raises(DataError, match="at most 1048576 bytes, got more"):
        fetch(server, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_slow_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that drips stops at the deadline, one that falls silent after a pause."""
    monkeypatch.setattr(download, "TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.5)
    server.answers["file"] = [endless(0.05, size=1)]
    with pytest.raises(DataError, match="not finished after"):
        fetch(server, tmp_path)
    server.answers["file"] = [endless(2.0)]
    with pytest.raises(DataError, match="no answer in time"):
        fetch(server, tmp_path)


@pytest.fixture
def published(
    server: Server, glyphs: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Server:
    """A server that publishes printed digits under the name kmnist, with their sums."""
    folder = write_folder(tmp_path / "published", glyphs)
    files = [(folder / f"{name}.gz").read_bytes() for name in FILES]
    server.answers = {
        f"{name}.gz": [content(data)] for name, data in zip(FILES, files, strict=True)
    }
    sums = tuple(hashlib.md5(data, usedforsecurity=False).hexdigest() for data in files)
    source = replace(SOURCES["kmnist"], mirrors=(f"{server.url}dead/", server.url), md5=sums)
    monkeypatch.setitem(SOURCES, "kmnist", source)
    return server


def test_fetch_by_name(published: Server, tmp_path: Path, glyphs: Dataset) -> None:
    """A data set that is not here is downloaded into ROOT/NAME, and not a second time."""
    folder, fetched = find_or_fetch("kmnist", tmp_path / "root")
    assert tmp_path / "root" / "kmnist" == folder
    assert len(glyphs.train) + len(glyphs.validation) == len(fetched.train)
    asked = len(published.asked)
    find_or_fetch("kmnist", tmp_path / "root")
    assert asked == len(published.asked)


def test_half_a_data_set(published: Server, tmp_path: Path) -> None:
    """Only files that are missing or broken are fetched."""
    folder, _ = find_or_fetch("kmnist", tmp_path / "root")
    whole = (folder / f"{FILES[0]}.gz").read_bytes()
    (folder / f"{FILES[0]}.gz").write_bytes(whole[:1000])
    (folder / f"{FILES[3]}.gz").unlink()
    published.asked.clear()
    find_or_fetch("kmnist", tmp_path / "root")
    assert {FILES[0], FILES[3]} == {path[1:].removesuffix(".gz") for path in published.asked} - {
        f"dead/{FILES[0]}",
        f"dead/{FILES[3]}",
    }
    assert whole == (folder / f"{FILES[0]}.gz").read_bytes()


def test_wrong_content(published: Server, tmp_path: Path) -> None:
    """A file whose sum is another one is not kept."""
    published.answers[f"{FILES[1]}.gz"] = [content(b"something else")]
    with pytest.raises(DataError, match="the MD5 must be"):
        find_or_fetch("kmnist", tmp_path / "root")
    assert [f"{FILES[0]}.gz"] == [path.name for path in (tmp_path / "root" / "kmnist").iterdir()]


def test_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network one line names every place and mirror, and what to do next."""
    mirrors = ("http://127.0.0.1:9/one/", "http://127.0.0.1:9/two/")
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], mirrors=mirrors))
    with pytest.raises(DataError) as caught:
        find_or_fetch("mnist", tmp_path)
    message = str(caught.value)
    places = [str(tmp_path / "mnist"), str(tmp_path), *mirrors, "MLP_DATA", "data.path"]
    assert all(place in message for place in places)
    assert "\n" not in message


@pytest.mark.slow
def test_real_mnist_is_accepted(
    server: Server, mnist_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MNIST recompressed is MNIST: the sums are those of the decompressed content."""
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], mirrors=(server.url,)))
    for name in FILES:
        packed = (mnist_root / "mnist" / f"{name}.gz").read_bytes()
        server.answers[f"{name}.gz"] = [content(gzip.compress(gzip.decompress(packed), 1))]
    _, fetched = find_or_fetch("mnist", tmp_path)
    assert (60000, 10000) == (len(fetched.train), len(fetched.test))
