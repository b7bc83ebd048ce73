"""A run's directory: its name, its log and its weights.

config.yaml   the resolved configuration
log.jsonl     a line for each epoch
result.json   once training has ended: how, and the accuracy on the test images
best.npz      weights of the epoch with the best validation accuracy, or loss
last.npz      the latest weights, and what is needed to resume
report.html   with --report, a page about the predictions for the test images
tensorboard/  with --tensorboard, the numbers of the log

No link in it is followed, because a directory may come from a stranger.
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
from mlpcli.utils.files import atomic_write, kind_of, reason_of, temporary_files
from mlpcli.utils.locking import HeldError, is_lock, locked

BEST, LAST, CONFIG, LOG = "best.npz", "last.npz", "config.yaml", "log.jsonl"
RESULT = "result.json"
LOCK = ".lock"  # exists while a process uses the directory
REPORT, TENSORBOARD = "report.html", "tensorboard"
OWN = (BEST, LAST, CONFIG, LOG, RESULT, REPORT)


class Run:
    """The directory of one training run.

    Args:
        directory: new and empty, or the directory of a run to resume.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._is_in_place: Callable[[], bool] = lambda: True

    @property
    def best(self) -> Path:
        """The file of the weights to use, those of the best epoch."""
        return self.directory / BEST

    @property
    def last(self) -> Path:
        """The latest weights."""
        return self.directory / LAST

    @property
    def config(self) -> Path:
        """The configuration with all its defaults."""
        return self.directory / CONFIG

    @property
    def log(self) -> Path:
        """A line for each epoch."""
        return self.directory / LOG

    @property
    def result(self) -> Path:
        """How training ended."""
        return self.directory / RESULT

    @property
    def report(self) -> Path:
        """A page about the predictions for the test images."""
        return self.directory / REPORT

    @property
    def tensorboard(self) -> Path:
        """The folder for the numbers of the log."""
        return self.directory / TENSORBOARD

    def check_own(self) -> None:
        """Check that the run's own files and folder are regular ones, not links or pipes.

        Raises:
            RunError: something in it is a link or of the wrong kind.
        """
        for name in OWN:
            check_kind(self.directory / name)
        check_kind(self.tensorboard, "a folder")

    def latest(self) -> Checkpoint | None:
        """Return the latest weights; None if the run has saved nothing yet.

        Raises:
            CheckpointError: they cannot be read.
            RunError: they are missing, although the run has saved them.
        """
        if self.last.exists():
            return _load(self.last, otherwise=self.best)
        for later in self.best, self.log:  # both are first written after last.npz
            if later.exists():
                raise RunError(
                    f"{self.last}: is missing, although {later.name} exists; {advice(self.best)}"
                )
        return None

    def saved_best(self) -> Checkpoint | None:
        """Return the weights of the best epoch; None if there are none.

        Raises:
            CheckpointError: they cannot be read.
        """
        return _load(self.best, otherwise=self.last) if self.best.exists() else None

    def check_new(self) -> None:
        """Check that the directory is empty, except for what an interrupted start left behind.

        Raises:
            OSError: it cannot be listed.
            RunError: it holds something else.
        """
        own = {*temporary_files(self.directory, OWN)}
        if is_lock(self.directory / LOCK):
            own.add(self.directory / LOCK)
        if {*self.directory.iterdir()} - own:
            raise RunError(f"{self.directory}: the directory is not empty; choose another --out")

    @contextmanager
    def locked(self, patience: float = 0.0) -> Iterator[None]:
        """Lock out other processes, and remove temporary files of a process that was killed.

        Args:
            patience: seconds to wait for another process.

        Raises:
            RunError: another process still uses the directory, or it cannot be written.
        """
        with ExitStack() as stack:
            try:
                with self._writing():
                    lock = locked(self.directory / LOCK, patience)
                    self._is_in_place = stack.enter_context(lock)
                    for path in temporary_files(self.directory, OWN):
                        path.unlink()
            except HeldError as error:
                raise RunError(
                    f"{self.directory}: is in use by {error}; wait until it has ended, or stop it"
                ) from error
            yield

    def check_place(self) -> None:
        """Check that the directory is still the one that was locked.

        Raises:
            MovedError: it is not, so another run may be using that path.
        """
        if not self._is_in_place():
            raise MovedError(
                f"{self.directory}: the directory and its {LOCK} must stay in place during "
                "training, but were moved; use mlp train --resume at the new place"
            )

    def save_best(self, arrays: dict[str, Array], metadata: Metadata) -> None:
        """Save the weights used to predict, of the best epoch so far.

        Call it after `save_last`, so that if the process dies in between, the latest weights are
        still the best.

        Raises:
            CheckpointError: they cannot be written.
            MovedError: the directory has been moved.
        """
        self.check_place()
        save_checkpoint(self.best, arrays, metadata)

    def save_last(self, arrays: dict[str, Array], metadata: Metadata) -> None:
        """Save the latest weights with what resuming needs, then the log.

        Args:
            arrays: the weights used to predict, and the arrays needed only to resume.
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
        """Replace the log with one line for each epoch of the history.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.log) as file:
            for result in history:
                values = json.dumps(result.model_dump(), allow_nan=False)
                file.write(values.encode() + b"\n")

    def write_result(self, text: str) -> None:
        """Write how training ended.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.result) as file:
            file.write(text.encode())

    def remove_result(self) -> None:
        """Remove the result of an earlier end, because the training goes on.

        Raises:
            RunError: it cannot be removed.
        """
        with self._writing():
            self.result.unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.directory}: cannot be written, {reason_of(error)}") from error


def check_kind(path: Path, kind: str = "a file") -> None:
    """Check that a path in a run's directory, if it exists, is of its kind and not a link.

    Raises:
        RunError: it is a link, which may lead elsewhere, or of another kind.
    """
    if path.is_symlink():
        raise RunError(
            f"{path}: must be in the run's directory itself, got a link; replace it with what "
            "it points to"
        )
    if path.exists() and kind_of(path) != kind:
        raise RunError(f"{path}: must be {kind}, got {kind_of(path)}; move it away")


def _load(path: Path, otherwise: Path) -> Checkpoint:
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        raise CheckpointError(f"{error}; {advice(otherwise)}") from error


def advice(otherwise: Path) -> str:
    """Say what to do if weights are missing or broken; `otherwise` are others that may exist."""
    begin = f" with mlp train --from {quote(str(otherwise))}" if otherwise.exists() else ""
    return f"put it back, or begin another run{begin}"
