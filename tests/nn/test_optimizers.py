"""Optimizers and clipping against their published formulas."""

from typing import get_args

import numpy as np
import pytest

from mlpcli.config.schema import AdamConfig, AdamWConfig, OptimizerConfig, SgdConfig
from mlpcli.nn.optimizers import OPTIMIZERS, Adam, Sgd, clip_gradients, make_optimizer
from mlpcli.utils.arrays import Array

START, GRADIENTS = [1.0, -2.0, 0.5], [[0.1, 0.2, -0.3], [0.4, -0.1, 0.2], [-0.2, 0.3, 0.1]]
WEIGHTS = 2  # the third parameter is a bias
RATE = 0.1


def run(config: OptimizerConfig) -> Array:
    """Take three steps."""
    parameters = np.array(START)
    optimizer = make_optimizer(config, parameters, WEIGHTS)
    for gradient in GRADIENTS:
        optimizer.step(np.array(gradient), RATE)
    return parameters


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("decay", [0.0, 0.01])
def test_sgd(momentum: float, decay: float, *, nesterov: bool) -> None:
    """SGD steps by η v with v ← μ v + g, or by η (g + μ v) with Nesterov."""
    w, v = np.array(START), np.zeros(3)
    for gradient in GRADIENTS:
        g = np.array(gradient) + decay * w * [1, 1, 0]
        v = momentum * v + g
        w = w - RATE * (g + momentum * v if nesterov else v)
    config = SgdConfig(momentum=momentum, nesterov=nesterov, weight_decay=decay)
    np.testing.assert_allclose(run(config), w)


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam(name: str, decay: float) -> None:
    """Adam divides corrected moments; AdamW shrinks the weights outside of them."""
    w, m, v = np.array(START), np.zeros(3), np.zeros(3)
    for t, gradient in enumerate(GRADIENTS, start=1):
        pull = decay * w * [1, 1, 0]
        g = np.array(gradient) + (pull if name == "adam" else 0)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - (RATE * pull if name == "adamw" else 0)
        w = w - RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    config = (
        AdamConfig(name="adam", weight_decay=decay)
        if name == "adam"
        else AdamWConfig(name="adamw", weight_decay=decay)
    )
    np.testing.assert_allclose(run(config), w)


@pytest.mark.parametrize("block", [1, 2])
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_blocks(monkeypatch: pytest.MonkeyPatch, name: str, block: int) -> None:
    """Updating block by block changes no result."""
    configs: dict[str, OptimizerConfig] = {
        "sgd": SgdConfig(weight_decay=0.1),
        "adam": AdamConfig(name="adam", weight_decay=0.1),
        "adamw": AdamWConfig(name="adamw", weight_decay=0.1),
    }
    whole = run(configs[name])
    monkeypatch.setattr("mlpcli.nn.optimizers.BLOCK", block)
    np.testing.assert_array_equal(whole, run(configs[name]))


def test_slots() -> None:
    """An optimizer's memory has the shape of the parameters, so that it can be saved."""
    parameters = np.zeros(5, dtype=np.float32)
    slots = make_optimizer(AdamConfig(name="adam"), parameters, 3).slots
    assert {"first_moment", "second_moment"} == set(slots)
    assert all(
        slot.shape == parameters.shape and slot.dtype == np.float32 for slot in slots.values()
    )


def test_clipping() -> None:
    """A gradient that is too long is shortened to the limit, a shorter one left alone."""
    gradients = np.array([3.0, 4.0])
    assert clip_gradients(gradients, 1.0) == 5.0
    np.testing.assert_allclose(gradients, [0.6, 0.8])
    assert pytest.approx(1.0) == clip_gradients(gradients, 2.0)
    np.testing.assert_allclose(gradients, [0.6, 0.8])


def test_clipping_of_huge_gradients() -> None:
    """Squares that overflow float32 do not make the gradient vanish."""
    gradients = np.full(4, 1e20, dtype=np.float32)
    clip_gradients(gradients, 1.0)
    np.testing.assert_allclose(gradients, 0.5, rtol=1e-6)


def test_without_a_configuration() -> None:
    """Built by hand, an optimizer has the defaults of a configuration."""
    for config, optimizer in ((SgdConfig(), Sgd), (AdamConfig(name="adam"), Adam)):
        parameters = np.array(START)
        by_hand = optimizer(parameters, WEIGHTS)
        for gradient in GRADIENTS:
            by_hand.step(np.array(gradient), RATE)
        np.testing.assert_array_equal(run(config), parameters)


def test_every_optimizer_is_there() -> None:
    """Each optimizer that a configuration may name has a class."""
    (union, *_) = get_args(OptimizerConfig)
    names = {get_args(config.model_fields["name"].annotation)[0] for config in get_args(union)}
    assert names == set(OPTIMIZERS)
