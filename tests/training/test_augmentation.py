"""Random warps of images."""

from math import pi, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.config.schema import AugmentationConfig, ElasticConfig
from mlpcli.datasets import Dataset
from mlpcli.images.interpolation import bilinear
from mlpcli.training.augmentation import FIELDS, GROUP, Augmentation, field_bank
from mlpcli.training.batches import Batches
from mlpcli.utils.randomness import Purpose, stream

EVERYTHING = AugmentationConfig(
    rotation=15.0, scale=0.2, shear=0.2, shift=2.0, elastic=ElasticConfig(alpha=34.0, sigma=4.0)
)


def warp(
    config: AugmentationConfig, images: NDArray[np.uint8], *, seed: int = 0, step: int = 0
) -> NDArray[np.float32]:
    """Warp (count, height, width) images as one batch."""
    count, height, width = images.shape
    out = np.empty((count, height * width), dtype=np.float32)
    augmentation = Augmentation(config, height, width, seed)
    return augmentation.warp(images.reshape(count, -1), out, epoch=0, step=step).reshape(
        images.shape
    )


def value_at(image: NDArray[np.uint8], row: float, column: float) -> float:
    """The bilinear grey value of a point, by the definition; 0 outside of the image."""
    total = 0.0
    for r in range(int(np.floor(row)), int(np.floor(row)) + 2):
        for c in range(int(np.floor(column)), int(np.floor(column)) + 2):
            if 0 <= r < image.shape[0] and 0 <= c < image.shape[1]:
                total += (1 - abs(row - r)) * (1 - abs(column - c)) * float(image[r, c])
    return total / 255


def test_nothing_is_nothing(glyphs: Dataset) -> None:
    """A warp of strength 0 changes nothing."""
    images = glyphs.train.images[:50]
    np.testing.assert_allclose(warp(AugmentationConfig(), images), images / 255, atol=1e-6)


def test_values_come_from_the_sources(glyphs: Dataset) -> None:
    """Each pixel is the bilinear value at its source, whatever group the image is in."""
    images = glyphs.train.images[: 2 * GROUP + 3]
    augmentation = Augmentation(EVERYTHING, 28, 28, 0)
    rows, columns = augmentation.sources(3, stream(0, Purpose.AUGMENTATION))
    warped = warp(EVERYTHING, images)
    for index in (0, GROUP - 1, GROUP, 2 * GROUP + 2):
        group = index // GROUP
        expected = [
            value_at(images[index], *point)
            for point in zip(rows[group], columns[group], strict=True)
        ]
        np.testing.assert_allclose(warped[index].ravel(), expected, atol=1e-4)


def test_images_of_any_shape() -> None:
    """Images need not be square, nor many."""
    images = np.arange(5 * 9, dtype=np.uint8).reshape(1, 5, 9)
    assert (1, 5, 9) == warp(EVERYTHING, images).shape
    np.testing.assert_allclose(warp(AugmentationConfig(), images), images / 255, atol=1e-6)


def test_outside_is_empty() -> None:
    """What comes from outside the image is empty; the border is not smeared."""
    row, column = np.divmod(np.arange(28 * 28, dtype=np.float32), 28)
    image = np.full((28, 28), 255, dtype=np.uint8)
    framed = np.pad(image, 1).ravel().astype(np.float32)
    for down, right in ((5, 0), (-5, 0), (0, 7), (0, -7), (100, 100), (-100, 3)):
        places, weights = bilinear(row[None] + down, column[None] + right, 28, 28)
        moved = (framed[places[0]] * weights[0]).sum(axis=0).reshape(28, 28)
        expected = np.zeros((28, 28))
        if abs(down) < 28 > abs(right):
            inside = (
                slice(max(0, -down), 28 - max(0, down)),
                slice(max(0, -right), 28 - max(0, right)),
            )
            expected[inside] = 255
        np.testing.assert_array_equal(expected, moved)


@pytest.mark.parametrize(
    "config",
    [
        AugmentationConfig(rotation=180.0, scale=0.99, shear=2.0, shift=1000.0),
        AugmentationConfig(elastic=ElasticConfig(alpha=1000.0, sigma=0.1)),
        AugmentationConfig(elastic=ElasticConfig(alpha=34.0, sigma=20.0)),
    ],
)
@pytest.mark.parametrize("shape", [(1, 1, 1), (17, 28, 28)])
def test_extremes(config: AugmentationConfig, shape: tuple[int, int, int]) -> None:
    """The strongest warps of the smallest images, by the largest seed, stay in [0, 1]."""
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    warped = warp(config, images, seed=2**63 - 1)
    assert np.isfinite(warped).all()
    assert 0 <= warped.min() <= warped.max() <= 1.0001


def test_scale_is_that_of_the_picture() -> None:
    """A scale of 0.5 makes a square between half and one and a half times as high."""
    image = np.zeros((1, 100, 100), dtype=np.uint8)
    image[:, 40:60, 40:60] = 255
    heights = []
    for step in range(300):
        warped = warp(AugmentationConfig(scale=0.5), image, step=step)[0]
        heights.append(warped[:, 50].sum())
    assert 10 == pytest.approx(min(heights), abs=0.5)
    assert 30 == pytest.approx(max(heights), abs=0.5)
    assert 20 == pytest.approx(np.mean(heights), abs=1)


@pytest.mark.parametrize(
    ("config", "bound"),
    [
        (AugmentationConfig(shift=3.0), 3.0),
        (AugmentationConfig(rotation=10.0), 13.5 * sqrt(2) * 2 * np.sin(np.radians(5))),
        (AugmentationConfig(scale=0.1), 13.5 * (1 / 0.9 - 1)),
        (AugmentationConfig(shear=0.2), 2.7),
    ],
)
def test_strength(config: AugmentationConfig, bound: float) -> None:
    """No pixel moves along an axis by more than the configuration says, and some nearly so much."""
    rows, columns = Augmentation(config, 28, 28, 0).sources(3000, stream(0, Purpose.AUGMENTATION))
    row, column = np.divmod(np.arange(784), 28)
    farthest = max(np.abs(rows - row).max(), np.abs(columns - column).max())
    assert 0.9 * bound / sqrt(2) < farthest <= bound + 1e-4


def test_rotation_keeps_distances() -> None:
    """A rotation moves no pixel nearer to the middle or farther from it, to both sides alike."""
    augmentation = Augmentation(AugmentationConfig(rotation=30.0), 28, 28, 0)
    rows, columns = augmentation.sources(500, stream(0, Purpose.AUGMENTATION))
    row, column = np.divmod(np.arange(784), 28)
    before = np.hypot(row - 13.5, column - 13.5)
    after = np.hypot(rows - 13.5, columns - 13.5)
    np.testing.assert_allclose(after, np.tile(before, (500, 1)), rtol=1e-4)
    turned = rows[:, 27] - rows[:, 0]  # the upper right corner against the upper left one
    assert 0.4 < (turned > 0).mean() < 0.6


def test_fields_are_smooth() -> None:
    """Elastic displacements have the deviation that alpha and sigma give, also at the border."""
    config = ElasticConfig(alpha=34.0, sigma=4.0)
    fields = field_bank(config, 28, 28, stream(0, Purpose.ELASTIC_FIELDS)).reshape(-1, 28, 28)
    assert (FIELDS, 28, 28) == fields.shape
    expected = 34 * sqrt(1 / 3) / (2 * 4 * sqrt(pi))
    assert expected == pytest.approx(fields.std(), rel=0.05)
    assert expected == pytest.approx(fields[:, 0, 0].std(), rel=0.15)
    assert np.abs(np.diff(fields, axis=1)).max() < expected  # neighbours move together


def test_weights_sum_to_one() -> None:
    """The four neighbours of a point share its value."""
    generator = np.random.default_rng(0)
    rows, columns = generator.uniform(-60, 90, (2, 10, 784)).astype(np.float32)
    places, weights = bilinear(rows, columns, 28, 28)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert weights.min() >= 0
    assert 0 <= places.min() <= places.max() < 30 * 30


def test_streams(glyphs: Dataset) -> None:
    """Seed and step alone decide a warp, so that a resumed run sees the same pictures."""
    images = glyphs.train.images[:40]
    first = warp(EVERYTHING, images, step=3)
    np.testing.assert_array_equal(first, warp(EVERYTHING, images, step=3))
    assert (first != warp(EVERYTHING, images, step=4)).any()
    assert (first != warp(EVERYTHING, images, seed=1, step=3)).any()


def test_weaker(glyphs: Dataset) -> None:
    """At half the strength each pixel comes from half-way between its own place and its source."""
    images = glyphs.train.images[:GROUP].reshape(GROUP, -1)
    augmentation, out = Augmentation(EVERYTHING, 28, 28, 0), np.empty((2, GROUP, 784), np.float32)
    generator = stream(0, Purpose.AUGMENTATION, epoch=0, step=5)
    (rows,), (columns,) = augmentation.sources(1, generator)
    half, none = (
        augmentation.warp(images, each, epoch=0, step=5, strength=strength)
        for each, strength in zip(out, (0.5, 0.0), strict=True)
    )
    expected = [
        value_at(images[3].reshape(28, 28), (rows[n] + n // 28) / 2, (columns[n] + n % 28) / 2)
        for n in range(784)
    ]
    np.testing.assert_allclose(half[3], expected, atol=1e-4)
    np.testing.assert_allclose(none, images / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("fade", "expected"),
    [(0.0, [1, 1, 1, 1]), (0.5, [1, 1, 1, 0.5]), (1.0, [1, 0.75, 0.5, 0.25])],
)
def test_fade(fade: float, expected: list[float]) -> None:
    """Over the last part of the run the strength falls evenly to nothing."""
    config = AugmentationConfig(shift=1.0, fade=fade)
    assert expected == [config.strength(epoch / 4) for epoch in range(4)]
    assert (0 if fade else 1) == config.strength(1.0)


def test_faded_batches(glyphs: Dataset) -> None:
    """Each step of the last epochs warps images a little less, down to those of the files."""
    config = AugmentationConfig(shift=6.0, fade=0.5)
    batches, plain = Batches(glyphs.train, 10, 0, config, epochs=4), Batches(glyphs.train, 10, 0)
    changes = [
        float(np.abs(warped - inputs).mean())
        for epoch in range(4)
        for (warped, _), (inputs, _) in zip(batches.epoch(epoch), plain.epoch(epoch), strict=True)
    ]
    quarters = np.array(changes).reshape(4, -1)
    assert quarters[0].mean() == pytest.approx(quarters[1].mean(), rel=0.1)
    assert quarters[1].mean() > quarters[2].mean() > quarters[3].mean()
    assert changes[-1] < 0.1 * changes[0]


def test_batches_are_warped(glyphs: Dataset) -> None:
    """Training meets warped images in [0, 1] with their own labels, other ones in each epoch."""
    plain = Batches(glyphs.train, 64, 0)
    warped = Batches(glyphs.train, 64, 0, AugmentationConfig(shift=1.5, rotation=8.0))
    firsts = []
    for epoch in (0, 1):
        for (inputs, labels), (others, same) in zip(
            plain.epoch(epoch), warped.epoch(epoch), strict=True
        ):
            np.testing.assert_array_equal(labels, same)
            assert 0 <= others.min() <= others.max() <= 1.0001
            ink = inputs.sum(axis=1) / others.sum(axis=1)
            assert 0.7 < np.median(ink) < 1.4
            firsts.append(others.copy())
            break
    assert (firsts[0] != firsts[1]).any()
