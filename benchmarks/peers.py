"""Other libraries as contestants of `speed.py`, each used as its own examples use it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks.timing import Outcome, Setting, scaled
from mlpcli.datasets import Dataset


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


def jax(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with JAX, a whole epoch compiled: a scan over batches of uint8 images; SGD, ReLU."""
    import jax as library
    import jax.numpy as jnp

    train = dataset.train
    images, labels = jnp.asarray(train.images.reshape(len(train), -1)), jnp.asarray(train.labels)
    generator = np.random.default_rng(setting.seed)
    parameters = [
        (jnp.asarray(generator.standard_normal(shape, np.float32) * np.sqrt(2 / shape[0])),
         jnp.zeros(shape[1]))
        for shape in setting.shapes
    ]  # fmt: skip
    velocities = library.tree.map(jnp.zeros_like, parameters)
    rate, momentum = setting.learning_rate, setting.momentum

    def logits_of(parameters: Any, x: Any) -> Any:
        for weight, bias in parameters[:-1]:
            x = library.nn.relu(x @ weight + bias)
        weight, bias = parameters[-1]
        return x @ weight + bias

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        log_probabilities = library.nn.log_softmax(logits_of(parameters, x))
        return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()

    def update(parameter: Any, velocity: Any, gradient: Any) -> Any:
        return parameter - rate * (gradient + momentum * velocity if setting.nesterov else velocity)

    def step(state: Any, rows: Any) -> Any:
        parameters, velocities = state
        x = images[rows].astype(jnp.float32) / 255
        loss, gradients = library.value_and_grad(loss_of)(parameters, x, labels[rows])
        velocities = library.tree.map(lambda v, g: momentum * v + g, velocities, gradients)
        return (library.tree.map(update, parameters, velocities, gradients), velocities), loss

    scan = library.jit(partial(library.lax.scan, step), donate_argnums=0)
    state = parameters, velocities
    steps = len(train) // setting.batch

    def epoch() -> None:
        nonlocal state
        order = generator.permutation(len(train))[: steps * setting.batch]
        state, losses = scan(state, jnp.asarray(order.reshape(steps, -1)))
        float(losses.mean())  # waits for it

    outcome = Outcome.of(epoch, setting.epochs)
    predicted = np.asarray(logits_of(state[0], scaled(dataset.test.images))).argmax(axis=1)
    return replace(outcome, accuracy=float(np.mean(predicted == dataset.test.labels)))


def scikit_learn(setting: Setting, dataset: Dataset) -> Outcome:
    """Train with scikit-learn's MLPClassifier; what it does once is not timed."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    images, labels = scaled(dataset.train.images), dataset.train.labels

    def fit(epochs: int) -> Any:
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop early
            return model.fit(images, labels)

    once = Outcome.of(lambda: fit(1), 2)
    models: list[Any] = []
    whole = Outcome.of(lambda: models.append(fit(setting.epochs if models else 1)), 2)
    accuracy = float(models[-1].score(scaled(dataset.test.images), dataset.test.labels))
    others = setting.epochs - 1
    return Outcome(
        (whole.seconds - once.seconds) / others,
        (whole.processor_seconds - once.processor_seconds) / others,
        accuracy,
    )


def _train_pytorch(setting: Setting, dataset: Dataset, batches: Callable[[], Any]) -> Outcome:
    """Train eagerly, as the tutorials do, from initial weights distributed like ours."""
    import torch
    from torch import nn

    torch.manual_seed(setting.seed)
    activation = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[setting.activation]
    modules: list[Any] = []
    for inputs, outputs in setting.shapes:
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

    outcome = Outcome.of(epoch, setting.epochs)
    with torch.no_grad():
        predicted = model(torch.from_numpy(scaled(dataset.test.images))).argmax(dim=1).numpy()
    accuracy = float(np.mean(predicted == dataset.test.labels))
    return replace(outcome, accuracy=accuracy)


def _tensors(dataset: Dataset) -> tuple[Any, Any]:
    import torch

    train = dataset.train
    return torch.from_numpy(scaled(train.images)), torch.from_numpy(np.array(train.labels))
