"""How long listing many runs takes.

    python benchmarks/listing.py

It trains on drawn digits for a second, and copies the small files of that run.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from mlpcli.runs.directory import CONFIG, LOG, RESULT
from mlpcli.sweep.directory import DEFINITION

DRAWN = ["data.name=synthetic", "data.train=600", "data.test=300", "data.validation=100"]
LISTINGS = {
    "table": [],
    "sorted, asked": ["--sort", "learning_rate", "--where", "seed=0", "--where", "test<=100%"],
    "JSON": ["--json"],
}


@click.command()
@click.option("--runs", default=1000, show_default=True, help="How many are listed.")
@click.option("--rounds", default=5, show_default=True, help="How often each is timed.")
def main(runs: int, rounds: int) -> None:
    """Print the median time of `mlp runs` from start to end, and of its parts."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLP_CACHE"] = str(Path(folder, "cache"))
        os.chdir(folder)
        settings = [word for text in (*DRAWN, "training.epochs=2") for word in ("--set", text)]
        mlp("train", "mnist", "--out", "one", *settings)
        copy(Path("finished"), runs, [CONFIG, LOG, RESULT])
        copy(Path("folder", "sweep"), runs, [CONFIG, LOG, RESULT])
        Path("folder", "sweep", DEFINITION).touch()
        copy(Path("interrupted"), runs, [CONFIG, LOG])
        click.echo(f"{'mlp --help':<30} {timed(rounds, '--help')}")
        for name, options in LISTINGS.items():
            click.echo(
                f"{f'{runs} finished, {name}':<30} {timed(rounds, 'runs', 'finished', *options)}"
            )
        for place in ("folder", "interrupted"):
            label = f"{runs} in a sweep" if place == "folder" else f"{runs} interrupted"
            click.echo(f"{label:<30} {timed(rounds, 'runs', place)}")


def copy(folder: Path, runs: int, names: list[str]) -> None:
    """Make directories of runs that have these files of the one that was trained."""
    for number in range(runs):
        directory = folder / f"trial-{number:04}"
        directory.mkdir(parents=True)
        for name in names:
            shutil.copy(Path("one", name), directory)


def timed(rounds: int, *arguments: str) -> str:
    """Return the median time of a command with what its processor did in it."""
    times, busy = [], []
    for _ in range(rounds):
        start, before = time.perf_counter(), os.times()
        mlp(*arguments)
        times.append(time.perf_counter() - start)
        after = os.times()
        spent = (after.children_user, after.children_system)
        busy.append(sum(spent) - before.children_user - before.children_system)
    return f"{statistics.median(times):.2f} s, {statistics.median(busy):.2f} s of a processor"


def mlp(*arguments: str) -> None:
    """Run the program, and show nothing of what it prints."""
    command = [str(Path(sys.executable).with_name("mlp")), *arguments]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
