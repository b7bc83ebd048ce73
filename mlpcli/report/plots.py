"""Plots as SVG whose colours come from the page's style sheet, light or dark."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from mlpcli.nn.metrics import Reliability, wilson_interval
from mlpcli.report.environment import own_environment
from mlpcli.runs.epochs import EpochResult

with own_environment():
    import matplotlib as mpl
    import matplotlib.style
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

SIZE = (4.4, 2.9)  # inches of 72 pixels
INK, FAINT, FIRST, SECOND = "#010101", "#020202", "#030303", "#040404"
"""Placeholders, in the page `var(--ink)` and so on."""
_VARIABLES = {INK: "ink", FAINT: "faint", FIRST: "first", SECOND: "second"}
MARKED = 100  # epochs; a longer curve has no markers
_SETTINGS: Any = {  # matplotlib's own type lists every setting
    "svg.fonttype": "none",  # text stays text, in the page's own font
    "svg.hashsalt": "mlpcli",  # names in the file do not change from run to run
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.alpha": 0.35,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
_style = mpl.style.context(["default", _SETTINGS])  # without the user's settings


@_style
def loss_curves(history: Sequence[EpochResult], name: str) -> str:
    """Return the losses over the epochs; a loss that falls very far is on a logarithmic scale.

    Args:
        history: of at least one epoch.
        name: unique on the page.
    """
    figure, axes = _start("loss")
    train = {result.epoch: result.train_loss for result in history}
    validation = {r.epoch: r.validation_loss for r in history if r.validation_loss is not None}
    _curve(axes, train, "--", FIRST, "train")
    if validation:
        _curve(axes, validation, "-", SECOND, "validation")
    every = [*train.values(), *validation.values()]
    if min(every) > 0 and max(every) > 20 * min(every):
        axes.set_yscale("log")
    axes.legend()
    return _svg(figure, name)


@_style
def accuracy_curve(history: Sequence[EpochResult], name: str) -> str:
    """Return the validation accuracy over the epochs; nothing if there is none."""
    known = {
        result.epoch: result.validation_accuracy
        for result in history
        if result.validation_accuracy is not None
    }
    if not known:
        return ""
    figure, axes = _start("validation accuracy")
    _curve(axes, known, "-", SECOND, "validation")
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    return _svg(figure, name)


@_style
def reliability_diagram(reliability: Reliability, uncalibrated: Reliability | None = None) -> str:
    """Return accuracy over mean confidence, for predictions of similar confidence.

    Args:
        reliability: of the final probabilities.
        uncalibrated: of those before the temperature, if there is one.
    """
    figure, axes = _start("accuracy")
    axes.plot([0, 1], [0, 1], ":", color=FAINT, label="ideal")
    if uncalibrated:
        _bins(axes, uncalibrated, "s", FIRST, "before temperature")
    _bins(axes, reliability, "o", SECOND, "after" if uncalibrated else "measured")
    axes.set_xlabel("confidence")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    figure.legend(loc="outside upper center", ncols=3, fontsize=8)
    return _svg(figure, "reliability")


def _curve(axes: Axes, values: dict[int, float], style: str, colour: str, label: str) -> None:
    """Draw a value over the epochs."""
    marker = "o" if len(values) <= MARKED else ""
    epochs = list(values)
    axes.plot(
        epochs, list(values.values()), style, marker=marker, color=colour, markersize=3, label=label
    )
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")


def _bins(axes: Axes, reliability: Reliability, marker: str, colour: str, label: str) -> None:
    """Draw the bins that are not empty, with 95 % intervals."""
    kept = reliability.counts > 0
    shares, counts = reliability.accuracy[kept], reliability.counts[kept]
    bounds = [wilson_interval(round(s * n), n) for s, n in zip(shares, counts, strict=True)]
    errors = [
        [max(0.0, share - low) for share, (low, _) in zip(shares, bounds, strict=True)],
        [max(0.0, high - share) for share, (_, high) in zip(shares, bounds, strict=True)],
    ]
    axes.errorbar(
        reliability.confidence[kept],
        shares,
        errors,
        fmt=marker,
        linestyle="none",
        color=colour,
        label=label,
        markersize=4,
        elinewidth=0.8,
    )


def _start(label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set_ylabel(label)
    return figure, axes


def _svg(figure: Figure, name: str) -> str:
    """Return a figure as an SVG element whose ids are unique on the page."""
    file = BytesIO()
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with own_environment():
        figure.savefig(file, format="svg", transparent=True, metadata=metadata)
    text = file.getvalue().decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font-family: [^;\"]*; ?", "", text)  # the page's own
    for placeholder, variable in _VARIABLES.items():
        text = text.replace(placeholder, f"var(--{variable})")
    return text
