"""Signals before the program has begun, and once it is ending."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("signals_heard")

IMPORTED = ("click.core", "mlpcli.cli.main", "numpy._core", "mlpcli.inference.classifier")
EXITING = """
import atexit, sys, time
from mlpcli.cli.entry import main

def slowly():
    print("exiting", flush=True)
    time.sleep(60)

atexit.register(slowly)
sys.argv = ["mlp", *sys.argv[1:]]
main()
"""


def start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    """Start Python with pipes for all that it reads and writes."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", IMPORTED)
def test_imports(tmp_path: Path, module: str, number: int) -> None:
    """A signal while modules are imported ends the program without a traceback."""
    command = ["-X", "importtime", "-m", "mlpcli", "predict", "-"]
    with start(command, tmp_path) as process:
        assert process.stderr is not None
        assert any(line.split("|")[-1].strip() == module for line in process.stderr)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    said = [line for line in errors.splitlines() if not line.startswith("import time:")]
    assert 128 + number == process.returncode
    assert [] == [line for line in said if line != "interrupted" and "come with mlp" not in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("arguments", [["--version"], ["predict", "absent.png"]])
def test_exit(tmp_path: Path, arguments: list[str], number: int) -> None:
    """A signal once everything is done and Python is ending is not answered by a traceback."""
    with start(["-c", EXITING, *arguments], tmp_path) as process:
        assert process.stdout is not None
        assert "exiting\n" in iter(process.stdout.readline, "")
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert 128 + number == process.returncode
    assert "Traceback" not in errors
    assert "ignored" not in errors


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_second_signal(tmp_path: Path, first: int, second: int) -> None:
    """A second signal ends what the first one has begun to end, at once and without a word."""
    with start(["-c", EXITING, "predict", "-"], tmp_path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline().startswith("weights: ")
        process.stdin.write("begun" * 100_000)  # more than a pipe holds: it is being read
        process.stdin.flush()
        process.send_signal(first)  # at whatever it is just then
        assert "exiting\n" == process.stdout.readline()
        process.send_signal(second)
        _, errors = process.communicate(timeout=60)
    assert 128 + second == process.returncode
    assert ["interrupted"] * (first == signal.SIGINT) == errors.splitlines()


def test_an_ignored_signal(tmp_path: Path) -> None:
    """What the shell has told the program to ignore it ignores from its first line on."""
    script = 'trap "" TERM; exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", sys.executable, "-c", EXITING, "--version"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mlp, version")
        assert "exiting\n" == process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(60)
