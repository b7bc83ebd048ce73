"""Paths that no shell has seen, such as those in a file: `~` and `~user` → home directories."""

import os
from pathlib import Path

from mlpcli.errors import ConfigError


class HomeError(ValueError):
    """There is no such user, or no such directory; says what a path must be."""


def with_home(path: str) -> str:
    """Return a path whose first part, if it is ~ or ~user, is replaced by that home directory.

    Raises:
        HomeError: there is none.
    """
    full = os.path.expanduser(path)  # noqa: PTH111  # pathlib takes ./~ for ~
    if path.startswith("~") and full == path:
        first = Path(path).parts[0]
        raise HomeError(
            f"must begin with a home directory that there is, got {first[:60]!r}; "
            "for a folder of that name put ./ before it"
        )
    return full


def path_variable(name: str) -> str:
    """Return the path that an environment variable holds, an empty text if it holds none.

    Raises:
        ConfigError: it begins with a home directory that there is not.
    """
    try:
        return with_home(os.environ.get(name, ""))
    except HomeError as error:
        raise ConfigError(f"{name}: {error}") from error
