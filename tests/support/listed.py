"""Run directories with their small files only, made without training.

All have the settings of `fast`, but four epochs at a learning rate of 0.2.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlpcli.config import Config, load_config, plain, to_yaml

SETTINGS = "training.epochs=4", "training.optimizer.learning_rate=0.2"
EPOCH = {
    "train_loss": 0.5,
    "validation_loss": 0.25,
    "validation_accuracy": 0.9,
    "learning_rate": 0.1,
    "images_per_second": 1000.0,
    "seconds": 1.5,
}


def begun(directory: Path, overrides: Sequence[str] = (), *, epochs: int = 0) -> Path:
    """Make a directory of a run that has done so many epochs, and was then stopped."""
    _config(directory, overrides)
    lines = [json.dumps({"epoch": epoch, **EPOCH}) + "\n" for epoch in range(1, epochs + 1)]
    (directory / "log.jsonl").write_text("".join(lines))
    return directory


def ended(directory: Path, overrides: Sequence[str] = (), **changes: Any) -> Path:
    """Make a directory of a run that has ended; `changes` are fields of its result."""
    config = _config(directory, overrides)
    result = {
        "state": "done",
        "ended": "2026-11-27T17:01:33Z",
        "data": "mnist",
        "layers": list(config.model.sizes),
        "epochs": config.training.epochs,
        "epoch": 1,
        "seconds": 2.5,
        "validation_accuracy": 0.9,
        "test_accuracy": 0.875,
        "test_count": 10000,
        "config": plain(config),
    }
    (directory / "result.json").write_text(json.dumps(result | changes))
    return directory


def _config(directory: Path, overrides: Sequence[str]) -> Config:
    directory.mkdir(parents=True)
    config = load_config("fast", [*SETTINGS, *overrides])
    (directory / "config.yaml").write_text(to_yaml(config))
    return config
