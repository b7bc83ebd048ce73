"""Train from Python: a configuration, a callback that prints, and an evaluation.

    python examples/train.py

It draws 10,000 digits, and leaves a run in `runs/` that `mlp evaluate` and `mlp predict` read.
"""

import mlpcli

FEWER = ["data.train=10000", "data.validation=1000", "data.test=1000", "training.epochs=5"]


class Printer(mlpcli.Callback):
    """Prints a line for each epoch."""

    def on_epoch(self, result: mlpcli.EpochResult) -> None:
        """Print loss and accuracy, if there are images for validation."""
        accuracy = result.validation_accuracy or 0
        print(f"epoch {result.epoch}  loss {result.train_loss:.3f}  accuracy {accuracy:.1%}")


def main() -> None:
    """Train the quickstart on fewer digits, without augmentation, and evaluate it."""
    config = mlpcli.load_config("quickstart", [*FEWER, "augmentation=null"])
    print(f"layers {config.model.layers}, {config.training.epochs} epochs")
    run = mlpcli.train(config, callbacks=[Printer()])
    print(f"run in {run.directory}")

    evaluation = mlpcli.evaluate(run)  # on the test images of the data it was trained on
    metrics = evaluation.metrics
    print(f"test accuracy {metrics.accuracy:.1%}, loss {metrics.loss:.3f}")
    for index in evaluation.mistakes(3):  # the most confident ones
        label, predicted = evaluation.split.labels[index], evaluation.predicted[index]
        print(
            f"test image {index}: {label}, read as {predicted} ({evaluation.confidence[index]:.0%})"
        )


if __name__ == "__main__":
    main()
