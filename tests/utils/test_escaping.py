"""Text on its way to a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.utils.escaping import printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe 7\u202fpx \u00a0\u3000 数字 \u0645\u06cc\u200c\u0631", None),
        ("\N{MAN}\u200d\N{PERSONAL COMPUTER}", None),
        ("C:\\new", None),
        ("a\x1b[31m\nb\u202e", r"a\x1b[31m\nb\u202e"),
        ("\r\t\0\x7f\x9b\u2028\ufeff\udcff\ud800", r"\r\t\x00\x7f\x9b\u2028\ufeff\udcff\ud800"),
    ],
)
def test_printable(text: str, expected: str | None) -> None:
    """Letters, spaces and emoji stay, controls of terminals and of directions are escaped."""
    assert (text if expected is None else expected) == printable(text)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text(text: str) -> None:
    """Whatever it is, it becomes one line that can be encoded, and stays so."""
    once = printable(text)
    assert [once] == (once.encode().decode().splitlines() or [""])
    assert once == printable(once)
