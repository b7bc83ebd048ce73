"""Networks in C that see digits deslanted, or of one width."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset
from mlpcli.export.c_header import header_text
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from tests.export.test_exported import exported
from tests.support.c_programs import READER, build, by_c, outputs, sanitizing
from tests.support.networks import spotted, write_network
from tests.support.viewing import boxed_digits, odd_images

SEER = """\
#include "net.h"
#include <stdio.h>

int main(void)
{
    static uint8_t image[MLP_INPUTS], seen[MLP_INPUTS];
    int32_t width;

    while (fread(image, 1, sizeof image, stdin) == sizeof image) {
        memcpy(seen, image, sizeof seen);
        mlp_deslant(seen);
        fwrite(seen, 1, sizeof seen, stdout);
        for (width = 8; width <= 20; width++) {
            memcpy(seen, image, sizeof seen);
            mlp_to_width(seen, width);
            fwrite(seen, 1, sizeof seen, stdout);
        }
    }
    return 0;
}
"""
PLAINLY, JOINED = ("-O1",), ("-std=gnu99", "-O2", "-march=native")  # which joins a · b + c
EVERY = [View(deslant=True), *(View(width=width) for width in range(8, 21))]


def both(folder: Path) -> Path:
    """Write a network whose header has all functions of views."""
    view = View(deslant=True, width=12)
    return write_network(folder / "both.npz", (784, 9, 10), view=view)


def seen_by_c(folder: Path, images: Pixels, flags: tuple[str, ...]) -> Pixels:
    """Return each image as each of `EVERY` has it, (images, views, 28, 28) uint8."""
    program = build(folder, header_text(exported(both(folder)), None), SEER, *flags)
    done = subprocess.run([program], input=images.tobytes(), check=True, capture_output=True)
    return np.frombuffer(done.stdout, dtype=np.uint8).reshape(len(images), len(EVERY), 28, 28)


def expected(images: Pixels) -> Pixels:
    """Return the same by Python."""
    return np.stack([view.apply(images) for view in EVERY], axis=1)


@pytest.mark.parametrize("flags", [PLAINLY, JOINED], ids=["plainly", "joined"])
def test_same_images(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Each view of an image is that of Python to the bit, however the compiler joins operations."""
    noise = np.random.default_rng(0).integers(-600, 256, (200, 28, 28)).clip(0).astype(np.uint8)
    images = np.concatenate([boxed_digits(60), odd_images(), noise])
    np.testing.assert_array_equal(expected(images), seen_by_c(tmp_path, images, flags))


@pytest.mark.slow
def test_same_images_of_mnist(tmp_path: Path, mnist: Dataset) -> None:
    """So it is with real digits."""
    images = mnist.test.images[:500]
    np.testing.assert_array_equal(expected(images), seen_by_c(tmp_path, images, JOINED))


@pytest.mark.parametrize("bits", [32, 8])
def test_committee(tmp_path: Path, bits: int) -> None:
    """Networks with different views of an image, one of it as it is, are averaged."""
    views = [View(deslant=True), View(), View(width=9), View(deslant=True, width=18)]
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, *hidden, 10), seed=n, view=view)
        for n, (view, hidden) in enumerate(zip(views, [(9,), (), (), (5, 4)], strict=True))
    ]
    images = np.concatenate([boxed_digits(50), odd_images()])
    calibration = boxed_digits(50, seed=1) if bits == 8 else None
    labels, shares = by_c(tmp_path, header_text(exported(*paths), calibration), images)
    proba = Classifier.load(paths).predict_proba(images)
    np.testing.assert_allclose(proba, shares, atol=1e-5 if bits == 32 else 0.1)
    np.testing.assert_array_equal(shares.argmax(axis=1), labels)


@pytest.mark.slow
def test_sanitized(tmp_path: Path) -> None:
    """Of any image nothing is read or written out of bounds, and nothing undefined is done."""
    flags = sanitizing(tmp_path)
    header = header_text(exported(both(tmp_path)), None)
    images = np.concatenate([odd_images(), spotted(100)])
    outputs(build(tmp_path, header, READER, *flags), images, 10)


def test_ranges_of_what_is_seen(tmp_path: Path) -> None:
    """In 8 bits, ranges are told from training images as the network sees them."""
    path = both(tmp_path)
    view, images = View(deslant=True, width=12), boxed_digits(50)
    header = header_text(exported(path), images)
    assert header == header_text(exported(path), images)
    assert header != header_text(exported(path), view.apply(images))


def test_comment(tmp_path: Path) -> None:
    """The comment says what each network sees, and counts the memory for it."""
    plain = write_network(tmp_path / "plain.npz", (784, 9, 10), view=View())
    text = header_text(exported(both(tmp_path)), None)
    assert "images seen deslanted, 12 pixels wide\n" in text
    assert "RAM: 820 bytes of activations and of the image as it is seen" in text
    other = header_text(exported(plain), None)
    assert "RAM: 36 bytes of activations on the stack" in other
    assert not [name for name in ("seen", "mlp_units", "mlp_deslant") if name in other]
    narrow = write_network(tmp_path / "narrow.npz", (784, 9, 10), view=View(width=12))
    only = header_text(exported(narrow), None)
    assert ("mlp_to_width" in only, "mlp_deslant" in only) == (True, False)
    assert all(text.isascii() and max(map(len, text.splitlines())) <= 100 for text in (text, only))
