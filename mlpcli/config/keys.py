"""Keys by their dotted names: all that there are, and those of one configuration."""

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Any, get_args

from mlpcli.config.schema import Config
from mlpcli.config.section import Section


def known_keys(section: type[Section] = Config, above: str = "") -> list[str]:
    """Return every key that `--set` can set, in the order of the schema.

    Among them are the keys of every optimizer and schedule, and the sections that may be null.
    """
    keys: dict[str, None] = {}
    for name, field in section.model_fields.items():
        inner = list(sections_in(field.annotation))
        if not inner or NoneType in get_args(field.annotation):
            keys[above + name] = None
        for each in inner:
            keys |= dict.fromkeys(known_keys(each, f"{above}{name}."))
    return list(keys)


def flatten(values: dict[str, Any], above: str = "") -> dict[str, object]:
    """Return the plain values of a configuration by dotted keys, which begin with `above`."""
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict) and above + name in _section_names():
            flat |= flatten(value, f"{above}{name}.")
        else:
            flat[above + name] = value
    return flat


@cache
def _section_names() -> frozenset[str]:
    """Return the dotted names of all sections, those within others included."""
    parts = [key.split(".") for key in known_keys()]
    return frozenset(".".join(key[:depth]) for key in parts for depth in range(1, len(key)))


def sections_in(annotation: object) -> Iterator[type[Section]]:
    """Yield the sections that a type is a choice of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)
