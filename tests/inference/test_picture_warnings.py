"""Warnings about pictures and predictions."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mlpcli.images import default_recipe, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.picture_warnings import PictureWarning, warn_of_picture, warn_of_prediction
from tests.support.glyphs import draw_digit
from tests.support.pens import Floats, write

CLASSES = tuple("0123456789")


def picture(ink: Floats) -> Pixels:
    """Return black ink on white paper."""
    return np.asarray(np.rint(255 * (1 - ink)), dtype=np.uint8)


def two_digits() -> Pixels:
    """Return a 4 and a taller 2 beside it."""
    four = write(4, (120, 200), height=70, left=20)
    return picture(np.maximum(four, write(2, (120, 200), height=90, left=110)))


def square() -> Pixels:
    """Return a filled square."""
    ink = np.zeros((100, 100))
    ink[30:70, 30:70] = 1
    return picture(ink)


def codes(warnings: list[PictureWarning]) -> list[str]:
    """Return what stands in the JSON."""
    return [warning.code for warning in warnings]


def small(size: int) -> Pixels:
    """Return a printed 5 whose height is about half the size."""
    return np.asarray(draw_digit(5, size=112).resize((size, size), Image.Resampling.BOX))


@pytest.mark.parametrize(
    ("grey", "expected"),
    [
        (np.full((60, 60), 255, dtype=np.uint8), ["blank"]),
        (np.full((60, 60), 0, dtype=np.uint8), ["blank"]),
        (two_digits(), ["several-digits"]),
        (square(), ["not-a-digit"]),
        (small(12), ["small-picture"]),
        (small(28), []),
        (picture(write(5)), []),
        (picture(write(0, width=14)), []),
        (picture(write(1, width=14)), []),
    ],
    ids=["white", "black", "two digits", "square", "small", "large enough", "5", "0", "1"],
)
def test_pictures(grey: Pixels, expected: list[str]) -> None:
    """Each kind of picture that is no clear digit has its code, and a clear one none."""
    assert expected == codes(warn_of_picture(preprocess(grey), many=False))


def test_texts() -> None:
    """People are told what is wrong and what to do."""
    (several,) = warn_of_picture(preprocess(two_digits()), many=False)
    assert "2 digits seen, the largest is read; --many reads each" == several.text
    (blot,) = warn_of_picture(preprocess(square()), many=False)
    assert "does not look like a digit, one large blot" == blot.text
    (blank,) = warn_of_picture(preprocess(np.zeros((9, 9), dtype=np.uint8)), many=False)
    assert "no ink found" == blank.text


def test_many() -> None:
    """Several digits are no reason for a warning if each of them is read."""
    assert [] == warn_of_picture(preprocess(two_digits(), many=True), many=True)


def test_scattered() -> None:
    """A little of the ink, with the rest all around it, is no digit."""
    full = preprocess(picture(write(2)))
    rest = replace(full, ink=0.3)
    (warning,) = warn_of_picture(rest, many=False)
    assert ("not-a-digit", "does not look like a digit, ink is scattered all over") == (
        warning.code,
        warning.text,
    )


def test_other_things() -> None:
    """What is only scaled, as shoes are, may be as black, as small and as empty as it likes."""
    shoe = np.full((6, 6), 20, dtype=np.uint8)
    shoe[1:, 1:] = 230
    for grey in (shoe, 255 - shoe, 0 * shoe):
        prepared = preprocess(grey, default_recipe("scale", 28, 28))
        assert [] == warn_of_picture(prepared, many=False)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["even", "bits"])
def test_noise(kind: str, seed: int) -> None:
    """Noise is never read without a warning."""
    generator = np.random.default_rng(seed)
    levels = (
        generator.integers(0, 256, (80, 80))
        if kind == "even"
        else (255 * generator.integers(0, 2, (80, 80)))
    )
    prepared = preprocess(levels.astype(np.uint8))
    warnings = warn_of_picture(prepared, many=False)
    probabilities = np.exp(Classifier.load([BUNDLED]).log_probabilities(prepared.images))
    warnings += warn_of_prediction(probabilities[0], CLASSES)
    assert {"blank", "not-a-digit", "low-confidence"} & set(codes(warnings))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({3: 0.97}, None),
        ({3: 0.66, 5: 0.34}, None),
        ({3: 0.6, 5: 0.4}, ("small-margin", "5 is nearly as likely as 3")),
        ({3: 0.46, 5: 0.3}, ("low-confidence", "3 has only 46 %")),
        ({9: 0.45, 4: 0.45}, ("low-confidence", "4 has only 45 %")),
    ],
    ids=["sure", "rather sure", "two alike", "many alike", "equal"],
)
def test_predictions(shares: dict[int, float], expected: tuple[str, str] | None) -> None:
    """A class that is hardly the likeliest, or not likely at all, gets a warning."""
    probabilities = np.full(10, (1 - sum(shares.values())) / (10 - len(shares)), dtype=np.float32)
    for label, share in shares.items():
        probabilities[label] = share
    warnings = [
        (warning.code, warning.text) for warning in warn_of_prediction(probabilities, CLASSES)
    ]
    assert ([expected] if expected else []) == warnings


def test_one_class() -> None:
    """A network that knows one class only has no second one to doubt it for."""
    assert not warn_of_prediction(np.ones(1, dtype=np.float32), ["0"])


@pytest.mark.parametrize("digit", [0, 1, 2, 4, 5, 7, 8])
def test_clear_digits(digit: int) -> None:
    """A clear digit is read without any warning."""
    prepared = preprocess(picture(write(digit, width=10)))
    shares = np.exp(Classifier.load([BUNDLED]).log_probabilities(prepared.images))[0]
    assert digit == shares.argmax()
    assert [] == [*warn_of_picture(prepared, many=False), *warn_of_prediction(shares, CLASSES)]
