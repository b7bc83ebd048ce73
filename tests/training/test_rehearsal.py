"""What a dry run expects a training to take."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlpcli.datasets import Dataset
from mlpcli.training.rehearsal import rehearse
from mlpcli.training.trainer import Trainer
from tests.support.configs import load

NETWORK = "{model: {layers: [784, 30, 10], activation: relu}, training: {epochs: %d}}"
PEAK = """
import sys
from mlpcli.cli.main import main
from mlpcli.utils.memory import peak_memory
try:
    main()
except SystemExit:
    print(peak_memory(), file=sys.stderr)
"""


def test_all_epochs(tmp_path: Path, glyphs: Dataset) -> None:
    """The whole takes as long as its epochs, and a test at the end."""
    expected = rehearse(Trainer(load(tmp_path, NETWORK % 7), glyphs))
    assert 0 < 7 * expected.epoch_seconds < expected.seconds
    assert expected.memory is None or expected.memory > 1 << 20


def test_a_single_batch(tmp_path: Path, glyphs: Dataset) -> None:
    """An epoch may have only one batch, which is then what is timed."""
    config = load(tmp_path, "{training: {batch_size: 500}}")
    assert rehearse(Trainer(config, glyphs)).epoch_seconds > 0


@pytest.mark.slow
def test_memory_of_a_training(tmp_path: Path, config_file: Path) -> None:
    """The memory that is expected is what a training takes, to a tenth."""
    layers = [
        "--set",
        "model.layers=[784, 3000, 2000, 10]",
        "--set",
        "training.optimizer.name=adam",
    ]
    if not Path("/proc/self/status").exists():
        pytest.skip("peaks are read from /proc")

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", PEAK, "train", str(config_file), *layers, *more]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    expected = float(run("--dry-run").stdout.split()[-4].replace(",", ""))
    taken = int(run("--quiet", "--epochs", "1").stderr.split()[-1]) / 1e6
    assert pytest.approx(taken, rel=0.1) == expected
