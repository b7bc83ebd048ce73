"""One contestant of `speed.py`: trains one network in this process and prints what it took.

`python benchmarks/contestants.py NAME SETTING`, SETTING being a JSON object with the fields of
`Setting`, prints a JSON object with the seconds of one epoch and the accuracy on the test images.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mlpcli.config import Config, data_root
from mlpcli.config.schema import DataConfig
from mlpcli.datasets import Dataset
from mlpcli.datasets.selection import open_configured

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Setting:
    """What all contestants train.

    Attributes:
        layers: features at each stage.
        batch: images in a step.
        optimizer: sgd or adam.
        learning_rate: constant.
        momentum: of sgd.
        nesterov: whether it is Nesterov's.
        activation: between the linear layers.
        epochs: how many; the first one is not timed.
        seed: another one in each round.
    """

    layers: list[int]
    batch: int
    optimizer: str
    learning_rate: float
    momentum: float
    nesterov: bool
    activation: str
    epochs: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What one process measured.

    Attributes:
        seconds: the median of the timed epochs, or of the passes over the test images.
        accuracy: on the test images after the last epoch; None where nothing is learnt.
    """

    seconds: float
    accuracy: float | None = None


def ours(setting: Setting, dataset: Dataset) -> Outcome:
    """Run the program's own loop, with schedule, metrics and progress bar."""
    from mlpcli.cli.training_display import StepBar
    from mlpcli.nn.metrics import compute_logits
    from mlpcli.training.trainer import Trainer

    trainer = Trainer(_config(setting), dataset)
    bar = StepBar(trainer, quiet=False)
    bar.disable = False  # although stderr is no terminal
    seconds = [result.seconds for result in trainer.epochs([bar])]
    logits = compute_logits(trainer.network, dataset.test.images)
    accuracy = float(np.mean(logits.argmax(axis=1) == dataset.test.labels))
    return Outcome(statistics.median(seconds[1:]), accuracy)


def evaluation(setting: Setting, dataset: Dataset) -> Outcome:
    """Run the program's own evaluation over the test images."""
    from mlpcli.nn.losses import log_softmax
    from mlpcli.nn.metrics import compute_logits, measure
    from mlpcli.training.trainer import Trainer

    network = Trainer(_config(setting), dataset).network

    def evaluate() -> None:
        logits = compute_logits(network, dataset.test.images)
        measure(log_softmax(logits), dataset.test.labels)

    return Outcome(_median_seconds(evaluate, 10))


def evaluation_floor(setting: Setting, dataset: Dataset) -> Outcome:
    """Do nothing but the matrix products of one pass over the test images."""
    products = Products(setting, 1000)
    steps = len(dataset.test) // 1000

    def evaluate() -> None:
        for _ in range(steps):
            products.forward()

    return Outcome(_fastest_threads(evaluate, 10))


def floor(setting: Setting, dataset: Dataset) -> Outcome:
    """Do nothing but the matrix products of an epoch."""
    products = Products(setting, setting.batch)
    steps = len(dataset.train) // setting.batch

    def epoch() -> None:
        for _ in range(steps):
            products.forward()
            products.backward()

    return Outcome(_fastest_threads(epoch, setting.epochs))


def floor_and_update(setting: Setting, dataset: Dataset) -> Outcome:
    """Do the matrix products of an epoch and the optimizer's update, as the formulas stand."""
    products = Products(setting, setting.batch)
    steps = len(dataset.train) // setting.batch
    parameters, gradients, work = (np.ones(products.size, dtype=np.float32) for _ in range(3))
    m, v = np.zeros((2, products.size), dtype=np.float32)

    def sgd() -> None:
        np.multiply(m, setting.momentum, out=m)
        np.add(m, gradients, out=m)
        step = m
        if setting.nesterov:
            step = np.multiply(m, setting.momentum, out=work)
            np.add(work, gradients, out=work)
        np.multiply(step, setting.learning_rate, out=work)
        np.subtract(parameters, work, out=parameters)

    def adam() -> None:
        np.multiply(m, 0.9, out=m)
        np.multiply(gradients, 0.1, out=work)
        np.add(m, work, out=m)
        np.multiply(v, 0.999, out=v)
        np.square(gradients, out=work)
        np.multiply(work, 0.001, out=work)
        np.add(v, work, out=v)
        np.sqrt(v, out=work)
        np.add(work, 1e-8, out=work)
        np.divide(m, work, out=work)
        np.multiply(work, setting.learning_rate, out=work)
        np.subtract(parameters, work, out=parameters)

    update = {"sgd": sgd, "adam": adam}[setting.optimizer]

    def epoch() -> None:
        for _ in range(steps):
            products.forward()
            products.backward()
            update()

    return Outcome(_fastest_threads(epoch, setting.epochs))


class Products:
    """The matrix products of a network, into kept arrays."""

    def __init__(self, setting: Setting, batch: int) -> None:
        generator = np.random.default_rng(0)
        shapes = list(pairwise(setting.layers))
        self.size = sum(inputs * outputs + outputs for inputs, outputs in shapes)

        def draw(shape: tuple[int, int]) -> Floats:
            return generator.random(shape, dtype=np.float32)

        self.weights = [draw(shape) for shape in shapes]
        self.d_weights = [np.empty_like(weight) for weight in self.weights]
        self.values = [draw((batch, features)) for features in setting.layers]
        self.outputs = [np.empty_like(value) for value in self.values]
        self.gradients = [draw((batch, features)) for features in setting.layers]
        self.d_inputs = [np.empty_like(value) for value in self.values]

    def forward(self) -> None:
        """Y = x W for each layer."""
        for n, weight in enumerate(self.weights):
            np.matmul(self.values[n], weight, out=self.outputs[n + 1])

    def backward(self) -> None:
        """DW = xᵀ dy for each layer, and dx = dy Wᵀ for each but the first."""
        for n in reversed(range(len(self.weights))):
            np.matmul(self.values[n].T, self.gradients[n + 1], out=self.d_weights[n])
            if n:
                np.matmul(self.gradients[n + 1], self.weights[n].T, out=self.d_inputs[n])


def pytorch(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with PyTorch, the images as one float32 tensor in memory."""
    import torch

    images, labels = _tensors(dataset)

    def batches() -> Any:
        order = torch.randperm(len(labels))
        for rows in order.split(setting.batch):
            yield images[rows], labels[rows]

    return _train_pytorch(setting, dataset, batches)


def dataloader(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with PyTorch, batches from a DataLoader as in its examples."""
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(*_tensors(dataset))
    loader = DataLoader(data, batch_size=setting.batch, shuffle=True)
    return _train_pytorch(setting, dataset, lambda: loader)


def scikit_learn(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with scikit-learn's MLPClassifier; what it does once is not timed."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    images, labels = _scaled(dataset.train.images), dataset.train.labels

    def fit(epochs: int) -> tuple[Any, float]:
        model = MLPClassifier(
            hidden_layer_sizes=setting.layers[1:-1],
            activation={"relu": "relu", "sigmoid": "logistic"}[setting.activation],
            solver=setting.optimizer,
            alpha=0.0,
            batch_size=setting.batch,
            learning_rate_init=setting.learning_rate,
            momentum=setting.momentum,
            nesterovs_momentum=setting.nesterov,
            max_iter=epochs,
            tol=0.0,
            n_iter_no_change=epochs,
            random_state=setting.seed,
        )
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop early
            model.fit(images, labels)
        return model, time.perf_counter() - start

    fit(1)  # whatever only the first fit of a process has to do
    _, once = fit(1)
    model, seconds = fit(setting.epochs)
    accuracy = float(model.score(_scaled(dataset.test.images), dataset.test.labels))
    return Outcome((seconds - once) / (setting.epochs - 1), accuracy)


def _train_pytorch(setting: Setting, dataset: Dataset, batches: Callable[[], Any]) -> Outcome:
    """Train eagerly, as the tutorials do, from initial weights distributed like ours."""
    import torch
    from torch import nn

    torch.manual_seed(setting.seed)
    activation = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[setting.activation]
    modules: list[Any] = []
    for inputs, outputs in pairwise(setting.layers):
        linear = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
        modules += [linear, activation()]
    model = nn.Sequential(*modules[:-1])
    criterion = nn.CrossEntropyLoss()
    optimizer = (
        torch.optim.SGD(
            model.parameters(),
            setting.learning_rate,
            momentum=setting.momentum,
            nesterov=setting.nesterov,
        )
        if setting.optimizer == "sgd"
        else torch.optim.Adam(model.parameters(), setting.learning_rate)
    )

    def epoch() -> None:
        total = 0.0
        for images, labels in batches():
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)

    seconds = [_seconds(epoch) for _ in range(setting.epochs)]
    with torch.no_grad():
        predicted = model(torch.from_numpy(_scaled(dataset.test.images))).argmax(dim=1).numpy()
    accuracy = float(np.mean(predicted == dataset.test.labels))
    return Outcome(statistics.median(seconds[1:]), accuracy)


def _tensors(dataset: Dataset) -> tuple[Any, Any]:
    import torch

    train = dataset.train
    return torch.from_numpy(_scaled(train.images)), torch.from_numpy(np.array(train.labels))


def _scaled(images: NDArray[np.uint8]) -> Floats:
    """Return (count, pixels) float32 in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def _config(setting: Setting) -> Config:
    momentum = {"momentum": setting.momentum, "nesterov": setting.nesterov}
    return Config.model_validate(
        {
            "seed": setting.seed,
            "model": {
                "layers": tuple(setting.layers),
                "activation": setting.activation,
                "init": "he",
            },
            "training": {
                "epochs": setting.epochs,
                "batch_size": setting.batch,
                "optimizer": {
                    "name": setting.optimizer,
                    "learning_rate": setting.learning_rate,
                    **(momentum if setting.optimizer == "sgd" else {}),
                },
            },
        }
    )


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _median_seconds(work: Callable[[], None], times: int) -> float:
    """Return the median time of all runs but the first."""
    return statistics.median([_seconds(work) for _ in range(times)][1:])


def _fastest_threads(work: Callable[[], None], times: int) -> float:
    """Return the time with one thread or with all of them, whichever is less."""
    with threadpool_limits(1):
        alone = _median_seconds(work, times)
    return min(alone, _median_seconds(work, times))


CONTESTANTS = {
    "floor": floor,
    "floor and update": floor_and_update,
    "ours": ours,
    "pytorch": pytorch,
    "dataloader": dataloader,
    "scikit-learn": scikit_learn,
    "evaluation": evaluation,
    "evaluation floor": evaluation_floor,
}


@click.command()
@click.argument("name", type=click.Choice(list(CONTESTANTS)))
@click.argument("setting")
def main(name: str, setting: str) -> None:
    """Run one contestant and print its outcome as JSON."""
    dataset = open_configured(DataConfig(root=data_root(), validation=0))
    outcome = CONTESTANTS[name](Setting(**json.loads(setting)), dataset)
    click.echo(json.dumps({"seconds": outcome.seconds, "accuracy": outcome.accuracy}))


if __name__ == "__main__":
    main()
