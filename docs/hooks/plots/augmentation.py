"""A drawn digit and its warps, and what the width of the Gaussian does to elastic fields."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import mlpcli
from mlpcli.config.schema import AugmentationConfig, ElasticConfig
from mlpcli.images.interpolation import bilinear
from mlpcli.training.augmentation import GROUP, Augmentation
from mlpcli.utils.arrays import Float32

SIDE = 28
GREY, ORANGE = "#808080", "#d9822b"
ELASTIC = ElasticConfig(alpha=54, sigma=4)
KINDS = {
    "rotation": AugmentationConfig(rotation=16),
    "scale": AugmentationConfig(scale=0.22),
    "shear": AugmentationConfig(shear=0.22),
    "shift": AugmentationConfig(shift=2.2),
    "elastic": AugmentationConfig(elastic=ELASTIC),
    "all": AugmentationConfig(rotation=16, scale=0.22, shear=0.22, shift=2.2, elastic=ELASTIC),
}
"""The strengths of the recipe `committee/views`, one by one and together."""


def warps() -> Figure:
    """Show a drawn digit, then three random warps of each kind below each other."""
    digit = drawn_digit()
    figure = Figure(figsize=(7, 3.1))
    grid = figure.subplots(3, 1 + len(KINDS), gridspec_kw={"wspace": 0.12, "hspace": 0.12})
    for axes in grid[:, 0]:
        axes.set_axis_off()
    show(grid[0, 0], digit.astype(np.float32) / np.float32(255), "original")
    for column, (name, config) in enumerate(KINDS.items(), 1):
        augmentation = Augmentation(config, SIDE, SIDE, seed=1)
        for row, axes in enumerate(grid[:, column]):
            show(axes, _warped(digit, augmentation, step=row), name if row == 0 else "")
    return figure


def smoothness() -> Figure:
    """Show where elastic fields of equal strength take the pixels of a grid from, and a digit."""
    digit = drawn_digit()
    figure = Figure(figsize=(7, 2.4))
    sigmas = (1.0, 4.0, 12.0)
    for axes, sigma in zip(figure.subplots(1, len(sigmas)), sigmas, strict=True):
        elastic = ElasticConfig(alpha=2 * sigma / 0.163, sigma=sigma)
        augmentation = Augmentation(AugmentationConfig(elastic=elastic), SIDE, SIDE, seed=4)
        rows, columns = augmentation.sources(1, np.random.default_rng(0))
        places, weights = bilinear(rows, columns, SIDE, SIDE)
        grey: Float32 = (np.pad(digit, 1).ravel()[places] * weights).sum(axis=1) / np.float32(255)
        show(axes, grey.reshape(SIDE, SIDE), f"σ = {sigma:g}")
        down, right = np.divmod(np.arange(SIDE * SIDE), SIDE)
        kept = (down % 3 == 1) & (right % 3 == 1)
        axes.quiver(
            right[kept],
            down[kept],
            (columns[0] - right)[kept],
            (rows[0] - down)[kept],
            color=ORANGE,
            angles="xy",
            scale_units="xy",
            scale=1,
            width=0.007,
        )
    return figure


def drawn_digit() -> NDArray[np.uint8]:
    """Return a drawn 2, (28, 28)."""
    drawing = mlpcli.Drawing(train=1, test=12)
    digit: NDArray[np.uint8] = mlpcli.open_dataset("synthetic", drawing=drawing).test.images[6]
    return digit


def _warped(digit: NDArray[np.uint8], augmentation: Augmentation, step: int) -> Float32:
    """Return the digit after one random warp, (28, 28) in [0, 1]."""
    images = np.repeat(digit.reshape(1, -1), GROUP, axis=0)
    out = np.empty(images.shape, dtype=np.float32)
    augmentation.warp(images, out, epoch=0, step=step)
    warped: Float32 = out[0].reshape(SIDE, SIDE)
    return warped


def show(axes: Axes, grey: Float32, name: str) -> None:
    """Draw an image whose ink is blue and whose background is transparent, in a frame."""
    colour = np.empty((SIDE, SIDE, 4), dtype=np.float32)
    colour[:, :, :3] = np.array([0x3F, 0x7F, 0xD0]) / 255
    colour[:, :, 3] = grey.clip(0, 1)
    axes.set_axis_on()
    axes.imshow(colour, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    if name:
        axes.set_title(name, color=GREY, fontsize=9)
