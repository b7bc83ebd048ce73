"""Random affine and elastic warps of training images.

A warp maps each pixel of the new image to a place in the old image, where the grey value is
interpolated between the four pixels around it. The affine part rotates, scales, shears and shifts.
The elastic part displaces every pixel by a smooth random field (Simard, Steinkraus and Platt, Best
practices for convolutional neural networks applied to visual document analysis, 2003).

Shared work makes it cheap: smooth fields are made once and kept in a bank, and a group of images
shares one warp. With the images of a group side by side, (pixels, images), one `take` of whole rows
reads each of the four neighbours.
"""

from math import ceil, radians

import numpy as np
from numpy.typing import NDArray

from mlpcli.config.schema import AugmentationConfig, ElasticConfig
from mlpcli.images.interpolation import Indices, bilinear
from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Float32
from mlpcli.utils.randomness import Purpose, stream

GROUP = 16  # images that share a warp
FIELDS = 512  # in the bank; a warp takes one for rows and one for columns, each with a random sign


class Augmentation:
    """Warps batches of images, each batch with its own random stream.

    Args:
        config: how strong each kind of warp is.
        height: of an image, in pixels.
        width: of an image, in pixels.
        seed: decides every warp.
    """

    def __init__(self, config: AugmentationConfig, height: int, width: int, seed: int) -> None:
        self.config, self.height, self.width, self.seed = config, height, width, seed
        self._bank = None
        if config.elastic:
            generator = stream(seed, Purpose.ELASTIC_FIELDS)
            self._bank = field_bank(config.elastic, height, width, generator)
        # a frame of zeros supplies the values outside the images
        self._framed = np.zeros((height + 2, width + 2, GROUP), dtype=np.float32)
        self._neighbour = np.empty((height * width, GROUP), dtype=np.float32)
        self._warped = np.empty_like(self._neighbour)

    def warp(  # noqa: PLR0913  # which warps
        self,
        images: Pixels,
        out: Float32,
        *,
        epoch: int,
        step: int,
        first: int = 0,
        batch: int | None = None,
        strength: float = 1.0,
    ) -> Float32:
        """Fill `out` with network inputs: the images, randomly warped.

        Args:
            images: (rows, pixels) uint8.
            out: (rows, pixels) float32, filled with values in [0, 1] and returned.
            epoch: selects the random stream, together with `step`.
            step: which batch of the epoch this is.
            first: where in the batch the images begin, if they are only some of it.
            batch: how many images are in the batch; by default these.
            strength: in [0, 1], how far each pixel moves of the way to its source.
        """
        generator = stream(self.seed, Purpose.AUGMENTATION, epoch=epoch, step=step)
        groups = slice(first // GROUP, ceil((first + len(images)) / GROUP))
        rows, columns = self.sources(ceil((batch or len(images)) / GROUP), generator, groups)
        if strength < 1:
            rows, columns = self._weaken(rows, columns, np.float32(strength))
        self._resample(images, first % GROUP, rows, columns, out)
        return out

    def sources(
        self, count: int, generator: np.random.Generator, wanted: slice = slice(None)
    ) -> tuple[Float32, Float32]:
        """Draw warps: for each pixel of a new image, its source in the old image.

        Args:
            count: how many to draw.
            generator: to draw from.
            wanted: which of them to compute.

        Returns:
            Two (wanted, pixels) float32 arrays, rows and columns, in pixels of the old image.
        """
        config = self.config

        def draw(limit: float) -> NDArray[np.float64]:
            return generator.uniform(-limit, limit, (count, 1))[wanted]

        row, column = np.divmod(np.arange(self.height * self.width), self.width)
        middle_row, middle_column = (self.height - 1) / 2, (self.width - 1) / 2
        down = (row - middle_row) / (1 + draw(config.scale))
        right = (column - middle_column) / (1 + draw(config.scale)) + down * draw(config.shear)
        angle = draw(radians(config.rotation))
        rows = middle_row + draw(config.shift) + down * np.cos(angle) + right * np.sin(angle)
        columns = middle_column + draw(config.shift) + right * np.cos(angle) - down * np.sin(angle)
        if self._bank is not None:
            fields = generator.integers(FIELDS, size=(2, count))[:, wanted]
            signs = generator.choice((-1.0, 1.0), (2, count, 1))[:, wanted]
            displacements = signs * self._bank[fields]
            rows, columns = rows + displacements[0], columns + displacements[1]
        return rows.astype(np.float32), columns.astype(np.float32)

    def _weaken(
        self, rows: Float32, columns: Float32, strength: np.float32
    ) -> tuple[Float32, Float32]:
        """Return sources that lie on the way from each pixel itself to the given ones."""
        row, column = np.divmod(np.arange(self.height * self.width, dtype=np.float32), self.width)
        return row + strength * (rows - row), column + strength * (columns - column)

    def _resample(
        self, images: Pixels, skipped: int, rows: Float32, columns: Float32, out: Float32
    ) -> None:
        """Fill `out` with the images' grey values at the sources of each group's pixels.

        So many images of the first group are skipped, which are not here.
        """
        places, weights = bilinear(rows, columns, self.height, self.width)
        weights *= np.float32(1 / 255)
        for group in range(len(rows)):
            start = group * GROUP - skipped
            part = slice(max(start, 0), start + GROUP)
            out[part] = self._weigh(images[part], places[group], weights[group]).T

    def _weigh(self, images: Pixels, places: Indices, weights: Float32) -> Float32:
        """Return (pixels, images) weighted sums of the four neighbours' grey values."""
        count = len(images)
        self._framed[1:-1, 1:-1, :count] = images.T.reshape(self.height, self.width, count)
        pixels = self._framed.reshape(-1, GROUP)
        self._warped.fill(0)
        for place, weight in zip(places, weights, strict=True):
            np.take(pixels, place, axis=0, out=self._neighbour, mode="clip")
            np.multiply(self._neighbour, weight[:, None], out=self._neighbour)
            np.add(self._warped, self._neighbour, out=self._warped)
        return self._warped[:, :count]


def field_bank(
    config: ElasticConfig, height: int, width: int, generator: np.random.Generator
) -> Float32:
    """Return (FIELDS, height * width) float32 smooth random displacements, in pixels.

    Uniform noise in [-1, 1], smoothed along rows and columns by a Gaussian and multiplied by
    alpha. The noise extends beyond the image, so the border is as smooth as the middle.
    """
    down, across = _smoothing(height, config.sigma), _smoothing(width, config.sigma)
    noise = generator.uniform(-1, 1, (FIELDS, down.shape[1], across.shape[1])).astype(np.float32)
    fields: Float32 = down @ (config.alpha * noise) @ across.T
    return fields.reshape(FIELDS, height * width)


def _smoothing(size: int, sigma: float) -> Float32:
    """Return the (size, longer) matrix of a Gaussian filter whose input is longer at both ends."""
    reach = ceil(3 * sigma)
    distance = np.arange(size + 2 * reach) - np.arange(reach, size + reach)[:, None]
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    smoothing: Float32 = np.divide(weights, weights.sum(axis=1, keepdims=True), dtype=np.float32)
    return smoothing
