"""A run's directory: its name, its log and its weights.

config.yaml   the resolved configuration
log.jsonl     a line for each epoch
best.npz      weights of the epoch with the best validation accuracy
last.npz      weights of the latest epoch
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from mlpcli.arrays import Array
from mlpcli.checkpoint import save_checkpoint
from mlpcli.errors import RunError
from mlpcli.files import atomic_write

BEST, LAST, CONFIG = "best.npz", "last.npz", "config.yaml"


class Run:
    """One training's directory.

    Args:
        directory: new and empty, or that of a run to resume.
        config: the resolved configuration as YAML, saved as `config.yaml`.

    Raises:
        RunError: the directory cannot be written to.
    """

    def __init__(self, directory: Path, config: str) -> None:
        self.directory = directory
        try:
            with atomic_write(directory / CONFIG) as file:
                file.write(config.encode())
        except OSError as error:
            raise RunError(f"{directory}: cannot be written, {_reason(error)}") from error

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
        """Save the epoch that was just finished: its weights and its line of the log.

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
        self._log(metadata["history"][-1:], "a")

    def rewrite_log(self, history: list[dict[str, Any]]) -> None:
        """Make the log say what the weights say.

        Raises:
            RunError: it cannot be written.
        """
        self._log(history, "w")

    def _log(self, results: list[dict[str, Any]], mode: str) -> None:
        lines = [json.dumps(result, allow_nan=False) + "\n" for result in results]
        try:
            with (self.directory / "log.jsonl").open(mode, encoding="utf-8") as file:
                file.writelines(lines)
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
