"""The plot of docs/how/training.md: a network that learns its training images by heart."""

from matplotlib.figure import Figure

BLUE, ORANGE = "#3f7fd0", "#d9822b"

# `mlp train few.yaml` of docs/how/training.md, from log.jsonl, 2026-11-28
TRAINING = (
    *(2.0915, 1.4042, 1.0794, 0.9301, 0.8187, 0.7297, 0.6593, 0.5876, 0.5279, 0.4697, 0.4128),
    *(0.3737, 0.3317, 0.2885, 0.2527, 0.2252, 0.1931, 0.1622, 0.1409, 0.1246, 0.1080, 0.0933),
    *(0.0808, 0.0720, 0.0646, 0.0565, 0.0520, 0.0461, 0.0411, 0.0369, 0.0338, 0.0310, 0.0285),
    *(0.0266, 0.0251, 0.0230, 0.0218, 0.0206, 0.0191, 0.0182),
)
VALIDATION = (
    *(1.6863, 1.2437, 1.1292, 1.0649, 1.0535, 1.0445, 0.9910, 0.9842, 0.9868, 0.9435, 0.9430),
    *(0.9460, 0.9393, 0.9873, 0.9515, 0.9524, 0.9593, 0.9752, 0.9967, 1.0368, 1.0069, 1.0440),
    *(1.0474, 1.0519, 1.0654, 1.0949, 1.1054, 1.1019, 1.0978, 1.1299, 1.1347, 1.1333, 1.1482),
    *(1.1481, 1.1634, 1.1845, 1.1869, 1.1937, 1.2053, 1.2036),
)
BEST = 13


def overfitting() -> Figure:
    """Draw both losses over the epochs."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.subplots()
    epochs = range(1, len(TRAINING) + 1)
    axes.plot(epochs, TRAINING, color=BLUE)
    axes.plot(epochs, VALIDATION, color=ORANGE)
    axes.plot(BEST, VALIDATION[BEST - 1], "o", color=ORANGE)
    axes.text(28, 0.14, "training loss", color=BLUE)
    axes.text(28, 1.24, "validation loss", color=ORANGE)
    axes.text(BEST - 1.3, 0.68, "lowest in epoch 13", color=ORANGE)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    return figure
