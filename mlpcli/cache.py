"""The folder of what can be made again: anything in it may be deleted at any time."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the folder that MLP_CACHE names, or the system's one for this program and user."""
    named = os.environ.get("MLP_CACHE")
    return Path(named) if named else user_cache_path("mlpcli")
