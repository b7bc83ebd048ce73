"""The folder of what can be made again: anything in it may be deleted at any time."""

import os
import time
from pathlib import Path

from platformdirs import user_cache_path

_DAY = 24 * 3600  # seconds


def cache_folder() -> Path:
    """Return the folder that MLP_CACHE names, or the system's one for this program and user."""
    named = os.environ.get("MLP_CACHE")
    return Path(named) if named else user_cache_path("mlpcli")


def is_abandoned(temporary: Path) -> bool:
    """Tell whether a temporary file or folder is too old for a process to be still writing it.

    Raises:
        OSError: it is no longer there.
    """
    return time.time() - temporary.stat().st_mtime > _DAY
