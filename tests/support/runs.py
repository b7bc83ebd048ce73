"""Runs on printed digits, whole and interrupted."""

import json
from contextlib import suppress
from itertools import islice
from pathlib import Path

from mlpcli.config import load_config, to_yaml, with_absolute_paths
from mlpcli.datasets.selection import open_configured
from mlpcli.runs.directory import Run
from mlpcli.training.saving import save
from mlpcli.training.trainer import Trainer
from tests.support.callbacks import EachStep

EVERYTHING = """
model: {layers: [784, 30, 20, 10], activation: gelu, init: he, batch_norm: true, dropout: 0.1}
training:
  epochs: 4
  batch_size: 37
  optimizer: {name: adamw, learning_rate: 0.01, weight_decay: 0.01}
  schedule: {name: one-cycle}
  label_smoothing: 0.05
  class_weights: balanced
  weight_average: 0.97
augmentation: {rotation: 5, shift: 1, elastic: {alpha: 20, sigma: 4}, fade: 0.6}
"""
MOMENTUM = """
model: {layers: [784, 30, 10], activation: tanh}
training:
  epochs: 4
  batch_size: 23
  optimizer: {name: sgd, learning_rate: 0.05, momentum: 0.95, nesterov: false, weight_decay: 0.01}
  schedule: {name: step, every: 2}
  gradient_clip: 1.0
"""
ADAMW = """
model: {layers: [784, 30, 10], activation: sigmoid}
training:
  epochs: 4
  batch_size: 30
  optimizer: {name: adamw, learning_rate: 0.01, weight_decay: 0.1}
  schedule: {name: cosine}
"""
PLAIN = """
model: {layers: [784, 30, 10], activation: relu, init: he}
training: {epochs: 4, batch_size: 20}
"""


def write_config(folder: Path, data: Path, text: str = PLAIN) -> Path:
    """Write a configuration for printed digits."""
    path = folder / "c.yaml"
    path.write_text(f"data: {{path: '{data}', validation: 100}}\n{text}")
    return path


def interrupted(config_file: Path, directory: Path, epochs: int, steps: int = 0) -> Path:
    """Leave what a run leaves that was stopped after so many epochs and steps of the next one."""
    directory.mkdir()
    config = with_absolute_paths(load_config(str(config_file)))
    trainer = Trainer(config, open_configured(config.data))
    run = Run(directory)
    run.write_config(to_yaml(config))

    def on_step(_images: int, _loss: float) -> None:
        if (epochs, steps) == (trainer.epochs_done, trainer.step_of_epoch):
            save(trainer, run, is_best=False)
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        for _ in islice(trainer.epochs([EachStep(on_step)]), epochs + bool(steps)):
            save(trainer, run, is_best=trainer.best_epoch == trainer.epochs_done)
    assert (epochs, steps) == (trainer.epochs_done, trainer.step_of_epoch)
    return directory


def log(directory: Path) -> list[dict[str, float]]:
    """A run's log without what differs from time to time."""
    lines = [json.loads(line) for line in (directory / "log.jsonl").read_text().splitlines()]
    return [
        {key: value for key, value in line.items() if key not in ("seconds", "images_per_second")}
        for line in lines
    ]
