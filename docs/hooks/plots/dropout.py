"""The plot of docs/how/dropout.md."""

from matplotlib.figure import Figure

# losses by epoch: mlp train mnist, and with --set model.dropout=0.5, seed 0, 2026-11-28
TRAINING = (
    (0.455, 0.165, 0.132, 0.095, 0.070, 0.048, 0.029, 0.014, 0.006, 0.003, 0.002, 0.002),
    (0.806, 0.389, 0.436, 0.421, 0.372, 0.312, 0.255, 0.210, 0.169, 0.148, 0.136, 0.131),
)
VALIDATION = (
    (0.195, 0.126, 0.172, 0.104, 0.117, 0.095, 0.077, 0.077, 0.065, 0.062, 0.062, 0.062),
    (0.220, 0.179, 0.208, 0.175, 0.167, 0.136, 0.122, 0.111, 0.104, 0.097, 0.094, 0.094),
)


def losses() -> Figure:
    """Return training and validation losses, without dropout and with a rate of 0.5."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, training, validation, text in zip(
        panels, TRAINING, VALIDATION, ("without dropout", "rate 0.5"), strict=True
    ):
        epochs = range(1, len(training) + 1)
        axes.plot(epochs, training, color="#3f7fd0")
        axes.plot(epochs, validation, color="#d9822b")
        axes.set_xlabel(f"epoch, {text}")
        axes.set_ylim(0, 0.6)
    panels[0].set_ylabel("loss")
    panels[0].text(1.6, 0.36, "training", color="#3f7fd0")
    panels[0].text(7, 0.10, "validation", color="#d9822b")
    panels[1].text(5, 0.42, "training", color="#3f7fd0")
    panels[1].text(7, 0.05, "validation", color="#d9822b")
    return figure
