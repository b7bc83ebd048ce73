"""C programs that include an exported header, compiled by the system's `cc`."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Array

STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow")
SINGLE = ("-Wdouble-promotion",)
READER = """\
#include "net.h"
#include <stdio.h>

int main(void)
{
    static uint8_t image[MLP_INPUTS];
    static float probabilities[MLP_CLASSES];

    while (fread(image, 1, sizeof image, stdin) == sizeof image) {
        int32_t label = mlp_predict(image, probabilities);

        fwrite(&label, sizeof label, 1, stdout);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return 0;
}
"""


def compiler(language: str = "c") -> str:
    """Return the path of the system's compiler, or skip the test."""
    name = {"c": "cc", "c++": "c++"}[language]
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs the compiler {name}")
    return found


def build(folder: Path, header: str, source: str = READER, *flags: str) -> Path:
    """Compile a program that includes `net.h`, warnings being errors, and return its path."""
    (folder / "net.h").write_text(header, encoding="ascii")
    (folder / "main.c").write_text(source)
    program = folder / "main"
    command = [compiler(), *STRICT, *SINGLE, *flags, "main.c", "-o", program.name, "-lm"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert (0, "") == (done.returncode, done.stderr)
    return program


def sanitizing(folder: Path) -> tuple[str, ...]:
    """Return flags for a program that ends where it does what C does not define, or skip."""
    flags = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1")
    (folder / "try.c").write_text("int main(void)\n{\n    return 0;\n}\n")
    command = [compiler(), *flags, "try.c", "-o", "try"]
    tried = subprocess.run(command, cwd=folder, check=False, capture_output=True)
    if tried.returncode != 0 or subprocess.run([folder / "try"], check=False).returncode != 0:
        pytest.skip("needs a compiler with -fsanitize=address,undefined")
    return flags


def outputs(program: Path, images: Pixels, classes: int) -> tuple[NDArray[np.int64], Array]:
    """Return the labels and probabilities that the program `READER` gives for images."""
    done = subprocess.run([program], input=images.tobytes(), check=True, capture_output=True)
    assert b"" == done.stderr
    rows = np.frombuffer(done.stdout, dtype=[("label", "<i4"), ("shares", "<f4", (classes,))])
    assert len(images) == len(rows)
    return rows["label"].astype(np.int64), rows["shares"]


def by_c(
    folder: Path, header: str, images: Pixels, classes: int = 10
) -> tuple[NDArray[np.int64], Array]:
    """Return the labels and probabilities that a header gives for images."""
    return outputs(build(folder, header, READER, "-O1"), images, classes)
