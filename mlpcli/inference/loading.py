"""Which weights are used: those that are given, or the best of the newest run worth using."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mlpcli.errors import MlpError
from mlpcli.inference.classifier import BUNDLED, Classifier
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint
from mlpcli.runs.directory import Run
from mlpcli.runs.faults import fault
from mlpcli.runs.finding import best_worth_using, find_weights, newest_runs

NAME = "bundled"  # of the weights that come with the program
MANY = 5  # runs that are passed over with a line for each

Note = Callable[[str], None]
"""Called with a line that users should read, and that is no error."""


def load(*places: str | Path | Run) -> Classifier:
    """Load trained weights, ready to predict.

    Args:
        places: a run or its directory, a file of weights or, for those that come with mlpcli,
            "bundled"; the predictions of several are averaged.

    Raises:
        TypeError: no place is given.
        RunError: a directory holds no weights.
        CheckpointError: a file cannot be read, or several do not go together.
    """
    if not places:
        raise TypeError("load: give a run's directory, a file of weights, or 'bundled'")
    return Classifier.load([_find(place) for place in places])


def _find(place: str | Path | Run) -> Path:
    if place == NAME:
        return BUNDLED
    return find_weights(place.directory if isinstance(place, Run) else Path(place))


def open_weights(weights: Sequence[Path], note: Note) -> tuple[Classifier, list[Checkpoint]]:
    """Open the given runs and files, or else the best of the newest run that is worth using.

    Without one these are the weights that come with the program.

    Args:
        weights: runs and files.
        note: told which weights are used by default, and what speaks against weights.

    Raises:
        MlpError: given weights are not there, or cannot be read.
    """
    if not weights:
        return _open_default(note)
    checkpoints = [load_checkpoint(find_weights(place)) for place in weights]
    classifier = Classifier.of(checkpoints)
    warn_of_faults(checkpoints, note)
    return classifier, checkpoints


def warn_of_faults(checkpoints: Sequence[Checkpoint], note: Note) -> None:
    """Say which weights are not worth using, a line for each."""
    for checkpoint in checkpoints:
        if reason := fault(checkpoint.metadata):
            note(f"{checkpoint.path}: warning: {reason}")


def _open_default(note: Note) -> tuple[Classifier, list[Checkpoint]]:
    """Open the best weights of the newest run that is worth using, or the bundled ones."""
    passed_over = 0
    for run in newest_runs(Path("runs")):
        try:
            checkpoint = best_worth_using(run)
            opened = Classifier.of([checkpoint]), [checkpoint]
        except MlpError as error:
            passed_over += 1
            if passed_over <= MANY:
                note(f"weights: passed over {error}")
            continue
        _count_others(passed_over, note)
        note(f"weights: {checkpoint.path}")
        return opened
    _count_others(passed_over, note)
    note("weights: those that come with mlp, trained on synthetic digits")
    checkpoint = load_checkpoint(BUNDLED)
    return Classifier.of([checkpoint]), [checkpoint]


def _count_others(passed_over: int, note: Note) -> None:
    """Say how many runs have been passed over without a line."""
    if passed_over > MANY:
        note(f"weights: passed over {passed_over - MANY} more runs that are newer")
