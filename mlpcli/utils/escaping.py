"""Makes text from strangers safe to print.

File names and file contents may hold line ends, which forge lines, escape sequences, which a
terminal obeys, and marks that reverse the direction of writing. None of these reaches a terminal.
"""

from collections.abc import Sequence
from unicodedata import category

_JOINERS = "\u200c\u200d"  # used between letters of some scripts, and between parts of some emoji


def printable(text: object) -> str:
    r"""Return an object as one line of text, with unprintable characters escaped, such as \x1b.

    Spaces of every width are left as they are, because names of screenshots have such spaces.
    """
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(
        character if _is_printable(character) else ascii(character)[1:-1] for character in shown
    )


def first_line(text: object, most: int = 100) -> str:
    """Return the first line of a library's message, printable, with at most `most` characters."""
    line = f"{text!s:.{most}}".partition("\n")[0]  # cut first, because it may be very long
    return printable(line)[:most]


def listed(names: Sequence[str]) -> str:
    """Return names with commas between them, without the middle ones if there are many."""
    if len(names) > 12:
        names = [*names[:3], "…", *names[-3:]]
    return ", ".join(names)


def _is_printable(character: str) -> bool:
    return character.isprintable() or category(character) == "Zs" or character in _JOINERS
