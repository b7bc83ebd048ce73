"""Downloads from a real HTTP server on loopback."""

import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mlpcli.datasets import SOURCES, Dataset, download, find_or_fetch
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.download import fetch_file
from mlpcli.errors import DataError
from tests.conftest import Mlp
from tests.support.checkpoints import altered
from tests.support.formats import write_folder

Answer = Callable[["Handler"], None]
CONTENT = b"the published content" * 10_000


class Server(ThreadingHTTPServer):
    """Answers each path as a table says, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[str] = []
        self.closing = False

    @property
    def url(self) -> str:
        """The address of the server's root."""
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """Gives the next answer for a path, and the last one from then on."""

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

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if claim is None else claim))
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with a status and nothing else."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(pause: float, size: int = 1024) -> Answer:
    """Answer with data that never ends, `size` bytes after each pause in seconds."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * size)
                time.sleep(pause)
        except OSError:  # the client has left, as it should
            handler.close_connection = True

    return answer


def raw(*parts: bytes, ever: bool = False) -> Answer:
    """Answer with bytes as they are, and with the last part for ever where told."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        with suppress(OSError):  # the client may leave
            for part in parts:
                handler.wfile.write(part)
            while ever and not handler.server.closing:
                handler.wfile.write(parts[-1])
                time.sleep(0.001)

    return answer


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once."""
    monkeypatch.setattr(download, "PAUSES", (0.0, 0.0))


@pytest.fixture
def server() -> Iterator[Server]:
    """A running server."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.closing = True
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
    "the connection closed before the file was complete": content(
        CONTENT[:1000], claim=len(CONTENT)
    ),
    "No connection adapters were found": status(302, Location="file:///etc/hostname"),
    "No connection adapters were found for 'ftp": status(302, Location="ftp://127.0.0.1/file"),
    "more than 10 redirects": status(302, Location="/file"),
    "redirected to an invalid URL": status(302, Location="http://[/file"),
    "no connection": raw(b""),
    "not a valid HTTP response, .*more than 100 headers": raw(
        b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", ever=True
    ),
    "not a valid HTTP response, .*more than 65536 bytes": raw(
        b"HTTP/1.1 200 OK\r\na: ", bytes(9999), ever=True
    ),
    "not a valid HTTP response, nothing of HTTP": raw(b"nothing of HTTP\r\n\r\n"),
    "the server answered 206 Partial Content": raw(
        b"HTTP/1.1 206 Partial Content\r\n\r\n" + CONTENT
    ),
    "the server answered 204": status(204),
    "the server answered 300": status(300),
    "the connection closed before the file": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", CONTENT
    ),
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


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_trying_again(server: Server, tmp_path: Path, code: int) -> None:
    """A mirror that is busy twice and then delivers is enough."""
    server.answers["file"] = [status(code), status(code), content(CONTENT)]
    assert CONTENT == fetch(server, tmp_path).read_bytes()
    assert 3 == len(server.asked)


@pytest.mark.parametrize("broken", [raw(b""), content(CONTENT[:1000], claim=len(CONTENT))])
def test_broken_connections(server: Server, tmp_path: Path, broken: Answer) -> None:
    """A file is requested again when the connection breaks, before the response or within it."""
    server.answers["file"] = [broken, broken, content(CONTENT)]
    assert CONTENT == fetch(server, tmp_path).read_bytes()


@pytest.mark.parametrize(
    ("answer", "tries"),
    [(status(503), 3), (raw(b""), 3), (status(404), 1), (content(b"an error page"), 1)],
)
def test_number_of_tries(server: Server, tmp_path: Path, answer: Answer, tries: int) -> None:
    """There are three tries at most, and only one where another cannot help."""
    server.answers["file"] = [answer]
    with pytest.raises(DataError):
        fetch(server, tmp_path)
    assert ["/file"] * tries == server.asked
    assert not list(tmp_path.iterdir())


def test_no_time_to_try_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tries together have one deadline."""
    monkeypatch.setattr(download, "TOTAL_SECONDS", 5.0)
    monkeypatch.setattr(download, "PAUSES", (0.0, 60.0))
    server.answers["file"] = [status(503)]
    with pytest.raises(DataError, match="the server answered 503"):
        fetch(server, tmp_path)
    assert 2 == len(server.asked)


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", ever=True),
        raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
            b"trailer: b\r\n",
            ever=True,
        ),
    ],
)
def test_headers_without_end(
    server: Server, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends headers without end, which nothing counts, is left at the deadline."""
    monkeypatch.setattr(download, "TOTAL_SECONDS", 0.5)
    server.answers["file"] = [answer]
    with pytest.raises(DataError, match=r"file: not finished after 0 s$"):
        fetch(server, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("length", [str(len(CONTENT) * 2), "-1", "many", "9" * 30, "5"])
def test_lying_length(server: Server, tmp_path: Path, length: str) -> None:
    """Whatever length a server claims, a file is either whole or not kept."""
    server.answers["file"] = [
        raw(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode(), CONTENT)
    ]
    if length in ("-1", "many"):  # as if there were none: the file ends with the connection
        assert CONTENT == fetch(server, tmp_path).read_bytes()
        return
    with pytest.raises(DataError, match="other content" if length == "5" else "connection closed"):
        fetch(server, tmp_path)
    assert not list(tmp_path.iterdir())


def bomb(code: int, *headers: str) -> Answer:
    """Answer with zeros, compressed to a thousandth."""
    data = gzip.compress(bytes(100 << 20), 9)
    lines = [
        f"HTTP/1.1 {code} OK",
        *headers,
        "Content-Encoding: gzip",
        f"Content-Length: {len(data)}",
    ]
    return raw("\r\n".join([*lines, "", ""]).encode(), data)


def test_packed_answers(server: Server, tmp_path: Path) -> None:
    """What a server compresses on its own is not unpacked, be it a file or a redirect's body."""
    server.answers["first"] = [bomb(302, "Location: /file")]
    server.answers["file"] = [bomb(200)]
    sizes = []

    def look(path: Path) -> None:
        sizes.append(path.stat().st_size)
        raise DataError("other content")

    tracemalloc.start()
    with pytest.raises(DataError, match=r"first: other content$"):
        fetch_file("first", [server.url], tmp_path / "file", look)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [True] == [size < 1 << 20 for size in sizes]
    assert peak < 10 << 20


def test_redirect_elsewhere(server: Server, tmp_path: Path) -> None:
    """A redirect may lead to another port, and from there on."""
    other = Server()
    thread = threading.Thread(target=other.serve_forever, args=(0.02,))
    thread.start()
    server.answers["file"] = [status(307, Location=f"{other.url}moved/here")]
    other.answers["moved/here"] = [status(301, Location="there?a=b")]
    other.answers["moved/there?a=b"] = [content(CONTENT)]
    assert CONTENT == fetch(server, tmp_path).read_bytes()
    other.shutdown()
    other.server_close()
    thread.join()


def test_endless_redirect(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body of a redirect is not read, as it may be endless."""
    monkeypatch.setattr(download, "TOTAL_SECONDS", 20.0)
    server.answers["first"] = [
        raw(b"HTTP/1.1 302 Found\r\nLocation: /file\r\n\r\n", b"x", ever=True)
    ]
    server.answers["file"] = [content(CONTENT)]
    fetch_file("first", [server.url], tmp_path / "file", verify)
    assert CONTENT == (tmp_path / "file").read_bytes()


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
    monkeypatch.setattr(download, "SILENCE_SECONDS", 60.0)
    server.answers["file"] = [endless(0.05, size=1)]
    with pytest.raises(DataError, match="not finished after"):
        fetch(server, tmp_path)
    monkeypatch.setattr(download, "TOTAL_SECONDS", 60.0)
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.5)
    server.answers["file"] = [endless(2.0)]
    with pytest.raises(DataError, match="no response in time"):
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
    sums = tuple(hashlib.sha256(data).hexdigest() for data in files)
    mirrors = (f"{server.url}dead/", server.url)
    source = replace(SOURCES["kmnist"], mirrors=mirrors, packed_sha256=sums)
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


def test_file_of_others(published: Server, tmp_path: Path) -> None:
    """Another file under a published file's name is kept beside it, once that has come."""
    folder = tmp_path / "root" / "kmnist"
    folder.mkdir(parents=True)
    file = folder / f"{FILES[0]}.gz"
    for number, name in enumerate([f"{file.name}.old", f"{file.name}.old-1"]):
        file.write_text(f"mine {number}")
        answers = published.answers.pop(file.name)
        with pytest.raises(DataError, match="404"):
            find_or_fetch("kmnist", tmp_path / "root")
        assert f"mine {number}" == file.read_text()
        assert not (folder / name).exists()
        published.answers[file.name] = answers
        find_or_fetch("kmnist", tmp_path / "root")
        assert f"mine {number}" == (folder / name).read_text()
    assert 6 == len(list(folder.iterdir()))


def test_wrong_content(published: Server, tmp_path: Path) -> None:
    """A file with another checksum is not kept."""
    published.answers[f"{FILES[1]}.gz"] = [content(b"something else")]
    with pytest.raises(DataError, match="the SHA-256 must be"):
        find_or_fetch("kmnist", tmp_path / "root")
    assert [f"{FILES[0]}.gz"] == [path.name for path in (tmp_path / "root" / "kmnist").iterdir()]


FETCH = """
import sys
from dataclasses import replace
from mlpcli.cli.entry import main
from mlpcli.datasets import SOURCES
SOURCES["kmnist"] = replace(SOURCES["kmnist"], mirrors=(sys.argv.pop(1),))
main()
"""


@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize("made", ["", "sets", "sets/kmnist"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(server: Server, tmp_path: Path, number: int, code: int, made: str) -> None:
    """A download that is interrupted leaves no empty folders but those that were there before."""
    server.answers = {f"{FILES[0]}.gz": [endless(0.01)]}
    (tmp_path / made).mkdir(parents=True, exist_ok=True)
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-c", FETCH, server.url, "data", "fetch", "kmnist"]
    environment = os.environ | {"MLP_DATA": str(tmp_path / "sets")}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    ) as process:
        while not list(tmp_path.glob("sets/kmnist/.*.tmp")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        assert code == process.wait(60)
    assert before == sorted(tmp_path.rglob("*"))


def test_nothing_arrived(published: Server, tmp_path: Path) -> None:
    """A download that fails leaves no empty folders, and whole files where they are."""
    published.answers = {}
    with pytest.raises(DataError, match="downloading failed"):
        find_or_fetch("kmnist", tmp_path / "new" / "root")
    assert not (tmp_path / "new").exists()


@pytest.fixture
def stranger(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights that say they were trained on the kmnist in the folder `theirs`."""
    monkeypatch.delenv("MLP_DATA", raising=False)
    data = {"name": "kmnist", "root": str(tmp_path / "theirs")}
    classes = list(SOURCES["kmnist"].classes)
    return altered(trained / "best.npz", tmp_path / "stranger.npz", data, classes=classes)


@pytest.mark.parametrize("options", [[], ["--data", "kmnist"]])
@pytest.mark.parametrize("root", ["data", "mine"])
def test_root_of_a_stranger(
    published: Server,
    mlp: Mlp,
    stranger: Path,
    root: str,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What weights were trained on is downloaded into one's own root, not where the weights say."""
    if root != "data":
        monkeypatch.setenv("MLP_DATA", root)
    result = mlp("evaluate", "--weights", stranger, *options)
    assert 0 == result.exit_code, result.output
    assert 4 == len(list((stranger.parent / root / "kmnist").iterdir()))
    assert not (stranger.parent / "theirs").exists()
    assert published.asked
    theirs = stranger.parent / "theirs"
    assert result.stderr == (
        f"note: kmnist is not in {root}; the weights name another data root: MLP_DATA={theirs}\n"
    )


def test_root_of_a_run(
    published: Server, mlp: Mlp, stranger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data set in the root that weights name is read there once MLP_DATA names it as well."""
    theirs = stranger.parent / "theirs"
    find_or_fetch("kmnist", theirs)
    published.asked.clear()
    noted = mlp("inspect", stranger).stderr
    assert noted.endswith(f"; the weights name another data root: MLP_DATA={theirs}\n")
    assert not published.asked
    monkeypatch.setenv("MLP_DATA", str(theirs))
    for command in (["evaluate", "--weights", stranger], ["inspect", stranger]):
        result = mlp(*command)
        assert (0, "") == (result.exit_code, result.stderr)
    assert not published.asked
    assert not (stranger.parent / "data").exists()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody answer where MNIST is published."""
    monkeypatch.delenv("MLP_DATA", raising=False)
    mirrors = ("http://127.0.0.1:9/one/", "http://127.0.0.1:9/two/")
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], mirrors=mirrors))


OFFLINE = """\
mnist: not in data/mnist or data (train-images-idx3-ubyte.gz and so on)
downloading failed (no connection)
either put its four files into data/mnist, or set MLP_DATA to their folder
or train on drawn digits: mlp train --config quickstart
or train on your own: mlp train mnist --data FILE_OR_FOLDER
"""


@pytest.mark.usefixtures("offline")
def test_nowhere(mlp: Mlp) -> None:
    """Without a network five short lines say what is missing, why, and three ways to go on."""
    for command in (["train", "mnist"], ["data", "fetch", "mnist"]):
        result = mlp(*command)
        assert (1, "", OFFLINE) == (result.exit_code, result.stdout, result.stderr)
    assert all(len(line) <= 80 for line in OFFLINE.splitlines())
    with pytest.raises(DataError) as caught:
        find_or_fetch("mnist", Path("data"))
    assert OFFLINE.splitlines() == str(caught.value).splitlines()


@pytest.mark.usefixtures("offline")
def test_resumed_offline(mlp: Mlp) -> None:
    """A run whose data set is gone says the same, and how to go on if it has only moved."""
    Path("run").mkdir()
    Path("run/config.yaml").write_text("data: {name: mnist}\n")
    lines = mlp("train", "--resume", "run").stderr.splitlines()
    assert OFFLINE.splitlines()[:-1] == lines[:-1]
    assert lines[-1].endswith("; if it has moved: mlp train --resume run --data PATH")


@pytest.mark.usefixtures("offline")
def test_broken_and_offline(mlp: Mlp, tmp_path: Path) -> None:
    """If some of the four files are there, the first line says what is wrong with them."""
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / f"{FILES[0]}.gz").write_bytes(b"x")
    first, *others = mlp("train", "mnist").stderr.splitlines()
    assert first.startswith(
        f"mnist: not in the data root data (data/mnist: needs the file {FILES[1]}"
    )
    assert OFFLINE.splitlines()[1:] == others


@pytest.mark.usefixtures("offline")
def test_offline_and_read_only(mlp: Mlp, tmp_path: Path) -> None:
    """If the folder cannot be made, the second line says why."""
    (tmp_path / "data").touch()
    lines = mlp("train", "mnist").stderr.splitlines()
    assert "downloading failed (data/mnist cannot be written, Not a directory)" == lines[1]
    assert 5 == len(lines)


def test_mirrors_fail_differently(
    server: Server, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reason is given once, with the host that gave it."""
    monkeypatch.delenv("MLP_DATA", raising=False)
    mirrors = ("http://127.0.0.1:9/", server.url, f"{server.url}two/")
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], mirrors=mirrors))
    host = f"127.0.0.1:{server.server_port}"
    reasons = f"127.0.0.1:9: no connection; {host}: the server answered 404 Not Found"
    assert f"downloading failed ({reasons})" == mlp("train", "mnist").stderr.splitlines()[1]


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
