"""Hard pictures of digits: what the set holds, not how well it is read."""

import hashlib
import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from mlpcli.images import read_picture
from tests.pictures import KINDS, HardPicture, draw_picture, draw_pictures
from tests.pictures.strokes import break_strokes, extent, lift_roof, write_digit

SOME = ("28x28 pixel pen", "noise", "palette", "grey in 16 bits", "photo, lamp", "blackboard")


def size(picture: HardPicture) -> tuple[int, int]:
    """Return width and height as the file gives them."""
    with Image.open(io.BytesIO(picture.content)) as image:
        return image.size


@pytest.mark.parametrize("label", range(10))
def test_strokes(label: int) -> None:
    """A digit is one high or wide, around the origin, and its strokes are apart."""
    strokes = write_digit(label, np.random.default_rng(label))
    points = np.concatenate(strokes)
    assert pytest.approx(1) == extent(strokes).max()
    assert pytest.approx(0, abs=1e-6) == np.abs(points.min(axis=0) + points.max(axis=0)).max()
    steps = [np.linalg.norm(np.diff(stroke, axis=0), axis=1).max() for stroke in strokes]
    assert max(steps) < 0.15  # no line from one stroke to the next


def test_roof_apart() -> None:
    """A lifted roof lies above all else."""
    strokes = write_digit(5, np.random.default_rng(0), least_strokes=2)
    roof, *others = sorted(
        lift_roof(strokes, 0.1, np.random.default_rng(0)), key=lambda stroke: stroke[:, 1].mean()
    )
    nearest = np.linalg.norm(roof[:, None] - np.concatenate(others), axis=2).min()
    assert nearest > 0.05


def test_broken() -> None:
    """A broken stroke is two, with a gap as wide as asked for or a little wider."""
    line = np.stack([np.zeros(81), np.linspace(-0.5, 0.5, 81)], axis=1)
    upper, lower = break_strokes([line], 0.1, np.random.default_rng(0))
    assert 0.1 <= lower[0, 1] - upper[-1, 1] < 0.13


def test_numbers() -> None:
    """There are hundreds of pictures, and nearly the same number of each digit."""
    labels = [
        kind.labels[index % len(kind.labels)]
        for kind in KINDS.values()
        for index in range(kind.count)
    ]
    counts = Counter(labels)
    assert len(labels) >= 400
    assert set(range(10)) == set(counts)
    assert max(counts.values()) - min(counts.values()) <= KINDS["roof apart"].count


@pytest.mark.parametrize("kind", KINDS)
def test_decodes(kind: str) -> None:
    """Every kind is a picture that the program opens, and that shows something."""
    picture = draw_picture(kind, 0)
    with Image.open(io.BytesIO(picture.content)) as image:
        levels = np.asarray(image.convert("RGBA") if image.mode != "I;16" else image)
    assert levels.min() < levels.max()
    assert 2 == read_picture(io.BytesIO(picture.content), picture.name).ndim


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOME)
def test_same_again(kind: str) -> None:
    """The same seed gives the same files, another seed others."""
    assert draw_picture(kind, 3, seed=1) == draw_picture(kind, 3, seed=1)
    assert draw_picture(kind, 3, seed=1).content != draw_picture(kind, 3, seed=2).content


@pytest.mark.parametrize("index", range(6))
def test_stored_turned(index: int) -> None:
    """What is stored on its side or head says so, in each of the three ways."""
    picture = draw_picture("photo, turned", index)
    with Image.open(io.BytesIO(picture.content)) as image:
        assert (3, 6, 8)[index % 3] == image.getexif()[0x0112]


@pytest.mark.slow
def test_all() -> None:
    """Names and contents are all different; sizes go from 12×12 to 6000×4000."""
    names, digests, longest = set(), set(), []
    for picture in draw_pictures():
        assert f"is-{picture.label}" in picture.name
        names.add(picture.name)
        digests.add(hashlib.sha256(picture.content).digest())
        longest.append(max(size(picture)))
    assert len(longest) == len(names) == len(digests)
    assert sum(kind.count for kind in KINDS.values()) == len(names)
    assert min(longest) <= 13
    assert 6000 == max(longest)
