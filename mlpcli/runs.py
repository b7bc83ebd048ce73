"""A run's directory: its name, its log and its weights.

config.yaml   the resolved configuration
log.jsonl     a line for each epoch
best.npz      weights of the epoch with the best validation accuracy
last.npz      weights of the latest epoch, and what going on from there needs
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from mlpcli.arrays import Array
from mlpcli.checkpoint import save_checkpoint
from mlpcli.errors import RunError
from mlpcli.files import atomic_write

BEST, LAST, CONFIG, LOG = "best.npz", "last.npz", "config.yaml", "log.jsonl"


class Run:
    """One training's directory.

    Args:
        directory: new and empty, or that of a run to go on with.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def best(self) -> Path:
        """The weights to use."""
        return self.directory / BEST

    @property
    def last(self) -> Path:
        """The weights of the latest epoch."""
        return self.directory / LAST

    def save(
        self,
        arrays: dict[str, Array],
        resume: dict[str, Array],
        metadata: dict[str, Any],
        *,
        is_best: bool,
    ) -> None:
        """Save the epoch that was just finished, if any: its weights and its line of the log.

        The order is such that a run which dies in between can be resumed from `last.npz`, and does
        over what was not yet saved.

        Args:
            arrays: the weights that predict.
            resume: what else resuming needs; not in `best.npz`.
            metadata: what both files say; its `history` becomes the log.
            is_best: whether no epoch before was as good.

        Raises:
            RunError: the log cannot be written.
            CheckpointError: the weights cannot be written.
        """
        if is_best:
            save_checkpoint(self.best, arrays, metadata)
        save_checkpoint(self.last, arrays | resume, metadata)
        with self._writing(), (self.directory / LOG).open("a", encoding="utf-8") as file:
            file.writelines(_lines(metadata["history"][-1:]))

    def write_config(self, text: str) -> None:
        """Write the resolved configuration.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.directory / CONFIG) as file:
            file.write(text.encode())

    def write_log(self, history: list[dict[str, Any]]) -> None:
        """Make the log say what the weights say, whatever it said before.

        Raises:
            RunError: it cannot be written.
        """
        with self._writing(), atomic_write(self.directory / LOG) as file:
            file.write("".join(_lines(history)).encode())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RunError(f"{self.directory}: cannot be written, {_reason(error)}") from error


def _lines(history: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(result, allow_nan=False) + "\n" for result in history]


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
            if any(out.iterdir()):
                raise RunError(f"{out}: the directory is not empty; choose another --out")
            return out
        output.mkdir(parents=True, exist_ok=True)
        return next(directory for directory in _candidates(output / name) if _make(directory))
    except OSError as error:
        place = out or output
        raise RunError(f"{place}: cannot be made, {_reason(error)}") from error


def newest_weights(output: Path) -> Path | None:
    """Return the best weights of the newest run, None where there are none."""
    found = output.glob(f"*/{BEST}")
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


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
