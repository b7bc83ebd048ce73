"""`mlp draw`, with real programs as browsers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.conftest import Mlp

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the browsers are shell scripts")

WAITED = 3  # seconds for a browser, see mlpcli.cli.browser


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Environment variables of a user without a screen, with an empty cache."""
    hidden = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION")
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    return variables | {"MLP_CACHE": str(tmp_path / "cache")}


def draw(
    folder: Path, variables: dict[str, str], *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder."""
    command = [sys.executable, "-m", "mlpcli", "draw", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=60
    )


def browser(folder: Path, then: str) -> str:
    """Write a script that records its argument and then does something, and return its path."""
    script = folder / "my-browser"
    script.write_text(f'#!/bin/sh\necho "$1" > "{folder}/opened"\n{then}\n')
    script.chmod(0o755)
    return str(script)


def opened(folder: Path) -> Path:
    """Return the file whose URL the browser got."""
    return Path(unquote(urlsplit((folder / "opened").read_text().strip()).path))


@pytest.mark.slow
def test_page_is_opened_in_the_browser(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """Without runs, the bundled weights are used, and the browser gets the page that is named."""
    variables = surroundings | {"BROWSER": browser(tmp_path, "exit 0")}
    result = draw(tmp_path, variables)
    file = Path(result.stdout.removesuffix("\n"))
    assert 0 == result.returncode, result.stderr
    assert "weights: those that come with mlp, trained on MNIST and drawn digits\n" == result.stderr
    assert file == opened(tmp_path)
    assert file.is_relative_to(tmp_path / "cache")
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.slow
def test_without_a_screen_the_path_is_printed(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """Where no browser can be shown, a line says so, and the path is on standard output."""
    result = draw(tmp_path, surroundings, "bundled")
    assert 0 == result.returncode
    assert "no screen to open a browser on; open this file in a browser\n" == result.stderr
    assert Path(result.stdout.strip()).is_file()


@pytest.mark.slow
def test_browser_that_fails(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """A browser that cannot open the page is not taken for one that can."""
    variables = surroundings | {"BROWSER": browser(tmp_path, "exit 1"), "PATH": "/nowhere"}
    result = draw(tmp_path, variables, "bundled")
    assert 0 == result.returncode
    assert (
        "no browser was found that could open the page; open this file in a browser\n"
        == result.stderr
    )


@pytest.mark.slow
def test_browser_that_stays_open(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """A browser that only ends when it is closed is left alone after some seconds."""
    then = f'echo $$ > "{tmp_path}/pid"\nexec sleep 30'
    start = time.monotonic()
    result = draw(tmp_path, surroundings | {"BROWSER": browser(tmp_path, then)}, "bundled")
    seconds = time.monotonic() - start
    try:
        assert 0 == result.returncode
        assert "" == result.stderr
        assert seconds < WAITED + 15
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
def test_interrupted_while_the_browser_starts(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """Ctrl-C ends the command with its usual exit code, and leaves the browser alone."""
    then = f'echo $$ > "{tmp_path}/pid"\nexec sleep 30'
    command = [sys.executable, "-m", "mlpcli", "draw", "bundled"]
    variables = surroundings | {"BROWSER": browser(tmp_path, then)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=variables, stderr=subprocess.PIPE, text=True
    ) as process:
        while not (tmp_path / "pid").exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
    assert (130, "interrupted\n") == (process.returncode, said)


@pytest.mark.slow
def test_browser_gets_no_terminal(tmp_path: Path, surroundings: dict[str, str]) -> None:
    """A text browser has nothing to read keys from, and nowhere to write."""
    then = f'[ -t 0 ] || [ -t 1 ] || cat > "{tmp_path}/read"'
    variables = surroundings | {"BROWSER": browser(tmp_path, then), "TERM": "xterm"}
    result = draw(tmp_path, variables, "bundled")
    assert "" == result.stderr
    assert "" == (tmp_path / "read").read_text()


@pytest.mark.slow
def test_module_in_the_working_directory_is_not_run(
    tmp_path: Path, surroundings: dict[str, str]
) -> None:
    """A file webbrowser.py that lies about is not what opens the page."""
    (tmp_path / "webbrowser.py").write_text("raise SystemExit(1)")
    variables = surroundings | {"BROWSER": browser(tmp_path, "exit 0")}
    assert "" == draw(tmp_path, variables, "bundled").stderr
    assert opened(tmp_path).is_file()


@pytest.mark.slow
def test_pages_of_different_weights_stay_apart(
    mlp: Mlp, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each network has a page of its own, and the same network the same one."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SSH_CONNECTION", "from elsewhere")
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    first, second, again = (mlp("draw", each).stdout for each in ("bundled", trained, "bundled"))
    assert first != second
    assert first == again
    assert 2 == len(list((tmp_path / "cache").rglob("*.html")))


@pytest.mark.slow
def test_oldest_pages_are_deleted(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache folder holds no more than twenty pages, the latest ones."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    file = Path(mlp("draw", "bundled").stdout.strip())
    for number in range(25):
        old = file.with_name(f"draw-{number:016x}.html")
        old.touch()
        os.utime(old, (number, number))
    (file.parent / "mine.html").touch()
    mlp("draw", "bundled")
    kept = {f"draw-{number:016x}.html" for number in range(6, 25)}
    assert kept | {file.name, "mine.html"} == {page.name for page in file.parent.iterdir()}


def test_cache_that_cannot_be_written(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says which folder cannot be written, and what to do."""
    Path("taken").touch()
    monkeypatch.setenv("MLP_CACHE", "taken")
    result = mlp("draw", "bundled")
    assert 1 == result.exit_code
    assert (
        "taken/mlpcli-cache: cannot be written, Not a directory; set MLP_CACHE to a folder that "
        "can, or write the page elsewhere: mlp export digits.html\n"
    ) == result.stderr


def test_two_places(mlp: Mlp) -> None:
    """More than one run or file is a mistake that names the option for several."""
    result = mlp("draw", "bundled", "bundled")
    assert 2 == result.exit_code
    assert "takes one RUN_OR_FILE, got 2 names; more networks by --weights" in result.stderr
