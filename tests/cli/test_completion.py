"""What a shell completes, asked of a real bash."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from mlpcli.config import load_config, shipped_configs
from mlpcli.config.changes import config_changes
from mlpcli.config.keys import known_keys
from mlpcli.datasets import KNOWN, SOURCES
from mlpcli.errors import ConfigError

SCRIPT = """
eval "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_mlp_completion mlp 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
MLP = Path(sys.executable).parent / "mlp"


@cache
def source() -> str:
    """Return what a user's bash evaluates when it starts."""
    environment = os.environ | {"_MLP_COMPLETE": "bash_source"}
    return subprocess.run([MLP], capture_output=True, text=True, check=True, env=environment).stdout


def completed(*words: str) -> list[str]:
    """Return what bash offers for the last of some words."""
    bash = shutil.which("bash")
    if bash is None or not MLP.exists():
        pytest.skip("bash, or the program mlp, is not installed")
    environment = os.environ | {"PATH": f"{MLP.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [bash, "--norc", "-c", SCRIPT, "bash", source(), *words]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return result.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mlp", "ev"], ["evaluate"]),
        (["mlp", "data", "f"], ["fetch"]),
        (["mlp", "predict", "--sho"], ["--show", "--show-steps"]),
        (["mlp", "train", "--config", ""], list(shipped_configs())),
        (["mlp", "train", "qu"], ["quickstart"]),
        (["mlp", "gradcheck", "no"], ["notebook"]),
        (["mlp", "sweep", "co"], ["committee/views"]),
        (["mlp", "train", "--ep"], ["--epochs"]),
        (["mlp", "config", "show", "qu"], ["quickstart"]),
        (["mlp", "gradcheck", "--config", "no"], ["notebook"]),
        (["mlp", "train", "--set", "training.e"], ["training.epochs=", "training.early_stopping=", "training.early_stopping.patience=", "training.early_stopping.metric=", "training.early_stopping.min_delta="]),
        (["mlp", "config", "show", "mnist", "--set", "model.ba"], ["model.batch_norm="]),
        (["mlp", "data", "fetch", ""], list(SOURCES)),
        (["mlp", "data", "show", ""], list(KNOWN)),
        (["mlp", "evaluate", "--data", "k"], ["kmnist"]),
        (["mlp", "compare", "a", "b", "--data", "s"], ["synthetic"]),
        (["mlp", "evaluate", "--split", "v"], ["validation"]),
        (["mlp", "predict", "--weights", "bu"], ["bundled"]),
        (["mlp", "train", "--from", "bu"], ["bundled"]),
        (["mlp", "runs", "--sort", "test"], ["test_accuracy", "test_loss", "test_count"]),
        (["mlp", "runs", "--columns", "name,sta"], ["name,state"]),
        (["mlp", "runs", "--where", "model.act"], ["model.activation"]),
    ],
)  # fmt: skip
def test_completed(words: list[str], expected: list[str]) -> None:
    """Commands, options, configurations, keys and data sets are completed."""
    assert expected == completed(*words)[: len(expected)]


def test_every_key_is_known() -> None:
    """A key that is offered is one that --set knows, for one choice of optimizer and schedule."""
    choices = [
        [f"training.optimizer.name={optimizer}", f"training.schedule.name={schedule}"]
        for optimizer in ("sgd", "adam")
        for schedule in ("constant", "step", "cosine", "one-cycle")
    ]
    for key in known_keys():
        answers = [said(f"{key}=null", choice) for choice in choices]
        assert any("not a known key" not in answer for answer in answers)
    assert "not a known key" in said("training.nothing=null", choices[0])


@pytest.mark.parametrize("name", shipped_configs())
def test_no_key_is_missing(name: str) -> None:
    """Each key of the shipped configurations is offered."""
    config = load_config(name)
    changes = config_changes(config, load_config("notebook", ["augmentation={rotation: 5}"]))
    assert {key for key, _, _ in changes} <= {*known_keys()}


def said(change: str, choice: list[str]) -> str:
    """Return what is wrong with a change of the default configuration."""
    try:
        load_config("mnist", [*choice, change])
    except ConfigError as error:
        return str(error)
    return ""
