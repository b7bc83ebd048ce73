"""What differs between two configurations."""

from enum import Enum
from typing import Final

from mlpcli.config.keys import flatten, known_keys
from mlpcli.config.loading import plain
from mlpcli.config.schema import Config


class _Missing(Enum):
    MISSING = "–"


MISSING: Final = _Missing.MISSING
"""Stands for the value of a key that a configuration does not have."""

Change = tuple[str, object, object]
"""A dotted key, and its value in both configurations."""


def config_changes(first: Config, second: Config) -> list[Change]:
    """Return the keys that differ, in the order of the schema, with both values or `MISSING`."""
    old, new = flatten(plain(first)), flatten(plain(second))
    for one, other in ((old, new), (new, old)):  # a section that only one of them has
        for key in [key for key in one if any(each.startswith(f"{key}.") for each in other)]:
            del one[key]
    order = known_keys()
    changes = [
        (key, old.get(key, MISSING), new.get(key, MISSING))
        for key in sorted(old.keys() | new.keys(), key=order.index)
    ]
    return [change for change in changes if change[1] != change[2]]
