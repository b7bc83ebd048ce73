"""How accurate the shipped configurations are on MNIST, beside what has been published.

    MLP_DATA=DIR python -m benchmarks.ladder --split validation
    MLP_DATA=DIR python -m benchmarks.ladder --split test

DIR holds mnist/. Each rung is one configuration, trained once for each seed. For the validation
figure it is trained without the last 10,000 training images and measured on these: recipes are
chosen by that. For the test figure it is trained on all 60,000 and then measured on the test
images. What is measured is kept in benchmarks/ladder.json, so that the ladder can be climbed in
several sittings (`--only accurate`); a run that was interrupted goes on where it was. The table is
printed from what is kept of the configurations as they are now; runs of older ones must be removed
from runs/ladder.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click

from benchmarks.ladder_results import (
    Result,
    Rung,
    Split,
    blas,
    fingerprint,
    keep,
    machine,
    results_of,
)
from benchmarks.ladder_table import short_table_text, table_text
from mlpcli.runs.directory import CONFIG

RUNS = Path("runs") / "ladder"
HELD_OUT = 10_000

RUNGS = (
    Rung("fast", "fast", "98.9 in 10 s"),
    Rung("minute", "minute", "99.2 in 60 s"),
    Rung("small", "small", "99.25 in 5 min"),
    Rung("simard", "simard", "99.45", "99.30 %, Simard et al. 2003"),
    Rung("accurate", "accurate", "99.55 in 10 min"),
    Rung("record", "record", "99.60"),
    Rung("ciresan", "ciresan", "", "99.65 %, Cireşan et al. 2010", seeds=1),
    Rung("distilled", "distilled", "99.60", teacher="committee"),
    Rung("committee", "committee/views", "99.65", "99.61 %, Meier et al. 2011, 25 nets"),
)


@click.command()
@click.option("--seeds", default=3, show_default=True, help="How many of each rung, from 0.")
@click.option("--only", multiple=True, type=click.Choice([rung.name for rung in RUNGS]))
@click.option("--split", "splits", multiple=True, type=click.Choice(get_args(Split)))
@click.option("--threads", default="auto", show_default=True, help="Of each training.")
@click.option("--table", is_flag=True, help="Measure nothing, print what is kept.")
@click.option("--short", is_flag=True, help="Print fewer columns.")
def main(  # noqa: PLR0913  # the options
    seeds: int,
    only: tuple[str, ...],
    splits: tuple[Split, ...],
    threads: str,
    *,
    table: bool,
    short: bool,
) -> None:
    """Measure what is not yet kept, then print the table."""
    chosen = [rung for rung in RUNGS if not only or rung.name in only]
    if not table:
        for split in splits or get_args(Split):
            for rung in chosen:
                for seed in range(min(seeds, rung.seeds)):
                    measure(rung, seed, split, threads)
    write = short_table_text if short else table_text
    click.echo(write([rung for rung in chosen if rung.shipped and results_of(rung, "test")]))


def measure(rung: Rung, seed: int, split: Split, threads: str) -> None:
    """Train and evaluate one run, or one committee, unless its result is kept."""
    if any(each.seed == seed for each in results_of(rung, split)):
        return
    directory = place(rung, seed, split)
    if rung.committee:
        seconds = train_committee(rung, seed, split)
    else:
        seconds = train_network(rung, seed, split, threads)
    correct, count = evaluate(directory, split)
    averaged, _ = evaluate(directory, split, "--tta")
    result = Result(
        rung=rung.name,
        seed=seed,
        correct=correct,
        count=count,
        seconds=round(seconds, 1),
        date=datetime.now(UTC).date().isoformat(),
        blas=blas(),
        configuration=fingerprint(rung),
        split=split,
        threads=threads,
        machine=machine(),
        averaged=averaged,
    )
    click.echo(
        f"{rung.name}, seed {seed}: {split} {result.accuracy:.2f} % in {seconds:.0f} s", err=True
    )
    keep(result)


def place(rung: Rung, seed: int, split: Split) -> Path:
    """Return the directory of a run."""
    return RUNS / split / f"{rung.name}-{seed}"


def options(seed: int, split: Split, **others: str) -> list[str]:
    """Return the options of a training."""
    held_out = HELD_OUT if split == "validation" else 0
    values = {"seed": seed, "data.validation": held_out, **others}
    return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]


def train_network(rung: Rung, seed: int, split: Split, threads: str) -> float:
    """Train one run, or the rest of it, and return how long it took, in seconds."""
    directory = place(rung, seed, split)
    begun = (directory / CONFIG).exists()
    if begun and fingerprint(replace(rung, config=str(directory / CONFIG))) != fingerprint(rung):
        raise click.ClickException(
            f"{directory}: must be a run of {rung.config}.yaml as it is now, got another one; "
            "remove it"
        )
    if begun:
        mlp("train", "--resume", str(directory), "--quiet")
        log = (directory / "log.jsonl").read_text().splitlines()
        return float(sum(json.loads(line)["seconds"] for line in log))
    teacher: list[str] = []
    if rung.teacher:
        (other,) = (each for each in RUNGS if each.name == rung.teacher)
        teacher = ["--teacher", str(place(other, 0, split))]
    start = time.perf_counter()
    new = ["--config", rung.config, *options(seed, split, threads=threads), *teacher]
    mlp("train", *new, "--out", str(directory), "--quiet")
    return time.perf_counter() - start


def train_committee(rung: Rung, seed: int, split: Split) -> float:
    """Train the members of a committee that are missing, and return their seconds together."""
    directory = place(rung, seed, split)
    mlp("sweep", rung.config, *options(seed, split), "--out", str(directory), "--quiet")
    results = [json.loads(path.read_text()) for path in directory.glob("trial-*/result.json")]
    return float(sum(result["seconds"] for result in results))


def evaluate(directory: Path, split: Split, *options: str) -> tuple[int, int]:
    """Return how many of how many images the weights of the last epoch read right.

    Those of the best epoch would have been chosen by the validation images that they read.
    """
    weights = [f"--weights={path}" for path in sorted(directory.rglob("last.npz"))]
    record = json.loads(mlp("evaluate", "--json", "--split", split, *weights, *options))
    return round(record["accuracy"] * record["count"]), record["count"]


def mlp(*arguments: str) -> str:
    """Run the program as from a shell, and return its stdout; stderr is shown."""
    command: Sequence[str] = [sys.executable, "-m", "mlpcli", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
