"""Training on several ranks, here threads: the same network as on one, up to rounding."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.config import Config
from mlpcli.config.schema import AugmentationConfig, ElasticConfig
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError, DataError
from mlpcli.nn.layers import BatchNorm, Dropout
from mlpcli.runs.checkpoint import load_checkpoint, save_checkpoint
from mlpcli.training.agreement import check_same_start
from mlpcli.training.augmentation import Augmentation
from mlpcli.training.choosing import choose_thread_counts
from mlpcli.training.trainer import Trainer
from mlpcli.utils.randomness import Purpose, skip, stream
from mlpcli.utils.ranks import Ranks, rows_of
from tests.support.compiled import needs_numba
from tests.support.configs import load
from tests.support.ranks import run_ranks

WIDE = """
model: {layers: [784, 300, 20, 10], activation: relu, batch_norm: true, dropout: 0.1}
training: {epochs: 2, batch_size: 77, optimizer: {name: adamw, learning_rate: 0.003},
           label_smoothing: 0.1, gradient_clip: 3, weight_average: 0.9}
augmentation: {rotation: 5, elastic: {alpha: 10, sigma: 4}}
threads: 1
"""  # three blocks of parameters; the last batch has 38 images
PLAIN = """
model: {layers: [784, 60, 10], activation: tanh}
training: {epochs: 1, batch_size: 128, optimizer: {name: sgd, learning_rate: 0.1}}
"""


def trained(config: Config, dataset: Dataset, size: int) -> list[Trainer]:
    """Return the trainer of each rank after the first epoch."""

    def work(ranks: Ranks) -> Trainer:
        trainer = Trainer(config, dataset, ranks)
        next(trainer.epochs())
        return trainer

    return run_ranks(size, work)


@pytest.mark.parametrize("size", [2, 3])
def test_weights(tmp_path: Path, glyphs: Dataset, size: int) -> None:
    """Weights, averages and metrics are those of one process up to rounding, the same on each."""
    config = load(tmp_path, WIDE)
    (alone,) = trained(config, glyphs, 1)
    first, *others = trained(config, glyphs, size)
    expected, _ = alone.state_dict()
    found, metadata = first.state_dict()
    assert size == metadata.ranks
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-2, atol=2e-3, err_msg=name)
    for other in others:
        for name, array in other.state_dict()[0].items():
            np.testing.assert_array_equal(found[name], array, err_msg=name)
        assert first.history[0].validation_loss == other.history[0].validation_loss
    assert pytest.approx(alone.history[0].train_loss, rel=1e-4) == first.history[0].train_loss


def test_first_step(tmp_path: Path, glyphs: Dataset) -> None:
    """The gradients of a step differ from those of one process by rounding alone."""
    config = load(tmp_path, WIDE, "training.gradient_clip=null")

    def work(ranks: Ranks) -> NDArray[np.float32]:
        trainer = Trainer(config, glyphs, ranks)
        inputs, labels = next(trainer.batches.epoch(0))
        trainer._gradients.compute(inputs, labels, epoch=0, step=0)
        return trainer.network.gradients.copy()

    (expected,) = run_ranks(1, work)
    scale = float(np.abs(expected).max())
    for gradients in run_ranks(3, work):
        np.testing.assert_allclose(gradients, expected, atol=1e-6 * scale, rtol=1e-4)


def test_like_replicas(tmp_path: Path, glyphs: Dataset) -> None:
    """Two ranks give the bits of two threads with a replica each, without normalisation."""
    (threads,) = trained(load(tmp_path, PLAIN, "threads=2"), glyphs, 1)
    first, _ = trained(load(tmp_path, PLAIN, "threads=1"), glyphs, 2)
    np.testing.assert_array_equal(threads.network.parameters, first.network.parameters)


def test_more_ranks_than_images(tmp_path: Path, glyphs: Dataset) -> None:
    """In a last batch of two images, one of three ranks has none."""
    config = load(tmp_path, WIDE, "training.batch_size=249")  # of 500
    (alone,) = trained(config, glyphs, 1)
    for trainer in trained(config, glyphs, 3):
        np.testing.assert_allclose(
            trainer.network.statistics, alone.network.statistics, rtol=1e-3, atol=1e-4
        )


def test_resuming(tmp_path: Path, glyphs: Dataset) -> None:
    """A run that is resumed on as many ranks gives the same bits; another number is refused."""
    config, path = load(tmp_path, WIDE), tmp_path / "last.npz"

    def whole(ranks: Ranks) -> NDArray[np.float32]:
        trainer = Trainer(config, glyphs, ranks)
        for _ in trainer.epochs():
            if trainer.epochs_done == 1 and not ranks.rank:
                save_checkpoint(path, *trainer.state_dict())
        return trainer.network.parameters

    expected, _ = run_ranks(2, whole)
    checkpoint = load_checkpoint(path)

    def resumed(ranks: Ranks) -> NDArray[np.float32]:
        trainer = Trainer(config, glyphs, ranks)
        trainer.load_state_dict(checkpoint)
        for _ in trainer.epochs():
            pass
        return trainer.network.parameters

    np.testing.assert_array_equal(expected, run_ranks(2, resumed)[0])
    with pytest.raises(CheckpointError) as caught:
        run_ranks(1, resumed)
    assert (
        f"{path}: the run must go on with 2 processes, as it began, because others would round "
        f"differently, got 1; mpiexec -n 2 mlp train --resume {tmp_path}"
    ) == str(caught.value)


def test_threads_of_one_machine(tmp_path: Path) -> None:
    """With `threads: auto`, ranks on one machine share its processors, at least one for each."""
    wide = "{model: {layers: [784, 2000, 2000, 10]}, training: {batch_size: 1000}}"
    config = load(tmp_path, wide)
    for threads in run_ranks(40, lambda ranks: choose_thread_counts(config, ranks, sparse=False)):
        assert (1, 1) == (threads.training, threads.evaluation)
    given = load(tmp_path, wide, "threads=3")
    for threads in run_ranks(2, lambda ranks: choose_thread_counts(given, ranks, sparse=False)):
        assert (3, 3) == (threads.training, threads.evaluation)


def test_other_data(tmp_path: Path, glyphs: Dataset) -> None:
    """Ranks with different data are refused."""
    config = load(tmp_path, PLAIN)

    def work(ranks: Ranks) -> str:
        metadata = Trainer(config, glyphs, ranks).metadata()
        if ranks.rank:
            data = metadata.data.model_copy(update={"fingerprint": "other"})
            metadata = metadata.model_copy(update={"data": data})
        with pytest.raises(DataError) as caught:
            check_same_start(ranks, metadata)
        return str(caught.value)

    expected = (
        f"rank 1: the data must be those of rank 0, with fingerprint {glyphs.fingerprint!r}, "
        "got 'other'; give every rank the same files"
    )
    assert [expected] * 2 == run_ranks(2, work)


def test_normalisation() -> None:
    """Batch normalisation takes mean and variance over all ranks, forwards and backwards."""
    generator = stream(1, Purpose.GRADIENT_CHECK)
    x, dy = generator.normal(size=(2, 7, 3))
    whole = BatchNorm(3, dtype=np.float64)
    y = whole.forward(x).copy()
    dx = whole.backward(dy).copy()

    def work(ranks: Ranks) -> tuple[BatchNorm, slice]:
        part, layer = rows_of(ranks.rank, 3, 7), BatchNorm(3, dtype=np.float64)
        layer.ranks = ranks
        np.testing.assert_allclose(layer.forward(x[part]), y[part], rtol=1e-12)
        np.testing.assert_allclose(layer.backward(dy[part]), dx[part], rtol=1e-10)
        return layer, part

    layers = [layer for layer, _ in run_ranks(3, work)]
    np.testing.assert_allclose(sum(layer.d_scale for layer in layers), whole.d_scale, rtol=1e-12)
    np.testing.assert_allclose(sum(layer.d_bias for layer in layers), whole.d_bias, rtol=1e-12)
    np.testing.assert_allclose(layers[2].mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(layers[2].variance, whole.variance, rtol=1e-12)


def test_dropout() -> None:
    """Ranks drop what one process would, and draw as many random numbers."""
    x = np.ones((50, 30), np.float32)
    whole = Dropout(0.4)
    whole.generator = stream(1, Purpose.DROPOUT)
    expected, following = whole.forward(x), whole.generator.random(3)
    for part in (slice(0, 17), slice(17, 33), slice(33, 50)):
        layer = Dropout(0.4)
        layer.generator, layer.others = stream(1, Purpose.DROPOUT), (part.start, 50 - part.stop)
        np.testing.assert_array_equal(expected[part], layer.forward(x[part]))
        np.testing.assert_array_equal(following, layer.generator.random(3))


@pytest.mark.parametrize("first", [0, 1, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17, 1001])
def test_skipping(first: int, count: int) -> None:
    """Numbers that are skipped are as many as if they had been drawn."""
    drawn, skipped = stream(1, Purpose.DROPOUT), stream(1, Purpose.DROPOUT)
    drawn.random(first, dtype=np.float32)
    skipped.random(first, dtype=np.float32)
    drawn.random(count, dtype=np.float32)
    skip(skipped, count)
    np.testing.assert_array_equal(
        drawn.random(20, dtype=np.float32), skipped.random(20, dtype=np.float32)
    )


def check_warps(kind: type[Augmentation]) -> None:
    """Check that images are warped in parts as they are together."""
    images = stream(1, Purpose.EXAMPLES).integers(0, 256, (50, 81), dtype=np.uint8)
    config = AugmentationConfig(
        rotation=9, scale=0.1, shear=0.1, shift=1, elastic=ElasticConfig(alpha=9, sigma=2)
    )
    warps = kind(config, 9, 9, seed=1)
    expected = warps.warp(images, np.empty((50, 81), np.float32), epoch=1, step=2)
    for part in (slice(0, 17), slice(17, 20), slice(20, 48), slice(48, 50)):
        out = np.empty((part.stop - part.start, 81), np.float32)
        place = {"epoch": 1, "step": 2, "first": part.start, "batch": 50}
        np.testing.assert_array_equal(expected[part], warps.warp(images[part], out, **place))


def test_warps() -> None:
    """Images are warped as in one process, also where a group of them is divided."""
    check_warps(Augmentation)


@needs_numba
@pytest.mark.slow
def test_compiled_warps() -> None:
    """Compiled loops do so as well."""
    from mlpcli.training.compiled import CompiledAugmentation  # noqa: PLC0415  # an extra

    check_warps(CompiledAugmentation)
