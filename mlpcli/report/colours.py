"""Colours for a terminal; the text says the same without them.

The command line drops them if the output is not a terminal.
"""

from typing import Literal

Colour = Literal["green", "red", "blue", "yellow"]
_CODES: dict[Colour, int] = {"green": 32, "red": 31, "blue": 34, "yellow": 33}


def paint(text: str, colour: Colour) -> str:
    """Return a text in one of the terminal's own colours."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"
