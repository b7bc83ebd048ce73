"""Tells from the metadata of weights why they are not worth using."""

from mlpcli.nn.guessing import ENOUGH, guessing_threshold
from mlpcli.runs.metadata import Metadata


def fault(metadata: Metadata) -> str | None:
    """Return why the weights are not worth using; None if they are."""
    if metadata.epoch < 1:
        return "no epoch is finished"
    recorded = "guessing" in metadata.model_fields_set
    guessing = metadata.guessing if recorded else _guessed(metadata)
    return "no better than guessing" if guessing else None


def _guessed(metadata: Metadata) -> bool:
    """Judge by their history weights that were saved before `guessing` was recorded."""
    validation = metadata.config.data.get("validation")
    known = metadata.history[metadata.epoch - 1 : metadata.epoch]
    if not known or known[0].validation_accuracy is None or not isinstance(validation, int):
        return False
    enough = validation >= 2 * ENOUGH
    return enough and known[0].validation_accuracy < guessing_threshold(1 / len(metadata.classes))
