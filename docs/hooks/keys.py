"""The tables of all keys of a configuration, from the schema."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import get_args

from pydantic_core import PydanticUndefined, to_jsonable_python

from mlpcli.config import Config
from mlpcli.config.keys import sections_in
from mlpcli.config.section import Section
from mlpcli.config.validation import expectation_in


def keys_tables() -> str:
    """Return a heading and a table for each section, and for each optimizer and schedule."""
    return "\n".join(_lines(Config, ""))


def _lines(section: type[Section], place: str) -> Iterator[str]:
    """Yield the lines of a section, then those of the sections in it.

    Args:
        section: to describe.
        place: its dotted name; empty for the whole configuration.
    """
    variant = _variant(section)
    title = f"{place}: {variant}" if variant else place or "At the top"
    yield f"\n## {title} {{#{_anchor(section, place)}}}\n"
    yield f"{inspect.cleandoc(section.__doc__ or '')}\n"
    yield "| key | default | values | meaning |\n|---|---|---|---|"
    within = list[tuple[type[Section], str]]()
    for name, field in section.model_fields.items():
        key = f"{place}.{name}".removeprefix(".")
        inner = [(each, key) for each in sections_in(field.annotation)]
        values = _links(inner) if inner else expectation_in(section, name)
        if inner and field.default is None:
            values += " or null"
        yield f"| `{key}` | {_shown(field.get_default())} | {values} | {field.description} |"
        within += inner
    for each, key in within:
        yield from _lines(each, key)


def _links(sections: list[tuple[type[Section], str]]) -> str:
    """Return where the keys of some sections are described."""
    names = [_variant(each) or "these keys" for each, _ in sections]
    anchors = [_anchor(*each) for each in sections]
    return ", ".join(f"[{n}](#{a})" for n, a in zip(names, anchors, strict=True))


def _anchor(section: type[Section], place: str) -> str:
    return f"{place}.{_variant(section)}".strip(".") or "top"


def _variant(section: type[Section]) -> str:
    """Return the name of an optimizer or a schedule; of other sections nothing."""
    field = section.model_fields.get("name")
    names = get_args(field.annotation) if field else ()
    return names[0] if len(names) == 1 else ""


def _shown(default: object) -> str:
    """Return a default as YAML has it; of a section only the name, if it has one."""
    if default is PydanticUndefined:
        return ""
    if isinstance(default, Section):
        return f"`{{name: {variant}}}`" if (variant := _variant(type(default))) else ""
    return f"`{json.dumps(to_jsonable_python(default))}`"
