"""Which weights in a folder are used together: those of all of its runs, and the files in it.

No link is followed, because the folder may come from a stranger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from mlpcli.errors import RunError
from mlpcli.runs.committee import MOST, SWEEP
from mlpcli.runs.directory import BEST, CONFIG, LAST, Run
from mlpcli.utils.files import kind_of, reason_of

ENDING = ".npz"


@dataclass(frozen=True)
class Members:
    """What is in a folder.

    Attributes:
        files: the weights, in order of name.
        skipped: what is not used and why, a line for each.
    """

    files: tuple[Path, ...]
    skipped: tuple[str, ...]


def weights_in(folder: Path) -> Members:
    """Return the weights that a folder holds: `*.npz`, and `best.npz` of the runs in it.

    Left out, and told of, are links, sweeps, and runs that are under way or came to no end. Hidden
    files, other files and folders without weights are left out in silence.

    Raises:
        RunError: the folder cannot be listed, or holds more weights than are averaged.
        ConfigError: the configuration of a run cannot be read.
    """
    try:
        entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise RunError(f"{folder}: cannot be listed, {reason_of(error)}") from error
    files: list[Path] = []
    skipped: list[str] = []
    for entry in entries:
        if reason := _reason_to_skip(entry):
            skipped.append(f"{entry}: {reason}")
        else:
            files += _weights_of(entry)
    if len(files) > MOST:
        raise RunError(f"{folder}: must hold the weights of at most {MOST:,} networks to average")
    return Members(tuple(files), tuple(skipped))


def _weights_of(entry: Path) -> Iterator[Path]:
    if entry.is_dir() and (entry / BEST).exists():
        yield entry / BEST
    elif entry.is_file() and entry.suffix == ENDING:
        yield entry


def _reason_to_skip(entry: Path) -> str | None:
    """Say why what looks like weights is not used; None for what is used, or no weights."""
    if entry.is_symlink():
        return "a link, which is not followed"
    if not entry.is_dir():
        odd = entry.suffix == ENDING and not entry.is_file()
        return f"must be a file, got {kind_of(entry)}" if odd else None
    if (entry / SWEEP).exists():
        return f"a sweep, which is used by itself: --weights {quote(str(entry))}"
    if any((entry / name).is_symlink() for name in (BEST, CONFIG)):
        return "holds a link, which is not followed"
    if not (entry / BEST).exists():
        begun = any((entry / name).exists() for name in (CONFIG, LAST))
        return f"holds no {BEST}, because no epoch is finished" if begun else None
    return _state_of(entry) if (entry / CONFIG).is_file() else None


def _state_of(directory: Path) -> str | None:
    """Say what keeps a run from being used; None if it was trained to its end."""
    from mlpcli.runs.summary import summarize  # noqa: PLC0415  # not needed to predict

    match summarize(Run(directory)).state:
        case "done":
            return None
        case "running":
            return "is still being trained"
        case "interrupted":
            command = f"mlp train --resume {quote(str(directory))}"
            return f"is not trained to its end; to go on: {command}"
        case "pruned":
            return "was pruned before its end"
        case "failed":
            return "its training failed"
