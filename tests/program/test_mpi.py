"""`mpiexec -n 2 mlp train`: real processes, on a small data set."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import open_dataset
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.training.session import new_trainer
from mlpcli.utils.arrays import Array
from mlpcli.utils.ranks import Ranks
from tests.support.configs import load
from tests.support.processes import wait_for
from tests.support.ranks import run_ranks

MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        MPIEXEC is None or find_spec("mpi4py") is None,
        reason="mpiexec or mpi4py is not installed; pip install mpich '.[mpi]'",
    ),
]
CONFIG = """
data: {path: glyphs.npz, validation: 100}
model: {layers: [input, 30, 20, classes], batch_norm: true, dropout: 0.1}
training: {epochs: 2, batch_size: 60, weight_average: 0.9}
augmentation: {rotation: 5, elastic: {alpha: 10, sigma: 4}}
compiled: false
"""
ENDLESS = ("--set", "training.epochs=10000", "--set", "training.schedule.name=constant")
FAILING = """
import sys
from mlpcli.cli.entry import main
from mlpcli.training.trainer import Trainer
step = Trainer.train_step
def fail(self, *batch):
    if self.step == 3:
        raise MemoryError("of rank 1")
    return step(self, *batch)
Trainer.train_step = fail
sys.argv[0] = "mlp"
main()
"""
WITHOUT_MPI4PY = """
import sys
sys.modules["mpi4py"] = None
from mlpcli.cli.entry import main
main()
"""


@pytest.fixture
def folder(tmp_path: Path, glyph_file: Path) -> Path:
    """A folder with the data and a configuration."""
    shutil.copy(glyph_file, tmp_path / "glyphs.npz")
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def mlp(*arguments: str) -> list[str]:
    """Return the command of one process."""
    return [sys.executable, "-m", "mlpcli", *arguments]


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    """Start processes in a folder."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [str(MPIEXEC), *command], cwd=folder, stdout=pipe, stderr=pipe, text=True
    )


def run(folder: Path, *command: str) -> tuple[int, str, str]:
    """Run processes to their end, and return exit code, stdout and stderr."""
    process = start(folder, *command)
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    return process.returncode, out, err


def weights(folder: Path, name: str) -> dict[str, Array]:
    """Return the latest arrays of a run."""
    return load_checkpoint(folder / name / "last.npz").arrays


def rank_of(launcher: subprocess.Popen[str], rank: int) -> int:
    """Return the process of a rank."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    parents = {pid: parent for pid in pids if (parent := _parent(pid))}
    for pid in pids:
        if parents.get(parents.get(pid, 0)) == launcher.pid:
            environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if f"PMI_RANK={rank}".encode() in environment:
                return pid
    raise AssertionError("no such rank")


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def test_training(folder: Path) -> None:
    """Two processes print once, and give the same bits twice: those of two threads."""
    for name in ("a", "b"):
        code, out, err = run(folder, "-n", "2", *mlp("train", "c.yaml", "--out", name))
        assert 0 == code, err
        assert ["epoch", "1/2", "2/2", "test"] == [line.split()[0] for line in out.splitlines()]
        assert 1 == err.count("run directory:")
    first, second = weights(folder, "a"), weights(folder, "b")
    config = load(folder, CONFIG)
    dataset = open_dataset(folder / "glyphs.npz", root=folder, validation=100)

    def reference(ranks: Ranks) -> dict[str, Array]:
        trainer = new_trainer(config, dataset=dataset, ranks=ranks)
        for _ in trainer.epochs():
            pass
        return trainer.state_dict()[0]

    expected, _ = run_ranks(2, reference)
    for name, array in expected.items():
        np.testing.assert_array_equal(array, first[name], err_msg=name)
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@pytest.mark.usefixtures("signals_heard")
def test_stopping(folder: Path) -> None:
    """After Ctrl-C the run goes on on as many processes, to the bits of one never stopped."""
    process = start(folder, "-n", "2", *mlp("train", "c.yaml", "--out", "a", *ENDLESS))
    wait_for(folder / "a" / "best.npz")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert 130 == process.returncode
    lines = [line for line in err.splitlines() if "mpiexec@" not in line]
    assert [
        "weights kept: a/best.npz, a/last.npz",
        "to go on: mpiexec -n 2 mlp train --resume a",
        "interrupted",
    ] == lines[-3:]
    done = load_checkpoint(folder / "a" / "last.npz").metadata.epoch + 1
    refused, _, err = run(folder, "-n", "1", *mlp("train", "--resume", "a"))
    assert (1, "go on with 2 processes") == (refused, err[err.index("go on") :][:22])
    assert 0 == run(folder, "-n", "2", *mlp("train", "--resume", "a", "--epochs", str(done)))[0]
    whole = mlp("train", "c.yaml", "--out", "b", *ENDLESS, "--epochs", str(done))
    assert 0 == run(folder, "-n", "2", *whole)[0]
    expected = weights(folder, "b")
    for name, array in weights(folder, "a").items():
        np.testing.assert_array_equal(expected[name], array, err_msg=name)


@pytest.mark.skipif(sys.platform != "linux", reason="finds ranks in /proc")
def test_a_killed_rank(folder: Path) -> None:
    """If a rank is killed the launcher ends the others; the run goes on from the last epoch."""
    process = start(folder, "-n", "2", *mlp("train", "c.yaml", "--out", "a", *ENDLESS))
    wait_for(folder / "a" / "best.npz")
    os.kill(rank_of(process, 1), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode
    done = load_checkpoint(folder / "a" / "last.npz").metadata.epoch
    again = mlp("train", "--resume", "a", "--epochs", str(done + 1))
    code, out, err = run(folder, "-n", "2", *again)
    assert 0 == code, err
    assert f"{done + 1}/{done + 1}" in out


def test_a_rank_that_fails(folder: Path) -> None:
    """A rank that fails alone says why in one line, and ends all; what was saved stays."""
    failing = [sys.executable, "-c", FAILING, "train", "c.yaml", "--out", "a"]
    began = time.monotonic()
    code, _, err = run(
        folder, "-n", "1", *mlp("train", "c.yaml", "--out", "a"), ":", "-n", "1", *failing
    )
    assert 1 == code
    assert [
        "run directory: a",
        "rank 1: not enough memory: of rank 1; use smaller layers or data",
    ] == err.splitlines()
    assert time.monotonic() - began < 30


def test_other_data_on_a_rank(folder: Path) -> None:
    """Data that a rank lacks are missed before anything is written, in one line."""
    (folder / "elsewhere").mkdir()
    command = mlp("train", "c.yaml")
    code, out, err = run(
        folder, "-n", "1", *command, ":", "-n", "1", "-wdir", str(folder / "elsewhere"), *command
    )
    assert (1, "") == (code, out)
    assert err.startswith("rank 1: glyphs.npz: cannot be read, No such file or directory")
    assert 1 == len(err.splitlines())
    assert not (folder / "runs").exists()


def test_errors_once(folder: Path) -> None:
    """What is wrong for all ranks is said once."""
    code, _, err = run(folder, "-n", "2", *mlp("train", "c.yaml", "--set", "training.epoch=3"))
    assert (2, ["--set training.epoch: not a known key; did you mean training.epochs?"]) == (
        code,
        err.splitlines(),
    )


def test_without_mpi4py(folder: Path) -> None:
    """Without the extra, one line says which to install."""
    code, _, err = run(folder, "-n", "2", sys.executable, "-c", WITHOUT_MPI4PY, "train", "c.yaml")
    assert 1 == code
    assert ['mpiexec: needs mpi4py; in mlpcli\'s folder: pip install ".[mpi]"'] == err.splitlines()


def test_one_process(folder: Path) -> None:
    """One process does not load MPI, even if a launcher has started it."""
    code = "import sys; from mlpcli.cli.main import main\ntry: main()\nfinally: print('mpi4py' in sys.modules)"
    command = [sys.executable, "-c", code, "train", "c.yaml", "--dry-run"]
    assert run(folder, "-n", "1", *command)[1].endswith("False\n")
