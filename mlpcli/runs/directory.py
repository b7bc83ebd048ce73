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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shlex import quote

from mlpcli.errors import CheckpointError, MovedError, RunError
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array
from mlpcli.utils.files import atomic_write, kind_of, temporary_files
from mlpcli.utils.locking import HeldError, is_lock, locked

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

    def check_own(self) -> None:
        """Check that what is in the directory is its own: files and a folder, no links or pipes.

        Raises:
            RunError: something is not.
        """
        for name in OWN:
            check_own(self.directory / name)
        check_own(self.tensorboard, "a folder")

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
        """Keep other processes out, and remove what a killed one left half written.

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

    def save_best(self, arrays: dict[str, Array], metadata: Metadata) -> None:
        """Save the weights that predict of an epoch that no epoch before was as good as.

        To be called after `save_last`: of a run that dies before this has finished, the latest
        weights are the best.

        Raises:
            CheckpointError: they cannot be written.
            MovedError: the directory has been moved.
        """
        self.check_place()
        save_checkpoint(self.best, arrays, metadata)

    def save_last(self, arrays: dict[str, Array], metadata: Metadata) -> None:
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
        self.write_log(metadata.history)

    def write_config(self, text: str) -> None:
        """Write the resolved configuration.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.config) as file:
            file.write(text.encode())

    def write_log(self, history: Sequence[EpochResult]) -> None:
        """Make the log say what the weights say, whatever it said before: whole lines only.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.log) as file:
            for result in history:
                values = json.dumps(result.model_dump(), allow_nan=False)
                file.write(values.encode() + b"\n")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.directory}: cannot be written, {reason_of(error)}") from error


def check_own(path: Path, kind: str = "a file") -> None:
    """Check that what has a name in a run's directory, if there is anything, is what it should be.

    Raises:
        RunError: it is a link, which may lead elsewhere, or of another kind.
    """
    if path.is_symlink():
        raise RunError(
            f"{path}: must be in the run's directory itself, got a link; put what it leads to in "
            "its place"
        )
    if path.exists() and kind_of(path) != kind:
        raise RunError(f"{path}: must be {kind}, got {kind_of(path)}; move it away")


def _load(path: Path, otherwise: Path) -> Checkpoint:
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; {advice(otherwise)}") from error


def advice(otherwise: Path) -> str:
    """Say what to do where weights are missing, others being there or not."""
    begin = f" with mlp train --from {quote(str(otherwise))}" if otherwise.exists() else ""
    return f"put it back, or begin another run{begin}"


def reason_of(error: OSError) -> str:
    """Return what the system says."""
    return error.strerror or str(error)
