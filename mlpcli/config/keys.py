"""The dotted names of keys: of all that there are, and of those in a configuration."""

from collections.abc import Iterator
from types import NoneType
from typing import Any, get_args

from mlpcli.config.schema import Config, Section


def known_keys(section: type[Section] = Config, above: str = "") -> list[str]:
    """Return every key that `--set` takes a value for, in the order of the schema.

    Of a choice, such as between optimizers, the keys of all are among them; of a section that may
    be null, its own name.
    """
    keys: dict[str, None] = {}
    for name, field in section.model_fields.items():
        inner = list(_sections(field.annotation))
        if not inner or NoneType in get_args(field.annotation):
            keys[above + name] = None
        for each in inner:
            keys |= dict.fromkeys(known_keys(each, f"{above}{name}."))
    return list(keys)


def flatten(values: dict[str, Any], depth: int = 9, above: str = "") -> dict[str, object]:
    """Return nested values by dotted keys.

    Args:
        values: of a configuration, as plain values.
        depth: of the sections that are taken apart.
        above: what the names begin with.
    """
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict) and depth > 1:
            flat |= flatten(value, depth - 1, f"{above}{name}.")
        else:
            flat[above + name] = value
    return flat


def _sections(annotation: object) -> Iterator[type[Section]]:
    """Yield the sections that a type is a choice of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from _sections(part)
