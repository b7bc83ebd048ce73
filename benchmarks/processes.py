"""`mlp` as processes of their own: on a terminal, with their children, their memory, their weights.

Processes are looked up in /proc, so that it works on Linux only.
"""

import fcntl
import hashlib
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.runs.directory import Run

MLP = (sys.executable, "-m", "mlpcli")
CTRL_C = b"\x03"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A command that has a terminal to itself, on which it prints and Ctrl-C can be pressed.

    Args:
        arguments: of `mlp`.
    """

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        self.process = subprocess.Popen(
            [*MLP, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no threads
        )
        os.close(theirs)
        self._printed = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether the command has not ended."""
        return self.process.poll() is None

    def press_ctrl_c(self) -> None:
        """Interrupt all processes of the terminal, as a person does."""
        os.write(self._ours, CTRL_C)

    def end(self, timeout: float | None = None) -> tuple[int, str]:
        """Wait for the command, and return its exit code and what a person has read."""
        code = self.process.wait(timeout)
        self._reader.join(timeout=5)  # a child that outlives it keeps the terminal open
        return code, readable(bytes(self._printed))

    def _read(self) -> None:
        with suppress(OSError):  # all processes on it have ended
            while piece := os.read(self._ours, 1 << 16):
                self._printed += piece


def readable(printed: bytes) -> str:
    """Return the text that is left on a terminal: of each line what was written last."""
    lines = _CONTROL.sub("", printed.decode(errors="replace")).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2].rstrip() for line in lines).strip()


def descendants(pid: int) -> dict[int, str]:
    """Return the processes that a process has started, and those that they have, with commands."""
    parents = dict(_parents())
    found: dict[int, str] = {}
    level = {pid}
    while level := {child for child, parent in parents.items() if parent in level}:
        found |= {child: command_of(child) for child in level}
    return found


def workers_of(pid: int) -> list[int]:
    """Return Dask's workers of a sweep, by its own process."""
    return [pid for pid, command in descendants(pid).items() if "spawn_main" in command]


def seconds_until_gone(pids: Mapping[int, str], patience: float = 60) -> float | None:
    """Wait until processes are gone; return how long it took, None if some still are there."""
    start = time.monotonic()
    while time.monotonic() - start < patience:
        if not any(command_of(pid) == command for pid, command in pids.items()):
            return time.monotonic() - start
        time.sleep(0.02)
    return None


def command_of(pid: int) -> str:
    """Return the command of a process; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def peak_memory(pid: int) -> float:
    """Return the most that was resident of a process so far, in MiB; 0 if it has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) / 1024 if found else 0


def kill(pid: int) -> None:
    """End a process at once, if it has not ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def weights_sha256(run: Run) -> str:
    """Return the SHA-256 of all arrays of the best weights, by name, without their metadata."""
    digest = hashlib.sha256()
    for name, array in sorted(load_checkpoint(run.best).arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _parents() -> Iterator[tuple[int, int]]:
    """Yield each process and its parent."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(folder.name), int(parent)
