"""The recipe of configs/fast.yaml as a plain JAX script, to time `mlp train` against.

MLP_DATA=DIR python benchmarks/fast_jax.py WEIGHTS

The images are deslanted by the program, so that all networks learn from the same ones.
"""

import gzip
import math
import os
import sys
from functools import partial
from itertools import pairwise
from typing import Any

import click
import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.ndimage import map_coordinates

from mlpcli.images.view import View

EPOCHS, BATCH, RATE, SIGMA, ALPHA, DECAY = 8, 256, 0.3, 4, 10, 0.99
SIZES = (784, 256, 128, 10)


def read(name: str, header: int) -> Any:
    """Return the bytes of one of MNIST's files behind its header."""
    with gzip.open(f"{os.environ['MLP_DATA']}/mnist/{name}.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def images_of(part: str) -> Any:
    """Return deslanted images, (count, 28, 28) uint8."""
    return View(deslant=True).apply(read(f"{part}-images-idx3-ubyte", 16).reshape(-1, 28, 28))


images = jnp.asarray(images_of("train"))
labels = jnp.asarray(read("train-labels-idx1-ubyte", 8))
reach = jnp.arange(-3 * SIGMA, 3 * SIGMA + 1)
kernel = jnp.exp(-0.5 * (reach / SIGMA) ** 2)
kernel /= kernel.sum()
SIDE = 28 + 6 * SIGMA
smooth = jnp.stack([jnp.zeros(SIDE).at[n : n + len(kernel)].set(kernel) for n in range(28)])
row, column = jnp.meshgrid(jnp.arange(28) - 13.5, jnp.arange(28) - 13.5, indexing="ij")


def warp(batch: Any, key: Any) -> Any:
    """Warp each image at random, as `augmentation` in the configuration says."""
    keys = jax.random.split(key, 7)

    def draw(number: int, limit: float) -> Any:
        return jax.random.uniform(keys[number], (BATCH, 1, 1), minval=-limit, maxval=limit)

    down = row / (1 + draw(0, 0.05))
    right = column / (1 + draw(1, 0.05)) + down * draw(2, 0.05)
    angle = draw(3, math.radians(4))
    noise = jax.random.uniform(keys[6], (2, BATCH, SIDE, SIDE), minval=-1, maxval=1)
    fields = ALPHA * (smooth @ noise @ smooth.T)
    rows = 13.5 + draw(4, 0.5) + down * jnp.cos(angle) + right * jnp.sin(angle) + fields[0]
    columns = 13.5 + draw(5, 0.5) + right * jnp.cos(angle) - down * jnp.sin(angle) + fields[1]
    sample = jax.vmap(partial(map_coordinates, order=1, mode="constant"))
    return sample(batch, [rows, columns]).reshape(BATCH, 784)


def forward(parameters: Any, statistics: Any, x: Any) -> Any:
    """Return logits and the statistics of each batch normalisation; given ones are used instead."""
    used = []
    for n, (weight, scale, bias) in enumerate(parameters["hidden"]):
        x = x @ weight
        mean, variance = (x.mean(0), x.var(0)) if statistics is None else statistics[n]
        used.append((mean, variance))
        x = jax.nn.gelu((x - mean) / jnp.sqrt(variance + 1e-5) * scale + bias)
    weight, bias = parameters["last"]
    return x @ weight + bias, used


def loss_of(parameters: Any, x: Any, y: Any) -> Any:
    """Return the mean cross-entropy, and the statistics."""
    logits, used = forward(parameters, None, x)
    log_probabilities = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean(), used


def rate_at(step: Any) -> Any:
    """Return the learning rate of the one-cycle schedule."""
    total = EPOCHS * (len(images) // BATCH)
    warmup = total // 4
    rising = RATE * (0.04 + 0.96 * (1 - jnp.cos(jnp.pi * step / warmup)) / 2)
    falling = RATE * (1 + jnp.cos(jnp.pi * (step - warmup) / (total - warmup))) / 2
    return jnp.where(step < warmup, rising, falling)


def train_step(state: Any, rows: Any) -> Any:
    """Train on one batch."""
    parameters, velocities, average, statistics, step, key = state
    key, own = jax.random.split(key)
    x = warp(images[rows].astype(jnp.float32) / 255, own)
    gradient = jax.value_and_grad(loss_of, has_aux=True)
    (loss, used), gradients = gradient(parameters, x, labels[rows])
    rate = rate_at(step)
    velocities = jax.tree.map(lambda v, g: 0.9 * v + g, velocities, gradients)
    parameters = jax.tree.map(
        lambda p, v, g: p - rate * (g + 0.9 * v), parameters, velocities, gradients
    )
    share = (1 - DECAY) / (1 - DECAY ** (step + 1))
    average = jax.tree.map(lambda a, p: a + share * (p - a), average, parameters)
    statistics = jax.tree.map(lambda s, u: 0.9 * s + 0.1 * u, statistics, used)
    return (parameters, velocities, average, statistics, step + 1, key), loss


def main() -> None:
    """Train, print the accuracy on the test images, and save the weights."""
    generator = np.random.default_rng(0)
    weights = [
        jnp.asarray(generator.standard_normal(shape, np.float32) * np.sqrt(2 / shape[0]))
        for shape in pairwise(SIZES)
    ]
    parameters = {
        "hidden": [(w, jnp.ones(w.shape[1]), jnp.zeros(w.shape[1])) for w in weights[:-1]],
        "last": (weights[-1], jnp.zeros(10)),
    }
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    statistics = [(jnp.zeros(w.shape[1]), jnp.ones(w.shape[1])) for w in weights[:-1]]
    state = parameters, zeros, zeros, statistics, jnp.asarray(0), jax.random.key(0)
    epoch = jax.jit(partial(jax.lax.scan, train_step))
    steps = len(images) // BATCH
    for number in range(EPOCHS):
        order = generator.permutation(len(images))[: steps * BATCH].reshape(steps, BATCH)
        state, losses = epoch(state, jnp.asarray(order))
        click.echo(f"epoch {number + 1}: loss {float(losses.mean()):.4f}", err=True)
    test_images = images_of("t10k").reshape(-1, 784) / np.float32(255)
    logits, _ = forward(state[2], state[3], test_images)
    accuracy = float((np.asarray(logits).argmax(1) == read("t10k-labels-idx1-ubyte", 8)).mean())
    click.echo(f"test accuracy {100 * accuracy:.2f} %")
    arrays, _ = jax.tree.flatten((state[2], state[3]))
    np.savez(sys.argv[1], *map(np.asarray, arrays))


if __name__ == "__main__":
    main()
