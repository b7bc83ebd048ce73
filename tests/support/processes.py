"""The program as a process of its own."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def start_training(config_file: Path, directory: Path) -> subprocess.Popen[str]:
    """Start a training as a process of its own."""
    arguments = ["train", "--config", str(config_file), "--out", str(directory)]
    command = [sys.executable, "-m", "mlpcli", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def wait_for(path: Path, end: bytes = b"") -> None:
    """Wait until a file is there and ends so."""
    deadline = time.monotonic() + 120
    while not path.exists() or (end and not path.read_bytes().rstrip().endswith(end)):
        assert time.monotonic() < deadline, path
        time.sleep(0.005)


def start(*arguments: str | Path, cwd: Path, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start the program as a process of its own, below another one where `prefix` says so."""
    command = [*prefix, sys.executable, "-m", "mlpcli", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def imported(folder: Path, arguments: Sequence[str], heavy: set[str]) -> set[str]:
    """Return which of some modules a command that goes well has imported."""
    code = (
        "import sys, click.testing, mlpcli.cli.main\n"
        f"result = click.testing.CliRunner().invoke(mlpcli.cli.main.cli, {list(arguments)!r})\n"
        f"print(result.exit_code, *{heavy!r} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    exit_code, *found = result.stdout.split()
    assert "0" == exit_code
    return set(found)
