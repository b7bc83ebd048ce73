"""Finds the run, weights or new directory that a name stands for."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from shlex import quote
from stat import S_ISREG

from mlpcli.errors import CheckpointError, RunError
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint, load_checkpoints, load_metadata
from mlpcli.runs.committee import COMMITTEE, SWEEP, advice, read_list
from mlpcli.runs.directory import BEST, CONFIG, LAST, LOG, RESULT, Run, check_kind
from mlpcli.runs.faults import fault
from mlpcli.runs.groups import Group
from mlpcli.runs.members import Members, weights_in
from mlpcli.utils.files import reason_of

MAX_NOTES = 5  # things that are skipped and named, a line for each

Note = Callable[[str], None]
"""Called with a line that users should read, and that is no error."""


def _ignore(_line: str) -> None: ...


def new_directory(output: Path, name: str, out: Path | None) -> Path:
    """Make the directory of a new run and return its path.

    Args:
        output: the folder of runs.
        name: of the run; if it is taken, -2, -3 and so on are added.
        out: the directory itself, instead of `name` in `output`.

    Raises:
        RunError: `out` exists and is not empty, or the directory cannot be created.
    """
    try:
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            Run(out).check_new()
            return out
        output.mkdir(parents=True, exist_ok=True)
        return next(directory for directory in _candidates(output / name) if _make(directory))
    except OSError as error:
        place = out or output
        raise RunError(f"{place}: cannot be created, {reason_of(error)}") from error


def existing_run(directory: Path) -> Run:
    """Return the run in a directory.

    Raises:
        RunError: there is none, or it holds a link.
    """
    run = Run(directory)
    run.check_own()
    if not run.config.is_file():
        raise RunError(
            f"{directory}: must be the directory of a run, but holds no {CONFIG}; runs are under "
            "runs/, or where output or --out put them"
        )
    return run


def newest_runs(output: Path) -> list[Run]:
    """Return the runs in a folder, newest first; runs of the same time in reverse order of name.

    The age of a run is the age of its best weights or, without these, of its other files.
    """
    try:
        found = [(_age(run), run) for run in map(Run, sorted(output.iterdir(), reverse=True))]
    except OSError:  # there is no such folder, or it may not be read
        return []
    dated = [(age, run) for age, run in found if age is not None]
    return [run for _, run in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def _age(run: Run) -> int | None:
    """Return when a run's best weights, or else its other files, were written; None without any.

    A link does not count, because it leads to a file of something else.
    """
    for path in (run.best, run.last, run.config):
        with suppress(OSError):
            status = path.lstat()
            if S_ISREG(status.st_mode):
                return status.st_mtime_ns
    return None


def best_worth_using(run: Run) -> Checkpoint:
    """Return the best weights of a run, after checking their metadata.

    Raises:
        CheckpointError: they cannot be read.
        RunError: there are none, or they are not worth using.
    """
    check_kind(run.best)
    if not run.best.exists():
        raise RunError(f"{run.directory}: no epoch is finished")
    if reason := fault(load_metadata(run.best).metadata):
        raise RunError(f"{run.best}: {reason}")
    return load_checkpoint(run.best)


def load_weights(place: Path, note: Note = _ignore) -> list[Checkpoint]:
    """Read the networks that a place stands for, see `find_weights`.

    Raises:
        CheckpointError: a file cannot be read.
        RunError: there is none.
    """
    found = _find(place, note)
    try:
        checkpoints = [each for path in found.files for each in load_checkpoints(path)]
    except CheckpointError as error:
        if not found.gathered:
            raise
        raise CheckpointError(
            f"{error}; move it out of {quote(str(place))}, all of whose weights are averaged"
        ) from error
    if len(found.files) == 1 and not place.is_dir():
        return checkpoints
    group = Group(place, len(checkpoints), found.temperature)
    return [replace(each, group=group) for each in checkpoints]


def find_weights(place: Path, note: Note = _ignore) -> list[Path]:
    """Return the files of weights that a place stands for.

    That is the file itself, the best or else the latest weights of a run's directory, those of a
    sweep's committee, or those of all runs and files in another folder, see `weights_in`.

    Args:
        place: a file or a directory.
        note: called with a line that says how many weights a folder holds, and with one for each
            part of it that is not used.

    Raises:
        RunError: the directory holds none, or only a link, or a list of a committee that leads out
            of it; or the place is a run's config.yaml, log.jsonl or result.json, or exists only
            under runs/.
    """
    return list(_find(place, note).files)


@dataclass(frozen=True)
class _Found:
    """The weights that a place stands for, and whether they were gathered from a folder."""

    files: tuple[Path, ...]
    temperature: float = 1.0
    gathered: bool = False


def _find(place: Path, note: Note) -> _Found:
    if not place.is_dir():
        if place.name in (CONFIG, LOG, RESULT):
            raise RunError(
                f"{place}: must be weights or the directory of a run, got its {place.name}; "
                f"give {quote(str(place.parent))}"
            )
        named = Path("runs") / place
        if not place.exists() and named.is_dir():
            raise RunError(f"{place}: no such file or directory; did you mean {quote(str(named))}?")
        return _Found((place,))
    for name in (BEST, LAST):
        check_kind(place / name)
        if (place / name).exists():
            return _Found((place / name,))
    if listed := read_list(place):
        return _Found(listed.files, listed.temperature)
    if (place / SWEEP).is_file():
        raise RunError(f"{place}: is a sweep, but holds no {COMMITTEE}; {advice(place)}")
    return _gather(place, note)


def _gather(folder: Path, note: Note) -> _Found:
    """Return all weights in a folder that is neither a run nor a sweep."""
    members = Members((), ()) if (folder / CONFIG).exists() else weights_in(folder)
    for line in members.skipped[:MAX_NOTES]:
        note(f"weights: skipped {line}")
    if (more := len(members.skipped) - MAX_NOTES) > 0:
        note(f"weights: skipped {more} more in {folder}")
    if not members.files:
        raise RunError(
            f"{folder}: must be weights, the directory of a run or a folder of either, but holds "
            "no weights of a run that has ended"
        )
    count = len(members.files)
    many = f"{count} networks in {folder}, whose predictions are averaged"
    note(f"weights: {many if count > 1 else members.files[0]}")
    return _Found(members.files, gathered=True)


def _candidates(directory: Path) -> Iterator[Path]:
    yield directory
    for number in count(2):
        yield directory.with_name(f"{directory.name}-{number}")


def _make(directory: Path) -> bool:
    """Create a directory; return False if it exists already."""
    try:
        directory.mkdir()
    except FileExistsError:
        return False
    return True
