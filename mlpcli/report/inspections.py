"""What `mlp inspect` prints."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlpcli.config import plain, to_yaml
from mlpcli.inference.inspection import Inspection
from mlpcli.nn.dead_units import UnitCounts
from mlpcli.nn.layers import Activation, Linear
from mlpcli.report.curves import curve_text
from mlpcli.report.text import LAYER_HEADER, best_text, layer_rows, total_row
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array
from mlpcli.utils.escaping import printable


def inspection_text(
    inspection: Inspection, health: Sequence[UnitCounts] | None, width: int = 80
) -> str:
    """Return the origin of weights, their layers, and the epochs and configuration of their run.

    Args:
        inspection: of the weights.
        health: dead and saturated units of each hidden layer; None if they were not counted.
        width: of the terminal in characters.
    """
    parts = [_origin(inspection), _layers(inspection, health)]
    if inspection.history:
        parts.append(f"{_epochs(inspection)}\n\n{curve_text(inspection.history, min(width, 80))}")
    parts.append(to_yaml(inspection.config).rstrip())
    return "\n\n".join(parts)


def inspection_record(
    inspection: Inspection, health: Sequence[UnitCounts] | None
) -> dict[str, Any]:
    """Return the object that `mlp inspect --json` prints."""
    metadata, network = inspection.checkpoint.metadata, inspection.network
    name, fingerprint = inspection.data
    return {
        "weights": str(inspection.checkpoint.path),
        "bytes": inspection.checkpoint.path.stat().st_size,
        "format": metadata.format,
        "weights_sha256": metadata.weights_sha256,
        "epoch": inspection.epoch,
        "data": {"name": name, "fingerprint": fingerprint},
        "from": None if metadata.origin is None else metadata.origin.model_dump(),
        "versions": metadata.versions,
        "view": vars(inspection.classifier.views[0]),
        "classes": list(inspection.classifier.classes),
        "temperature": inspection.classifier.temperatures[0],
        "outlier_threshold": inspection.classifier.outlier_threshold,
        "parameters": network.parameters.size,
        "layers": [
            {
                "shape": list(linear.weight.shape),
                "weight_norm": _norm(linear.weight),
                "largest_weight": float(np.abs(linear.weight).max()),
            }
            for linear in network.linears
        ],
        "health": None if health is None else [vars(layer) for layer in health],
        "history": [vars(result) for result in inspection.history],
        "config": plain(inspection.config),
    }


def _origin(inspection: Inspection) -> str:
    """Return what the file's metadata says, a line for each field."""
    checkpoint, classifier = inspection.checkpoint, inspection.classifier
    metadata, inputs, classes = checkpoint.metadata, classifier.inputs, classifier.classes
    data, fingerprint = inspection.data
    view = classifier.views[0]
    epochs = inspection.config.training.epochs
    began, made_by = metadata.origin, [*metadata.versions.items()][:6]
    start = f"random weights of seed {inspection.config.seed}"
    if began is not None:
        start = f"{began.weights:.200} ({began.weights_sha256:.12}…)"
    rows = {
        "weights": f"{checkpoint.place}, {_size(checkpoint.path.stat().st_size)}",
        "SHA-256": metadata.weights_sha256,
        "epoch": f"{inspection.epoch!s:.20} of {epochs}{_under_way(metadata)}",
        "trained on": f"{data:.200}, fingerprint {fingerprint:.12}…",
        "began with": start,
        "made by": ", ".join(f"{name!s:.20} {version!s:.60}" for name, version in made_by),
        "input": f"{inputs.height} × {inputs.width} pixels, {_PREPROCESSING[inputs.preprocessing]}",
        **({"seen": str(view)} if view.changes else {}),
        "classes": ", ".join(classes[:20]) + (", …" if len(classes) > 20 else ""),
        "temperature": f"{classifier.temperatures[0]:.3g}",
    }
    if classifier.outlier_threshold is not None:
        rows["no class"] = f"from a score of {classifier.outlier_threshold:.3g} on"
    return "\n".join(f"{name:<12} {printable(text)}" for name, text in rows.items())


_PREPROCESSING = {"digit": "boxed and centred like MNIST's digits", "scale": "scaled"}


def _under_way(metadata: Metadata) -> str:
    """Return how many steps of the next epoch the weights have done, if any."""
    steps = metadata.under_way.steps if metadata.under_way else 0
    return f", and {steps:,} steps of the next" if 0 < steps < 10**9 else ""


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _layers(inspection: Inspection, health: Sequence[UnitCounts] | None) -> str:
    """Return the layer table with norms of the weights, and counts of dead and saturated units."""
    network = inspection.network
    rows = [f"{LAYER_HEADER}{'norm':>9}{'largest':>9}{'dead':>9}{'saturated':>11}"]
    units = iter(health or ())
    for row, layer in zip(layer_rows(network), network.layers, strict=True):
        text = f"{row:<42}"
        if isinstance(layer, Linear):
            text += f"{_norm(layer.weight):>9.3g}{np.abs(layer.weight).max():>9.3g}"
        elif isinstance(layer, Activation) and health is not None:
            found = next(units)
            dead, saturated = ("–" if n is None else n for n in (found.dead, found.saturated))
            text += f"{'':>18}{dead:>9}{saturated:>11}"
        rows.append(text.rstrip())
    return "\n".join([*rows, total_row(network)])


def _norm(weight: Array) -> float:
    """Return the Frobenius norm, in float64 because the squares may overflow float32."""
    return float(np.linalg.norm(weight.astype(np.float64)))


def _epochs(inspection: Inspection) -> str:
    """Return how long the run took, and its best epoch."""
    history, best = inspection.history, inspection.best
    seconds = sum(result.seconds for result in history)
    text = f"{len(history)} of {inspection.config.training.epochs} epochs in {seconds:,.1f} s"
    return text if best is None else f"{text}, {best_text(best, inspection.config)}"
