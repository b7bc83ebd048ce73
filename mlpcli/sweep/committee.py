"""Trials of a sweep as a committee, which `--weights` of its directory then stands for."""

from __future__ import annotations

from pathlib import Path

from mlpcli.errors import RunError
from mlpcli.inference.networks import InputFormat
from mlpcli.runs.checkpoint import load_metadata
from mlpcli.runs.committee import MOST, write_list
from mlpcli.sweep.definition import ALL, Members
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import Results


def write_committee(directory: SweepDirectory, results: Results, members: Members) -> list[Path]:
    """Write the list of the weights of finished trials, and return it.

    Args:
        directory: of the sweep.
        results: what came of it.
        members: how many of the best, which come first, all that have finished if they are fewer;
            or "all", in order of number.

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
    files = [trial.summary.run.best for trial in found]
    _check_inputs(files)
    write_list(directory.path, files)
    return files


def _check_inputs(members: list[Path]) -> None:
    """Check that the networks have the same classes and preprocessing."""
    first, *others = [InputFormat.of(load_metadata(member).metadata) for member in members]
    for member, inputs in zip(members[1:], others, strict=True):
        if inputs != first:
            raise RunError(
                f"{member}: the classes and the preprocessing must be the same as those of "
                f"{members[0]}; no committee is made of both"
            )
