"""The copies of a drawn digit, and why the loss of a mean is below the mean of losses."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from docs.hooks.plots.augmentation import GREY, drawn_digit, show
from mlpcli.inference.copy_counts import USUAL
from mlpcli.inference.tta import Move, moved, moves

BLUE, ORANGE, GREEN = "#3f7fd0", "#d9822b", "#3a9d5d"
DIRECTIONS = {(-1.0, 0.0): "up", (1.0, 0.0): "down", (0.0, -1.0): "left", (0.0, 1.0): "right"}


def copies() -> Figure:
    """Show the seven copies that are averaged."""
    digit = drawn_digit()
    figure = Figure(figsize=(7, 1.4))
    of_copies = [Move(), *moves(USUAL - 1)]
    for axes, move in zip(figure.subplots(1, USUAL), of_copies, strict=True):
        show(axes, moved(digit[None], move)[0].astype(np.float32) / np.float32(255), _name(move))
    return figure


def jensen() -> Figure:
    """Show −log p, two probabilities on it, the mean of their losses and the loss of their mean."""
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.subplots()
    p = np.linspace(0.03, 1, 300)
    axes.plot(p, -np.log(p), color=BLUE)
    ends = np.array([0.1, 0.9])
    middle = ends.mean()
    axes.plot(ends, -np.log(ends), "o-", color=ORANGE)
    above, below = -np.log(ends).mean(), -np.log(middle)
    axes.plot([middle, middle], [below, above], ":", color=GREY)
    axes.plot(middle, above, "o", color=ORANGE)
    axes.plot(middle, below, "o", color=GREEN)
    axes.text(middle + 0.02, above, f"mean of the losses, {above:.2f}", color=ORANGE)
    axes.text(
        middle - 0.02, below - 0.35, f"loss of the mean, {below:.2f}", color=GREEN, ha="right"
    )
    axes.text(0.07, 3.0, "loss of one copy, −log p", color=BLUE)
    axes.set(xlabel="probability of the right class", ylabel="loss", xlim=(0, 1), ylim=(0, 3.6))
    return figure


def _name(move: Move) -> str:
    """Return what a move does, in a word."""
    if move.angle:
        return f"{move.angle:+.0f}°".replace("-", "−")
    return DIRECTIONS.get((move.down, move.right), "original")
