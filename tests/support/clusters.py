"""A scheduler of Dask and its workers, as processes of their own on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.support.processes import wait_for


@contextmanager
def scheduler(folder: Path, *options: str) -> Iterator[str]:
    """Run a scheduler at a free port; yield its address."""
    file = folder / "scheduler.json"
    where = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
    with _running(folder, ["scheduler", *where, "--no-dashboard", *options]):
        wait_for(file, end=b"}")  # it is there before it is whole
        yield str(json.loads(file.read_text())["address"])


@contextmanager
def worker(
    folder: Path, address: str, *options: str, variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a worker of one thread whose working directory, cache and data are its own."""
    folder.mkdir()
    cache = str(folder / "cache")
    arguments = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *options]
    with _running(folder, arguments, {"MLP_CACHE": cache, **(variables or {})}) as process:
        yield process


@contextmanager
def _running(
    folder: Path, arguments: Sequence[str], variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, **(variables or {})}
    environment.pop("MLP_DATA", None)
    with (folder / f"{arguments[0]}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def make_certificate(folder: Path) -> tuple[str, str]:
    """Write a certificate for loopback that is its own authority, and its key; return the files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mlpcli's tests")])
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(addresses, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return str(folder / "certificate.pem"), str(folder / "key.pem")
