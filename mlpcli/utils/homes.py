"""Expands `~` and `~user` in paths that no shell has expanded, such as those in a file."""

import os
from pathlib import Path

from mlpcli.errors import ConfigError


class HomeError(ValueError):
    """There is no such user or home directory; the message says what a path must be."""


def with_home(path: str) -> str:
    """Return a path with ~ or ~user at its beginning replaced by the home directory.

    Raises:
        HomeError: there is none.
    """
    full = os.path.expanduser(path)  # noqa: PTH111  # pathlib takes ./~ for ~
    if path.startswith("~") and full == path:
        first = Path(path).parts[0]
        raise HomeError(
            f"must begin with an existing home directory, got {first[:60]!r}; "
            "for a folder of that name put ./ before it"
        )
    return full


def path_variable(name: str) -> str:
    """Return the path in an environment variable, or an empty string if it is not set.

    Raises:
        ConfigError: it begins with a home directory that does not exist.
    """
    try:
        return with_home(os.environ.get(name, ""))
    except HomeError as error:
        raise ConfigError(f"{name}: {error}") from error
