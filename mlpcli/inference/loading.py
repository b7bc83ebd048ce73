"""Which weights are used: those that are given, or the best of the newest run worth using."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote

from mlpcli.errors import MlpError
from mlpcli.inference.bundled import BUNDLED, NAME
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint, load_checkpoints
from mlpcli.runs.committee import COMMITTEE, SWEEP
from mlpcli.runs.directory import BEST, Run
from mlpcli.runs.faults import fault
from mlpcli.runs.finding import MAX_NOTES, Note, best_worth_using, load_weights, newest_runs


def load(*places: str | Path | Run) -> Classifier:
    """Load trained weights, ready to predict.

    Args:
        places: a run or its directory, a file of weights, a folder of runs and files, the directory
            of a sweep with a committee or, for those that come with mlpcli, "bundled"; the
            predictions of several networks are averaged.

    Raises:
        TypeError: no place is given.
        RunError: a directory holds no weights, or the place is a run's config.yaml or log.jsonl, or
            exists only under runs/.
        CheckpointError: a file cannot be read, or several do not go together.
    """
    if not places:
        raise TypeError(
            "load: must be given a run's directory, a file of weights or 'bundled', got nothing"
        )
    return Classifier.of([each for place in places for each in _load(place)])


def _load(place: str | Path | Run) -> list[Checkpoint]:
    if place == NAME:
        return load_checkpoints(BUNDLED)
    return load_weights(place.directory if isinstance(place, Run) else Path(place))


def open_weights(weights: Sequence[Path], note: Note) -> tuple[Classifier, list[Checkpoint]]:
    """Open the given runs and files, or else the best of the newest run that is worth using.

    If no run qualifies, open the weights that come with the program.

    Args:
        weights: runs, files, folders of both, and sweeps with a committee.
        note: called with a line for each run that is skipped, one that names the weights used by
            default, one that counts those in a folder, and one for each fault of given weights.

    Raises:
        MlpError: given weights are not there, or cannot be read.
    """
    if not weights:
        return _open_default(note)
    checkpoints = [each for place in weights for each in load_weights(place, note)]
    classifier = Classifier.of(checkpoints)
    warn_of_faults(checkpoints, note)
    for group in dict.fromkeys(each.group for each in checkpoints):
        if group is not None and group.temperature not in (1, classifier.temperature):
            note(
                f"note: {group.place}: the temperature of its mean, {group.temperature:.3g}, is "
                "left out, because other networks are averaged as well"
            )
    return classifier, checkpoints


def warn_of_faults(checkpoints: Sequence[Checkpoint], note: Note) -> None:
    """Say which weights are not worth using, a line for each."""
    for checkpoint in checkpoints:
        if reason := fault(checkpoint.metadata):
            note(f"{checkpoint.place}: warning: {reason}")


def _open_default(note: Note) -> tuple[Classifier, list[Checkpoint]]:
    """Open the best weights of the newest run that is worth using, or the bundled ones."""
    skipped = 0
    for run in newest_runs(Path("runs")):
        try:
            checkpoint = best_worth_using(run)
            opened = Classifier.of([checkpoint]), [checkpoint]
        except MlpError as error:
            skipped += 1
            if skipped <= MAX_NOTES:
                note(f"weights: skipped {error}")
            continue
        _count_others(skipped, note)
        note(f"weights: {checkpoint.path}")
        return opened
    _count_others(skipped, note)
    if newest := _newest_of_sweeps(Path("runs")):
        note(f"note: trials of sweeps are used only if named, as in --weights {quote(str(newest))}")
    note("weights: those that come with mlp, trained on MNIST and drawn digits")
    checkpoint = load_checkpoint(BUNDLED)
    return Classifier.of([checkpoint]), [checkpoint]


def _newest_of_sweeps(output: Path) -> Path | None:
    """Return the newest sweep with a committee in a folder of runs, or else the newest trial."""
    with suppress(OSError):
        sweeps = [path.parent for path in output.glob(f"*/{SWEEP}")]
        files = [path for path in (sweep / COMMITTEE for sweep in sweeps) if path.exists()]
        files = files or [path for sweep in sweeps for path in sweep.glob(f"trial-*/{BEST}")]
        if files:
            return max(files, key=lambda path: path.lstat().st_mtime_ns).parent
    return None


def _count_others(skipped: int, note: Note) -> None:
    """Say how many runs have been skipped without a line."""
    if skipped > MAX_NOTES:
        note(f"weights: skipped {skipped - MAX_NOTES} more runs that are newer")
