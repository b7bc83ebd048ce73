"""How the variance of a mean depends on how many are averaged, and on their correlation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

CORRELATIONS = {0.0: "#3f7fd0", 0.5: "#d9822b", 0.86: "#3a9d5d"}
"""Independent errors, half-way, and those of three seeds of `mnist`, by colour."""


def variance() -> Figure:
    """Show ρ + (1 − ρ) / K over the number K of networks."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    count = np.arange(1, 11)
    for correlation, colour in CORRELATIONS.items():
        share = correlation + (1 - correlation) / count
        axes.plot(count, share, "o-", color=colour, markersize=4)
        axes.plot([1, 10.4], [correlation] * 2, ":", color=colour)
        axes.text(10.5, share[-1], f"ρ = {correlation:g}", color=colour, va="center")
    axes.set(
        xlabel="networks", ylabel="variance of the mean / σ²", xlim=(0.7, 11.6), ylim=(0, 1.05)
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
