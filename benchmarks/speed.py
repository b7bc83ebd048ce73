"""How fast the training loop is, beside its own matrix products and beside other libraries.

    MLP_DATA=DIR python benchmarks/speed.py

DIR holds mnist/. Every run is a process of its own (`contestants.py`), the contestants take turns,
and a ratio is one of two runs that came right after another; medians of all rounds are printed,
with the least and the greatest. All must have learnt equally well. Let nothing else run meanwhile.
"""

import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from threadpoolctl import threadpool_info

CONTESTANTS = Path(__file__).with_name("contestants.py")
SMALL, LARGE = [784, 100, 10], [784, 512, 512, 10]
LEARNING_RATES = {10: 0.005, 32: 0.01, 128: 0.03, 512: 0.1}  # of SGD, by batch
TOLERANCE = 0.005  # by which the mean accuracies may differ
WITH_TORCH = ["floor", "floor and update", "ours", "pytorch"]
WITH_ALL = [*WITH_TORCH, "dataloader", "scikit-learn"]


@dataclass(frozen=True)
class Table:
    """One network with one optimizer, for several batch sizes.

    Attributes:
        name: for choosing.
        layers: features at each stage.
        optimizer: sgd or adam.
        batches: a column each.
        contestants: a row each.
    """

    name: str
    layers: list[int]
    optimizer: str
    batches: list[int]
    contestants: list[str]
    subject: str = "ours"


TABLES = [
    Table("small", SMALL, "sgd", [10, 32, 128, 512], WITH_ALL),
    Table("large", LARGE, "sgd", [32, 128, 512], WITH_TORCH),
    Table("adam", SMALL, "adam", [10, 32, 128, 512], WITH_TORCH),
    Table("evaluation", LARGE, "sgd", [1000], ["evaluation floor", "evaluation"], "evaluation"),
]

Key = tuple[str, int, str]
"""A table's name, a batch and a contestant."""


@dataclass(frozen=True)
class Results:
    """What was measured, a number for each round.

    Attributes:
        seconds: of an epoch, or of a pass over the test images.
        accuracies: on the test images; empty for contestants that do not learn.
    """

    seconds: defaultdict[Key, list[float]]
    accuracies: defaultdict[Key, list[float]]


@click.command()
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How often each contestant runs.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=2),
    default=3,
    show_default=True,
    help="The first one is not timed.",
)
@click.option(
    "--activation", type=click.Choice(["relu", "sigmoid"]), default="relu", show_default=True
)
@click.option("--nesterov", is_flag=True, help="Nesterov's momentum instead of the plain one.")
@click.option("--only", multiple=True, type=click.Choice([table.name for table in TABLES]))
def main(rounds: int, epochs: int, activation: str, *, nesterov: bool, only: list[str]) -> None:
    """Time every contestant and print the ratios."""
    tables = [table for table in TABLES if not only or table.name in only]
    results = Results(defaultdict(list), defaultdict(list))
    click.echo(libraries())
    common = {"epochs": epochs, "activation": activation, "nesterov": nesterov}
    for seed in range(rounds):
        for table in tables:
            for batch in table.batches:
                for contestant in table.contestants:
                    click.echo(
                        f"\rround {seed + 1}/{rounds}: {table.name}, batch {batch}, "
                        f"{contestant:<20}",
                        nl=False,
                        err=True,
                    )
                    setting = common | setting_of(table, batch) | {"seed": seed}
                    run(results, (table.name, batch, contestant), setting)
    click.echo(f"\r{'':70}\r", nl=False, err=True)
    for table in tables:
        click.echo("\n" + "\n".join(lines(table, results)))
    if any(disagreement(table, results) > TOLERANCE for table in tables):
        raise click.ClickException("the contestants have not learnt equally well")


def setting_of(table: Table, batch: int) -> dict[str, object]:
    """Return what the contestants of one column have in common."""
    rate = 0.001 if table.optimizer == "adam" else LEARNING_RATES.get(batch, 0.1)
    return {
        "layers": table.layers,
        "batch": batch,
        "optimizer": table.optimizer,
        "learning_rate": rate,
        "momentum": 0.9,
    }


def run(results: Results, key: Key, setting: dict[str, object]) -> None:
    """Run one contestant in a process of its own."""
    command = [sys.executable, str(CONTESTANTS), key[-1], json.dumps(setting)]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    if finished.returncode:
        raise click.ClickException(f"{key}:\n{finished.stderr}")
    outcome = json.loads(finished.stdout)
    results.seconds[key].append(outcome["seconds"])
    if outcome["accuracy"] is not None:
        results.accuracies[key].append(outcome["accuracy"])


def lines(table: Table, results: Results) -> Iterator[str]:
    """Yield a table: seconds of ours, then ratios, then accuracies."""
    layers = "–".join(map(str, table.layers))
    yield f"{layers}, {table.optimizer}"
    yield row("batch", [str(batch) for batch in table.batches])
    ours = {batch: results.seconds[table.name, batch, table.subject] for batch in table.batches}
    yield row(f"{table.subject}, seconds", [spread(ours[batch], 3) for batch in table.batches])
    for contestant in table.contestants:
        if contestant == table.subject:
            continue
        cells = []
        for batch in table.batches:
            theirs = results.seconds[table.name, batch, contestant]
            ratios = [one / other for one, other in zip(ours[batch], theirs, strict=True)]
            cells.append(spread(ratios, 2))
        yield row(f"{table.subject} / {contestant}", cells)
    for contestant in table.contestants:
        accuracies = [results.accuracies[table.name, batch, contestant] for batch in table.batches]
        if all(accuracies):
            cells = [f"{100 * statistics.mean(of_batch):.2f}" for of_batch in accuracies]
            yield row(f"accuracy of {contestant}, %", cells)


def disagreement(table: Table, results: Results) -> float:
    """Return by how much the mean accuracies in a column differ at most."""
    differences = [0.0]
    for batch in table.batches:
        found = [results.accuracies[table.name, batch, name] for name in table.contestants]
        means = [statistics.mean(accuracies) for accuracies in found if accuracies]
        differences.append(max(means, default=0.0) - min(means, default=0.0))
    return max(differences)


def libraries() -> str:
    """Say which NumPy this is, and how it multiplies matrices."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    kinds = [
        f", {pool['internal_api']} {pool['version']} {pool.get('architecture', '')}, "
        f"{pool['num_threads']} threads"
        for pool in pools
    ]
    return f"NumPy {np.__version__}{''.join(kinds)}"


def spread(values: list[float], digits: int) -> str:
    """Return the median, least and greatest of several values."""
    median, least, most = statistics.median(values), min(values), max(values)
    return f"{median:.{digits}f} ({least:.{digits}f}–{most:.{digits}f})"


def row(name: str, cells: list[str]) -> str:
    """Return a row of a table."""
    return f"{name:<28}" + "".join(f"{cell:>20}" for cell in cells)


if __name__ == "__main__":
    main()
