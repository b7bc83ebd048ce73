"""Gradients of a batch from several replicas of a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.losses import CrossEntropy
from mlpcli.nn.network import Network
from mlpcli.nn.replicas import ROWS, Replicas, replica_count
from mlpcli.utils.randomness import Purpose, stream


def network(**options: object) -> Network:
    """Build a small network with random weights, in float64."""
    made = Network.mlp((6, 5, 4), "tanh", dtype=np.float64, **options)  # type: ignore[arg-type]
    made.initialize("xavier", stream(1, Purpose.INITIAL_WEIGHTS))
    return made


@pytest.mark.parametrize("count", [1, 2, 3, 9])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, [5.0, 0.0, 0.25, 2.0]])
def test_gradients(count: int, smoothing: float, weights: list[float] | None) -> None:
    """Loss and gradients are those of the whole batch, whatever the number of replicas."""
    inputs = stream(2, Purpose.GRADIENT_CHECK).random((7, 6))
    labels = np.array([0, 1, 2, 3, 0, 1, 2])
    of_classes = None if weights is None else np.array(weights)
    whole, loss = network(), CrossEntropy(smoothing, of_classes)
    expected = loss.forward(whole.forward(inputs), labels)
    whole.backward(loss.backward())
    parted = network()
    fast = FastCrossEntropy(smoothing, of_classes)
    replicas = Replicas(parted, [fast, *(fast.replica() for _ in range(count - 1))])
    assert count == len(replicas.networks)
    for _ in range(2):  # nothing is left over from the step before
        mean_loss, others = replicas.compute_gradients(inputs, labels)
        assert pytest.approx(expected) == mean_loss
        gradients = parted.gradients + sum(others)
        np.testing.assert_allclose(whole.gradients, gradients, rtol=1e-12, atol=1e-15)


def test_fewer_images_than_replicas() -> None:
    """A last batch of one image is learnt by the network itself."""
    parted = network()
    replicas = Replicas(parted, [FastCrossEntropy() for _ in range(3)])
    inputs, labels = np.ones((4, 6)), np.array([0, 1, 2, 3])
    replicas.compute_gradients(inputs, labels)
    _, others = replicas.compute_gradients(inputs[:1], labels[:1])
    assert not others
    whole, loss = network(), CrossEntropy()
    loss.forward(whole.forward(inputs[:1]), labels[:1])
    whole.backward(loss.backward())
    np.testing.assert_allclose(whole.gradients, parted.gradients, rtol=1e-12)


@pytest.mark.parametrize("options", [{"batch_norm": True}, {"dropout": (0.5,)}])
def test_alone(options: dict[str, object]) -> None:
    """Batch normalisation and dropout have no replicas, for they are of the whole batch."""
    assert 1 == replica_count(network(**options), 4, 1000)


def test_small_batches() -> None:
    """There are no replicas for whom a batch has too few images, however many threads there are."""
    assert 1 == replica_count(network(), 1024, ROWS)
    assert 3 == replica_count(network(), 1024, 4 * ROWS - 1)


def test_what_is_learnt_is_shared() -> None:
    """Replicas see the parameters as they are at each moment."""
    ours = network()
    replica = ours.replica()
    ours.initialize("he", stream(9, Purpose.INITIAL_WEIGHTS))
    ours.named_arrays["layers.1.bias"][:] = 7
    inputs = np.ones((2, 6))
    np.testing.assert_array_equal(ours.forward(inputs), replica.forward(inputs))


ON_CORES = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv.pop(1))])
from mlpcli.cli.main import main
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="binds no process to a core")
def test_same_weights_on_one_core_and_two(config_file: Path, tmp_path: Path) -> None:
    """A training with two threads comes to the same weights to the last bit on a single core."""
    weights = []
    for cores in ("1", "2"):
        options = ["--config", str(config_file), "--out", cores, "--set", "threads=2"]
        options += ["--set", "training.batch_size=100"]
        command = [sys.executable, "-c", ON_CORES, cores, "train", *options]
        subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
        with np.load(tmp_path / cores / "best.npz", allow_pickle=False) as file:
            assert 2 == json.loads(str(file["metadata"]))["threads"]["training"]
            weights.append([file[name].tobytes() for name in file.files if name != "metadata"])
    assert weights[0] == weights[1]
