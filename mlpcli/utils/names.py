"""Which known name was probably meant by one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

_NEAR = 0.75  # share of letters in common; with less it is not a typing error
_LONGEST = 100  # letters of a name worth comparing
_SHORTEST = 3  # letters of a part that may stand for the whole name


def nearest(meant: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar, or the only one that begins or ends so, or None.

    At the end it must be a word: `delta` stands for `min_delta`, and `port` not for `report`.
    Capital letters do not count, and `-` is as good as `_`. The first letter must be among the
    first two of `meant`: without that, `export` would be similar to `report`.
    """
    wanted = _folded(meant)
    if not wanted or len(wanted) > _LONGEST:
        return None
    names = {_folded(name): name for name in known}
    near = [name for name in names if name[:1] in wanted[:2]]
    for found in get_close_matches(wanted, near, 1, _NEAR):
        return names[found]
    if len(wanted) < _SHORTEST:
        return None
    longer = [name for name in names if name.startswith(wanted) or name.endswith(f"-{wanted}")]
    return names[longer[0]] if len(longer) == 1 else None


def guess(meant: str, known: Iterable[str]) -> str:
    """Return `; did you mean NAME?` for the end of a message, nothing if no name is similar."""
    name = nearest(meant, known)
    return "" if name is None else f"; did you mean {name}?"


def _folded(name: str) -> str:
    return name.casefold().replace("_", "-")
