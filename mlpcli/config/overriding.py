"""Sets single keys of a document that has been read, before it is validated.

A key that takes the place of others drops them: another optimizer's keys, another way to name the
data.
"""

from typing import Any

from mlpcli.config.consistency import DRAWN_KEYS, OWN_KEYS
from mlpcli.config.data import DRAWN
from mlpcli.config.document import Document, Key, read_override
from mlpcli.config.schema import ConstantSchedule, SgdConfig
from mlpcli.errors import ConfigError
from mlpcli.utils.escaping import first_line

RIVALS: list[set[Key]] = [
    {("data", "name"), ("data", "path"), ("data", "mix")},
    {("model", "layers"), ("model", "hidden")},
]
"""Setting one of these drops the others."""

# setting one of these to another name drops the keys that belonged to the old one
_CHOICES: dict[Key, str] = {
    ("training", "optimizer", "name"): SgdConfig().name,
    ("training", "schedule", "name"): ConstantSchedule().name,
}

CHOSEN = tuple(".".join(map(str, key[:-1])) for key in _CHOICES)
"""The sections of which `name` says what keys they have."""


def override(document: Document, text: str) -> None:
    """Set one key of a document from `KEY=VALUE`.

    Raises:
        ConfigError: the text has another form, or the value is not YAML.
    """
    name, value_text = split_setting(text)
    key: Key = tuple(name.split("."))
    read = Document({})
    set_key(document, key, read_override(read, key, value_text), read)


def split_setting(text: str) -> tuple[str, str]:
    """Return the name of the key in `KEY=VALUE`, and the text of its value.

    Raises:
        ConfigError: the text has another form.
    """
    name, equals, value_text = text.partition("=")
    name = name.strip()
    if not equals or "" in name.split("."):
        raise ConfigError(f"--set {first_line(text)}: must be KEY=VALUE, e.g. training.epochs=5")
    return name, value_text


def set_key(document: Document, key: Key, value: Any, read: Document) -> None:
    """Set one key of a document, or one item of a list in it.

    Args:
        document: whose values, places and problems change.
        key: of names, the last part possibly the index of an item.
        value: as `Document.values` holds them, with tuples for lists.
        read: where the value was read: the place of `key` among its `keys` and `places`, and the
            problems met.

    Raises:
        IndexError: there is no such item.
    """
    if isinstance(key[-1], int):
        _set_item(document, key, value)
    else:
        _drop_rivals(document, key, value)
        _forget(document, key)
        values = document.values
        for depth, part in enumerate(key[:-1], start=1):
            if not isinstance(values.get(str(part)), dict):
                _forget(document, key[:depth])
                values[str(part)] = {}
                document.keys[key[:depth]] = document.places[key[:depth]] = read.keys[key]
            values = values[str(part)]
        values[str(key[-1])] = value
    document.keys |= read.keys
    document.places |= read.places
    document.problems += read.problems


def _set_item(document: Document, key: Key, value: Any) -> None:
    """Put a value in the place of an item of a list, which must be there."""
    *section, name, index = key
    values, items = value_of(document, tuple(section)), value_of(document, key[:-1])
    if not isinstance(items, tuple) or not isinstance(index, int) or index >= len(items):
        raise IndexError(index)
    values[name] = (*items[:index], value, *items[index + 1 :])


def _drop_rivals(document: Document, key: Key, value: Any) -> None:
    """Remove the keys whose place a key takes."""
    rivals = {rival for group in RIVALS if key[:2] in group for rival in group - {key[:2]}}
    if rivals and value is not None:
        for rival in rivals:
            _forget(document, rival)
        if key[0] == "data" and value not in DRAWN:
            for count in DRAWN_KEYS:
                _forget(document, ("data", count))
        if key[-1] == "name":
            for own in OWN_KEYS:
                _forget(document, ("data", own))
    if key in _CHOICES and value != (value_of(document, key) or _CHOICES[key]):
        _forget(document, key[:-1])


def value_of(document: Document, key: Key) -> Any:
    """Return the value of a key of names, None where there is none."""
    values: Any = document.values
    for part in key:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _forget(document: Document, key: Key) -> None:
    """Remove a key, everything under it, and their recorded places and problems."""
    document.problems = [one for one in document.problems if one.key[: len(key)] != key]
    values = value_of(document, key[:-1])
    if not isinstance(values, dict) or key[-1] not in values:
        return  # without going through all keys, as there may be many --set
    del values[key[-1]]
    for table in (document.keys, document.places):
        for inner in [known for known in table if known[: len(key)] == key]:
            del table[inner]
