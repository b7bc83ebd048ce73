"""Evaluates a finished training on the test images, once, and keeps what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import Evaluation, evaluate_split
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.training.ending import write_ending
from mlpcli.utils.threads import use_threads

if TYPE_CHECKING:
    from mlpcli.runs.directory import Run
    from mlpcli.training.trainer import Trainer


def test_run(trainer: Trainer, run: Run) -> Evaluation:
    """Evaluate the best weights of a run on the test images, and write its `result.json`.

    Args:
        trainer: that has finished.
        run: its directory, locked.

    Raises:
        CheckpointError: the best weights cannot be read, or a prediction is not finite.
        MovedError: the directory has been moved.
        RunError: the result cannot be written.
    """
    dataset, best = trainer.dataset, load_checkpoint(run.best)
    with use_threads(trainer.evaluation_threads):
        evaluation = evaluate_split(Classifier.of([best]), dataset.name, "test", dataset.test)
    write_ending(trainer, run, test=evaluation.metrics)
    return evaluation
