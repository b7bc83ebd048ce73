"""Training with compiled loops, and the choice between these and NumPy."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlpcli.config import Config
from mlpcli.config.schema import AugmentationConfig
from mlpcli.datasets import Dataset, Split
from mlpcli.errors import ConfigError
from mlpcli.images.normalization import Pixels
from mlpcli.runs.checkpoint import load_checkpoint, save_checkpoint
from mlpcli.training import choosing
from mlpcli.training.augmentation import GROUP, Augmentation
from mlpcli.training.choosing import choose_parts, find_parts
from mlpcli.training.parts import NUMPY
from mlpcli.training.trainer import Trainer
from tests.conftest import Mlp
from tests.support.compiled import HAS_NUMBA, needs_numba
from tests.support.runs import interrupted, write_config

if TYPE_CHECKING or HAS_NUMBA:
    from mlpcli.training.compiled import CompiledAugmentation


def config_of(*, compiled: bool | str, epochs: int = 2, **values: object) -> Config:
    """Return a small configuration."""
    return Config.model_validate(
        {
            "model": {"layers": (784, 32, 10), "activation": "relu", "init": "he"},
            "training": {"epochs": epochs, "batch_size": 32},
            "compiled": compiled,
            **values,
        }
    )


@needs_numba
@pytest.mark.parametrize("augmentation", [None, {"rotation": 10, "elastic": {"alpha": 20}}])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("weights", [None, (5.0, 0.0, *[0.5] * 8)])
def test_same_learning(
    glyphs: Dataset,
    augmentation: dict[str, object] | None,
    threads: int,
    weights: tuple[float, ...] | None,
) -> None:
    """Compiled loops learn what NumPy learns, to float32's precision."""
    histories = []
    for compiled in (False, True):
        config = config_of(
            compiled=compiled,
            augmentation=augmentation,
            threads=threads,
            training={"epochs": 2, "batch_size": 64, "class_weights": weights},
        )
        trainer = Trainer(config, glyphs)
        assert ("numba" in trainer.parts.compiler) is compiled
        histories.append([result.train_loss for result in trainer.epochs()])
    assert pytest.approx(histories[0], rel=1e-3) == histories[1]


@needs_numba
@pytest.mark.parametrize("size", [(28, 28), (5, 9), (1, 1)])
def test_warps(size: tuple[int, int]) -> None:
    """Compiled warps are those of NumPy, bit for bit."""
    strengths = {"rotation": 40, "scale": 0.3, "shift": 5, "elastic": {"alpha": 30}}
    config = AugmentationConfig.model_validate(strengths)
    images: Pixels = np.random.default_rng(0).integers(
        0, 256, (2 * GROUP + 3, size[0] * size[1]), dtype=np.uint8
    )
    warped = []
    for kind in (Augmentation, CompiledAugmentation):
        out = np.full(images.shape, np.nan, dtype=np.float32)
        warped.append(kind(config, *size, seed=3).warp(images, out, epoch=1, step=2))
    assert np.array_equal(warped[0], warped[1])


@needs_numba
def test_sparse_inputs(glyphs: Dataset) -> None:
    """Images are sparse if most pixels are 0 and they are not warped."""
    train = Split(255 - glyphs.train.images, glyphs.train.labels)
    inverted = replace(glyphs, train=train)
    warped = config_of(compiled=True, augmentation={"shift": 1})
    assert Trainer(config_of(compiled=True), glyphs).batches.sparse
    assert not Trainer(warped, glyphs).batches.sparse
    assert not Trainer(config_of(compiled=True), inverted).batches.sparse
    assert not Trainer(config_of(compiled=False), glyphs).batches.sparse


@needs_numba
def test_automatic_choice(glyphs: Dataset) -> None:
    """Compiled loops are chosen where training takes longer than loading Numba."""
    assert choose_parts(config_of(compiled="auto", epochs=2), glyphs) is NUMPY
    parts = choose_parts(config_of(compiled="auto", epochs=200), glyphs)
    assert parts.compiler.startswith("numba ")


@contextmanager
def hidden_numba() -> Iterator[None]:
    """Let Numba be missing within a `with` block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        patch.delitem(sys.modules, "mlpcli.training.compiled", raising=False)
        yield


def test_without_numba(glyphs: Dataset) -> None:
    """Without Numba, auto means NumPy, and true is an error that says what to install."""
    with hidden_numba():
        assert choose_parts(config_of(compiled="auto", epochs=200), glyphs) is NUMPY
        with pytest.raises(ConfigError, match=r"compiled: true needs Numba.*'mlpcli\[fast\]'"):
            Trainer(config_of(compiled=True), glyphs)


@needs_numba
@pytest.mark.parametrize("compiled", [False, True])
def test_loops_are_those_it_began_with(tmp_path: Path, glyphs: Dataset, *, compiled: bool) -> None:
    """A run resumes with the loops it began with, whatever would be chosen for a new one."""
    began = Trainer(config_of(compiled=compiled), glyphs)
    began.run_epoch()
    arrays, metadata = began.state_dict()
    assert ("none" == metadata.versions["compiler"]) is not compiled
    path = tmp_path / "last.npz"
    save_checkpoint(path, arrays, metadata)
    resumed = Trainer(config_of(compiled=compiled), glyphs)
    resumed._use(NUMPY if compiled else find_parts(compiled=True))
    resumed.load_state_dict(load_checkpoint(path))
    assert began.parts is resumed.parts


@needs_numba
def test_a_compiled_run_without_numba(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Numba is missing, a compiled run goes on with NumPy, and a note says so."""
    monkeypatch.setattr(choosing, "WORTHWHILE", 0)
    config_file = write_config(tmp_path, glyph_file)
    halted = interrupted(config_file, tmp_path / "halted", 1)
    with hidden_numba():
        result = mlp("train", "--resume", halted)
    assert 0 == result.exit_code, result.output
    assert re.search(
        r"note: compiler was numba [\d.]+ and is none now; the last digits", result.stderr
    )


def test_nothing_else_loads_numba() -> None:
    """Numba is loaded only when it is needed, which takes longer than reading a picture."""
    code = (
        "import sys, mlpcli.training.session, mlpcli.inference; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
