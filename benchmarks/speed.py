"""How fast the training loop is, beside its own matrix products and beside other libraries.

    MLP_DATA=DIR python -m benchmarks.speed

DIR holds mnist/. Every run is a process of its own (`contestants.py`), the contestants take turns,
and a ratio is one of two runs of the same round; medians of all rounds are printed, with the least
and the greatest. All must have learnt equally well. Results are kept in a file, run by run, and an
interrupted benchmark goes on where it was. Let nothing else run meanwhile; cores are chosen on
Linux only.
"""

import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from threadpoolctl import threadpool_info

from benchmarks.busy import loop
from benchmarks.timing import Outcome

SMALL, LARGE, DEEP = [784, 100, 10], [784, 512, 512, 10], [784, 1024, 1024, 1024, 10]
LEARNING_RATES = {10: 0.005, 32: 0.01, 128: 0.03, 512: 0.1}  # of SGD, by batch
TOLERANCE = 0.005  # by which the mean accuracies may differ
OURS = ["ours", "ours in NumPy"]
WITH_FLOORS = ["floor", "floor and update", *OURS, "jax", "pytorch"]
WITH_ALL = ["floor", "floor and update", "C", *OURS, "jax", "pytorch", "dataloader", "scikit-learn"]


@dataclass(frozen=True)
class Table:
    """One network with one optimizer, for several batch sizes.

    Attributes:
        name: for choosing.
        layers: features at each stage.
        optimizer: sgd or adam.
        batches: a column each.
        contestants: a row each.
        subject: whose times the others' are compared with.
    """

    name: str
    layers: list[int]
    optimizer: str
    batches: list[int]
    contestants: list[str]
    subject: str = "ours"


TABLES = [
    Table("small", SMALL, "sgd", [10, 32, 128, 512], WITH_ALL),
    Table("large", LARGE, "sgd", [32, 128, 512], WITH_FLOORS),
    Table("deep", DEEP, "sgd", [128], WITH_FLOORS),
    Table("adam", SMALL, "adam", [10, 32, 128, 512], [*OURS, "pytorch"]),
    Table("evaluation", LARGE, "sgd", [1000], ["evaluation floor", "evaluation"], "evaluation"),
]


@dataclass(frozen=True)
class Run:
    """What was run, and what came of it.

    Attributes:
        round: counted from 0; also the seed.
        table: its name.
        batch: images in a step.
        cores: how many the process may use.
        contestant: its name.
        outcome: as measured.
    """

    round: int
    table: str
    batch: int
    cores: int
    contestant: str
    outcome: Outcome


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
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
@click.option("--busy", is_flag=True, help="Beside a loop that keeps the last core at work.")
@click.option("--cores", multiple=True, type=int, default=(1, 2), show_default=True)
@click.option("--only", multiple=True, type=click.Choice([table.name for table in TABLES]))
@click.option("--batch", "batches", multiple=True, type=int, help="Only these.")
@click.option("--contestant", "contestants", multiple=True, help="Only these, and this program.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("speed.jsonl"),
    show_default=True,
    help="Where they are kept; another file for other options.",
)
def main(  # noqa: PLR0913  # the options
    *,
    rounds: int,
    epochs: int,
    activation: str,
    nesterov: bool,
    busy: bool,
    cores: tuple[int, ...],
    only: tuple[str, ...],
    batches: tuple[int, ...],
    contestants: tuple[str, ...],
    results: Path,
) -> None:
    """Time every contestant and print the ratios."""
    common = {"epochs": epochs, "activation": activation, "nesterov": nesterov}
    tables = [
        Table(
            table.name,
            table.layers,
            table.optimizer,
            [batch for batch in table.batches if not batches or batch in batches],
            [n for n in table.contestants if not contestants or n in (table.subject, *contestants)],
            table.subject,
        )
        for table in TABLES
        if not only or table.name in only
    ]
    runs = read(results)
    known = {(run.round, run.table, run.batch, run.cores, run.contestant) for run in runs}
    with loop() if busy else nullcontext():
        for number in range(rounds):
            for table, batch, count, contestant in columns(tables, cores):
                if (number, table.name, batch, count, contestant) in known:
                    continue
                click.echo(
                    f"round {number + 1}: {table.name} {batch} {count} {contestant}", err=True
                )
                setting = common | setting_of(table, batch) | {"seed": number}
                outcome = measure(contestant, count, setting)
                runs.append(Run(number, table.name, batch, count, contestant, outcome))
                with results.open("a") as file:
                    file.write(json.dumps(asdict(runs[-1])) + "\n")
    click.echo(libraries())
    for table in tables:
        for count in cores:
            click.echo("\n" + "\n".join(lines(table, count, runs)))
    if any(disagreement(table, runs) > TOLERANCE for table in tables):
        raise click.ClickException("the contestants have not learnt equally well")


def columns(tables: list[Table], cores: tuple[int, ...]) -> Iterator[tuple[Table, int, int, str]]:
    """Yield all that is run in a round."""
    for table in tables:
        for batch in table.batches:
            for count in cores:
                for contestant in table.contestants:
                    yield table, batch, count, contestant


def read(results: Path) -> list[Run]:
    """Return what was measured before."""
    if not results.exists():
        return []
    values = map(json.loads, results.read_text().splitlines())
    return [Run(**{**value, "outcome": Outcome(**value["outcome"])}) for value in values]


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


def measure(contestant: str, cores: int, setting: dict[str, object]) -> Outcome:
    """Run one contestant in a process of its own, on the first cores."""
    limit = None
    if hasattr(os, "sched_setaffinity"):
        limit = partial(os.sched_setaffinity, 0, sorted(os.sched_getaffinity(0))[:cores])
    command = [sys.executable, "-m", "benchmarks.contestants", contestant, json.dumps(setting)]
    finished = subprocess.run(
        command, check=False, capture_output=True, text=True, preexec_fn=limit
    )
    if finished.returncode:
        raise click.ClickException(f"{contestant} {setting}:\n{finished.stderr}")
    values: dict[str, Any] = json.loads(finished.stdout)
    return Outcome(**values)


def lines(table: Table, cores: int, runs: list[Run]) -> Iterator[str]:
    """Yield a table for so many cores: seconds, then ratios, then accuracies."""
    outcomes: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
    for run in runs:
        if (run.table, run.cores) == (table.name, cores):
            outcomes[run.contestant, run.batch].append(run.outcome)

    def row(title: str, cell: Callable[[list[Outcome], list[Outcome]], str], name: str) -> str:
        cells = [
            cell(outcomes[table.subject, batch], outcomes[name, batch]) for batch in table.batches
        ]
        return f"{title:<32}" + "".join(f"{cell:>20}" for cell in cells)

    others = [name for name in table.contestants if name != table.subject]
    yield f"{'–'.join(map(str, table.layers))}, {table.optimizer}, {cores} of the cores"
    yield f"{'batch':<32}" + "".join(f"{batch:>20}" for batch in table.batches)
    for name in table.contestants:
        yield row(f"{name}, s (processor s)", seconds, name)
    for name in others:
        yield row(f"{table.subject} / {name}", ratio, name)
    for name in table.contestants:
        if all(each.accuracy is not None for each in outcomes[name, table.batches[0]]):
            yield row(f"accuracy of {name}, %", accuracy, name)


def seconds(_: list[Outcome], theirs: list[Outcome]) -> str:
    """Return the medians of an epoch's seconds, and of those of all threads together."""
    processors = statistics.median(each.processor_seconds for each in theirs)
    return f"{statistics.median(each.seconds for each in theirs):.3f} ({processors:.3f})"


def ratio(ours: list[Outcome], theirs: list[Outcome]) -> str:
    """Return the median of the ratios of each round, with the least and the greatest."""
    ratios = [one.seconds / other.seconds for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def accuracy(_: list[Outcome], theirs: list[Outcome]) -> str:
    """Return the mean accuracy in per cent."""
    return f"{100 * statistics.mean(each.accuracy or 0 for each in theirs):.2f}"


def disagreement(table: Table, runs: list[Run]) -> float:
    """Return by how much the mean accuracies in a column differ at most."""
    differences = [0.0]
    for batch in table.batches:
        means = []
        for name in table.contestants:
            found = [
                run.outcome.accuracy
                for run in runs
                if (run.table, run.batch, run.contestant) == (table.name, batch, name)
                and run.outcome.accuracy is not None
            ]
            if found:
                means.append(statistics.mean(found))
        differences.append(max(means, default=0.0) - min(means, default=0.0))
    return max(differences)


def libraries() -> str:
    """Say which NumPy this is, and how it multiplies matrices."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    kinds = [
        f", {pool['internal_api']} {pool['version']} {pool.get('architecture', '')}"
        for pool in pools
    ]
    return f"NumPy {np.__version__}{''.join(kinds)}"


if __name__ == "__main__":
    main()
