"""Downloads over TLS from a real server on loopback whose certificate nobody should trust."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mlpcli.datasets.download import fetch_file
from mlpcli.errors import DataError

pytestmark = [
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed"),
    pytest.mark.slow,
]

LOCAL = "IP:127.0.0.1"


class Silent(BaseHTTPRequestHandler):
    """Gives the same file to anybody."""

    def do_GET(self) -> None:
        """Answer one request."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"content")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Keep the test's output clean."""


def make_certificate(folder: Path, name: str) -> Path:
    """Make a key and a certificate that it has signed itself, in one file."""
    path = folder / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext"
    files = ["-keyout", str(path), "-out", str(folder / "only.pem")]
    subprocess.run(
        [*command.split(), f"subjectAltName={name}", *files], check=True, capture_output=True
    )
    path.write_text(path.read_text() + (folder / "only.pem").read_text())
    return path


@contextmanager
def serving(certificate: Path | None) -> Iterator[str]:
    """Run a server, with TLS if it has a certificate, and give its https address."""
    with HTTPServer(("127.0.0.1", 0), Silent) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that leave
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def reason(address: str, folder: Path) -> str:
    """Return why a file cannot be downloaded."""
    with pytest.raises(DataError) as caught:
        fetch_file("file", [address], folder / "file", lambda _: None)
    return str(caught.value).removeprefix(f"{address}file: ")


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the server itself, and trust what systems trust."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def test_self_signed(tmp_path: Path) -> None:
    """A self-signed certificate is called that, with how to trust it."""
    with serving(make_certificate(tmp_path, LOCAL)) as address:
        said = reason(address, tmp_path)
    hint = "set REQUESTS_CA_BUNDLE to a file with the certificates that you trust"
    assert f"no secure connection, self-signed certificate ({hint})" == said


def test_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy that the message names makes the download succeed."""
    certificate = make_certificate(tmp_path, LOCAL)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(certificate) as address:
        fetch_file("file", [address], tmp_path / "file", lambda _: None)
    assert b"content" == (tmp_path / "file").read_bytes()


def test_other_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate for another host is called that, and a proxy or login page is suspected."""
    certificate = make_certificate(tmp_path, "DNS:elsewhere.test")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(certificate) as address:
        said = reason(address, tmp_path)
    assert said.startswith("no secure connection, IP address mismatch, certificate is not valid")
    assert said.endswith("(check HTTPS_PROXY, and whether a network's login page responds instead)")


def test_expired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expired certificate is called that, and the clock is suspected."""
    certificate = make_certificate(tmp_path, LOCAL)
    command = "openssl x509 -days 0 -in only.pem -signkey server.pem -out old.pem"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    key = certificate.read_text().partition("-----BEGIN CERT")[0]
    certificate.write_text(key + (tmp_path / "old.pem").read_text())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with serving(certificate) as address:
        said = reason(address, tmp_path)
    hint = "check this computer's clock"
    assert f"no secure connection, certificate has expired ({hint})" == said


def test_proxy_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not answer is named, as the server is not at fault."""
    monkeypatch.setattr("mlpcli.datasets.download.PAUSES", ())
    monkeypatch.delenv("NO_PROXY")
    with serving(None) as address:
        unused = address.replace("https", "http")
    monkeypatch.setenv("HTTPS_PROXY", unused)
    said = reason("https://elsewhere.test/", tmp_path)
    assert "no connection through the proxy in HTTPS_PROXY" == said


def test_no_tls(tmp_path: Path) -> None:
    """A server that does not speak TLS gives the error of TLS, not of a certificate."""
    with serving(None) as address:
        said = reason(address, tmp_path)
    assert said.startswith("no secure connection, ")
    assert "wrong version number" in said or "record layer failure" in said


def test_unknown_issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate signed by an authority that is not trusted is called that; trusted, it works."""
    authority = make_certificate(tmp_path, "DNS:authority.test")
    signed = tmp_path / "signed"
    signed.mkdir()
    for command in (
        "openssl req -newkey rsa:2048 -nodes -subj /CN=signed -keyout key.pem -out request.pem",
        f"openssl x509 -req -days 2 -in request.pem -CA {authority} -CAkey {authority} "
        "-CAcreateserial -extfile names -out only.pem",
    ):
        (signed / "names").write_text(f"subjectAltName={LOCAL}\n")
        subprocess.run(command.split(), cwd=signed, check=True, capture_output=True)
    certificate = signed / "server.pem"
    certificate.write_text((signed / "key.pem").read_text() + (signed / "only.pem").read_text())
    with serving(certificate) as address:
        said = reason(address, tmp_path)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        fetch_file("file", [address], tmp_path / "file", lambda _: None)
    hint = "set REQUESTS_CA_BUNDLE to a file with the certificates that you trust"
    assert f"no secure connection, certificate of an unknown issuer ({hint})" == said
    assert b"content" == (tmp_path / "file").read_bytes()


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_missing_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A variable that names no file of certificates is named, with what it says."""
    absent = tmp_path / "absent.pem"
    monkeypatch.setenv(name, str(absent))
    said = reason("https://127.0.0.1:9/", tmp_path)
    wanted = f"{name}: must name a file with the certificates that you trust"
    assert f"{wanted}, got {absent}, which does not exist" == said


def test_bundle_without_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that holds no certificate does not look like a fault of the network."""
    (tmp_path / "bundle.pem").write_text("hello\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    with serving(make_certificate(tmp_path, LOCAL)) as address:
        said = reason(address, tmp_path)
    hint = "set REQUESTS_CA_BUNDLE to a file with the certificates that you trust"
    assert f"no secure connection, no certificate or crl found ({hint})" == said
