"""Tables as CSV (RFC 4180), for spreadsheets and for programs.

A row is one line: characters in names that cannot be printed are escaped as on a terminal. Names
come from strangers, so what a spreadsheet would take for a formula gets an apostrophe before it.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from mlpcli.utils.escaping import printable

_SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # formulas begin with one, also a wide one
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as text, its lines ended by line feeds.

    Args:
        header: the names of the columns.
        rows: a value for each column; None for an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    shown = printable(value)
    harmless = len(shown) == 1 or _NUMBER.fullmatch(shown) or not shown.startswith(_SIGNS)
    return shown if harmless else f"'{shown}"
