"""Text from strangers → text that only stands there.

Names of files and what is in them may hold line ends, which forge lines, sequences that a terminal
obeys, and marks that turn the direction of writing around. None of these reaches a terminal.
"""

from unicodedata import category

_JOINERS = "\u200c\u200d"  # between letters of some scripts, and parts of some emoji


def printable(text: object) -> str:
    r"""Return something as text of one line, in which whatever does not print is escaped, as \x1b.

    Spaces of every width, as there are in the names of screenshots, stay what they are.
    """
    return "".join(
        character if _is_printable(character) else ascii(character)[1:-1] for character in str(text)
    )


def first_line(text: object, most: int = 100) -> str:
    """Return the first line of what a library says, up to so many characters, each printable."""
    line = f"{text!s:.{most}}".partition("\n")[0]  # cut first, for it may be millions
    return printable(line)[:most]


def _is_printable(character: str) -> bool:
    return character.isprintable() or category(character) == "Zs" or character in _JOINERS
