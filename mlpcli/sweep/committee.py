"""Trials of a sweep as a committee, which `--weights` of its directory then stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlpcli.config import load_config
from mlpcli.datasets.dataset import Progress
from mlpcli.datasets.selection import open_configured
from mlpcli.errors import MlpError, RunError
from mlpcli.inference.calibrating import check_held_out, fit_to_held_out
from mlpcli.inference.networks import InputFormat
from mlpcli.runs.checkpoint import load_checkpoint, load_metadata
from mlpcli.runs.committee import MOST, write_list
from mlpcli.runs.directory import Run
from mlpcli.sweep.definition import ALL, Members
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import LONGEST, Results
from mlpcli.utils.escaping import first_line


@dataclass(frozen=True)
class Written:
    """A committee that has been listed.

    Attributes:
        files: the weights of its networks.
        temperature: of the mean of their probabilities.
        note: why that is 1; None if it was fitted.
    """

    files: tuple[Path, ...]
    temperature: float = 1.0
    note: str | None = None


def write_committee(
    directory: SweepDirectory,
    results: Results,
    members: Members,
    progress: Progress | None = None,
) -> Written:
    """List the weights of finished trials, and the temperature of their mean.

    The temperature is fitted to the images that all of them held out. Without such images it is 1.

    Args:
        directory: of the sweep.
        results: what came of it.
        members: how many of the best, which come first, all that have finished if they are fewer;
            or "all", in order of number.
        progress: told how far slow work on data is.

    Raises:
        RunError: none has finished, there are no validation images to choose by, the networks do
            not go together, or the list cannot be written.
        CheckpointError: the weights of one cannot be read.
    """
    if members != ALL and not results.validated:
        raise RunError(
            f"{directory.path}: --committee {members} chooses by validation images, but there are "
            f"none; set data.validation, or take --committee {ALL}"
        )
    found = results.finished() if members == ALL else results.ranked()[:members]
    if not found:
        raise RunError(f"{directory.path}: no trial has finished, so there is no committee")
    if len(found) > MOST:
        raise RunError(f"{directory.path}: a committee has at most {MOST:,} networks, got more")
    files = tuple(trial.summary.run.best for trial in found)
    _check_inputs(files)
    written = _calibrated(files, progress)
    write_list(directory.path, files, written.temperature)
    return written


def _calibrated(files: tuple[Path, ...], progress: Progress | None) -> Written:
    """Return a committee with the temperature of its mean, or with why it has none."""
    if len(files) == 1:  # it has its own
        return Written(files)
    checkpoints = [load_checkpoint(file) for file in files]
    try:
        check_held_out(checkpoints)
        config = load_config(Run(files[0].parent).config)
        dataset = open_configured(config.data, config.seed, progress=progress)
        return Written(files, fit_to_held_out(checkpoints, dataset))
    except MlpError as error:
        return Written(files, note=first_line(str(error), LONGEST))


def _check_inputs(members: Sequence[Path]) -> None:
    """Check that the networks have the same classes and preprocessing."""
    first, *others = [InputFormat.of(load_metadata(member).metadata) for member in members]
    for member, inputs in zip(members[1:], others, strict=True):
        if inputs != first:
            raise RunError(
                f"{member}: the classes and the preprocessing must be the same as those of "
                f"{members[0]}; no committee is made of both"
            )
