"""YAML text → plain values, each with the place where it was written.

Scalars are read by YAML 1.2's core schema, so that `1e-3` is a number and `no` is a word. Tags are
refused, a key may be given only once, and aliases cannot blow up a small file into a large one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlpcli.config.core import TAG, WRITTEN, CoreLoader
from mlpcli.errors import ConfigError
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import reason_of

Key = tuple[str | int, ...]
"""Where a value is in a document: `("model", "layers", 1)`, read as model.layers[1]."""

MAX_BYTES = 1 << 16
MAX_VALUES = 10_000  # after aliases are followed
MAX_DEPTH = 20
MOST_LINES = 100  # of problems


@dataclass(frozen=True, order=True)
class Place:
    """Where something was written; `line` is 0 for a --set, which has no lines."""

    line: int
    column: int
    source: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}:" if self.line else self.source


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a document."""

    place: Place
    key: Key
    message: str

    def __str__(self) -> str:
        if self.place.line:
            return f"{self.place} {key_text(self.key) or 'the file'} {self.message}"
        return f"{self.place} {key_text(self.key)}: {self.message.removeprefix('is ')}"


class Refused:
    """Stands for a value that was not read, which is already among the problems."""

    def __repr__(self) -> str:
        return "…"


@dataclass
class Document:
    """Plain values, the place of each key and value, and the problems met while reading."""

    values: dict[str, Any]
    keys: dict[Key, Place] = field(default_factory=dict)
    places: dict[Key, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, key: Key) -> Place:
        """Return where a value was written, or else the closest section around it."""
        while key not in self.places:
            key = key[:-1]
        return self.places[key]


def read_document(path: Path) -> Document:
    """Read a YAML file.

    Raises:
        ConfigError: it cannot be read, is not YAML, or is not a mapping of keys.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read, {reason_of(error)}") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{path}: a configuration is at most {MAX_BYTES} bytes, got more")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        read, start = error.object, error.start  # without a byte order mark
        where = f"{path}:{_position(read[:start].decode())}"
        raise ConfigError(f"{where}: not UTF-8 text, got the byte 0x{read[start]:02x}") from error
    return parse_document(text, str(path))


def _position(before: str) -> str:
    """Return line:column of what follows a text."""
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def parse_document(text: str, source: str) -> Document:
    """Read YAML text; `source` is the file's name in messages."""
    node = _compose(text, source)
    start = Place(1, 1, source)
    document = Document({}, places={(): start})
    if node is None:  # an empty file: all defaults
        return document
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{start} the file must be a mapping of keys, got {_kind(node)}")
    values = _Reader(document, source).read(node, ())
    if isinstance(values, Refused):
        raise ConfigError(problem_lines(document.problems))
    document.values = values
    return document


def read_override(document: Document, key: Key, text: str, source: str = "--set") -> Any:
    """Read the YAML value that an option, such as --set, gives to a key, and note where it was."""
    document.keys[key] = document.places[key] = place = Place(0, 0, source)
    if len(text) > MAX_BYTES:
        raise ConfigError(
            f"{source} {key_text(key)}: a value has at most {MAX_BYTES} characters, got {len(text)}"
        )
    reader = _Reader(document, source, has_lines=False)
    reader.check_text("".join(map(str, key)), place, key)
    node = _compose(text, f"{source} {key_text(key)}")
    return None if node is None else reader.read(node, key)


def _compose(text: str, source: str) -> yaml.Node | None:
    loader = None
    try:
        loader = CoreLoader(text)
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        hint = "; indent with spaces" if "'\\t'" in (error.problem or "") else ""
        problem = first_line(error.problem or error.context)
        raise ConfigError(f"{where}: not valid YAML, {problem}{hint}") from error
    except yaml.reader.ReaderError as error:
        where = f"{source}:{_position(text[: error.position])}"
        raise ConfigError(
            f"{where}: not valid YAML, got the character {chr(error.character)!r}"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{source}: not a configuration, nested too deeply") from error
    except (ValueError, OverflowError) as error:  # from %YAML 1.99… or "\\UFFFFFFFF"
        mark = loader.get_mark() if loader else None
        where = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        raise ConfigError(f"{where}: not valid YAML, got a number that is too large") from error


class _Reader:
    """Turns nodes into values and fills a document's places and problems on the way."""

    def __init__(self, document: Document, source: str, *, has_lines: bool = True) -> None:
        self.document, self.source, self.has_lines = document, source, has_lines
        self.count = 0

    def read(self, node: yaml.Node, key: Key) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise ConfigError(str(Problem(self._place(node), key[:1], "holds too many values")))
        if len(key) > MAX_DEPTH:
            raise ConfigError(str(Problem(self._place(node), key[:1], "is nested too deeply")))
        self.document.places[key] = self._place(node)
        match node:
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                return dict(self._items(node, key))
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                return tuple(self.read(item, (*key, n)) for n, item in enumerate(node.value))
            case yaml.ScalarNode():
                return self._scalar(node, key)
            case _:
                return self._refuse_tag(node, key)

    def _items(self, node: yaml.MappingNode, key: Key) -> Iterator[tuple[str, Any]]:
        first: dict[str, Place] = {}
        for name_node, value_node in node.value:
            place = self._place(name_node)
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else _kind(name_node)
            inner = (*key, name)
            self.check_text(name, place, inner)
            if name in first:
                where = f", first on line {first[name].line}" if self.has_lines else ""
                message = f"is given twice{where}; keep one"
                self.document.problems.append(Problem(place, inner, message))
                continue
            first[name] = self.document.keys[inner] = place
            yield name, self.read(value_node, inner)

    def _scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        text = node.value
        match node.tag.removeprefix(TAG):
            case "str":
                self.check_text(text, self._place(node), key)
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return int(text) if len(text) <= 40 else text
            case "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            case _:
                return self._refuse_tag(node, key)

    def check_text(self, text: str, place: Place, key: Key) -> None:
        """Raise ConfigError for an unpaired surrogate, which YAML can spell but UTF-8 cannot."""
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ConfigError(str(Problem(place, key, "must be text, got an unpaired surrogate")))

    def _refuse_tag(self, node: yaml.Node, key: Key) -> Refused:
        tag = first_line(node.tag.removeprefix(WRITTEN))
        message = f"must be a plain value, got the tag {tag}"
        self.document.problems.append(Problem(self._place(node), key, message))
        return Refused()

    def _place(self, node: yaml.Node) -> Place:
        if not self.has_lines:
            return Place(0, 0, self.source)
        return Place(node.start_mark.line + 1, node.start_mark.column + 1, self.source)


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return a line for each problem, in the order of the file, or for the first of very many."""
    ordered = sorted(problems, key=lambda problem: (problem.place, key_text(problem.key)))
    lines = [str(problem) for problem in ordered[:MOST_LINES]]
    if (left := len(ordered) - MOST_LINES) > 0:
        lines.append(f"{ordered[0].place.source}: {left} more problem{'s' if left > 1 else ''}")
    return lines


def value_at(values: Any, key: Key) -> Any:
    """Return the value of a key that exists."""
    for part in key:
        values = values[part]
    return values


def key_text(key: Key) -> str:
    """Return a key as a user writes it: model.layers[1]."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[\w-]+", part) else repr(part)
            name = name if len(name) <= 60 else name[:57] + "..."
            text += f".{name}" if text else name
    return text


def show(value: Any) -> str:
    """Return a value as in YAML, with strings quoted, cut if it is long."""
    match value:
        case None:
            text = "null"
        case bool():
            text = str(value).lower()
        case dict():
            text = "{" + ", ".join(f"{key_text((k,))}: {show(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            text = "[" + ", ".join(map(show, value)) + "]"
        case _:
            text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(node: yaml.Node) -> str:
    match node:
        case yaml.MappingNode():
            return "a mapping"
        case yaml.SequenceNode():
            return "a list"
        case _:
            return show(node.value)
