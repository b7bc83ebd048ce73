"""A base configuration and values for some of its keys → the configuration of a trial.

Nothing is parsed, so that a thousand points can be checked before the first one is trained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from mlpcli.config import Config, plain, with_absolute_paths
from mlpcli.config.document import Document, Key, Place, Problem, key_text, show
from mlpcli.config.loading import resolved
from mlpcli.config.overriding import set_key, value_of
from mlpcli.config.validation import examine
from mlpcli.errors import ConfigError
from mlpcli.utils.escaping import first_line

_KEY = re.compile(r"[^.\[\]]+(\.[^.\[\]]+)*(\[\d{1,4}\])?")

EXAMPLES = "training.batch_size or model.layers[1]"

Setting = tuple[Key, Any, Place]
"""A key, the JSON value that it gets, and where that was written."""


class Base:
    """A configuration that is ready to be changed.

    Args:
        config: may leave sizes to its data, because these may change.
    """

    def __init__(self, config: Config) -> None:
        written = config.written.document
        self._values: dict[str, Any] = tuples(plain(config))
        data = self._values["data"]
        for key, default in ("value_range", None), ("transpose", False):
            if data.get(key, default) == default:  # is for data.path only, which may go
                data.pop(key, None)
        self._keys = dict(written.keys) if written else {}
        self._places: dict[Key, Place] = {(): Place(0, 0, "config")}
        self._places |= written.places if written else {}

    def document(self, settings: Iterable[Setting] = ()) -> Document:
        """Return the document with some keys set.

        Names come first, because they drop the keys that belonged to another name, and sections
        before what is in them.

        The key of an item that does not exist is among its problems.
        """
        document = Document(_copy(self._values), dict(self._keys), dict(self._places))
        for key, value, place in sorted(
            settings, key=lambda each: (each[0][-1] != "name", len(each[0]))
        ):
            read = Document({}, dict.fromkeys(_keys(key, value), place), {key: place})
            try:
                set_key(document, key, tuples(value), read)
            except IndexError:
                document.problems.append(Problem(place, key, no_item(document, key)))
        return document

    def problems(self, settings: Iterable[Setting]) -> list[Problem]:
        """Return what is wrong with the configuration with some keys set."""
        return examine(self.document(settings))[1]

    def config(self, settings: Iterable[Setting]) -> Config:
        """Return the configuration with some keys set, with absolute paths.

        Raises:
            ConfigError: one line for each problem.
        """
        return with_absolute_paths(resolved(self.document(settings)))


def no_item(document: Document, key: Key) -> str:
    """Say what the key of an item must be, if the document has no such item."""
    section = key_text(key[:-1])
    items = value_of(document, key[:-1])
    if not isinstance(items, tuple) or not items:
        return f"must be an item of a list, but {section} is {show(items)}"
    return f"must be one of {section}[0] to {section}[{len(items) - 1}], got [{key[-1]}]"


@cache
def key_of(text: str) -> Key | None:
    """Return the key that a user writes as model.layers[1]; None if it has another form."""
    if not _KEY.fullmatch(text):
        return None
    names, bracket, index = text.partition("[")
    key: Key = tuple(names.split("."))
    return (*key, int(index[:-1])) if bracket else key


def known_form(text: str) -> Key:
    """Return the key that a user writes as model.layers[1].

    Raises:
        ConfigError: it has another form.
    """
    key = key_of(text)
    if key is None:
        raise ConfigError(f"{first_line(text)}: must be a key such as {EXAMPLES}")
    return key


def tuples(value: Any) -> Any:
    """Return a JSON value with tuples for lists, as a configuration has them."""
    match value:
        case dict():
            return {key: tuples(item) for key, item in value.items()}
        case list() | tuple():
            return tuple(tuples(item) for item in value)
        case _:
            return value


def _turn(setting: Setting) -> tuple[bool, int]:
    key, _, _ = setting
    return key[-1] != "name", len(key)


def _keys(key: Key, value: Any) -> Iterator[Key]:
    """Yield a key and those of the mapping that is its value."""
    yield key
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _keys((*key, name), inner)


def _copy(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy(item) if isinstance(item, dict) else item for key, item in values.items()}
