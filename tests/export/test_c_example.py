"""`examples/predict.c`, compiled with an exported header."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.export.c_header import header_text
from mlpcli.images.normalization import Pixels
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.export.test_exported import exported
from tests.support.c_programs import build
from tests.support.glyphs import draw_digit

EXAMPLE = Path(__file__).parents[2] / "examples" / "predict.c"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, with the weights that come with mlp."""
    source = EXAMPLE.read_text().replace('"mlp.h"', '"net.h"')
    return build(tmp_path_factory.mktemp("c"), header_text(exported(BUNDLED), None), source)


def run(program: Path, file: Path) -> tuple[int, str]:
    """Return the exit code and what is printed."""
    done = subprocess.run([program, file], check=False, capture_output=True, text=True)
    assert not (done.stdout and done.stderr)
    return done.returncode, done.stdout + done.stderr


def seven() -> Pixels:
    """Return a seven as MNIST's makers would have left it."""
    classifier = Classifier.load([BUNDLED])
    return classifier.predict(draw_digit(7)).image


@pytest.mark.slow
def test_reads_as_the_program(program: Path, tmp_path: Path) -> None:
    """A PGM as Pillow writes it is read with the probabilities that the program has."""
    image = seven()
    Image.fromarray(image).save(tmp_path / "seven.pgm")
    (expected,) = Classifier.load([BUNDLED]).predict_proba(image[None])
    code, printed = run(program, tmp_path / "seven.pgm")
    lines = printed.splitlines()
    assert (0, f"label 7, probability {expected[7]:.4f}") == (code, lines[0])
    shares = [float(line.split()[1]) for line in lines[1:]]
    np.testing.assert_allclose(shares, expected, atol=1.01e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "pixels", "said"),
    [
        (b"P5\n# a comment 7\n28 28\n#\n51\n", 784, None),
        (b"P5 28 28 255\n", 784, None),
        (b"P5 28 28 255\n", 783, "ends before the last pixel"),
        (b"P2 28 28 255\n", 784, "must be a binary PGM, which begins with P5"),
        (b"", 0, "must be a binary PGM, which begins with P5"),
        (b"P5 28 29 255\n", 812, "must have the size of the network's images"),
        (b"P5 -28 28 255\n", 784, "must have the size of the network's images"),
        (b"P5 99999999999999999999 28 255\n", 784, "must have the size of the network's images"),
        (b"P5 28 28 65535\n", 1568, "must have one byte for each pixel"),
        (b"P5 28 28 0\n", 784, "must have one byte for each pixel"),
        (b"P5 28 28", 0, "must have the size of the network's images"),
        (b"P5 # no end", 0, "must have the size of the network's images"),
    ],
)
def test_other_files(
    program: Path, tmp_path: Path, head: bytes, pixels: int, said: str | None
) -> None:
    """What is no such PGM is refused in one line, with comments and other whites taken."""
    file = tmp_path / "a.pgm"
    file.write_bytes(head + bytes([200]) * pixels)
    code, printed = run(program, file)
    if said is None:
        assert 0 == code
        assert 11 == len(printed.splitlines())
    else:
        assert (1, f"{file}: {said}\n") == (code, printed)


@pytest.mark.slow
def test_without_a_file(program: Path, tmp_path: Path) -> None:
    """A file that is not there is named in one line."""
    assert (1, f"{tmp_path / 'no'}: cannot be opened\n") == run(program, tmp_path / "no")
