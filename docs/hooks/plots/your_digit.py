"""The plot of docs/start/your-digit.md."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import mlpcli

GREY = "#808080"
SHOWN = {
    "picture": "the picture",
    "polarity": "ink light",
    "flatten": "light evened out",
    "threshold": "ink found",
    "remove_lines": "lines removed",
    "centre": "what the network sees",
}
"""Some of the steps, by the names that `--show-steps` gives them, and what they are called here."""


def steps() -> Figure:
    """Return what becomes of the page's photo after some of the steps."""
    reading = mlpcli.load("bundled").predict(_photo().astype(np.uint8))
    pictures = {name: picture for name, picture in reading.steps if name in SHOWN}
    figure = Figure(figsize=(7, 2.9), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(2, 3).flat, SHOWN.items(), strict=True):
        axes.imshow(pictures[name], cmap="gray", vmin=0, vmax=1)
        axes.set_title(title, color=GREY, fontsize=9)
        axes.set(xticks=[], yticks=[])
    return figure


def _photo() -> NDArray[np.float64]:
    """Return the photo that the page makes: (400, 560) grey levels."""
    digits = mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=6, test=100)).test
    ink = np.kron(digits.images[3] / 255, np.ones((8, 8)))
    photo = np.full((400, 560), 230.0)
    photo[40::60] = photo[41::60] = 110  # ruled lines
    place = photo[100:324, 150:374]
    place[...] = np.minimum(place, 230 - 190 * ink)
    return photo * np.linspace(1, 0.35, 560)
