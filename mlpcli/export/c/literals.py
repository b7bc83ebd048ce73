"""Numbers and texts as C source, in ASCII alone.

Class names and names of data come from strangers: none of them may end the string or the comment
that it stands in, nor be changed by a compiler, which replaces trigraphs and joins lines that end
with a backslash before it looks for either.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 80  # characters of a text in a comment
AT_ONCE = 10_000  # rows of numbers


def string(text: str) -> str:
    r"""Return a string literal, with everything but plain characters in UTF-8 as \ooo.

    An octal escape has at most three digits, so that it never takes up the digit after it, as a
    hexadecimal one does.
    """
    return '"' + "".join(map(_escaped, text.encode("utf-8", "surrogatepass"))) + '"'


def _escaped(byte: int) -> str:
    if 32 <= byte < 127 and byte not in b'"\\?':  # ??/ is a trigraph
        return chr(byte)
    return f"\\{byte:03o}"


def remark(text: str) -> str:
    """Return a text, cut if it is long, in quotes as it may stand in a block comment."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return ascii(cut).replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")


def floating(value: float) -> str:
    """Return the shortest literal of type float that has exactly the value of a float32."""
    return _joined([str(np.float32(value))])


def array(name: str, values: NDArray[Any]) -> str:
    """Return the definition of a constant array, floats of which have the same bits.

    Args:
        name: of the array.
        values: float32 or int8; they are written row after row.
    """
    if values.dtype == np.int8:
        kind, lines = "int8_t", (",".join(row) for row in _rows(values, 20))
    else:
        kind, lines = "float", (_joined(row) for row in _rows(values, 6))
    content = ",\n".join(lines)
    return f"static const {kind} {name}[{values.size}] = {{\n{content}\n}};\n"


def _rows(values: NDArray[Any], length: int) -> Iterator[list[str]]:
    """Yield numbers as text, in rows of a length; few at a time, for text takes much memory."""
    flat = values.ravel()
    for start in range(0, flat.size, AT_ONCE * length):
        texts = flat[start : start + AT_ONCE * length].astype(np.str_).tolist()
        yield from (texts[n : n + length] for n in range(0, len(texts), length))


def _joined(numbers: list[str]) -> str:
    """Return decimal numbers as literals of type float, without the 0 before a decimal point."""
    joined = "," + "f,".join(numbers) + "f"
    return joined.replace(",0.", ",.").replace(",-0.", ",-.")[1:]
