"""Tables as CSV."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.report.tables import csv_table


def test_by_hand() -> None:
    """Cells with commas and quotes are quoted, None is empty, and a number is written in full."""
    rows = [(0, 'a, "b"', 0.1 + 0.2, True), (1, None, -1.5e-7, False)]
    expected = 'n,name,p,q\n0,"a, ""b""",0.30000000000000004,True\n1,,-1.5e-07,False\n'
    assert expected == csv_table(("n", "name", "p", "q"), rows)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
        ("+cat/1.png", "'+cat/1.png"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\t=1", r"\t=1"),
        ("\r=1", r"\r=1"),
        ("a\x1b[31m\nb\u202e", r"a\x1b[31m\nb\u202e"),
        ("\udcff.png", r"\udcff.png"),
        ("-", "-"),
        ("=", "="),
        ("-1", "-1"),
        ("+2.5", "+2.5"),
        ("cat=1", "cat=1"),
        ("é 1", "é 1"),
    ],
)
def test_names_of_strangers(name: str, cell: str) -> None:
    """No name becomes a formula of a spreadsheet or a command to a terminal; numbers stay."""
    assert [["name"], [cell]] == [*csv.reader(io.StringIO(csv_table(["name"], [[name]])))]


@given(st.lists(st.text(), min_size=1))
def test_a_row_is_a_line(names: list[str]) -> None:
    """Whatever names hold, each row is one line of UTF-8."""
    text = csv_table(["index", "name"], enumerate(names))
    assert len(names) + 1 == len(text.encode().decode().splitlines()) == text.count("\n")
    assert len(names) + 1 == len([*csv.reader(io.StringIO(text))])
