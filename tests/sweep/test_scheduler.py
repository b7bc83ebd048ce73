"""Sweeps on a scheduler of Dask whose workers share no files with the client.

The data are at /proc/self/cwd, which is another folder for each process.
"""

import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from distributed import Client

from mlpcli.config import load_config
from mlpcli.runs.checkpoint import load_metadata
from mlpcli.runs.directory import Run
from mlpcli.sweep import cluster
from mlpcli.training.session import train
from mlpcli.utils.version import __version__
from tests.conftest import Mlp
from tests.support.clusters import make_certificate, scheduler, worker
from tests.support.processes import start, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/cwd")

SWEEP = ("sweep", "small.yaml", "--set", "training.batch_size=20,50", "--seeds", "2")
LONG = ("--set", "training.epochs=15", "--set", "training.checkpoint_every=0.2")


@pytest.fixture
def folder(tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The client's folder, with a configuration and data that only the client sees."""
    folder = tmp_path / "client"
    folder.mkdir()
    shutil.copy(glyph_file, folder / "glyphs.npz")
    (folder / "small.yaml").write_text(
        "data: {path: /proc/self/cwd/glyphs.npz, validation: 100}\n"
        "model: {layers: [784, 30, 10], activation: relu, init: he}\n"
        "training: {epochs: 3, batch_size: 20}\n"
    )
    monkeypatch.chdir(folder)
    return folder


def digests(folder: Path) -> list[str]:
    """Return the digest of the best weights of each of four trials."""
    runs = [Run(folder / f"trial-{number:04}") for number in range(4)]
    return [load_metadata(run.best).metadata.weights_sha256 for run in runs]


def alone(folder: Path, changes: Sequence[str] = ()) -> list[str]:
    """Return the digests of the same trials, each trained by itself."""
    for number in range(4):
        own = [f"training.batch_size={(20, 50)[number % 2]}", f"seed={number // 2}"]
        config = load_config(folder / "small.yaml", [*changes, *own])
        train(config, out=folder / "alone" / f"trial-{number:04}")
    return digests(folder / "alone")


def times_sent(address: str) -> int:
    """Return how many times the data were given to the workers of a scheduler."""

    def count(dask_scheduler: object) -> int:
        counts = dask_scheduler.task_prefixes["as_sent"].state_counts  # type: ignore[attr-defined]
        return int(counts["memory"])

    with Client(address) as client:
        return int(client.run_on_scheduler(count))


@pytest.mark.slow
def test_machines(tmp_path: Path, folder: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines without the data are sent them once, and give the weights of lone trainings.

    A third one with another version of the program is refused.
    """
    monkeypatch.chdir(folder)
    other = tmp_path / "packages"
    (other / "mlpcli-0.0.1.dist-info").mkdir(parents=True)
    (other / "mlpcli-0.0.1.dist-info" / "METADATA").write_text("Name: mlpcli\nVersion: 0.0.1\n")
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(tmp_path))
        for name in ("one", "two"):
            stack.enter_context(worker(tmp_path / name, address))
        client = stack.enter_context(Client(address))
        client.wait_for_workers(2)
        result = mlp(*SWEEP, "--scheduler", address, "--out", "far")
        assert 0 == result.exit_code, result.output
        assert alone(folder) == digests(folder / "far")
        assert 1 == times_sent(address)
        stack.enter_context(worker(tmp_path / "old", address, variables={"PYTHONPATH": str(other)}))
        client.wait_for_workers(3)
        result = mlp(*SWEEP, "--scheduler", address, "--out", "refused")
        assert 1 == result.exit_code
        assert f"must have mlpcli {__version__}, got 0.0.1; install it" in result.stderr


@pytest.mark.slow
def test_changing(tmp_path: Path, folder: Path) -> None:
    """A sweep waits for its first worker, and if that dies another goes on.

    The data that only the first one had are sent again, and the weights are the same.
    """
    with scheduler(tmp_path) as address:
        client = start(*SWEEP, *LONG, "--scheduler", address, "--out", "far", cwd=folder)
        try:
            wait_for(folder / "far" / "study.db")
            with worker(tmp_path / "one", address):
                wait_for(folder / "far" / "trial-0001" / "last.npz")
            with worker(tmp_path / "two", address):
                _, errors = client.communicate(timeout=60)
        finally:
            client.kill()
        assert 0 == client.returncode, errors
    assert alone(folder, [LONG[1]]) == digests(folder / "far")


@pytest.mark.slow
def test_tls(tmp_path: Path, folder: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """With certificates all is encrypted, and who has none is refused."""
    certificate, key = make_certificate(tmp_path)
    files = ["--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key]
    with scheduler(tmp_path, *files) as address, worker(tmp_path / "one", address, *files):
        assert address.startswith("tls://")
        monkeypatch.chdir(folder)
        monkeypatch.setattr(cluster, "PATIENCE", 2)
        result = mlp(*SWEEP, "--scheduler", address.replace("tls", "tcp"))
        assert (1, 1) == (result.exit_code, result.stderr.count("no scheduler of Dask answers"))
        tls = "DASK_DISTRIBUTED__COMM__TLS__"
        monkeypatch.setenv(tls + "CA_FILE", certificate)
        monkeypatch.setenv(tls + "CLIENT__CERT", certificate)
        monkeypatch.setenv(tls + "CLIENT__KEY", key)
        client = start(*SWEEP, "--scheduler", address, "--out", "far", cwd=folder)
        _, errors = client.communicate(timeout=60)
        assert 0 == client.returncode, errors
    assert alone(folder) == digests(folder / "far")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a scheduler for a second only."""
    monkeypatch.setattr(cluster, "PATIENCE", 1)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:9", "no scheduler of Dask answers, got Timed out trying to connect"),
        ("tls://127.0.0.1:9", "needs certificates, got none; name them in DASK_DISTRIBUTED__"),
        ("somewhere", "must be the address of a scheduler of Dask, such as tcp://HOST:8786, got "),
        ("http://127.0.0.1:9", "must be the address of a scheduler of Dask, such as tcp://HOST"),
    ],
)
def test_no_scheduler(
    folder: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch, address: str, message: str
) -> None:
    """Without a scheduler one line says what is wrong."""
    monkeypatch.chdir(folder)
    result = mlp(*SWEEP, "--scheduler", address)
    assert 1 == result.exit_code
    *_, line = result.stderr.splitlines()
    assert f"{address}: {message}" in line
