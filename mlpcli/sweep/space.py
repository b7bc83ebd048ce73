"""The `space` of a SWEEP.yaml → the keys that vary, and every problem with them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, cast

from mlpcli.config.data import NAMES
from mlpcli.config.document import Document, Key, Place, Problem, Refused, key_text, show
from mlpcli.config.keys import known_keys
from mlpcli.config.loading import absolute
from mlpcli.config.overriding import CHOSEN, RIVALS
from mlpcli.config.suggestions import suggestion
from mlpcli.sweep.definition import Choice, Dimension, Range, Value, identity
from mlpcli.sweep.points import EXAMPLES, key_of
from mlpcli.utils.names import guess

WORDS = ("choice", "range", "log", "step")
SEED = "seed"
_FORM = "must be {choice: [A, B]} or {range: [LOW, HIGH]}"
_SHARED = ("output", "data.root")  # the same for all trials


@dataclass
class Space:
    """The keys that vary as they are read, and the problems met.

    Attributes:
        document: of the file.
        dimensions: by key, as it is written.
        problems: of the keys that are not among the dimensions.
    """

    document: Document
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def read(self, values: Any, at: Key = ("space",), above: str = "") -> None:
        """Read a mapping of keys, or of the keys of a section.

        Args:
            values: as in the document.
            at: where they are in the document.
            above: the section that they belong to, with a dot at the end; empty at the top.
        """
        if not isinstance(values, dict):
            if not isinstance(values, Refused):
                self._add(at, f"must be a mapping of keys, got {show(values)}")
            return
        for written, value in values.items():
            name, inner = above + written, (*at, written)
            if isinstance(value, dict) and not {*value} & {*WORDS} and _is_section(name):
                self.read(value, inner, f"{name}.")
            elif name in self.dimensions:
                self._add(inner, "is given twice; keep one", key=True)
            elif message := key_problem(name):
                self._add(inner, message, key=True)
            else:
                self._read_dimension(name, value, inner)

    def _read_dimension(self, name: str, value: Any, at: Key) -> None:
        if isinstance(value, Refused):
            return
        if not isinstance(value, dict) or not value:
            hint = "" if isinstance(value, dict | tuple) else "; a value for all trials is for set"
            self._add(at, f"{_FORM}, got {show(value)}{hint}")
            return
        unknown = [word for word in value if word not in WORDS]
        for word in unknown:
            message = f"is not a known key{guess(word, WORDS) or '; known here: ' + _listed(WORDS)}"
            self._add((*at, word), message, key=True)
        given = [word for word in ("choice", "range") if word in value]
        if unknown:
            return
        if len(given) != 1:
            self._add(at, f"{_FORM}, got {show(value)}")
            return
        before = len(self.problems)
        if given == ["choice"]:
            dimension = self._choice(name, value, at)
        else:
            dimension = self._range(name, value, at)
        if dimension is not None and len(self.problems) == before:
            self.dimensions[name] = dimension

    def _choice(self, name: str, value: dict[str, Any], at: Key) -> Dimension | None:
        values, place = value["choice"], (*at, "choice")
        for word in ("log", "step"):
            if word in value:
                self._add((*at, word), "is only for range; remove it", key=True)
        if not isinstance(values, tuple) or not values:
            self._add(place, f"must be a list of at least one value, got {show(values)}")
            return None
        seen = dict[str, int]()
        for index, item in enumerate(values):
            if holds_refused(item):
                return None
            first = seen.setdefault(identity(item), index)
            if first != index:
                message = f"must differ from the others, got {show(item)} again"
                self._add((*place, index), message)
        places = tuple(self.document.place((*place, index)) for index in range(len(values)))
        return Choice(name, tuple(map(lists, values)), places)

    def _range(self, name: str, value: dict[str, Any], at: Key) -> Dimension | None:
        ends, log, step = value["range"], value.get("log", False), value.get("step")
        place: Key = (*at, "range")
        if not isinstance(ends, tuple) or len(ends) != 2 or not all(map(is_number, ends)):
            self._add(place, f"must be a list of two numbers, low and high, got {show(ends)}")
            return None
        low, high = ends
        if low >= high:
            self._add(place, f"must begin with the smaller number, got {show(ends)}")
        if not isinstance(log, bool):
            self._add((*at, "log"), f"must be true or false, got {show(log)}")
        elif log and low <= 0:
            self._add((*place, 0), f"must be > 0 where log is true, got {show(low)}")
        if step is not None:
            if message := _step_problem(low, high, step):
                self._add((*at, "step"), f"{message}, got {show(step)}")
            elif log is True:
                self._add((*at, "step"), "cannot be combined with log; keep one of the two")
        if not all(isinstance(each, int) for each in ends):
            low, high = float(low), float(high)
        places = self.document.place((*place, 0)), self.document.place((*place, 1))
        return Range(name, low, high, log is True, step, places)

    def _add(self, at: Key, message: str, *, key: bool = False) -> None:
        """Note a problem; with `key` at the place of the key rather than of its value."""
        place = self.document.keys[at] if key else self.document.place(at)
        self.problems.append(Problem(place, shown(at), message))


def key_problem(name: str) -> str | None:
    """Say what is wrong with a key that varies, None if nothing is."""
    key = key_of(name)
    if key is None:
        return f"must be a key such as {EXAMPLES}"
    whole = key[:-1] if isinstance(key[-1], int) else key
    plain = key_text(whole)
    if plain in _SHARED:
        return "must be the same for all trials; give one value under set"
    if plain in known_keys() or plain.startswith("data.mix.") or _is_section(plain):
        return None
    section = plain.rpartition(".")[0]
    beside = [each for each in known_keys() if each.rpartition(".")[0] == section]
    top = dict.fromkeys(each.partition(".")[0] for each in known_keys())
    known = [each.rpartition(".")[2] for each in beside if section] or [*top]
    return "is not a known key" + suggestion(whole, known)


def rival_problems(names: Sequence[str], places: Sequence[Place]) -> Iterator[Problem]:
    """Yield the keys that vary although another one takes their place."""
    seen: list[Key] = []
    for name, place in zip(names, places, strict=True):
        key = key_of(name) or ()
        for group in RIVALS:
            others = [each for each in seen if key[:2] in group and each in group - {key[:2]}]
            if others:
                message = f"cannot be combined with {key_text(others[0])}; keep one of the two"
                yield Problem(place, key, message)
        seen.append(key[:2])


def follows(name: str, varied: Collection[str]) -> bool:
    """Tell whether a key belongs to an optimizer or a schedule whose name varies.

    Its value must be set again in each trial, because another name drops the keys of the old one.
    """
    section = name.rpartition(".")[0]
    return name not in varied and section in CHOSEN and f"{section}.name" in varied


def with_absolute_values(dimension: Dimension) -> Dimension:
    """Return a choice of data with absolute paths, any other key as it is.

    Raises:
        ConfigError: a path cannot be written in a configuration, which is text.
    """
    if not isinstance(dimension, Choice) or dimension.key not in ("data.path", "data.mix"):
        return dimension
    values = tuple(map(_absolute, dimension.values))
    return replace(dimension, values=values)


def _absolute(value: Value) -> Value:
    match value:
        case str() if value:
            return absolute("data.path", value)
        case dict():
            return {
                source if source in NAMES else absolute("data.mix", source): share
                for source, share in value.items()
            }
        case _:
            return value


def shown(at: Key) -> Key:
    """Return a key of the file as it is shown in messages: that of a configuration if it is one."""
    parts: list[str | int] = []
    for part in at[1:] if len(at) > 1 else at:
        parts += (key_of(part) or (part,)) if isinstance(part, str) else (part,)
    return tuple(parts)


def holds_refused(value: Any) -> bool:
    """Tell whether a value, or one within it, was not read."""
    if isinstance(value, dict):
        return any(map(holds_refused, value.values()))
    return isinstance(value, Refused) or (
        isinstance(value, tuple) and any(map(holds_refused, value))
    )


def lists(value: Any) -> Value:
    """Return a value of a document as a JSON value, with lists for tuples."""
    match value:
        case dict():
            return {key: lists(item) for key, item in value.items()}
        case tuple():
            return [lists(item) for item in value]
        case _:
            return cast(Value, value)


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _step_problem(low: float, high: float, step: object) -> str | None:
    """Say what a step must be, None if it is so."""
    whole = isinstance(low, int) and isinstance(high, int)
    if not isinstance(step, int | float) or not is_number(step) or step <= 0:
        return "must be a number > 0"
    if whole and not isinstance(step, int):
        return "must be an integer, as low and high are"
    span = Fraction(str(high)) - Fraction(str(low))
    if span > 0 and span % Fraction(str(step)):
        return f"must divide {float(span):g}, from {show(low)} to {show(high)}"
    return None


def _is_section(name: str) -> bool:
    return any(key.startswith(f"{name}.") for key in known_keys())


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
