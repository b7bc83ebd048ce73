"""What a reader does besides reading, by Python's audit events: it should be nothing.

Reading a file starts no process, opens no connection, runs no code that came with the file, and
writes nowhere but in the folder for temporary files.
"""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import mlpcli

PROCESSES = frozenset(
    {
        *("subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn"),
        *("os.system", "os.startfile", "os.startfile/2", "pty.spawn"),
    }
)
_NEVER = PROCESSES | {
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib.Request"),
    *("ctypes.dlopen", "pickle.find_class", "webbrowser.open", "os.kill", "signal.pthread_kill"),
}
_CHANGES = frozenset(
    {
        *("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
        *("os.chmod", "os.chown", "os.utime", "shutil.rmtree", "shutil.move", "shutil.copyfile"),
    }
)
_CODE = (sys.prefix, sys.base_prefix, str(Path(mlpcli.__file__).parent), "<frozen")


class Watch:
    """Notes what happens while it is on.

    Args:
        folder: the one place that may be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.allowed = (str(folder), os.devnull)
        self.acts: list[str] = []
        self._on = False
        sys.addaudithook(self._hear)

    @contextmanager
    def on(self) -> Iterator[list[str]]:
        """Yield the list of acts, which fills up within the block."""
        self.acts = []
        self._on = True
        try:
            yield self.acts
        finally:
            self._on = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._on and self._forbids(event, arguments):
            self._on = False  # to show the arguments may raise events of its own
            stack = "".join(traceback.format_stack()[:-1])
            self.acts.append(f"{event} {arguments!r:.300}\n{stack}")
            self._on = True

    def _forbids(self, event: str, arguments: tuple[Any, ...]) -> bool:
        match event:
            case "open":
                path, mode, flags = arguments
                return _writes(mode, flags) and not self._inside(path)
            case "exec":  # a module that is loaded only now is nobody's but ours
                code = arguments[0]
                return not isinstance(code, CodeType) or not code.co_filename.startswith(_CODE)
            case "compile":  # NumPy parses headers by ast.literal_eval, whose file is "<unknown>"
                file = os.fsdecode(arguments[1] or b"")
                return file != "<unknown>" and not file.startswith(_CODE)
            case "os.symlink":
                return not self._inside(arguments[1])
            case _ if event in _CHANGES:
                return not self._inside(arguments[0])
        return event in _NEVER

    def _inside(self, path: Any) -> bool:
        return isinstance(path, str | bytes) and os.fsdecode(path).startswith(self.allowed)


def _writes(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wxa+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
