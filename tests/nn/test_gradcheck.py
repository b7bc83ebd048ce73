"""The gradient check finds right gradients right, and wrong ones wrong."""

from typing import get_args

import numpy as np
import pytest

from mlpcli.config import Config, load_config, shipped_configs
from mlpcli.config.schema import ActivationName
from mlpcli.nn.gradcheck import BOUND, Objective, check_gradients
from mlpcli.nn.layers import BatchNorm, Relu
from mlpcli.report.text import gradient_line
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp

SMALL = ["model.layers=[784, 30, 20, 10]", "model.batch_norm=true", "model.dropout=0.2"]


def small(activation: str, *overrides: str) -> Config:
    """Return a configuration that uses all kinds of layers."""
    return load_config("mnist", [*SMALL, f"model.activation={activation}", *overrides])


@pytest.mark.parametrize("activation", get_args(ActivationName))
@pytest.mark.parametrize("init", ["xavier", "he", "normal"])
def test_right(activation: str, init: str) -> None:
    """Each passes with batch norm, dropout, smoothing and class weights, from any initial weights."""
    weights = "training.class_weights=" + (
        "balanced" if init == "he" else "[3, 1, 1, 1, 2, 1, 1, 1, 0, 9]"
    )
    config = small(activation, f"model.init={init}", "training.label_smoothing=0.1", weights)
    errors = list(check_gradients(config))
    assert [f"layers.{n}" for n in (0, 0, 0, 1, 1, 1, 2, 2)] == [e.name[:8] for e in errors]
    assert max(error.error for error in errors) < BOUND


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("mnist", "notebook") else [pytest.mark.slow])
        for name in shipped_configs()
        if name != "ciresan"
    ],
)
def test_shipped(name: str) -> None:
    """The networks of the shipped configurations pass, but for the largest, which takes long."""
    assert max(error.error for error in check_gradients(load_config(name))) < BOUND


@pytest.mark.parametrize("factor", [0.999, 1.001, -2.0, 0.0])
def test_wrong(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    """A backward pass that is off by a thousandth is found, in the layers before it only."""
    right = Relu.backward
    monkeypatch.setattr(Relu, "backward", lambda self, dy: np.multiply(right(self, dy), factor))
    errors = {error.name: error.error for error in check_gradients(small("relu"))}
    assert errors["layers.2.weight"] < BOUND
    assert errors["layers.1.weight"] > 5e-4
    assert errors["layers.0.weight"] > 5e-4


@pytest.mark.parametrize(
    "changes",
    [
        ["model.layers=[784, 4, 8, 10]", "model.dropout=0.5", "model.activation=relu"],
        ["model.layers=[784, 2, 5, 10]", "model.activation=leaky-relu"],
        [f"model.layers={[784, *[30] * 8, 10]}", "model.activation=sigmoid"],
        [f"model.layers={[784, *[20] * 25, 10]}", "model.activation=tanh", "model.init=normal"],
        pytest.param(
            [
                f"model.layers={[784, *[20] * 25, 10]}",
                "model.activation=relu",
                "model.batch_norm=true",
            ],
            marks=pytest.mark.slow,
        ),
        ["model.layers=[784, 10]"],
    ],
)
def test_hard_networks(changes: list[str]) -> None:
    """Kinks everywhere, and gradients that vanish or explode, are no faults of the backward pass."""
    assert max(error.error for error in check_gradients(load_config("notebook", changes))) < BOUND


def test_kinks() -> None:
    """A parameter at a kink is left out: behind units that are off, a bias of 0 has one on both sides."""
    config = load_config("notebook", ["model.layers=[784, 2, 5, 10]", "model.activation=relu"])
    errors = {error.name: error for error in check_gradients(config)}
    assert 0 == errors["layers.1.bias"].checked
    assert gradient_line(errors["layers.1.bias"]).endswith(" 0  –")
    assert 10 == errors["layers.2.bias"].checked


def test_wrong_gradient_is_named(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong gradient is exit code 1 and one line that names the parameters."""
    right = BatchNorm.backward

    def wrong(self: BatchNorm, dy: Array) -> Array:
        dx = right(self, dy)
        self.d_scale *= 2
        return dx

    monkeypatch.setattr(BatchNorm, "backward", wrong)
    result = mlp("gradcheck", "--config", "mnist", *(x for o in SMALL for x in ("--set", o)))
    assert 1 == result.exit_code
    (line,) = result.stderr.splitlines()
    assert line.startswith("layers.")
    assert ".norm.scale: the relative error must be below 1e-06, got 5.0e-01; " in line


def test_nan_is_wrong(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gradient that is not a number is wrong, wherever it stands in its array."""
    right = Relu.backward

    def wrong(self: Relu, dy: Array) -> Array:
        dx = right(self, dy)
        dx[:, -1] = np.nan
        return dx

    monkeypatch.setattr(Relu, "backward", wrong)
    changes = ("--set", "model.activation=relu", "--set", "model.layers=[784, 3, 10]")
    result = mlp("gradcheck", "--config", "notebook", *changes)
    assert 1 == result.exit_code
    assert "layers.0.weight: the relative error must be below 1e-06, got nan; " in result.stderr


def test_weighted_loss() -> None:
    """It is the weighted loss whose gradient is checked."""
    losses = [
        Objective(small("tanh", f"training.class_weights={weights}"))()[0]
        for weights in ("null", [1] * 10, [3] * 10, "balanced")
    ]
    assert losses[0] == losses[1] == pytest.approx(losses[2] / 3)
    assert losses[0] != losses[3]


def test_command(mlp: Mlp) -> None:
    """The command prints a line for each array of parameters, and that all is well."""
    result = mlp("gradcheck", "--config", "notebook")
    assert 0 == result.exit_code, result.output
    lines = result.stdout.splitlines()
    assert ["layers.0.weight", "784", "×", "100", "40"] == lines[1].split()[:5]
    assert 1 + 4 + 1 == len(lines)
    assert lines[-1].startswith("every gradient agrees: ")


def test_dropout_stays() -> None:
    """The loss is the same each time it is asked for."""
    objective = Objective(small("gelu"))
    assert objective() == objective()
