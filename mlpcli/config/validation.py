"""Plain values → `Config`, or every problem at once in the user's terms.

pydantic finds out which values are wrong. What they must be is read from the JSON Schema of the
models, so that a message states the whole rule ("an integer >= 1"); pydantic names only the part
that failed.
"""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from pydantic import ValidationError

from mlpcli.config.consistency import problems_together
from mlpcli.config.document import (
    Document,
    Key,
    Problem,
    Refused,
    problem_lines,
    show,
    value_at,
)
from mlpcli.config.schema import Config
from mlpcli.config.section import Section
from mlpcli.config.suggestions import suggestion
from mlpcli.errors import ConfigError
from mlpcli.utils.names import guess

Schema = dict[str, Any]

_SECTIONS = ("data", "model", "training")


def validate(document: Document) -> Config:
    """Return the configuration that a document describes.

    Raises:
        ConfigError: one line for each problem, in the order of the file.
    """
    config, problems = examine(document)
    if problems:
        raise ConfigError(problem_lines(problems))
    return config


def examine(document: Document) -> tuple[Config, list[Problem]]:
    """Return the configuration that a document describes, without what is wrong, and the problems.

    Among these are the ones that were met while the document was read.
    """
    for name, value in document.values.items():
        if value is None and name in _SECTIONS:  # all its keys are deleted or commented out
            document.values[name] = {}
    problems, wrong = list(document.problems), set[Key]()
    try:
        config = Config.model_validate(document.values)
    except ValidationError as error:
        wrong = _wrong_keys(error, document)
        problems += _field_problems(wrong, document)
        config = Config.model_validate(_without(document.values, wrong))
    problems += problems_together(config, document, wrong)
    return config, problems


def _wrong_keys(error: ValidationError, document: Document) -> set[Key]:
    """Return the key of each wrong value."""
    keys = set()
    for fault in error.errors(include_url=False, include_context=False):
        key = _key_in_values(fault["loc"], document.values)
        if fault["type"].startswith("union_tag") and isinstance(fault["input"], dict):
            # pydantic stops here, but what no variant knows is wrong whichever was meant
            section, key = key, (*key, "name")
            known = _keys_beside(key, document.values)
            keys |= {(*section, name) for name in fault["input"] if name not in known}
        keys.add(key)
    # pydantic also counts a list as too short when one of its items is wrong
    around = {key[:length] for key in keys for length in range(len(key))}
    return keys - around


def _field_problems(wrong: set[Key], document: Document) -> Iterator[Problem]:
    """Yield what each wrong value must be, and for unknown keys what may have been meant."""
    for key in wrong:
        value = value_at(document.values, key)
        known = _keys_beside(key, document.values)
        if isinstance(value, Refused):
            continue
        if isinstance(key[-1], str) and key[-1] not in known:
            message = "is not a known key" + suggestion(key, known)
            yield Problem(document.keys[key], key, message)
        else:
            schema = _schema_at(key, document.values)
            meant = guess(value, _words(schema)) if isinstance(value, str) else ""
            message = f"must be {_expectation(schema)}, got {show(value)}{meant}"
            yield Problem(document.place(key), key, message)


def _key_in_values(loc: tuple[str | int, ...], values: Any) -> Key:
    """Drop the parts of a pydantic location that name a variant or a missing item, not a key."""
    key: list[str | int] = []
    schema = _root()
    for part in loc:
        schema = _resolve(schema)
        if "anyOf" in schema:  # a choice of types, of which none fits the value as a whole
            break
        if "oneOf" in schema:
            schema = _variants(schema)[str(part)]
        elif part in _parts(values):
            key.append(part)
            values = values[part]
            schema = _inner(schema, part)
    return tuple(key)


def _parts(values: Any) -> Collection[str | int]:
    """Return the keys of a mapping or the indices of a list, none of any other value."""
    if isinstance(values, list | tuple):
        return range(len(values))
    return values if isinstance(values, dict) else ()


def _inner(schema: Schema, part: str | int) -> Schema:
    """Return the schema of a key or of an item of a list; an empty one if it is not known."""
    if isinstance(part, str):
        return dict(schema.get("properties", {}).get(part) or _of_free_keys(schema))
    return dict(schema.get("items") or schema["prefixItems"][part])


def _of_free_keys(schema: Schema) -> Schema:
    """Return the schema of each value in a mapping whose keys are free; empty for others."""
    return next(iter(schema.get("patternProperties", {}).values()), {})


def _without(values: dict[str, Any], wrong: set[Key]) -> dict[str, Any]:
    """Return a copy that leaves the wrong keys to their defaults."""
    # a list or a mapping of free keys goes as a whole, and without a valid name nothing is known of
    # an optimizer's other keys
    spoiled = wrong | {
        key[:-1]
        for key in wrong
        if isinstance(key[-1], int)
        or (key[0] == "training" and key[-1] == "name")
        or _of_free_keys(_resolve(_schema_at(key[:-1], values)))
    }

    def copy(value: Any, key: Key) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: copy(item, (*key, name))
            for name, item in value.items()
            if (*key, name) not in spoiled
        }

    result: dict[str, Any] = copy(values, ())
    return result


@cache
def _root() -> Schema:
    return Config.model_json_schema()


def _resolve(schema: Schema) -> Schema:
    """Follow a reference, and look through `or null`."""
    if "$ref" in schema:
        return _resolve(_root()["$defs"][schema["$ref"].rsplit("/", 1)[1]])
    real = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return _resolve(real[0]) if len(real) == 1 else schema


def _schema_at(key: Key, values: Any) -> Schema:
    """Return the schema of a key; of several variants the one that the values name."""
    schema = _root()
    for part in key:
        resolved = _variant(_resolve(schema), values)
        values = values[part]
        schema = _inner(resolved, part)
    return schema


def _variant(schema: Schema, values: Any) -> Schema:
    """Return the variant that the values name, or all their keys together if they name none."""
    variants = _variants(schema)
    if not variants:
        return schema
    name = values.get("name", next(iter(variants)))
    if isinstance(name, str) and name in variants:
        return variants[name]
    together = {key: part for item in variants.values() for key, part in item["properties"].items()}
    return {"properties": together | {"name": {"enum": list(variants)}}}


def _variants(schema: Schema) -> dict[str, Schema]:
    """Return the variants of a schema by name, the default one first; none if it has no choice."""
    options = [_resolve(option) for option in schema.get("oneOf", ())]
    return {option["properties"]["name"]["const"]: option for option in options}


def _keys_beside(key: Key, values: Any) -> list[str]:
    """Return the known keys of the mapping that a key stands in; none inside a list."""
    beside = value_at(values, key[:-1])
    schema = _variant(_resolve(_schema_at(key[:-1], values)), beside)
    return list(beside if _of_free_keys(schema) else schema.get("properties", ()))


def expectation(key: Key) -> str:
    """Say in words what a key must be, with the default optimizer and schedule."""
    return _expectation(_schema_at(key, Config().model_dump()))


def expectation_in(section: type[Section], name: str) -> str:
    """Say in words what a key of a section must be, of an optimizer for example."""
    schema = _root()["$defs"][section.__name__] if section is not Config else _root()
    return _expectation(schema["properties"][name])


def _expectation(schema: Schema) -> str:
    """Say in words what a schema admits."""
    nullable = any(option.get("type") == "null" for option in schema.get("anyOf", ()))
    schema = _resolve(schema)
    if "anyOf" in schema:
        options = [_expectation(option) for option in schema["anyOf"]]
        return (", " if options[-1] == "true or false" else " or ").join(options)
    if schema.get("type") == "null":
        return "null"
    if "oneOf" in schema:
        names = list(_variants(schema))
        text = f"a mapping such as {{name: {names[0]}}} (or {', '.join(names[1:])})"
    elif free := _of_free_keys(schema):
        text = f"a mapping of names or paths, each with {_expectation(free)}"
    elif schema.get("type") == "object":
        text = "a mapping of keys" + _example(schema)
    elif "const" in schema:
        text = str(schema["const"])
    elif "enum" in schema:
        text = "one of " + ", ".join(schema["enum"])
    elif schema["type"] == "array":
        text = _list_expectation(schema)
    else:
        nouns = {"integer": "an integer", "number": "a number", "boolean": "true or false"}
        text = nouns.get(schema["type"], "a non-empty path without NUL") + _range(schema)
    return text + " or null" if nullable else text


def _words(schema: Schema) -> list[str]:
    """Return the words among what a schema admits."""
    schema = _resolve(schema)
    if "anyOf" in schema:
        return [word for option in schema["anyOf"] for word in _words(option)]
    if schema.get("type") == "boolean":
        return ["true", "false"]
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def _example(schema: Schema) -> str:
    """Return the first key of a section with its default, if that is a number."""
    key, first = next(iter(schema["properties"].items()))
    number = isinstance(first.get("default"), int | float)
    return f" such as {{{key}: {show(first['default'])}}}" if number else ""


def _list_expectation(schema: Schema) -> str:
    least, most = schema.get("minItems", 0), schema["maxItems"]
    count = str(least) if least == most else f"{least} to {most}"
    item = schema.get("items") or schema["prefixItems"][0]
    if "anyOf" in item:
        return f"a list of {count}, each {_expectation(item)}"
    noun = {"integer": "integers", "number": "numbers", "string": "paths"}[item["type"]]
    return f"a list of {count} {noun}{_range(item)}"


def _range(schema: Schema) -> str:
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    return " and".join(
        f" {sign} {_number(schema[name])}" for name, sign in signs.items() if name in schema
    )


def _number(value: float) -> str:
    """Return 1.0 as 1, as the schema's numbers may come in either form."""
    return str(value) if isinstance(value, int) else f"{value:g}"
