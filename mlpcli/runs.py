"""A run's directory: its name, its log and its weights.

config.yaml   the resolved configuration
log.jsonl     a line for each epoch
best.npz      weights of the epoch with the best validation accuracy
last.npz      the latest weights, and what going on from there needs
report.html   with --report, a page about the answers to the test images
tensorboard/  with --tensorboard, the numbers of the log

Each is a file or folder of its own: a directory may come from a stranger, and no link in it is
followed.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from shlex import quote
from typing import Any

from mlpcli.arrays import Array
from mlpcli.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mlpcli.errors import CheckpointError, MovedError, RunError
from mlpcli.files import atomic_write, is_file, temporary_files
from mlpcli.locking import HeldError, is_lock, locked

BEST, LAST, CONFIG, LOG = "best.npz", "last.npz", "config.yaml", "log.jsonl"
LOCK = ".lock"  # there while a process is at work
REPORT, TENSORBOARD = "report.html", "tensorboard"
OWN = (BEST, LAST, CONFIG, LOG, REPORT)


class Run:
    """One training's directory.

    Args:
        directory: new and empty, or that of a run to go on with.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._is_in_place: Callable[[], bool] = lambda: True

    @property
    def best(self) -> Path:
        """The weights to use."""
        return self.directory / BEST

    @property
    def last(self) -> Path:
        """The latest weights."""
        return self.directory / LAST

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.directory / CONFIG

    @property
    def log(self) -> Path:
        """A line for each epoch."""
        return self.directory / LOG

    @property
    def report(self) -> Path:
        """A page about the answers to the test images."""
        return self.directory / REPORT

    @property
    def tensorboard(self) -> Path:
        """The folder for the numbers of the log."""
        return self.directory / TENSORBOARD

    def check_links(self) -> None:
        """Check that no link leads out of the directory.

        Raises:
            RunError: one does.
        """
        for name in (*OWN, LOCK, TENSORBOARD):
            check_no_link(self.directory / name)

    def latest(self) -> Checkpoint | None:
        """Return the latest weights, None where the run is still to begin.

        Raises:
            CheckpointError: they cannot be read.
            RunError: they are gone.
        """
        if self.last.exists():
            return _load(self.last, otherwise=self.best)
        for later in self.best, self.log:  # are first saved after it
            if later.exists():
                raise RunError(
                    f"{self.last}: must be there to go on, as {later.name} is; {advice(self.best)}"
                )
        return None

    def saved_best(self) -> Checkpoint | None:
        """Return the weights of the best epoch, None where there are none.

        Raises:
            CheckpointError: they cannot be read.
        """
        return _load(self.best, otherwise=self.last) if self.best.exists() else None

    def check_new(self) -> None:
        """Check that there is nothing in the directory but what a run that began there left.

        Raises:
            OSError: it cannot be listed.
            RunError: there is.
        """
        own = {*temporary_files(self.directory, OWN)}
        if is_lock(self.directory / LOCK):
            own.add(self.directory / LOCK)
        if {*self.directory.iterdir()} - own:
            raise RunError(f"{self.directory}: the directory is not empty; choose another --out")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out, and clear away what one that was killed left half written.

        Raises:
            RunError: another process is at work in it, or nothing can be written there.
        """
        with ExitStack() as stack:
            try:
                with self._writing():
                    self._is_in_place = stack.enter_context(locked(self.directory / LOCK))
                    for path in temporary_files(self.directory, OWN):
                        path.unlink()
            except HeldError as error:
                raise RunError(
                    f"{self.directory}: one training at a time, got {error} at work in it; wait "
                    "for that one, or end it"
                ) from error
            yield

    def check_place(self) -> None:
        """Check that the directory is still the one that was locked.

        Raises:
            MovedError: it is not, so that another run may be at work in it.
        """
        if not self._is_in_place():
            raise MovedError(
                f"{self.directory}: must stay where it is during a training, with its {LOCK}, but "
                "was moved; go on with mlp train --resume where it is now"
            )

    def save_best(self, arrays: dict[str, Array], metadata: dict[str, Any]) -> None:
        """Save the weights that predict of an epoch that no epoch before was as good as.

        To be called after `save_last`: of a run that dies before this has finished, the latest
        weights are the best.

        Raises:
            CheckpointError: they cannot be written.
            MovedError: the directory has been moved.
        """
        self.check_place()
        save_checkpoint(self.best, arrays, metadata)

    def save_last(self, arrays: dict[str, Array], metadata: dict[str, Any]) -> None:
        """Save the latest weights with what resuming needs, then the log.

        Args:
            arrays: the weights that predict, and those that only resuming needs.
            metadata: its `history` becomes the log.

        Raises:
            CheckpointError: the weights cannot be written.
            MovedError: the directory has been moved.
            RunError: the log cannot be written.
        """
        self.check_place()
        save_checkpoint(self.last, arrays, metadata)
        self.write_log(metadata["history"])

    def write_config(self, text: str) -> None:
        """Write the resolved configuration.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.config) as file:
            file.write(text.encode())

    def write_log(self, history: list[dict[str, Any]]) -> None:
        """Make the log say what the weights say, whatever it said before: whole lines only.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.log) as file:
            for result in history:
                file.write(json.dumps(result, allow_nan=False).encode() + b"\n")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.directory}: cannot be written, {_reason(error)}") from error


def new_directory(output: Path, name: str, out: Path | None) -> Path:
    """Make the directory of a new run and return its path.

    Args:
        output: where runs go.
        name: of the run; where it is taken, -2, -3 and so on are added.
        out: the directory itself, instead of a name below `output`.

    Raises:
        RunError: `out` exists and is not empty, or nothing can be made there.
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
        raise RunError(f"{place}: cannot be made, {_reason(error)}") from error


def existing_run(directory: Path) -> Run:
    """Return the run in a directory.

    Raises:
        RunError: there is none, or a link in it leads elsewhere.
    """
    run = Run(directory)
    run.check_links()
    if not run.config.is_file():
        raise RunError(
            f"{directory}: must be the directory of a run, but holds no {CONFIG}; runs are under "
            "runs/, or where output or --out put them"
        )
    return run


def newest_weights(output: Path) -> Path | None:
    """Return the best weights of the newest run, None where there are none."""
    found = [path for path in output.glob(f"*/{BEST}") if is_file(path)]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def find_weights(place: Path) -> Path:
    """Return a file of weights, or the best or else the latest weights of a run's directory.

    Raises:
        RunError: the directory holds none, or only a link.
    """
    if not place.is_dir():
        if place.name in (CONFIG, LOG):
            raise RunError(
                f"{place}: must be weights or the directory of a run, got {place.name} of one; "
                f"give {quote(str(place.parent))}"
            )
        named = Path("runs") / place
        if not place.exists() and named.is_dir():
            raise RunError(f"{place}: no such file or directory; did you mean {quote(str(named))}?")
        return place
    for name in (BEST, LAST):
        check_no_link(place / name)
        if (place / name).exists():
            return place / name
    raise RunError(
        f"{place}: must be weights or the directory of a run, but holds neither {BEST} nor {LAST}"
    )


def check_no_link(path: Path) -> None:
    """Check that what has a name in a run's directory is no link.

    Raises:
        RunError: it is.
    """
    if path.is_symlink():
        raise RunError(
            f"{path}: must be in the run's directory itself, got a link; put what it leads to in "
            "its place"
        )


def _load(path: Path, otherwise: Path) -> Checkpoint:
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; {advice(otherwise)}") from error


def advice(otherwise: Path) -> str:
    """Say what to do where weights are missing, others being there or not."""
    begin = f" with mlp train --from {quote(str(otherwise))}" if otherwise.exists() else ""
    return f"put it back, or begin another run{begin}"


def _candidates(directory: Path) -> Iterator[Path]:
    yield directory
    for number in count(2):
        yield directory.with_name(f"{directory.name}-{number}")


def _make(directory: Path) -> bool:
    """Make a directory; False where it exists, be it since a moment ago."""
    try:
        directory.mkdir()
    except FileExistsError:
        return False
    return True


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
