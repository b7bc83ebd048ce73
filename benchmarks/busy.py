"""Whether more threads ever make a training slower, on a quiet machine and beside another program.

    MLP_DATA=DIR python -m benchmarks.busy

DIR holds mnist/. The settings of `threads` take turns, each run a process of its own (`steps.py`),
and so do quiet runs and those beside a loop that keeps one core busy. What is timed are the steps
of training, for the rest is the same for all. Results are kept in a file, run by run, and an
interrupted benchmark goes on where it was. Let nothing else run meanwhile; a loop is bound to a
core on Linux only.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from mlpcli.utils.threads import available_threads, blas_library

STEPS = {  # that take some seconds
    "quickstart": 2000,
    "mnist": 6000,
    "fast": 1800,
    "minute": 1800,
    "notebook": 20_000,
    "small": 3500,
    "simard": 900,
    "accurate": 120,
    "record": 120,
    "ciresan": 40,
    "synthetic": 250,
}
SETTINGS = ("1", "2", "auto")


@dataclass(frozen=True)
class Timing:
    """One run.

    Attributes:
        round: counted from 0.
        config: what was trained.
        busy: whether beside a loop.
        threads: as given.
        seconds: of all steps.
        weights: their SHA-256.
    """

    round: int
    config: str
    busy: bool
    threads: str
    seconds: float
    weights: str


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--only", multiple=True, type=click.Choice(list(STEPS)))
@click.option("--compiled", type=click.Choice(["true", "false"]), default="true", show_default=True)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("busy.jsonl"),
    show_default=True,
    help="Where they are kept; another file for other options.",
)
def main(rounds: int, only: tuple[str, ...], compiled: str, results: Path) -> None:
    """Time the epochs of configurations with one thread, two, and as many as are chosen."""
    configs = only or tuple(STEPS)
    timings = read(results)
    known = {(each.round, each.config, each.busy, each.threads) for each in timings}
    for number in range(rounds):
        for config in configs:
            for busy in (False, True):
                for threads in SETTINGS:
                    if (number, config, busy, threads) in known:
                        continue
                    click.echo(f"round {number + 1}: {config} {busy=} {threads=}", err=True)
                    with loop() if busy else nullcontext():
                        seconds, weights = run(config, threads, compiled)
                    timings.append(Timing(number, config, busy, threads, seconds, weights))
                    with results.open("a") as file:
                        file.write(json.dumps(asdict(timings[-1])) + "\n")
    click.echo(f"NumPy {np.__version__}, {blas_library()}, {available_threads()} threads")
    click.echo("\n".join(table(timings, configs)))


def read(results: Path) -> list[Timing]:
    """Return what was measured before."""
    if not results.exists():
        return []
    return [Timing(**json.loads(line)) for line in results.read_text().splitlines()]


def run(config: str, threads: str, compiled: str) -> tuple[float, str]:
    """Train, and return the seconds of all steps and a hash of the weights."""
    arguments = [config, threads, compiled, str(STEPS[config])]
    command = [sys.executable, "-m", "benchmarks.steps", *arguments]
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result["seconds"], result["weights"]


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
    """Yield a line for each configuration: median seconds, and ratios within a round.

    The better number of threads is that of the lower median.
    """
    yield f"{'':<11}{'quiet: 1':>9}{'2':>8}{'auto':>8}  auto / better     {'2 / 1':<18}" + (
        f"{'busy: 1':>9}{'2':>8}{'auto':>8}  auto / better     same weights"
    )
    for config in configs:
        of_config = [each for each in timings if each.config == config]
        same = len({each.weights for each in of_config if each.threads == "auto"}) == 1
        parts = [f"{config:<11}"]
        for busy in (False, True):
            one, two, auto = (
                [
                    each.seconds
                    for each in sorted(of_config, key=lambda each: each.round)
                    if (each.busy, each.threads) == (busy, threads)
                ]
                for threads in SETTINGS
            )
            better = min(one, two, key=statistics.median)
            parts.append(f"{middle(one):>9}{middle(two):>8}{middle(auto):>8}")
            parts.append(f"  {ratio(auto, better):<18}")
            if not busy:
                parts.append(f"{ratio(two, one):<18}")
        yield "".join([*parts, "yes" if same else "no"])


def middle(values: list[float]) -> str:
    """Return the median of seconds."""
    return f"{statistics.median(values):.2f}"


def ratio(ours: list[float], others: list[float]) -> str:
    """Return the median of ratios within a round, and the least and the greatest."""
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


if __name__ == "__main__":
    main()
