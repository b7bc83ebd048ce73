"""The plot of docs/figures/accuracy.md, from what benchmarks.ladder has measured."""

from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.ladder import RUNGS
from benchmarks.ladder_results import Rung, results_of
from benchmarks.ladder_table import training_operations
from mlpcli.nn.metrics import wilson_interval

BLUE, ORANGE = "#3f7fd0", "#d9822b"
PLACES = {
    "simard": (-6, -3, "right"),
    "accurate": (0, 28, "center"),
    "distilled": (0, -40, "center"),
    "record": (-2, -42, "center"),
    "ciresan": (-6, -3, "right"),
    "committee": (3, 30, "center"),
}
"""Where the name of a rung stands beside its point, in typographic points, and its alignment."""


def ladder() -> Figure:
    """Return the test accuracy of each rung over what its training computes."""
    figure = Figure(figsize=(7, 2.9), layout="constrained")
    axes = figure.subplots()
    for rung in RUNGS:
        _draw(axes, rung)
    axes.set_xscale("log")
    axes.set_xlim(0.3, 2000)
    axes.set_ylim(98.9, 99.85)
    axes.set_xlabel("training, 10¹² additions and multiplications")
    axes.set_ylabel("test accuracy, %")
    return figure


def _draw(axes: Axes, rung: Rung) -> None:
    """Draw the mean over the seeds, with its 95 % interval for other test images."""
    results = results_of(rung, "test")
    work = sum(map(training_operations, rung.members)) / 1e12
    correct, count = mean(each.correct for each in results), results[0].count
    accuracy = 100 * correct / count
    low, high = (100 * bound for bound in wilson_interval(round(correct), count))
    colour = ORANGE if rung.committee else BLUE
    errors = [[accuracy - low], [high - accuracy]]
    axes.errorbar(
        [work], [accuracy], errors, fmt="o", color=colour, markersize=4, elinewidth=1, capsize=2
    )
    right, up, side = PLACES.get(rung.name, (6, -3, "left"))
    axes.annotate(
        rung.name,
        (work, accuracy),
        (right, up),
        textcoords="offset points",
        color=colour,
        ha=side,
        size=9,
    )
