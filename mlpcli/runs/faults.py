"""Why weights are not worth using, as far as they tell themselves."""

from mlpcli.nn.guessing import ENOUGH, best_guess
from mlpcli.runs.metadata import Metadata


def fault(metadata: Metadata) -> str | None:
    """Return what speaks against using the weights; None where nothing does."""
    if metadata.epoch < 1:
        return "no epoch is finished"
    recorded = "guessing" in metadata.model_fields_set
    guessing = metadata.guessing if recorded else _guessed(metadata)
    return "no better than guessing" if guessing else None


def _guessed(metadata: Metadata) -> bool:
    """Judge weights from before that was recorded by their history."""
    validation = metadata.config.data.get("validation")
    known = metadata.history[metadata.epoch - 1 : metadata.epoch]
    if not known or known[0].validation_accuracy is None or not isinstance(validation, int):
        return False
    enough = validation >= 2 * ENOUGH
    return enough and 0 <= known[0].validation_accuracy < best_guess(1 / len(metadata.classes))
