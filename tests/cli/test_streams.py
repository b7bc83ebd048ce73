"""Messages and results that cannot be written: a full disk, a reader that has left, no stream."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.support.glyphs import write_inputs
from tests.support.processes import start

MLP = [sys.executable, "-B", "-m", "mlpcli"]  # -B: no bytecode is cut short
IN_SHELL = ["/bin/sh", "-c"]
ON_A_FULL_DISK = [*IN_SHELL, 'ulimit -f 1 && exec "$@"', "sh", *MLP]  # so no file can grow
Stream = Callable[[Path], "IO[bytes]"]
FEW = [f"--set=data.{setting}" for setting in ("train=300", "validation=99", "test=99")]
ENDINGS = [
    (["nonsense"], 2),
    (["config", "show", "absent"], 2),
    (["predict", "absent.png"], 1),
    (["predict", "3.png"], 0),
]


@pytest.fixture(autouse=True)
def _buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program write as it does for users."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)


@contextmanager
def full(tmp_path: Path) -> Iterator[IO[bytes]]:
    """A file that is larger than files may be."""
    with (tmp_path / "full").open("wb") as file:
        file.write(bytes(8192))
        file.flush()
        yield file


@contextmanager
def left(_tmp_path: Path) -> Iterator[IO[bytes]]:
    """A pipe whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as pipe:  # noqa: PTH123  # a descriptor
        yield pipe


@pytest.mark.parametrize("unwritable", [full, left])
@pytest.mark.parametrize(("arguments", "code"), ENDINGS)
def test_messages_that_cannot_be_written(
    tmp_path: Path, unwritable: Stream, arguments: list[str], code: int
) -> None:
    """The exit code is the same if the message cannot be written."""
    write_inputs(tmp_path, "3.png")
    with unwritable(tmp_path) as stderr:
        result = subprocess.run(
            [*ON_A_FULL_DISK, *arguments],
            cwd=tmp_path,
            check=False,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    assert code == result.returncode
    assert (code == 0) == result.stdout.startswith(b"3.png: 3")


@pytest.mark.slow
@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize("unwritable", [full, left])
def test_interruptions_that_cannot_be_reported(tmp_path: Path, unwritable: Stream) -> None:
    """Ctrl-C ends with 130 even if no message can be written."""
    command = [*ON_A_FULL_DISK, "predict", "-"]
    pipe = subprocess.PIPE
    with (
        unwritable(tmp_path) as stderr,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, cwd=tmp_path) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(b"begun" * 100_000)  # more than a pipe holds: it is being read
        process.stdin.flush()
        time.sleep(0.5)  # until it waits for the rest
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "code"), ENDINGS)
@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, closed: str, arguments: list[str], code: int) -> None:
    """The exit code is the same if a stream is closed, and there is no traceback."""
    write_inputs(tmp_path, "3.png")
    script = f'exec "$@" {closed}'
    result = subprocess.run(
        [*IN_SHELL, script, "sh", *MLP, *arguments], cwd=tmp_path, check=False, capture_output=True
    )
    assert code == result.returncode
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["-"], ["-", "--from-list"]])
def test_closed_standard_input(tmp_path: Path, arguments: list[str]) -> None:
    """Reading from a closed standard input is reported."""
    script = 'exec "$@" <&-'
    result = subprocess.run(
        [*IN_SHELL, script, "sh", *MLP, "predict", *arguments],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert (1, b"-: standard input is closed") == (
        result.returncode,
        result.stderr.splitlines()[-1],
    )


@pytest.mark.parametrize(
    "arguments",
    ["--help", "--version", "-h", "train --help", "data --help", "data list -h", "config schema"],
)
def test_results_that_cannot_be_written(tmp_path: Path, arguments: str) -> None:
    """A full standard output is named in one line, with exit code 1, whatever was to be written."""
    with full(tmp_path) as stdout:
        result = subprocess.run(
            [*ON_A_FULL_DISK, *arguments.split()],
            check=False,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
    assert (1, b"standard output: File too large\n") == (result.returncode, result.stderr)


def test_completion_that_cannot_be_written(tmp_path: Path) -> None:
    """The completion script ends likewise if it cannot be written."""
    with full(tmp_path) as stdout:
        result = subprocess.run(
            ON_A_FULL_DISK,
            env=os.environ | {"_MLP_COMPLETE": "zsh_source"},
            check=False,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
    assert (1, b"standard output: File too large\n") == (result.returncode, result.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--config", "quickstart", *FEW],
        ["data", "fetch", "mnist"],
    ],
)
def test_a_working_directory_that_is_gone(tmp_path: Path, arguments: list[str]) -> None:
    """If the working directory was deleted, the message says so, and what to do."""
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'cd "$0" && rmdir "$0" && exec "$@"'
    command = [*IN_SHELL, script, str(gone), *MLP, *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "MLP_DATA"}
    result = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert 1 == result.returncode
    message = f"{gone}: the working directory was deleted; cd to one that exists"
    assert message == result.stderr.splitlines()[-1]
    assert "standard output" not in result.stderr


@pytest.mark.slow
def test_narrow_encoding(config_file: Path, tmp_path: Path) -> None:
    """A terminal whose encoding lacks dashes and arrows gets question marks, not an error."""
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    options = ["--set", "data.validation=0", "--out", str(tmp_path / "run")]
    for arguments in (["--dry-run"], options):
        result = subprocess.run(
            [*command, *arguments], env=environment, check=True, capture_output=True
        )
        assert b"?" in result.stdout


def test_closed_pipe(tmp_path: Path) -> None:
    """A reader that leaves early, as head does, brings no traceback."""
    process = start("config", "schema", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait()


def test_closed_stderr(config_file: Path, tmp_path: Path) -> None:
    """A training runs to its end although stderr is closed."""
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    result = subprocess.run(  # the shell's 2>&- closes it
        ["/bin/sh", "-c", '"$@" 2>&-', "sh", *command],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1].startswith("test accuracy ")
