"""What a training shows while it runs."""

import re
from pathlib import Path

import pytest

from mlpcli.cli.training_display import StepBar
from mlpcli.datasets import Dataset
from mlpcli.training.trainer import Trainer
from tests.support.configs import load


@pytest.mark.parametrize("steps", [0, 2, None])
def test_bar_of_a_resumed_run(
    tmp_path: Path, glyphs: Dataset, capsys: pytest.CaptureFixture[str], steps: int | None
) -> None:
    """Only the first bar begins where the run had stopped, which may be after the last step."""
    text = "{model: {layers: [784, 10], activation: relu}, training: {epochs: 2, batch_size: 32}}"
    trainer = Trainer(load(tmp_path, text), glyphs)
    trainer.step = len(trainer.batches) if steps is None else steps
    trainer.seconds = 1.0
    bar = StepBar(trainer, quiet=False)
    bar.disable = False  # although this is not a terminal
    begun = {}
    for epoch, result in enumerate(trainer.epochs([bar]), start=1):
        shown = re.findall(r"epoch (\d)/2: .*? (\d+)/(\d+) ", capsys.readouterr().err)
        begun[epoch] = shown[:1]
        assert epoch == result.epoch
    total = str(len(glyphs.train))
    assert begun[1] == ([] if steps is None else [("1", str(32 * steps), total)])
    assert [("2", "0", total)] == begun[2]
