"""How much memory the program has taken so far."""

import re
import sys
from contextlib import suppress
from pathlib import Path


def peak_memory() -> int | None:
    """Return the most memory in bytes that was resident so far; None if the system does not say.

    Linux also counts what was resident in a parent process, but not in `/proc`.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text()
        if found := re.search(r"^VmHWM:\s+(\d+) kB$", status, flags=re.MULTILINE):
            return int(found[1]) << 10
    try:
        import resource  # noqa: PLC0415  # Windows does not have it
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10
