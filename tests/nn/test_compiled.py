"""The compiled loops compute what the NumPy code computes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlpcli.config.schema import AdamConfig, AdamWConfig, OptimizerConfig, SgdConfig
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.layers import Linear
from mlpcli.nn.matmul import matmul
from mlpcli.nn.optimizers import BLOCK, OPTIMIZERS, make_optimizer
from mlpcli.utils.arrays import Float32
from mlpcli.utils.threads import use_threads
from tests.support.compiled import HAS_NUMBA, needs_numba

if TYPE_CHECKING or HAS_NUMBA:
    from mlpcli.nn.compiled.sparse import SparseImages, SparseRows
    from mlpcli.nn.compiled.steps import CompiledCrossEntropy, CompiledWeightAverage
    from mlpcli.training.compiled import COMPILED

pytestmark = needs_numba
GENERATOR = np.random.default_rng(0)


def draw(*shape: int) -> Float32:
    """Return normal random numbers."""
    return GENERATOR.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize(
    "config",
    [
        SgdConfig(weight_decay=0.01),
        SgdConfig(nesterov=False),
        SgdConfig(momentum=0.0, nesterov=False, weight_decay=0.1),
        AdamConfig(name="adam", weight_decay=0.01),
        AdamWConfig(name="adamw", weight_decay=0.01),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_optimizers(config: OptimizerConfig, threads: int) -> None:
    """A compiled optimizer makes the same steps, bit for bit, with one thread and with two."""
    size = 20 * BLOCK + 7
    first, gradients, others = draw(size), draw(5, size), draw(5, 2, size)
    ends = []
    for classes in (OPTIMIZERS, COMPILED.optimizers):
        parameters = first.copy()
        optimizer = make_optimizer(config, parameters, size - BLOCK, classes)
        with use_threads(threads):
            for g, of_replicas in zip(gradients, others, strict=True):
                optimizer.step(g.copy(), 0.1, list(of_replicas))
        ends.append([parameters, *optimizer.slots.values()])
    assert all(map(np.array_equal, *ends))


def test_average() -> None:
    """A compiled average of the weights is the same, bit for bit."""
    vector, steps = draw(BLOCK + 5), draw(4, BLOCK + 5)
    averages = [WeightAverage(0.9, vector), CompiledWeightAverage(0.9, vector)]
    for step in steps:
        vector += step
        for average in averages:
            average.update()
    numpy_average, compiled_average = (average.averages[0] for average in averages)
    np.testing.assert_array_equal(numpy_average, compiled_average)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(1, 2), (10, 10), (128, 10), (7, 300)])
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy(shape: tuple[int, int], smoothing: float, *, weighted: bool) -> None:
    """The compiled loss and its gradient are those of NumPy, to float32's precision."""
    logits, labels = 10 * draw(*shape), GENERATOR.integers(shape[1], size=shape[0])
    weights = np.abs(draw(shape[1])) if weighted else None
    losses = FastCrossEntropy(smoothing, weights), CompiledCrossEntropy(smoothing, weights)
    numpy_loss, compiled_loss = (loss.forward(logits, labels) for loss in losses)
    assert pytest.approx(numpy_loss, rel=1e-5, abs=1e-6) == compiled_loss
    numpy_gradient, compiled_gradient = (loss.backward() for loss in losses)
    np.testing.assert_allclose(compiled_gradient, numpy_gradient, rtol=1e-4, atol=1e-7)


def test_loss_that_is_not_finite() -> None:
    """A logit that is not finite makes the loss not finite, which stops training."""
    for value in (np.nan, np.inf):
        for place in range(3):
            logits = np.zeros((2, 3), dtype=np.float32)
            logits[1, place] = value
            assert not np.isfinite(CompiledCrossEntropy().forward(logits, np.array([0, 1])))


def sparse_images(
    count: int, pixels: int, share: float = 0.2, batch: int = 0
) -> tuple[Float32, SparseRows]:
    """Return images as inputs, and the same as sparse rows, all in one batch."""
    images = GENERATOR.integers(1, 256, (count, pixels), dtype=np.uint8)
    images[GENERATOR.random(images.shape) > share] = 0
    images.flags.writeable = False  # as those of a file that is mapped into memory
    sparse = SparseImages(images, batch or count).take(np.arange(count))
    return images.astype(np.float32) * np.float32(1 / 255), sparse


@pytest.mark.parametrize("columns", [1, 10, 100, 256, 300, 1024])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_products(columns: int, share: float, threads: int) -> None:
    """Products with sparse rows, and with their transpose, are those of the whole matrix."""
    dense, sparse = sparse_images(50, 301, share)
    b, dy = draw(301, columns), draw(50, columns)
    with use_threads(threads):
        y = matmul(sparse, b, np.full((50, columns), np.nan, np.float32))
        dw = matmul(sparse.T, dy, np.full((301, columns), np.nan, np.float32))
    np.testing.assert_allclose(y, dense @ b, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dw, dense.T @ dy, rtol=1e-4, atol=1e-4)


def test_bits_do_not_depend_on_threads() -> None:
    """A product is the same bit for bit with one thread and with several."""
    _, sparse = sparse_images(64, 784)
    b, outs = draw(784, 1000), np.empty((2, 64, 1000), np.float32)
    for threads, out in enumerate(outs, start=1):
        with use_threads(3 * threads - 2):
            matmul(sparse, b, out)
    np.testing.assert_array_equal(*outs)


def test_parts_of_a_batch() -> None:
    """A slice of sparse rows is a matrix of these rows."""
    dense, sparse = sparse_images(9, 40)
    part, b = sparse[2:7], draw(40, 3)
    assert ((5, 40), 5) == (part.shape, len(part))
    np.testing.assert_allclose(
        matmul(part, b, np.empty((5, 3), np.float32)), dense[2:7] @ b, rtol=1e-5, atol=1e-6
    )


def test_linear_layer() -> None:
    """A linear layer learns the same from sparse inputs as from an array."""
    dense, sparse = sparse_images(32, 784)
    dy, results = draw(32, 20), []
    for x in (dense, sparse):
        linear = Linear(784, 20)
        results.append([linear.forward(x), linear.backward(dy), linear.d_weight, linear.d_bias])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-4)


def test_sources_are_mapped(tmp_path: Path) -> None:
    """Images that are mapped from a file, or not contiguous in memory, can be sparse."""
    images = GENERATOR.integers(0, 2, (6, 8), dtype=np.uint8)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    identity = np.eye(8, dtype=np.float32)
    for source in (mapped, np.asfortranarray(images)):
        rows = SparseImages(source, 6).take(np.arange(6))
        product = matmul(rows, identity, np.empty((6, 8), np.float32))
        np.testing.assert_array_equal(images * np.float32(1 / 255), product)
