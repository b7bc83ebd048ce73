"""Opens a page in the user's browser, from a program of its own that may take as long as it likes.

A text browser would take over the terminal, and a browser that a script starts may end only when
its window is closed. So the browser gets no terminal and no standard streams, and is waited for a
few seconds only.
"""

from __future__ import annotations

import os
import subprocess
import sys

SECONDS = 3.0  # after which a browser that still runs has opened the page
_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"


def open_in_browser(url: str) -> str:
    """Open a page, and return an empty text; or return why that was not possible."""
    if not _has_screen():
        return "no screen to open a browser on"
    environment = {name: value for name, value in os.environ.items() if name != "TERM"}
    try:
        child = subprocess.Popen(  # noqa: S603  # this Python, isolated from the working directory
            [sys.executable, "-I", "-c", _OPEN, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,  # without TERM no text browser is chosen
            start_new_session=True,
        )
        code = child.wait(SECONDS)
    except subprocess.TimeoutExpired:
        child.returncode = 0  # it goes on by itself, which Python would warn of
        return ""
    except OSError:
        code = 1
    return "no browser was found that could open the page" if code else ""


def _has_screen() -> bool:
    """Tell whether a window would be seen: not on a server, nor behind ssh without a display."""
    variables = os.environ
    if variables.get("BROWSER"):
        return True
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in variables
    return bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))
