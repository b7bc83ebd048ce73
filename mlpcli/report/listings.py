"""Runs as a table for a terminal, as records and as CSV."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from mlpcli.report.recipes import value_text
from mlpcli.report.tables import csv_table
from mlpcli.report.text import loss_text
from mlpcli.runs.columns import COLUMNS, Entry, layers_text, value_of, varying_keys
from mlpcli.utils.escaping import printable

_FIRST = ("name",)
_MIDDLE = ("data", "layers")
_LAST = ("epochs", "validation_accuracy", "test_accuracy", "seconds", "when", "state")
_HEADERS = {"validation_accuracy": "val %", "test_accuracy": "test %"}
_ELSEWHERE = {"output", "data.root"}  # keys that say where files are, not what was done
_SHOWN_BY = {"model.layers": "layers", "model.hidden": "layers", "data.name": "data"}
_SHOWN_BY |= {"data.path": "data", "data.mix": "data", "training.epochs": "epochs"}
_LEFT_OUT = ("when", "seconds", "epochs", "state")  # of a sweep, rather than a key that varies
_GAP = "  "
_NOTHING = "–"


@dataclass(frozen=True)
class _Column:
    """A column of a table.

    Attributes:
        name: as in `value_of`.
        header: above it.
        cells: one for each run.
        right: whether they are aligned at the right.
    """

    name: str
    header: str
    cells: list[str]
    right: bool

    @property
    def width(self) -> int:
        return max(map(len, [self.header, *self.cells]))

    def lines(self) -> list[str]:
        align = str.rjust if self.right else str.ljust
        return [align(text, self.width) for text in (self.header, *self.cells)]


def chosen_table(entries: Sequence[Entry], columns: Sequence[str]) -> str:
    """Return a table with these columns."""
    return _joined([_column(entries, name, columns) for name in columns])


def usual_table(
    entries: Sequence[Entry], *, width: int, one_sweep: bool = False
) -> tuple[str, list[str]]:
    """Return a table with the usual columns, and notes about what is not in it.

    If it would be too wide, it has hidden layers only, then no data set and no layers that are the
    same for all and no accuracy that none has, then shorter times, and then of a sweep no times,
    epochs and states, and last not all of the keys. Names stay whole.

    Args:
        entries: the runs, at least one.
        width: characters in a line.
        one_sweep: whether they are the trials of one sweep, so that the keys that vary are shown.
    """
    keys = _keys(entries) if one_sweep else []
    keys = [key for key in keys if key not in _SHOWN_BY]
    names = [*_FIRST, *keys, *_MIDDLE, *_LAST]
    columns = [_column(entries, name, names) for name in names]
    notes: list[str] = []
    if _width(columns) > width:
        columns = [
            _column(entries, "layers", names, short=True) if each.name == "layers" else each
            for each in columns
        ]
    if _width(columns) > width:
        columns, notes = _without_constants(entries, columns)
    if _width(columns) > width:
        columns = [
            _column(entries, "when", names, short=True) if each.name == "when" else each
            for each in columns
        ]
    left_out = []
    for name in [*_LEFT_OUT, *reversed(keys)] if one_sweep else []:
        if _width(columns) > width:
            left_out.append(name)
            columns = [each for each in columns if each.name != name]
    if left_out:
        notes.append(f"no room for {', '.join(left_out)}; --columns shows what you name")
    return _joined(columns), notes


def runs_csv(
    entries: Sequence[Entry], columns: Sequence[str] | None, *, one_sweep: bool = False
) -> str:
    """Return a table as CSV.

    Args:
        entries: the runs.
        columns: what to show; by default all but the keys of the configuration.
        one_sweep: whether they are the trials of one sweep, so that the keys that vary follow.
    """
    names = columns or [*COLUMNS, *(_keys(entries) if one_sweep else ())]
    return csv_table(names, [[_plain(entry, name) for name in names] for entry in entries])


def run_record(entry: Entry, columns: Sequence[str] | None) -> dict[str, object]:
    """Return these columns of a run as JSON values, or all and its configuration."""
    record = {name: _json(value_of(entry, name)) for name in columns or COLUMNS}
    if not columns:
        record["config"] = entry.summary.result.config if entry.summary else None
    return record


def _keys(entries: Sequence[Entry]) -> list[str]:
    """Return the keys of what was done that are not the same for all."""
    return [key for key in varying_keys(entries) if key not in _ELSEWHERE]


def _without_constants(
    entries: Sequence[Entry], columns: list[_Column]
) -> tuple[list[_Column], list[str]]:
    """Leave out data set and layers if they are the same for all, and accuracies that none has."""
    constant = [each for each in columns if len({*each.cells}) == 1]
    none = [each for each in constant if each.name in _HEADERS and each.cells[0] == _NOTHING]
    same = [each for each in constant if each.name in _MIDDLE and len(entries) > 1]
    notes = []
    if same:
        said = ", ".join(f"{each.name} {_cell(entries[0], each.name)}" for each in same)
        notes.append(f"all have {said}")
    if none:
        notes.append(f"none has a {' or a '.join(each.name for each in none)}")
    return [each for each in columns if each not in same + none], notes


def _column(
    entries: Sequence[Entry], name: str, names: Sequence[str], *, short: bool = False
) -> _Column:
    last = name.rpartition(".")[2]
    alone = [other.rpartition(".")[2] for other in names].count(last) == 1
    header = _HEADERS.get(name, last if alone else name)
    if short and name == "layers":
        header = "hidden"
    numbers = all(isinstance(value_of(entry, name), float | int | None) for entry in entries)
    cells = [_cell(entry, name, short=short) for entry in entries]
    return _Column(name, header, cells, right=numbers)


def _cell(entry: Entry, name: str, *, short: bool = False) -> str:
    """Return what a table shows of a run in a column.

    Args:
        entry: the run.
        name: of the column.
        short: hidden layers only, or a time without the date or a date without the time.
    """
    value: Any = value_of(entry, name)
    match name:
        case _ if value is None:
            text = _NOTHING
        case "epochs":
            text = f"{value}/{value_of(entry, 'planned')}"
        case "validation_accuracy" | "test_accuracy":
            text = f"{100 * value:.2f}"
        case "validation_loss" | "test_loss":
            text = loss_text(value)
        case "seconds":
            text = f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"
        case "layers":
            text = layers_text(value[1:-1] if short else value) or "none"
        case "data":
            text = ",".join(PurePath(part).name for part in value.split(","))
        case "when":
            text = _time(value, datetime.now().astimezone(), short=short)
        case "state" if value == "running":
            process = str(value_of(entry, "process")).removeprefix("process ")
            text = f"running ({process.partition(' on ')[0]})"
        case _:
            text = value if isinstance(value, str) else value_text(value)
    return printable(text)


def _time(time: datetime, now: datetime, *, short: bool) -> str:
    local = time.astimezone()
    if local.year != now.year:
        return f"{local:%Y-%m-%d}"
    if short:
        return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%m-%d}"
    return f"{local:%m-%d %H:%M}"


def _plain(entry: Entry, name: str) -> object:
    """Return the value of a cell of a CSV."""
    value = value_of(entry, name)
    if name == "layers" and value is not None:
        return layers_text(value)
    value = _json(value)
    return json.dumps(value) if isinstance(value, list | tuple | dict | bool) else value


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return value


def _width(columns: Sequence[_Column]) -> int:
    return sum(each.width for each in columns) + len(_GAP) * (len(columns) - 1)


def _joined(columns: Sequence[_Column]) -> str:
    rows = zip(*(each.lines() for each in columns), strict=True)
    return "\n".join(_GAP.join(row).rstrip() for row in rows)
