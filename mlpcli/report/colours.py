"""Colours for a terminal, which say nothing that the text does not say without them.

The command line leaves them out where nobody would see them.
"""

from typing import Literal

Colour = Literal["green", "red", "blue", "yellow"]
_CODES: dict[Colour, int] = {"green": 32, "red": 31, "blue": 34, "yellow": 33}


def paint(text: str, colour: Colour) -> str:
    """Return a text in a colour of the terminal's own."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"
