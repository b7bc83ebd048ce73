"""Data that several tests share: the real MNIST where it is, and rendered digits everywhere."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

from mlpcli.cli.main import cli
from mlpcli.datasets import Dataset, open_dataset
from tests.support.browser import chromium
from tests.support.glyphs import draw_digits

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("untimed", deadline=None)  # no test depends on the machine's speed
settings.load_profile("untimed")

Mlp = Callable[..., Result]


if os.environ.get("MLP_DATA"):  # the tests change the working directory
    os.environ["MLP_DATA"] = str(Path(os.environ["MLP_DATA"]).resolve())


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Leave the user's cache folder alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def signals_heard() -> Iterator[None]:
    """Let programs hear signals that `nohup`, or a job in a script's background, has ignored."""
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def mnist_root() -> Path:
    """The data root that holds the real MNIST."""
    root = os.environ.get("MLP_DATA")
    if not root:
        pytest.skip("MLP_DATA does not name a folder that holds mnist/")
    return Path(root)


@pytest.fixture(scope="session")
def mnist(mnist_root: Path) -> Dataset:
    """The real MNIST, 50,000 / 10,000 / 10,000."""
    return open_dataset("mnist", root=mnist_root, validation=10000)


@pytest.fixture(scope="session")
def glyph_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .npz with 600 training and 100 test images of printed digits."""
    path = tmp_path_factory.mktemp("glyphs") / "glyphs.npz"
    x_train, y_train = draw_digits(600, seed=1)
    x_test, y_test = draw_digits(100, seed=2)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="session")
def glyphs(glyph_file: Path) -> Dataset:
    """Printed digits, 500 / 100 / 100."""
    return open_dataset(glyph_file, root=Path("unused"), validation=100)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed; apt-get install chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture
def mlp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mlp:
    """Run the program in an empty folder of its own, as from a shell."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin)

    return run


def write_small_config(path: Path, data: Path) -> Path:
    """Write a configuration that trains on printed digits within a second."""
    path.write_text(
        f"data: {{path: '{data}', validation: 100}}\n"
        "model: {layers: [784, 30, 10], activation: relu, init: he}\n"
        "training: {epochs: 3, batch_size: 20}\n"
    )
    return path


@pytest.fixture
def config_file(tmp_path: Path, glyph_file: Path) -> Path:
    """A configuration that trains on printed digits within a second."""
    return write_small_config(tmp_path / "small.yaml", glyph_file)


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory, glyph_file: Path) -> Path:
    """A folder of two finished runs on printed digits, to copy: one trained well, one weak."""
    folder = tmp_path_factory.mktemp("finished")
    config = write_small_config(folder / "small.yaml", glyph_file)
    few = ["--set", "training.optimizer.learning_rate=0.01", "--set", "training.epochs=1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, options in (("trained", []), ("weak", few)):
            arguments = ["train", "--config", str(config), "--out", name, *options]
            result = CliRunner().invoke(cli, arguments)
            assert 0 == result.exit_code, result.output
    return folder


@pytest.fixture
def trained(finished_runs: Path, config_file: Path) -> Path:
    """The directory of a finished run on printed digits, beside its configuration."""
    return Path(shutil.copytree(finished_runs / "trained", config_file.parent / "trained"))


@pytest.fixture
def weak(finished_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights whose predictions of about half of the printed digits are right."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished_runs / "weak", "weak")
    return Path("weak/best.npz")
