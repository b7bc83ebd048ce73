"""Says how a training ended, in a run's `result.json`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mlpcli.config import plain
from mlpcli.errors import RunError, TrainingError
from mlpcli.runs.result import Ending, Result, now, totals, write_result

if TYPE_CHECKING:
    from mlpcli.nn.metrics import Metrics
    from mlpcli.runs.directory import Run
    from mlpcli.training.trainer import Trainer


def write_ending(
    trainer: Trainer,
    run: Run,
    state: Ending = "done",
    *,
    reason: str | None = None,
    test: Metrics | None = None,
) -> Result:
    """Write how a training ended in its run's directory, and return it.

    Args:
        trainer: as it was at the end.
        run: still locked.
        state: how it ended.
        reason: why, unless it is done.
        test: of the best weights on the test images, if they were evaluated.

    Raises:
        MovedError: the directory has been moved.
        RunError: the file cannot be written.
    """
    run.check_place()
    result = Result(
        state=state,
        reason=reason,
        ended=now(),
        data=trainer.dataset.name,
        layers=list(trainer.config.model.sizes),
        test_accuracy=None if test is None else test.accuracy,
        test_loss=None if test is None else test.loss,
        test_count=None if test is None else test.count,
        config=plain(trainer.config),
        **totals(trainer.history, trainer.best_epoch),
    )
    write_result(run, result)
    return result


@contextmanager
def failure_kept(trainer: Trainer, run: Run) -> Iterator[None]:
    """Write that a training has failed, if it does so in a `with` block, and raise its error."""
    try:
        yield
    except TrainingError as error:
        with suppress(RunError):  # on a full disk; the error says more
            write_ending(trainer, run, "failed", reason=str(error))
        raise
