"""The best trials of a sweep as a committee, which `--weights` of its directory then stands for."""

from __future__ import annotations

from pathlib import Path

from mlpcli.errors import RunError
from mlpcli.inference.networks import InputFormat
from mlpcli.runs.checkpoint import load_metadata
from mlpcli.runs.committee import MOST, write_list
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import Results


def write_committee(directory: SweepDirectory, results: Results, count: int) -> list[Path]:
    """Write the list of the weights of the best finished trials, and return it, best first.

    Args:
        directory: of the sweep.
        results: what came of it.
        count: how many trials, at least 1; all that have finished if they are fewer.

    Raises:
        RunError: none has finished, there are no validation images to choose by, the networks do
            not go together, or the list cannot be written.
        CheckpointError: the weights of one cannot be read.
    """
    if not results.validated:
        raise RunError(
            f"{directory.path}: --committee chooses by validation images, but there are none; "
            "set data.validation, or average runs of your choice with several --weights"
        )
    best = results.ranked()[: min(count, MOST)]
    if not best:
        raise RunError(f"{directory.path}: no trial has finished, so there is no committee")
    members = [trial.summary.run.best for trial in best]
    _check_inputs(members)
    write_list(directory.path, members)
    return members


def _check_inputs(members: list[Path]) -> None:
    """Check that the networks have the same classes and preprocessing."""
    first, *others = [InputFormat.of(load_metadata(member).metadata) for member in members]
    for member, inputs in zip(members[1:], others, strict=True):
        if inputs != first:
            raise RunError(
                f"{member}: the classes and the preprocessing must be the same as those of "
                f"{members[0]}; no committee is made of both"
            )
