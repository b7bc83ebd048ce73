"""Lines about layers, gradients and pace, and shares in percent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.nn.layers import BatchNorm, Dropout, Linear
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:  # predicting needs none of these
    from collections.abc import Sequence

    from mlpcli.config import Config
    from mlpcli.config.schema import EarlyStoppingConfig
    from mlpcli.nn.gradcheck import GradientError
    from mlpcli.nn.network import Network
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.utils.arrays import Array


def best_text(best: EpochResult, config: Config) -> str:
    """Return which epoch is the best, and by what its configuration chose it.

    Args:
        best: the epoch, which was validated.
        config: of the run.
    """
    stopping = config.training.early_stopping
    epoch = f"in epoch {best.epoch}"
    if stopping and stopping.min_delta:
        epoch += f" (min_delta {stopping.min_delta:g})"
    if stopping and stopping.metric == "loss":
        return f"best validation loss {loss_text(best.validation_loss)} {epoch}"
    return f"best validation accuracy {percent(best.validation_accuracy or 0.0)} {epoch}"


def stopped_line(stopping: EarlyStoppingConfig, epoch: int) -> str:
    """Return why a training stopped early: what has not improved since an epoch."""
    least = f" by more than {stopping.min_delta:g}" if stopping.min_delta else ""
    return f"stopped early: no better validation {stopping.metric}{least} since epoch {epoch}"


def class_weights_line(weights: Array, classes: Sequence[str]) -> str:
    """Return the smallest and the largest class weight, and the classes that have them.

    Args:
        weights: (classes,).
        classes: the name of each.
    """
    lowest, highest = int(weights.argmin()), int(weights.argmax())
    ends = (f"{weights[n]:.3g} ({printable(classes[n]):.20})" for n in (lowest, highest))
    return f"class weights from {' to '.join(ends)}"


def slow_line(pace: float, before: float, threads: int) -> str:
    """Return a note about a pace, in images per second, that has fallen by half or more."""
    advice = "; a new run with --set threads=1 leaves them a core" if threads > 1 else ""
    return (
        f"note: {pace:,.0f} images/s after {before:,.0f}, perhaps because other programs are busy"
        f"{advice}"
    )


LAYER_HEADER = f"{'layer':<12}{'shape':>16}{'parameters':>14}"


def layer_table(network: Network) -> str:
    """Return a line for each layer with its shape and number of parameters."""
    return "\n".join([LAYER_HEADER, *layer_rows(network), total_row(network)])


def layer_rows(network: Network) -> list[str]:
    """Return the lines of the layers below `LAYER_HEADER`."""
    rows = []
    features = ""
    for layer in network.layers:
        name, shape, size = getattr(layer, "name", ""), features, 0
        if isinstance(layer, Linear):
            name, features = "linear", str(layer.weight.shape[1])
            shape = f"{layer.weight.shape[0]} → {features}"
            size = layer.weight.size + (0 if layer.bias is None else layer.bias.size)
        elif isinstance(layer, BatchNorm):
            name, size = "batch norm", layer.scale.size + layer.bias.size
        elif isinstance(layer, Dropout):
            name, shape = "dropout", f"{layer.rate:g}"
        rows.append(f"{name:<12}{shape:>16}" + (f"{size:>14,}" if size else ""))
    return rows


def total_row(network: Network) -> str:
    """Return the last line of the table."""
    return f"{'total':<12}{'':>16}{network.parameters.size:>14,}"


GRADIENT_HEADER = f"{'parameters':<22}{'shape':>14}{'checked':>9}  largest relative error"


def gradient_line(error: GradientError) -> str:
    """Return one line of the table below `GRADIENT_HEADER`."""
    shape = " × ".join(map(str, error.shape))
    largest = f"{error.error:.1e}" if error.checked else "–"
    return f"{error.name:<22}{shape:>14}{error.checked:>9}  {largest}"


def percent(share: float) -> str:
    """Return a share in percent with two decimals, which is exact for 10,000 images."""
    return f"{100 * share:.2f} %"


def loss_text(value: float | None) -> str:
    """Return a loss with at most 6 characters."""
    if value is None:
        return "–"
    return f"{value:.4f}"[:6] if value < 10_000 else f"{value:.0e}"
