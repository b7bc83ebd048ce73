"""What can be shown of a run, sorted by and asked for: a few columns, and all of its keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpcli.config.keys import known_keys
from mlpcli.config.suggestions import named_keys, similar_keys
from mlpcli.errors import ConfigError, MlpError
from mlpcli.runs.directory import Run
from mlpcli.runs.summary import Summary, summarize
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import reason_of
from mlpcli.utils.names import nearest


@dataclass(frozen=True)
class Entry:
    """A run in a listing.

    Attributes:
        name: of its directory, relative to what is listed.
        run: its directory.
        summary: None if a file of it cannot be read.
        problem: then, why.
    """

    name: str
    run: Run
    summary: Summary | None
    problem: str | None = None


def read_entry(name: str, directory: Path) -> Entry:
    """Return what a run is, or what is wrong with its files."""
    run = Run(directory)
    try:
        return Entry(name, run, summarize(run))
    except MlpError as error:
        return Entry(name, run, None, error.lines[0])
    except OSError as error:  # removed just now, or without permission
        return Entry(name, run, None, f"{directory}: cannot be read, {reason_of(error)}")


def _of_summary(attribute: str) -> Callable[[Entry], object]:
    return lambda entry: getattr(entry.summary, attribute, None)


def _of_result(attribute: str) -> Callable[[Entry], object]:
    return lambda entry: getattr(entry.summary.result, attribute) if entry.summary else None


COLUMNS: Mapping[str, Callable[[Entry], object]] = {
    "name": lambda entry: entry.name,
    "directory": lambda entry: str(entry.run.directory),
    "state": lambda entry: entry.summary.state if entry.summary else "broken",
    "reason": lambda entry: entry.summary.result.reason if entry.summary else entry.problem,
    "process": _of_summary("process"),
    "when": _of_result("ended"),
    "data": _of_result("data"),
    "layers": _of_result("layers"),
    "epochs": _of_result("epochs"),
    "planned": _of_summary("planned"),
    "epoch": _of_result("epoch"),
    "seconds": _of_result("seconds"),
    "validation_accuracy": _of_result("validation_accuracy"),
    "validation_loss": _of_result("validation_loss"),
    "test_accuracy": _of_result("test_accuracy"),
    "test_loss": _of_result("test_loss"),
    "test_count": _of_result("test_count"),
}
"""The columns that are no keys of a configuration, in the order of a record."""

STATES = ("done", "running", "interrupted", "pruned", "failed", "broken")
"""What the column `state` may hold."""

_SHORT = {
    "val": "validation_accuracy",
    "val %": "validation_accuracy",
    "validation": "validation_accuracy",
    "test": "test_accuracy",
    "test %": "test_accuracy",
    "accuracy": "test_accuracy",
    "loss": "validation_loss",
    "run": "name",
    "ended": "when",
    "date": "when",
    "status": "state",
    "hidden": "layers",
    "time": "seconds",
    "pid": "process",
}


def value_of(entry: Entry, column: str) -> object:
    """Return what a run has in a column; None if it has nothing there.

    Args:
        entry: the run.
        column: from `COLUMNS`, or a dotted key.
    """
    if column in COLUMNS:
        return COLUMNS[column](entry)
    return entry.summary.keys.get(column) if entry.summary else None


def find_column(name: str, place: str) -> str:
    """Return the column that a name means: in full, in short as the table has it, or a key's end.

    `val` is validation_accuracy, and `learning_rate` is training.optimizer.learning_rate.

    Raises:
        ConfigError: there is none, or there are several.
    """
    if name in COLUMNS or name in known_keys():
        return name
    keys = [key for key in named_keys(name) if key in known_keys()] if "." not in name else []
    if name in _SHORT or len(keys) == 1:
        return _SHORT.get(name) or keys[0]
    near = nearest(name, [*COLUMNS, *known_keys()])
    meant = keys or ([near] if near else list(similar_keys(name)))
    hint = f"did you mean {' or '.join(meant)}?" if meant else f"columns: {', '.join(COLUMNS)}"
    raise ConfigError(f"{place}: must be a column or a key, got {first_line(name)!r}; {hint}")


def layers_text(layers: object) -> str:
    """Return the features at each stage of a network as one word, 784-100-10."""
    return "-".join(map(str, layers)) if isinstance(layers, list | tuple) else str(layers)


def sort_entries(entries: Iterable[Entry], column: str, *, descending: bool) -> list[Entry]:
    """Return runs in the order of a column, then of their names; those without a value come last.

    Numbers within names count as such, so that mnist-2 comes before mnist-10.
    """
    by_name = sorted(entries, key=lambda each: _rank(each.name))
    values = [(value_of(entry, column), entry) for entry in by_name]
    known = [(value, entry) for value, entry in values if value is not None]
    known.sort(key=lambda pair: _rank(pair[0]), reverse=descending)
    return [entry for _, entry in known] + [entry for value, entry in values if value is None]


def varying_keys(entries: Sequence[Entry]) -> list[str]:
    """Return the keys of which not all runs have the same value, in the order of the schema."""
    every = [entry.summary.keys for entry in entries if entry.summary]
    return [
        key for key in known_keys() if any(keys.get(key) != every[0].get(key) for keys in every[1:])
    ]


def _rank(value: Any) -> tuple[Any, ...]:
    """Return what any two values can be compared by: numbers first, then text, then lists."""
    match value:
        case int() | float():
            return 0, value
        case str():
            parts = re.split(r"([0-9]{1,18})", value)  # text, number, text and so on
            return 1, [int(part) if n % 2 else part for n, part in enumerate(parts)]
        case list() | tuple():
            return 2, [_rank(each) for each in value]
        case dict():
            return 3, json.dumps(value, sort_keys=True)
        case None:
            return (4,)
        case _:
            return 5, value
