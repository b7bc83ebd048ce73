"""What is asked of runs: `test_accuracy>=98%`, `training.optimizer.name=adam`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from mlpcli.config.document import Document, read_override
from mlpcli.errors import ConfigError
from mlpcli.runs.columns import STATES, Entry, find_column, layers_text, value_of
from mlpcli.utils.escaping import first_line
from mlpcli.utils.names import guess

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FORM = re.compile(r"\s*([^<>=!]+?)\s*(!=|<=|>=|<|>|=)(.*)", re.DOTALL)
_SHARES = ("validation_accuracy", "test_accuracy")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")


@dataclass(frozen=True)
class Condition:
    """A comparison of what a run has in a column.

    Attributes:
        column: as in `find_column`.
        sign: one of = != < <= > >=.
        value: a YAML value, or a time.
    """

    column: str
    sign: str
    value: object

    def holds(self, entry: Entry) -> bool:
        """Tell whether it is true of a run; order only among numbers, among texts or times."""
        found = value_of(entry, self.column)
        if self.column == "layers" and isinstance(self.value, str) and found is not None:
            found = layers_text(found)
        if isinstance(found, list):
            found = tuple(found)
        alike = _kind(found) is _kind(self.value)
        if self.sign in ("=", "!="):
            return (alike and found == self.value) is (self.sign == "=")
        return alike and _kind(found) in (float, str, datetime) and self._compared(found)

    def _compared(self, found: object) -> bool:
        return _OPERATORS[self.sign](found, self.value)


def parse_condition(text: str, place: str = "--where") -> Condition:
    """Read `KEY=VALUE`, where = may also be != < <= > or >=, and VALUE is YAML.

    VALUE may be a share in percent, and for `when` a date, with or without a time.

    Raises:
        ConfigError: the text has another form, there is no such column or key, or no such value, or
            the value is no share of 1, or no state, where one is compared with it.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"{place} {first_line(text)}: must be KEY=VALUE, e.g. state=done or test_accuracy>=98%"
        )
    name, sign, written = match.groups()
    column = find_column(name, place)
    document = Document({})
    value = read_override(document, (name,), written, place)
    if document.problems:
        raise ConfigError([str(problem) for problem in document.problems])
    if isinstance(value, str) and (share := _PERCENT.fullmatch(value)):
        value = float(share[1]) / 100
    elif column in _SHARES and _kind(value) is float and value > 1:
        _refuse_share(value, f"{place} {column}")
    if column == "when":
        value = _time(value, place)
    if column == "state" and value not in STATES:
        raise ConfigError(
            f"{place} state: must be one of {', '.join(STATES)}, got {first_line(value)!r}"
            f"{guess(str(value), STATES)}"
        )
    return Condition(column, sign, value)


def _refuse_share(value: float, place: str) -> NoReturn:
    """Refuse a number that no share is as large as, most likely one in percent."""
    hint = f"write {value:.12g}%" if value <= 100 else "write it as 0.98 or 98%"
    raise ConfigError(f"{place}: must be a share from 0 to 1, got {value!r}; {hint}")


def _time(value: object, place: str) -> datetime:
    """Return a time from text; without a zone it is local."""
    try:
        return datetime.fromisoformat(str(value)).astimezone()
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{place} when: must be a date or a time, e.g. 2026-11-27 or 2026-11-27T17:00, "
            f"got {first_line(value)!r}"
        ) from error


def _kind(value: object) -> type:
    """Return what a value can be compared with; a truth value is no number."""
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)
