"""The training loop on printed digits."""

import math
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from mlpcli.config import Config, load_config
from mlpcli.config.schema import ActivationName
from mlpcli.datasets import Dataset, Split, open_dataset
from mlpcli.errors import ConfigError, TrainingError
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits, measure
from mlpcli.nn.network import Network
from mlpcli.runs.epochs import EpochResult
from mlpcli.training.trainer import Trainer
from tests.support.callbacks import EachStep
from tests.support.checkpoints import epoch_result


def configure(tmp_path: Path, *overrides: str) -> Config:
    """A small network for printed digits."""
    path = tmp_path / "c.yaml"
    path.write_text(
        "model: {layers: [784, 20, 10], activation: relu, init: he}\n"
        "training: {epochs: 4, batch_size: 32}\n"
    )
    return load_config(str(path), overrides)


def run(config: Config, dataset: Dataset) -> Trainer:
    """Train to the end."""
    trainer = Trainer(config, dataset)
    for _ in trainer.epochs():
        pass
    return trainer


def test_learns(tmp_path: Path, glyphs: Dataset) -> None:
    """Printed digits are learnt within a few epochs, and the loss falls."""
    trainer = run(configure(tmp_path, "training.epochs=15"), glyphs)
    losses = [result.train_loss for result in trainer.history]
    assert losses[-1] < 0.1 < losses[0]
    assert (trainer.history[-1].validation_accuracy or 0) > 0.9


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one-cycle"])
def test_every_optimizer_and_schedule(
    tmp_path: Path, glyphs: Dataset, name: str, schedule: str
) -> None:
    """Every combination of optimizer and schedule learns."""
    config = configure(
        tmp_path, f"training.optimizer.name={name}", f"training.schedule.name={schedule}"
    )
    history = run(config, glyphs).history
    assert history[-1].train_loss < 0.9 * history[0].train_loss


def test_same_seed(tmp_path: Path, glyphs: Dataset) -> None:
    """The same seed gives the same weights to the last bit, another one others."""
    first, second = (run(configure(tmp_path), glyphs) for _ in range(2))
    assert first.network.parameters.tobytes() == second.network.parameters.tobytes()
    other = run(configure(tmp_path, "seed=1"), glyphs)
    assert first.network.parameters.tobytes() != other.network.parameters.tobytes()


def test_result(tmp_path: Path, glyphs: Dataset) -> None:
    """An epoch's numbers are those of its weights."""
    trainer = Trainer(configure(tmp_path), glyphs)
    result = next(trainer.epochs())
    logits = compute_logits(trainer.network, glyphs.validation.images)
    metrics = measure(log_softmax(logits), glyphs.validation.labels)
    assert (metrics.loss, metrics.accuracy) == (result.validation_loss, result.validation_accuracy)
    assert result.epoch == trainer.epochs_done == 1
    assert trainer.step == math.ceil(500 / 32)
    assert result.learning_rate == 0.1
    assert 0 < 500 / result.images_per_second < result.seconds


def test_train_loss_is_the_mean_over_images(tmp_path: Path, glyphs: Dataset) -> None:
    """Batches count by their size, the smaller last one too."""
    trainer = Trainer(configure(tmp_path), glyphs)
    seen: list[tuple[int, float]] = []
    result = next(trainer.epochs([EachStep(lambda count, loss: seen.append((count, loss)))]))
    assert sum(count for count, _ in seen) == 500
    assert sum(count * loss for count, loss in seen) / 500 == pytest.approx(result.train_loss)


def test_without_validation(tmp_path: Path, glyph_file: Path) -> None:
    """Without validation images the last epoch is the best."""
    dataset = open_dataset(glyph_file, root=tmp_path, validation=0)
    trainer = run(configure(tmp_path), dataset)
    assert trainer.history[-1].validation_accuracy is None
    assert trainer.best_epoch == 4


def test_the_average_predicts(tmp_path: Path, glyphs: Dataset) -> None:
    """With averaging on, what is validated and saved is the average, not the latest weights."""
    config = configure(tmp_path, "training.weight_average=0.98", "model.batch_norm=true")
    trainer = run(config, glyphs)
    arrays = {name: array.copy() for name, array in trainer.predicting_arrays.items()}
    assert set(trainer.network.named_arrays) == set(arrays)
    assert any(
        (arrays[name] != array).any() for name, array in trainer.network.named_arrays.items()
    )
    predictor = Network.mlp(config.model.sizes, config.model.activation)
    predictor.load_folded(arrays)
    logits = compute_logits(predictor, glyphs.validation.images)
    accuracy = measure(log_softmax(logits), glyphs.validation.labels).accuracy
    assert trainer.history[-1].validation_accuracy == accuracy > 0.8


def test_masks_differ_from_step_to_step(tmp_path: Path, glyphs: Dataset) -> None:
    """Dropout masks differ from step to step and epoch to epoch, and repeat with the same seed."""
    config = configure(tmp_path, "model.dropout=0.5", "training.epochs=2")
    kept: list[list[bytes]] = []
    for _ in range(2):
        trainer = Trainer(config, glyphs)
        masks: list[bytes] = []
        (dropout,) = trainer.network.dropouts
        watch = EachStep(lambda *_, seen=masks, of=dropout: seen.append(of._mask.tobytes()))
        for _ in trainer.epochs([watch]):
            pass
        kept.append(masks)
    assert kept[0] == kept[1]
    assert len(kept[0]) == len(set(kept[0])) == 2 * math.ceil(500 / 32)


def test_class_weights_of_the_training_images(tmp_path: Path, glyphs: Dataset) -> None:
    """Balanced weights count the training images alone; validation is measured without weights."""
    keep = (glyphs.train.labels > 2) | (np.arange(500) % 7 == 0)
    train = Split(glyphs.train.images[keep], glyphs.train.labels[keep])
    dataset = replace(glyphs, train=train)
    trainer = Trainer(configure(tmp_path, "training.class_weights=balanced"), dataset)
    expected = len(train) / (10 * np.bincount(train.labels, minlength=10))
    assert trainer.loss.class_weights is not None
    np.testing.assert_allclose(trainer.loss.class_weights, expected, rtol=1e-6)
    result = next(trainer.epochs())
    logits = compute_logits(trainer.network, glyphs.validation.images)
    assert measure(log_softmax(logits), glyphs.validation.labels).loss == result.validation_loss


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_weights_are_repetitions(
    tmp_path: Path, glyphs: Dataset, threads: int, smoothing: float
) -> None:
    """A step in which one class counts double is one in which its images come twice.

    The loss is divided by the number of images, so repeating them divides by more.
    """
    change = ["model.layers=[784, 10]", "training.batch_size=500", f"threads={threads}"]
    change.append(f"training.label_smoothing={smoothing}")
    weights = f"training.class_weights={[1, 1, 1, 2, *[1] * 6]}"
    order = np.sort(np.append(np.arange(500), np.flatnonzero(glyphs.train.labels == 3)))
    inputs, labels = glyphs.train.images.reshape(500, -1) / np.float32(255), glyphs.train.labels
    twice = Trainer(configure(tmp_path, *change), glyphs)
    weighted = Trainer(configure(tmp_path, *change, weights), glyphs)
    losses = [
        len(order) * twice.train_step(inputs[order], labels[order]),
        500 * weighted.train_step(inputs, labels),
    ]
    assert pytest.approx(losses[0], rel=1e-5) == losses[1]
    scale = np.float32(len(order) / 500)
    both = zip((twice, weighted), (scale, np.float32(1)), strict=True)
    one, other = (trainer.optimizer.slots["velocity"] * factor for trainer, factor in both)
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)


def test_a_class_that_counts_nothing(tmp_path: Path, glyphs: Dataset) -> None:
    """A class of weight 0 is not learnt, and all others are."""
    config = configure(tmp_path, "training.epochs=15", f"training.class_weights={[*[1] * 9, 0]}")
    logits = compute_logits(run(config, glyphs).network, glyphs.test.images)
    metrics = measure(log_softmax(logits), glyphs.test.labels)
    assert [9] == np.flatnonzero(metrics.right == 0).tolist()


def results(*accuracies: float, losses: Sequence[float] = ()) -> list[EpochResult]:
    """A history with these validation accuracies, and these losses or 0."""
    pairs = enumerate(zip_longest(accuracies, losses, fillvalue=0.0), 1)
    return [epoch_result(n, 0, loss, accuracy, 0, 0, 0) for n, (accuracy, loss) in pairs]


def test_best_epoch(tmp_path: Path, glyphs: Dataset) -> None:
    """The best epoch is the earliest of equals."""
    trainer = Trainer(configure(tmp_path), glyphs)
    trainer.history = results(0.5, 0.8, 0.7, 0.8)
    assert trainer.best_epoch == 2


def test_early_stopping(tmp_path: Path, glyphs: Dataset) -> None:
    """Training stops after the given number of epochs without improvement."""
    config = configure(tmp_path, "training.epochs=99", "training.early_stopping.patience=2")
    trainer = Trainer(config, glyphs)
    finished = []
    for last in ([], [0.8]):
        trainer.history = results(0.5, 0.8, 0.7, *last)
        finished.append(trainer.finished)
    assert [False, True] == finished
    assert len(run(config, glyphs).history) < 99


@pytest.mark.parametrize(
    ("stopping", "best"),
    [
        ("{metric: accuracy}", 4),
        ("{metric: loss}", 3),
        ("{metric: accuracy, min_delta: 0.1}", 2),  # from 0.7 to 0.8 are not more than 0.1
        ("{metric: accuracy, min_delta: 0.05}", 4),
        ("{metric: loss, min_delta: 0.2}", 2),  # from 0.6 to 0.4 are not more than 0.2
        ("{metric: loss, min_delta: 0.19}", 3),
        ("{metric: loss, min_delta: 10}", 1),
    ],
)
def test_what_is_best(tmp_path: Path, glyphs: Dataset, stopping: str, best: int) -> None:
    """The best epoch is the latest that improves what early stopping looks at by over min_delta."""
    history = results(0.5, 0.7, 0.6, 0.8, 0.79, losses=(0.9, 0.6, 0.4, 0.5, 0.4))
    trainer = Trainer(configure(tmp_path, f"training.early_stopping={stopping}"), glyphs)
    trainer.history = history
    assert best == trainer.best_epoch


def test_patience_counts_small_improvements(tmp_path: Path, glyphs: Dataset) -> None:
    """Improvements that all together exceed min_delta count, as each is one over the best epoch."""
    stopping = "{patience: 3, metric: loss, min_delta: 0.1}"
    config = configure(tmp_path, "training.epochs=99", f"training.early_stopping={stopping}")
    trainer = Trainer(config, glyphs)
    found = []
    for losses in ((1, 0.95, 0.91, 0.85), (1, 0.95, 0.92, 0.91), (1, 0.95, 0.92, 0.9)):
        trainer.history = results(0.5, 0.6, 0.7, 0.8, losses=losses)
        found.append((trainer.best_epoch, trainer.stopped_early))
    assert [(4, False), (1, True), (1, True)] == found


def test_divergence(tmp_path: Path, glyphs: Dataset) -> None:
    """A loss that is not finite stops the run, naming epoch, step and learning rate."""
    config = configure(tmp_path, "training.optimizer.learning_rate=1e30")
    with pytest.raises(
        TrainingError, match=r"^epoch 1, step 2: the loss must stay finite, got (nan|inf) at "
        r"learning rate 1e\+30; lower training.optimizer.learning_rate",
    ):  # fmt: skip
        run(config, glyphs)


def test_divergence_in_the_last_step(tmp_path: Path, glyphs: Dataset) -> None:
    """Weights that become infinite in the last step of an epoch are found as well."""
    config = configure(
        tmp_path, "training.batch_size=500", "training.optimizer.learning_rate=1e300"
    )
    with pytest.raises(
        TrainingError,
        match=r"^epoch 1, step 1: the .* must stay finite, got .* at learning rate 1e\+300",
    ):
        run(config, glyphs)


def test_divergence_of_the_validation(tmp_path: Path, glyphs: Dataset) -> None:
    """Finite weights whose logits overflow are found when validating."""
    config = configure(tmp_path, "training.batch_size=500", "training.optimizer.learning_rate=1e30")
    with pytest.raises(TrainingError, match=r"^epoch 1, step 1: the validation loss must stay"):
        run(config, glyphs)


def test_a_state_that_could_not_go_on(tmp_path: Path, glyphs: Dataset) -> None:
    """An optimizer whose state has overflowed is found before it is saved."""
    trainer = Trainer(configure(tmp_path, "training.optimizer.name=adam"), glyphs)
    for _ in islice(trainer.epochs(), 1):
        trainer.optimizer.slots["second_moment"][7] = np.inf
    with pytest.raises(TrainingError, match=r"the largest second moment must stay finite, got inf"):
        trainer.check()


def test_clipping_holds_the_step(tmp_path: Path, glyphs: Dataset) -> None:
    """With gradient clipping a step of plain SGD is at most rate times limit long."""
    config = configure(
        tmp_path,
        "training.gradient_clip=0.01",
        "training.optimizer={momentum: 0, nesterov: false, learning_rate: 0.5}",
    )
    trainer = Trainer(config, glyphs)
    before = trainer.network.parameters.copy()
    inputs, labels = next(trainer.batches.epoch(0))
    trainer.train_step(inputs, labels)
    step = float(np.linalg.norm(trainer.network.parameters - before))
    assert 0.5 * 0.01 == pytest.approx(step, rel=1e-3)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            "[700, 10]",
            "^--set model.layers: must begin with 784, because the images are 28×28 = 784 pixels, got 700; ",
        ),
        (
            "[784, 9]",
            "^--set model.layers: must end with 10, because the classes are 0, 1, .* got 9; ",
        ),
    ],
)
def test_layers_that_do_not_fit(tmp_path: Path, glyphs: Dataset, layers: str, message: str) -> None:
    """The first and last layer must fit the data."""
    with pytest.raises(ConfigError, match=message):
        Trainer(configure(tmp_path, f"model.layers={layers}"), glyphs)


WIDE_AND_MANY = [((2, 8, 10), 60_000), ((2, 20_000, 10), 2)]


@pytest.mark.parametrize(("layers", "batch"), WIDE_AND_MANY)
@pytest.mark.parametrize("activation", get_args(ActivationName))
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_steps_allocate_nothing(
    layers: tuple[int, ...], batch: int, activation: str, optimizer: str
) -> None:
    """After an epoch a step makes no array as large as the batch or a layer, not even the last."""
    training = {"optimizer": {"name": optimizer, "weight_decay": 1e-4}, "label_smoothing": 0.1}
    model = {"layers": layers, "activation": activation}
    assert allocated({"model": model, "training": {"batch_size": batch, **training}}) < 48_000


@pytest.mark.parametrize(("layers", "batch"), WIDE_AND_MANY)
def test_regularized_steps_allocate_nothing(layers: tuple[int, ...], batch: int) -> None:
    """Neither do batch norm, dropout, the average of the weights and class weights."""
    model = {"layers": layers, "activation": "relu", "batch_norm": True, "dropout": 0.1}
    training = {"batch_size": batch, "weight_average": 0.9, "class_weights": "balanced"}
    assert allocated({"model": model, "training": training}) < 48_000


def allocated(values: dict[str, object]) -> int:
    """Return how many bytes the steps of a second epoch take at most, all arrays being made.

    NumPy's buffers for broadcasting take 33,000 of them.
    """
    config = Config.model_validate(values)
    batch = config.training.batch_size
    numbers = np.arange(4 * batch + batch // 2)
    images = np.stack([numbers, numbers // 256], axis=-1).astype(np.uint8)
    split = Split(images.reshape(-1, 1, 2), numbers % 10)
    dataset = Dataset("numbers", split, split[:0], split, tuple("0123456789"), "scale", "")
    trainer = Trainer(config, dataset)
    for inputs, labels in trainer.batches.epoch(0):
        trainer.train_step(inputs, labels)
    batches = trainer.batches.epoch(1)
    trainer.train_step(*next(batches))  # the order of the epoch is drawn before the first batch
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for inputs, labels in batches:
        trainer.train_step(inputs, labels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before
