"""Whether more threads ever make a training slower, on a quiet machine and beside another program.

    MLP_DATA=DIR python benchmarks/busy.py

DIR holds mnist/. The settings of `threads` take turns, each run a process of its own, and so do
quiet runs and those beside a loop that keeps one core busy. What is timed are the epochs, for start
and data are the same for all. Results are kept in a file, run by run, and an interrupted benchmark
goes on where it was. Let nothing else run meanwhile; a loop is bound to a core on Linux only.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from mlpcli.utils.threads import available_threads, blas_library

EPOCHS = {"quickstart": 2, "mnist": 6, "fast": 4, "notebook": 4, "accurate": 2}
SETTINGS = {False: ("1", "2", "auto"), True: ("1", "auto")}  # by whether the machine is busy


@dataclass(frozen=True)
class Timing:
    """One run.

    Attributes:
        round: counted from 0.
        config: what was trained.
        busy: whether beside a loop.
        threads: as given.
        seconds: of all epochs.
        weights: SHA-256 of the file without what differs by time.
    """

    round: int
    config: str
    busy: bool
    threads: str
    seconds: float
    weights: str


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--only", multiple=True, type=click.Choice(list(EPOCHS)))
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("busy.jsonl"),
    show_default=True,
    help="Where they are kept.",
)
def main(rounds: int, only: tuple[str, ...], results: Path) -> None:
    """Time the epochs of configurations with one thread, two, and as many as are chosen."""
    configs = only or tuple(EPOCHS)
    timings = read(results)
    known = {(each.round, each.config, each.busy, each.threads) for each in timings}
    for number in range(rounds):
        for config in configs:
            for busy, settings in SETTINGS.items():
                for threads in settings:
                    if (number, config, busy, threads) in known:
                        continue
                    click.echo(f"round {number + 1}: {config} {busy=} {threads=}", err=True)
                    with loop() if busy else nullcontext():
                        seconds, weights = run(config, threads)
                    timings.append(Timing(number, config, busy, threads, seconds, weights))
                    with results.open("a") as file:
                        file.write(json.dumps(asdict(timings[-1])) + "\n")
    click.echo(f"{blas_library()}, {available_threads()} threads")
    click.echo("\n".join(table(timings, configs)))


def read(results: Path) -> list[Timing]:
    """Return what was measured before."""
    if not results.exists():
        return []
    return [Timing(**json.loads(line)) for line in results.read_text().splitlines()]


def run(config: str, threads: str) -> tuple[float, str]:
    """Train, and return the seconds of all epochs and a hash of the weights."""
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "run"
        command = [sys.executable, "-m", "mlpcli", "train", "--quiet", "--config", config]
        command += ["--out", str(directory), "--set", f"threads={threads}"]
        command += ["--set", f"training.epochs={EPOCHS[config]}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = (directory / "log.jsonl").read_text().splitlines()
        return sum(json.loads(line)["seconds"] for line in lines), hash_of(directory / "best.npz")


def hash_of(weights: Path) -> str:
    """Return a hash of the arrays in a file of weights."""
    digest = hashlib.sha256()
    with np.load(weights, allow_pickle=False) as file:
        for name in sorted(file.files):
            if name.startswith("layers."):
                digest.update(file[name].tobytes())
    return digest.hexdigest()


@contextmanager
def loop() -> Iterator[None]:
    """Keep the last core busy within a `with` block."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
        yield
    finally:
        process.kill()
        process.wait()


def table(timings: list[Timing], configs: tuple[str, ...]) -> Iterator[str]:
    """Yield a line for each configuration: median seconds, and ratios within a round."""
    yield (
        f"{'':<11}{'quiet: 1':>9}{'2':>8}{'auto':>8}  auto / better    {'busy: 1':>9}{'auto':>8}"
        "  auto / 1           same weights"
    )
    for config in configs:
        of_config = [each for each in timings if each.config == config]
        rounds = sorted({each.round for each in of_config})
        seconds = {(each.round, each.busy, each.threads): each.seconds for each in of_config}
        columns = {
            (busy, threads): [seconds[number, busy, threads] for number in rounds]
            for busy, settings in SETTINGS.items()
            for threads in settings
        }
        one, two, auto = (columns[False, threads] for threads in SETTINGS[False])
        better = min(one, two, key=statistics.median)
        busy_one, busy_auto = (columns[True, threads] for threads in SETTINGS[True])
        same = len({each.weights for each in of_config if each.threads == "auto"}) == 1
        yield (
            f"{config:<11}{middle(one):>9}{middle(two):>8}{middle(auto):>8}"
            f"  {ratio(auto, better):<17}{middle(busy_one):>9}{middle(busy_auto):>8}"
            f"  {ratio(busy_auto, busy_one):<17}  {'yes' if same else 'no'}"
        )


def middle(values: list[float]) -> str:
    """Return the median of seconds."""
    return f"{statistics.median(values):.2f}"


def ratio(ours: list[float], others: list[float]) -> str:
    """Return the median of ratios within a round, and the least and the greatest."""
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


if __name__ == "__main__":
    main()
