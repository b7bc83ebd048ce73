"""How far the probabilities of `mlp train mnist` can be trusted, and the loss over temperatures.

    mlp train mnist && MLP_DATA=DIR python -m docs.hooks.plots.calibration

prints the numbers below (seed 0, without Numba, 2026-11-28).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

import mlpcli
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import Predictions, measure_reliability
from mlpcli.nn.temperature import fit_temperature

GREY, BLUE, ORANGE, GREEN = "#808080", "#3f7fd0", "#d9822b", "#3a9d5d"
TEMPERATURES = (0.2, 0.25, 0.3, 0.36, 0.42, 0.5, 0.6, 0.75, 0.9, 1.1, 1.3, 1.5, 1.8, 2.2, 2.6, 3.0)
LOSSES: dict[str, tuple[float, ...]] = {
    "train": (
        0.0007,
        0.0006,
        0.0005,
        0.0005,
        0.0005,
        0.0005,
        0.0006,
        0.0009,
        0.0015,
        0.0028,
        0.0049,
        0.0079,
        0.0145,
        0.0281,
        0.0479,
        0.0742,
    ),
    "validation": (
        0.2594,
        0.2083,
        0.1745,
        0.1465,
        0.1266,
        0.1078,
        0.0917,
        0.0763,
        0.0667,
        0.0591,
        0.0552,
        0.054,
        0.056,
        0.065,
        0.0811,
        0.1041,
    ),
    "test": (
        0.2525,
        0.2029,
        0.1699,
        0.1427,
        0.1234,
        0.1051,
        0.0895,
        0.0744,
        0.0651,
        0.0578,
        0.0542,
        0.0531,
        0.0553,
        0.0648,
        0.0813,
        0.1048,
    ),
}
"""The cross-entropy of each split at each of the temperatures."""
BEST: dict[str, float] = {"train": 0.42, "validation": 1.51, "test": 1.5}
"""The temperature of each split at which it is least."""
RELIABILITY: dict[str, dict[str, tuple[float, ...]]] = {
    "before": {
        "counts": (0, 0, 0, 0, 2, 2, 8, 28, 32, 27, 26, 41, 43, 89, 9702),
        "confidence": (
            0.0,
            0.0,
            0.0,
            0.0,
            0.3034,
            0.3853,
            0.448,
            0.5131,
            0.5675,
            0.6295,
            0.7094,
            0.7646,
            0.8351,
            0.9014,
            0.9989,
        ),
        "accuracy": (
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.5,
            0.5,
            0.3929,
            0.625,
            0.6296,
            0.5769,
            0.7073,
            0.7442,
            0.764,
            0.9939,
        ),
    },
    "after": {
        "counts": (0, 0, 0, 1, 2, 9, 24, 40, 41, 37, 57, 65, 86, 177, 9461),
        "confidence": (
            0.0,
            0.0,
            0.0,
            0.2295,
            0.2892,
            0.3689,
            0.4297,
            0.5101,
            0.5687,
            0.6322,
            0.7007,
            0.7674,
            0.8396,
            0.9038,
            0.997,
        ),
        "accuracy": (
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            0.5556,
            0.4167,
            0.55,
            0.561,
            0.7027,
            0.7544,
            0.7385,
            0.8256,
            0.8757,
            0.9975,
        ),
    },
}
"""Of the test images, in 15 bins of equal width: predictions, mean confidence and accuracy."""


def reliability() -> Figure:
    """Show accuracy over confidence in bins, and how many predictions are in each bin."""
    figure = Figure(figsize=(7, 2.9), layout="constrained")
    diagram, bars = figure.subplots(1, 2, width_ratios=(1.1, 1))
    diagram.plot([0, 1], [0, 1], ":", color=GREY)
    diagram.text(0.9, 0.95, "ideal", color=GREY, ha="right")
    for shift, (name, colour) in enumerate({"before": ORANGE, "after": BLUE}.items()):
        counts, confidence, accuracy = map(np.array, RELIABILITY[name].values())
        kept = counts >= 20  # the accuracy of a few is chance
        diagram.plot(confidence[kept], accuracy[kept], "o-", color=colour, markersize=4)
        places = np.flatnonzero(counts)
        bars.bar((places + 0.3 + 0.4 * shift) / 15, counts[places], 0.4 / 15, color=colour)
    diagram.text(0.8, 0.58, "before", color=ORANGE)
    diagram.text(0.62, 0.8, "after", color=BLUE)
    diagram.set(xlabel="confidence", ylabel="accuracy", xlim=(0.4, 1.02), ylim=(0.3, 1.02))
    bars.set(xlabel="confidence", ylabel="predictions", yscale="log", xlim=(0.2, 1))
    for axis in (diagram.xaxis, diagram.yaxis, bars.xaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    return figure


def losses() -> Figure:
    """Show the loss over the temperature for the three splits, each with its minimum."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    for (name, values), colour in zip(LOSSES.items(), (GREEN, BLUE, ORANGE), strict=True):
        axes.plot(TEMPERATURES, values, color=colour)
        least = float(np.interp(BEST[name], TEMPERATURES, values))
        axes.plot(BEST[name], least, "o", color=colour, clip_on=False)
    axes.set(xlabel="temperature", ylabel="loss", xscale="log", ylim=(0, 0.13))
    axes.text(0.36, 0.01, f"training, least at {BEST['train']:.2f}", color=GREEN)
    axes.text(0.66, 0.096, f"validation, least at {BEST['validation']:.2f}", color=BLUE)
    axes.text(1.1, 0.038, f"test, least at {BEST['test']:.2f}", color=ORANGE)
    axes.xaxis.set_major_locator(FixedLocator([0.2, 0.5, 1, 2, 3]))
    axes.xaxis.set_minor_locator(FixedLocator([]))
    axes.xaxis.set_major_formatter("{x:g}")
    return figure


def measure(classifier: Classifier) -> dict[str, object]:
    """Return the numbers above, measured with a network that has learnt MNIST."""
    data = mlpcli.open_dataset("mnist", validation=10_000)
    curves: dict[str, tuple[float, ...]] = {}
    best: dict[str, float] = {}
    bins: dict[str, dict[str, tuple[float, ...]]] = {}
    for name, split in (
        ("train", data.train),
        ("validation", data.validation),
        ("test", data.test),
    ):
        _, logits = classifier.calibrated_and_uncalibrated(split.images)
        found = {
            each: Predictions.of(log_softmax(logits / np.float32(each)), split.labels)
            for each in (*TEMPERATURES, 1.0, classifier.temperatures[0])
        }
        curves[name] = tuple(round(found[each].loss, 4) for each in TEMPERATURES)
        best[name] = round(fit_temperature(logits, split.labels), 2)
        if name == "test":
            for when, each in (("before", 1.0), ("after", classifier.temperatures[0])):
                measured = vars(measure_reliability(found[each]))
                bins[when] = {
                    key: tuple(value.round(4).tolist()) for key, value in measured.items()
                }
    return {"LOSSES": curves, "BEST": best, "RELIABILITY": bins}


def main() -> None:
    """Print what is measured with `runs/mnist`."""
    import click  # noqa: PLC0415  # plots need it not

    for name, value in measure(Classifier.load([Path("runs/mnist/best.npz")])).items():
        click.echo(f"{name} = {value}")


if __name__ == "__main__":
    main()
