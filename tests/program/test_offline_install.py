"""Installation where there is no network, from a folder that was filled where there is one.

The commands are those of docs/guide/offline.md.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module", autouse=True)
def _network(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where packages cannot be downloaded."""
    folder = tmp_path_factory.mktemp("probe")
    command = [*PIP, "download", "--no-deps", "--dest", str(folder), "hatchling"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip(f"no packages can be downloaded: {result.stderr.strip().splitlines()[-1]}")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of all that is installed, in which nobody else writes."""
    copy = tmp_path / "mlpcli"
    for folder in ("mlpcli", "configs"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, copy / file)
    return copy


@pytest.fixture
def offline() -> dict[str, str]:
    """The environment of a machine whose network is a port where nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}"
    own = ("PIP_", "PYTHON", "MLP_", "NO_PROXY", "NO_COLOR", "VIRTUAL_ENV")
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith(own)}
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    named = {name: nowhere for each in proxies for name in (each, each.lower())}
    return kept | named | {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def install(folder: Path, packages: Path, what: list[str], environment: dict[str, str]) -> Path:
    """Install from a folder of packages alone into a new environment, and return its commands."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    commands = folder / SCRIPTS
    options = ["--quiet", "--no-index", "--find-links", str(packages)]
    run([str(commands / "python"), "-m", "pip", "install", *options, *what], environment)
    return commands


def run(command: list[str], environment: dict[str, str], folder: Path | None = None) -> str:
    """Run a command that must succeed, and return what it prints."""
    result = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert 0 == result.returncode, result.stderr
    return result.stdout


def test_wheels(tmp_path: Path, source: Path, offline: dict[str, str]) -> None:
    """A folder of wheels is all that it takes to install the program, and to train with it."""
    wheels = tmp_path / "wheels"
    subprocess.run([*PIP, "wheel", str(source), "--wheel-dir", str(wheels)], check=True)
    shutil.rmtree(source)
    commands = install(tmp_path / "venv", wheels, ["mlpcli"], offline)
    assert run([str(commands / "mlp"), "--version"], offline).startswith("mlp, version ")
    few = ["data.train=300", "data.test=100", "data.validation=100", "training.epochs=1"]
    changes = [word for text in few for word in ("--set", text)]
    command = [str(commands / "mlp"), "train", "--config", "quickstart", *changes]
    environment = offline | {"MLP_CACHE": str(tmp_path / "cache")}
    *_, line = run(command, environment, tmp_path).splitlines()
    assert line.startswith("test accuracy ")
    assert (tmp_path / "runs" / "quickstart" / "best.npz").is_file()


def test_source_folder(tmp_path: Path, source: Path, offline: dict[str, str]) -> None:
    """With the build backend among the packages, the source folder is installed as well."""
    packages = tmp_path / "packages"
    wanted = [str(source), "hatchling", "editables"]
    subprocess.run([*PIP, "download", *wanted, "--dest", str(packages)], check=True)
    commands = install(tmp_path / "venv", packages, ["--editable", str(source)], offline)
    code = "import mlpcli.cli.main; print(mlpcli.__file__)"
    found = run([str(commands / "python"), "-c", code], offline, tmp_path).strip()
    assert str(source / "mlpcli" / "__init__.py") == found


def test_nothing_else_is_reached(tmp_path: Path, offline: dict[str, str]) -> None:
    """In that environment no package can be had but from a folder."""
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [*PIP, "download", "--dest", str(empty), "--retries", "0", "hatchling"]
    result = subprocess.run(command, env=offline, capture_output=True, text=True, check=False)
    assert 0 != result.returncode
    assert not list(empty.iterdir())
