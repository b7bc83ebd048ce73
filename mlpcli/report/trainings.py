"""What a training prints: the table of its epochs, for a terminal of 60 columns, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.report.text import loss_text, percent
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.nn.metrics import Metrics
    from mlpcli.runs.directory import Run
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.training.rehearsal import Expectation
    from mlpcli.training.trainer import Trainer

EPOCH_HEADER = "  epoch    loss  val loss  accuracy    rate images/s seconds"


def epoch_line(result: EpochResult, epochs: int) -> str:
    """Return one line of the table below `EPOCH_HEADER`."""
    accuracy = "–" if result.validation_accuracy is None else percent(result.validation_accuracy)
    return (
        f"{f'{result.epoch}/{epochs}':>7}  {loss_text(result.train_loss):>6}  "
        f"{loss_text(result.validation_loss):>8}  {accuracy:>8} "
        f"{result.learning_rate:7.2g} {result.images_per_second:8,.0f} {result.seconds:7.1f}"
    )


def resumed_line(epochs: int, steps: int, steps_per_epoch: int) -> str:
    """Return where a run is resumed: after so many epochs, and so many steps of the next one."""
    after = f" after epoch {epochs}" if epochs else ""
    if steps:
        after = f" in epoch {epochs + 1}, after step {steps:,} of {steps_per_epoch:,}"
    return f"resumed{after}"


def final_line(trainer: Trainer, run: Run, test: Metrics) -> str:
    """Return the last line of a training.

    Args:
        trainer: that has finished.
        run: with the best weights.
        test: of the best weights on the test images.
    """
    best = _best(trainer)
    accuracy = best.validation_accuracy
    validation = "" if accuracy is None else f"validation accuracy {percent(accuracy)}, "
    return (
        f"test accuracy {percent(test.accuracy)} ({test.correct} of {test.count}), "
        f"{validation}weights of epoch {best.epoch}: {printable(run.best)}"
    )


def final_record(trainer: Trainer, run: Run, test: Metrics) -> dict[str, object]:
    """Return the result of a training as JSON values; arguments as for `final_line`."""
    best = _best(trainer)
    return {
        "run": str(run.directory),
        "weights": str(run.best),
        "data": trainer.dataset.name,
        "seed": trainer.config.seed,
        "epoch": best.epoch,
        "epochs": trainer.epochs_done,
        "seconds": sum(result.seconds for result in trainer.history),
        "validation_count": len(trainer.dataset.validation),
        "validation_accuracy": best.validation_accuracy,
        "validation_loss": best.validation_loss,
        "test_count": test.count,
        "test_accuracy": test.accuracy,
        "test_loss": test.loss,
    }


def expectation_line(expected: Expectation, epochs: int) -> str:
    """Return what a training will take, `12 epochs: about 7 s, about 133 MB of memory`."""
    line = f"{epochs} epoch{'s' * (epochs > 1)}: about {_duration(expected.seconds)}"
    memory = "" if expected.memory is None else f", about {expected.memory / 1e6:,.0f} MB of memory"
    return line + memory


def _duration(seconds: float) -> str:
    """Return seconds in the unit that fits them."""
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _best(trainer: Trainer) -> EpochResult:
    """Return the result of the epoch whose weights are the best."""
    return trainer.history[trainer.best_epoch - 1]
