"""Finds the run, weights or new directory that a name stands for."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from shlex import quote
from stat import S_ISREG

from mlpcli.errors import RunError
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint, load_checkpoints, load_metadata
from mlpcli.runs.committee import COMMITTEE, SWEEP, advice, read_list
from mlpcli.runs.directory import BEST, CONFIG, LAST, LOG, RESULT, Run, check_kind
from mlpcli.runs.faults import fault
from mlpcli.utils.files import reason_of


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


def load_weights(place: Path) -> list[Checkpoint]:
    """Read the networks that a place stands for, see `find_weights`.

    Raises:
        CheckpointError: a file cannot be read.
        RunError: there is none.
    """
    return [each for path in find_weights(place) for each in load_checkpoints(path)]


def find_weights(place: Path) -> list[Path]:
    """Return the files of weights that a place stands for.

    That is the file itself, the best or else the latest weights of a run's directory, or those of a
    sweep's committee.

    Raises:
        RunError: the directory holds none, or only a link, or a list of a committee that leads out
            of it; or the place is a run's config.yaml, log.jsonl or result.json, or exists only
            under runs/.
    """
    if not place.is_dir():
        if place.name in (CONFIG, LOG, RESULT):
            raise RunError(
                f"{place}: must be weights or the directory of a run, got its {place.name}; "
                f"give {quote(str(place.parent))}"
            )
        named = Path("runs") / place
        if not place.exists() and named.is_dir():
            raise RunError(f"{place}: no such file or directory; did you mean {quote(str(named))}?")
        return [place]
    for name in (BEST, LAST):
        check_kind(place / name)
        if (place / name).exists():
            return [place / name]
    if members := read_list(place):
        return members
    if (place / SWEEP).is_file():
        raise RunError(f"{place}: is a sweep, but holds no {COMMITTEE}; {advice(place)}")
    raise RunError(
        f"{place}: must be weights or the directory of a run, but holds neither {BEST} nor {LAST}"
    )


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
