"""Kill trainings at random moments, and see whether anything is lost.

    python benchmarks/survive.py --kills 200

`mlp train` is ended by SIGKILL, every second time while a file is half written, and resumed, until
the run is complete; then another run begins. After each kill every file that is there must be
whole, and no epoch that was printed may be gone. A run that is complete must have the weights, and
all else that its last file holds, of one that was never interrupted, by their SHA-256.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click
from tqdm import tqdm

from mlpcli.config import load_config
from mlpcli.errors import MlpError
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint
from mlpcli.runs.directory import OWN, Run
from mlpcli.utils.files import temporary_files

CONFIG = """
data: {name: synthetic, train: 4000, test: 500, validation: 500}
model: {layers: [784, 300, 100, 10], activation: relu, init: he, batch_norm: true, dropout: 0.1}
training:
  epochs: 12
  batch_size: 16
  optimizer: {name: adamw, learning_rate: 0.002}
  schedule: {name: one-cycle}
  weight_average: 0.99
  checkpoint_every: 0.1
augmentation: {rotation: 10, shift: 1, elastic: {alpha: 20, sigma: 4}}
"""
START_SECONDS = 0.4  # about what the program takes before its first step
LONGEST_SECONDS = 1.6  # between start and kill


@dataclass
class Tally:
    """What was seen.

    Attributes:
        survived: kills after which all was well.
        lost: what was not, in words.
        moments: kills by what the run was at.
        complete: runs that came to their end.
        hashes: those of each of these.
    """

    survived: int = 0
    lost: list[str] = field(default_factory=list)
    moments: Counter[str] = field(default_factory=Counter)
    complete: int = 0
    hashes: set[tuple[str, ...]] = field(default_factory=set)


@click.command()
@click.option("--kills", default=200, show_default=True, help="How often to kill.")
@click.option("--seed", default=0, show_default=True, help="Decides the moments.")
def main(kills: int, seed: int) -> None:
    """Print how many kills were survived, and whether the weights are those of a whole run."""
    moments = random.Random(seed)  # noqa: S311  # no secret
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["MLP_CACHE"] = str(Path(folder, "cache"))
        Path("c.yaml").write_text(CONFIG)
        train("--config", "c.yaml", "--out", "whole").wait()
        expected = hashes(Run(Path("whole")))
        runs = 0
        with tqdm(total=kills, unit=" kills", disable=not sys.stderr.isatty()) as bar:
            while sum(tally.moments.values()) < kills:
                runs += 1
                kill_until_complete(Run(Path(f"run-{runs}")), moments, tally, bar.update, kills)
    equal = "equal" if tally.hashes == {expected} else f"not equal, {tally.hashes} for {expected}"
    click.echo(f"{tally.survived} survived, {len(tally.lost)} lost, hash {equal}")
    at = ", ".join(f"{count} {moment}" for moment, count in sorted(tally.moments.items()))
    click.echo(f"{tally.complete} runs complete; killed: {at}")
    for line in tally.lost:
        click.echo(f"lost: {line}")
    if tally.lost or tally.hashes != {expected}:
        raise SystemExit(1)


def train(*arguments: str) -> subprocess.Popen[str]:
    """Start a training."""
    return subprocess.Popen(
        [sys.executable, "-m", "mlpcli", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_until_complete(
    run: Run, moments: random.Random, tally: Tally, on_kill: Callable[[], object], kills: int
) -> None:
    """Begin a run, then kill and resume it until it is complete, whatever it takes."""
    reached = (0, 0)
    while True:
        begun = run.config.exists()
        where = ["--resume", str(run.directory)] if begun else ["--config", "c.yaml"]
        process = train(*where, *([] if begun else ["--out", str(run.directory)]))
        if sum(tally.moments.values()) < kills:
            wait_for_a_moment(run, process, moments)
        else:
            process.wait()
        running = process.poll() is None
        process.kill()
        output, errors = process.communicate()
        if not running:
            if process.returncode:
                tally.lost.append(f"{run.directory}: not resumed, {errors.strip()}")
            else:
                tally.complete += 1
                tally.hashes.add(hashes(run))
            return
        on_kill()
        tally.moments[moment(run)] += 1
        try:
            reached = look(run, reached, output)
            tally.survived += 1
        except (AssertionError, MlpError, OSError, ValueError) as error:
            tally.lost.append(f"{run.directory}: {error}")


def wait_for_a_moment(run: Run, process: "subprocess.Popen[str]", moments: random.Random) -> None:
    """Wait for some time and, every second time, until a file is being written."""
    in_a_save = moments.random() < 0.5
    time.sleep(moments.uniform(START_SECONDS, LONGEST_SECONDS))
    pause = moments.uniform(0, 0.003)
    while in_a_save and process.poll() is None:
        if run.directory.exists() and temporary_files(run.directory, OWN):
            time.sleep(pause)
            return


def moment(run: Run) -> str:
    """Say what a run was at when it was killed."""
    if not run.config.exists():
        return "before it began"
    return "in a save" if temporary_files(run.directory, OWN) else "between saves"


def look(run: Run, reached: tuple[int, int], output: str) -> tuple[int, int]:
    """Check what a kill has left, and return the epochs and steps that are saved.

    Raises:
        AssertionError, MlpError, OSError, ValueError: something is lost.
    """
    if not run.config.exists():
        return reached
    load_config(str(run.config))
    latest = load_checkpoint(run.last) if run.last.exists() else None
    here = position(latest) if latest else (0, 0)
    require(here >= reached, f"was at {reached}, is at {here}")
    printed = [line for line in output.splitlines() if line.partition("/")[0].strip().isdecimal()]
    if printed:
        last = int(printed[-1].partition("/")[0])
        require(here[0] >= last, f"epoch {last} was printed, {here[0]} are saved")
    if run.best.exists():
        load_checkpoint(run.best)
    log = run.directory / "log.jsonl"
    if log.exists():
        epochs = [json.loads(line)["epoch"] for line in log.read_text().splitlines()]
        require(epochs == [*range(1, len(epochs) + 1)], f"the log has the epochs {epochs}")
        require(log.read_bytes()[-1:] in (b"", b"\n"), "the log ends within a line")
    return here


def position(checkpoint: Checkpoint) -> tuple[int, int]:
    """Return how many epochs, and steps of the next one, are behind a checkpoint."""
    metadata = checkpoint.metadata
    return metadata.epoch, metadata.under_way.steps if metadata.under_way else 0


def hashes(run: Run) -> tuple[str, ...]:
    """Return the SHA-256 of a run's best weights, and of all arrays of its last ones."""
    digest = hashlib.sha256()
    for name, array in sorted(load_checkpoint(run.last).arrays.items()):
        digest.update(name.encode() + array.tobytes())
    return load_checkpoint(run.best).metadata.weights_sha256, digest.hexdigest()


def require(condition: bool, message: str) -> None:
    """Raise AssertionError where something is not as it must be."""
    if not condition:
        raise AssertionError(message)


if __name__ == "__main__":
    main()
