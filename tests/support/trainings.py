"""Trainings from the command line, and options with which one fails."""

from pathlib import Path

from tests.conftest import Mlp

DEAD = ("--set", "training.optimizer.learning_rate=50")


def train(mlp: Mlp, config_file: Path, out: str, *options: str | Path) -> str:
    """Train, and return what was said on stderr."""
    result = mlp("train", "--config", config_file, "--out", out, *options)
    assert 0 == result.exit_code, result.output
    return result.stderr
