"""The file that `mlp config init` writes: every key with its default and what it means."""

import json
from collections.abc import Iterator
from typing import Any

from mlpcli.config.document import Key, show
from mlpcli.config.schema import Config
from mlpcli.config.section import Section
from mlpcli.config.validation import expectation

_HEADER = """\
# A run of mlp: what to train on, which network, and how.
# Every key is here with its default; delete what you do not change.
# Check it with: mlp config show FILE

"""

_NOT_BESIDE_OTHERS: dict[Key, str] = {  # with an example
    ("data", "path"): "FILE",
    ("data", "mix"): "{mnist: 1, FILE: 1}",
    ("data", "train"): "60000",
    ("data", "test"): "10000",
    ("data", "value_range"): "[0, 255]",
    ("data", "transpose"): "true",
    ("model", "hidden"): "[128, 64]",
}


def starter_text() -> str:
    """Return a commented YAML file with all the defaults."""
    return _HEADER + "\n".join(_lines(Config(), "")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema of a configuration, for editors that complete YAML."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema | Config.model_json_schema(), indent=2)


def _lines(section: Section, indent: str, above: Key = ()) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value, key = getattr(section, name), (*above, name)
        if key in _NOT_BESIDE_OTHERS:
            yield f"{indent}# {field.description}\n{indent}# {name}: {_NOT_BESIDE_OTHERS[key]}"
        elif isinstance(value, Section) and not above:
            yield f"\n# {field.description}\n{name}:"
            yield from _lines(value, "  ", key)
        else:
            yield f"{indent}# {field.description}; {expectation(key)}"
            yield f"{indent}{name}: {_flow(value)}"


def _flow(value: Any) -> str:
    """Return a value on one line of YAML."""
    if isinstance(value, Section):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) else show(value)
