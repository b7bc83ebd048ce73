"""What a C header says of itself, and what names of strangers may do to it."""

import re
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mlpcli.export.c.literals import array, floating, remark, string
from mlpcli.export.c_header import header_text
from tests.export.test_exported import exported
from tests.support.c_programs import SINGLE, STRICT, build, compiler
from tests.support.networks import spotted, write_network

NAMES = (
    *("<script>", "*/", '"', "\\", "??/", "a\u2028b", "🙂", "é1", "/*", "%s%n", "\\n", "'"),
    *("\\x41", "{names}", "${x}", "//", "\u202eabc", "??=??)", "0", "日本"),
)
HOSTILE = '*/ int main(void){} /* ??/ \\ "\n#error \u202e 🙂 //'
PRINT_NAMES = """\
#include "net.h"
#include <stdio.h>

int main(void)
{
    size_t i;

    for (i = 0; i < MLP_CLASSES; i++) {
        printf("%s%c", mlp_class_names[i], 0);
    }
    return 0;
}
"""


def header_of(path: Path, *, bits: int = 32) -> str:
    """Return the header of a file."""
    return header_text(exported(path), spotted(20) if bits == 8 else None)


def test_class_names(tmp_path: Path) -> None:
    """Class names arrive as they are, whatever C makes of their characters."""
    names = [name for name in NAMES if name.isprintable()]  # others are refused on loading
    path = write_network(tmp_path / "net.npz", (784, 5, len(names)), classes=names)
    program = build(tmp_path, header_of(path), PRINT_NAMES)
    done = subprocess.run([program], check=True, capture_output=True)
    assert names == done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("name", [*NAMES, "a\nb", "\r", "\t", "\x00", "\ud800", "\x7f"])
def test_strings(name: str) -> None:
    """A literal is one line of plain ASCII, in which no quote, backslash or ? stands bare."""
    literal = string(name)
    assert literal.isascii()
    assert literal.isprintable()
    inside = literal[1:-1]
    assert "?" not in inside
    assert re.fullmatch(r'([^"\\]|\\[0-7]{3})*', inside)
    octal = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), inside.encode())
    assert name == octal.decode("utf-8", "surrogatepass")


@pytest.mark.parametrize("bits", [32, 8])
def test_names_in_the_comment(tmp_path: Path, bits: int) -> None:
    """The name of the data ends neither the comment nor a line, and makes no warning."""
    data = {"name": HOSTILE + "x" * 200, "fingerprint": ""}
    header = header_of(write_network(tmp_path / "net.npz", (784, 5, 10), data=data), bits=bits)
    comment, _, rest = header.partition("*/")
    assert "\n#ifndef MLP_" == rest[:13]
    assert "/*" not in comment[2:]
    assert header.isascii()
    build(tmp_path, header, PRINT_NAMES)
    assert "* / int main(void){} / *" not in remark("*/ int")


@pytest.mark.parametrize("bits", [32, 8])
def test_the_program_in_the_comment(tmp_path: Path, bits: int) -> None:
    """The program that the comment shows compiles and runs."""
    header = header_of(write_network(tmp_path / "net.npz", (784, 5, 10)), bits=bits)
    lines = re.findall(r"^ \*     (.*)$|^ \*$", header.partition("*/")[0], re.MULTILINE)
    text = "\n".join(lines).strip().split("\n\ndata")[0]
    program = text[text.index("#include") : text.rindex("}") + 1].replace("mlp.h", "net.h")
    done = subprocess.run(
        [build(tmp_path, header, program + "\n")], check=True, capture_output=True
    )
    assert re.fullmatch(rb"\d [01]\.\d{3}\n", done.stdout)


@pytest.mark.parametrize("bits", [32, 8])
@pytest.mark.parametrize("hidden", [(30, 70, 20), (50,), ()])
def test_memory(tmp_path: Path, hidden: tuple[int, ...], bits: int) -> None:
    """Flash is what the arrays of numbers take; RAM is what the functions have on the stack."""
    path = write_network(tmp_path / "net.npz", (784, *hidden, 10), "tanh")
    header = header_of(path, bits=bits)
    said = re.sub(r"\s*\n \* ?", " ", header.partition("*/")[0])
    (flash,) = (int(n.replace(",", "")) for n in re.findall(r"Flash: ([\d,]+) bytes", said))
    (stack,) = (int(n.replace(",", "")) for n in re.findall(r"RAM: ([\d,]+) bytes", said))
    arrays = re.findall(r"^static const (float|int8_t) \w+\[(\d+)\]", header, re.MULTILINE)
    assert flash == sum(int(count) * {"float": 4, "int8_t": 1}[kind] for kind, count in arrays)
    pairs = [*hidden, *(a + b for a, b in pairwise(hidden))]
    assert stack == max(pairs, default=0) * (bits // 8)
    (tmp_path / "net.h").write_text(header)
    (tmp_path / "main.c").write_text(
        '#include "net.h"\nint go(const uint8_t *i, float *p);\n'
        "int go(const uint8_t *i, float *p)\n{\n    return mlp_predict(i, p);\n}\n"
    )
    flags = [*STRICT, *SINGLE, "-Os", "-fstack-usage", "-c", "main.c", "-o", "main.o"]
    subprocess.run([compiler(), *flags], cwd=tmp_path, check=True)
    usage = [int(n) for n in re.findall(r"\t(\d+)\t", (tmp_path / "main.su").read_text())]
    assert stack - 128 <= max(usage) <= stack + 300  # x86-64 allows 128 bytes below the stack


@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        ("digit", (28, 28), "fit into a box of 20 x 20 pixels"),
        (
            "scale",
            (4, 6),
            "4 rows of 6 grey levels from 0 to 255, as light or dark as for training",
        ),
    ],
)
def test_how_an_image_must_look(
    tmp_path: Path, kind: str, shape: tuple[int, int], words: str
) -> None:
    """The comment says how a picture becomes an input, for either kind of preprocessing."""
    sizes = (shape[0] * shape[1], 5, 10)
    header = header_of(write_network(tmp_path / "net.npz", sizes, shape=shape, kind=kind))
    assert words in re.sub(r"\n \* ?", " ", header)


def test_numbers_are_the_same_to_the_bit(tmp_path: Path) -> None:
    """Every float32, however small or large, is read back by a compiler as the same bits."""
    bits = np.random.default_rng(0).integers(0, 2**32, 3000, dtype=np.uint32)
    values = np.concatenate(
        [bits.view(np.float32), np.array([0, -0.0, 1e-45, 1, 1e18, 16777216], dtype=np.float32)]
    )
    values = values[np.isfinite(values)]
    (tmp_path / "main.c").write_text(
        f"#include <stdio.h>\n{array('w', values)}static const float one = {floating(0.1)};\n"
        "int main(void)\n{\n    fwrite(w, sizeof w, 1, stdout);\n"
        "    return one < 0.1f || one > 0.1f;\n}\n"
    )
    command = [compiler(), "-std=c99", "-pedantic", "-Wall", "-Werror", "main.c", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "main"], check=True, capture_output=True)
    assert values.tobytes() == done.stdout
