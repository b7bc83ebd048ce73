"""Lower limits of the time that training takes, as contestants of `speed.py`."""

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import Floats, Outcome, Setting, scaled
from mlpcli.datasets import Dataset

C_FLOOR = Path(__file__).with_name("floor.c")


def evaluation_floor(setting: Setting, dataset: Dataset) -> Outcome:
    """Do nothing but the matrix products of one pass over the test images."""
    products = Products(setting, 1000)
    steps = len(dataset.test) // 1000

    def evaluate() -> None:
        for _ in range(steps):
            products.forward()

    return _fastest_threads(evaluate, 10)


def floor(setting: Setting, dataset: Dataset) -> Outcome:
    """Do nothing but the matrix products of an epoch."""
    products = Products(setting, setting.batch)
    steps = len(dataset.train) // setting.batch

    def epoch() -> None:
        for _ in range(steps):
            products.forward()
            products.backward()

    return _fastest_threads(epoch, setting.epochs)


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

    return _fastest_threads(epoch, setting.epochs)


class Products:
    """The matrix products of a network, into kept arrays."""

    def __init__(self, setting: Setting, batch: int) -> None:
        generator = np.random.default_rng(0)
        shapes = setting.shapes
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


def c_floor(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with one file of C, which skips the pixels that are 0; one hidden layer, SGD, ReLU."""
    train, (_, hidden, classes) = dataset.train, setting.layers
    images, labels = train.images.reshape(len(train), -1), train.labels.astype(np.uint8)
    generator = np.random.default_rng(setting.seed)
    weights = [
        generator.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / shape[0]))
        for shape in setting.shapes
    ]
    biases = [np.zeros(size, np.float32) for size in (hidden, classes)]
    w = np.concatenate([weights[0].ravel(), biases[0], weights[1].ravel(), biases[1]])
    v, g, work = np.zeros_like(w), np.zeros_like(w), np.zeros(2 * hidden, np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "floor.so"
        command = ["cc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", str(C_FLOOR)]
        subprocess.run([*command, "-o", str(path), "-lm"], check=True)
        train_epoch = ctypes.CDLL(str(path)).epoch
    train_epoch.restype = ctypes.c_float

    def pointer(array: object) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)  # type: ignore[attr-defined]

    def epoch() -> None:
        order = generator.permutation(len(train))
        train_epoch(
            *map(pointer, (images, labels, order)),
            ctypes.c_int64(len(train)),
            *map(ctypes.c_int, (setting.batch, hidden)),
            *map(ctypes.c_float, (setting.learning_rate, setting.momentum)),
            ctypes.c_int(setting.nesterov),
            *map(pointer, (w, v, g, work)),
        )

    outcome = Outcome.of(epoch, setting.epochs)
    ends = np.cumsum([weights[0].size, hidden, weights[1].size])
    w1, b1, w2, b2 = np.split(w, ends)
    activations = np.maximum(scaled(dataset.test.images) @ w1.reshape(-1, hidden) + b1, 0)
    predicted = (activations @ w2.reshape(hidden, -1) + b2).argmax(axis=1)
    return replace(outcome, accuracy=float(np.mean(predicted == dataset.test.labels)))


def _fastest_threads(work: Callable[[], None], times: int) -> Outcome:
    """Time some work with one thread or with all of them, whichever takes less."""
    with threadpool_limits(1):
        alone = Outcome.of(work, times)
    return min(alone, Outcome.of(work, times), key=lambda outcome: outcome.seconds)
