"""Whether a training on two processes is as good as on one, and how much faster.

    MLP_DATA=DIR python -m benchmarks.mpi time
    MLP_DATA=DIR python -m benchmarks.mpi accuracy
    MLP_DATA=DIR python -m benchmarks.mpi accuracy --config fast --seeds 5 --epochs 4 --per-rank

DIR holds mnist/. The kinds of run take turns: one process with one thread, as many ranks as
`--ranks` says, and with `--per-rank` such ranks that each normalise their own part of a batch.
Results are kept in a file, run by run, and an interrupted benchmark goes on where it was. For
`time`, let nothing else run meanwhile: ranks wait for each other, so that a program beside them
costs twice.
"""

import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from mlpcli.runs.checkpoint import load_checkpoint


@dataclass(frozen=True)
class Outcome:
    """One run.

    Attributes:
        config: what was trained.
        epochs: how many.
        kind: one, ranks or per-rank.
        ranks: how many processes.
        seed: of the run.
        round: counted from 0.
        epoch_seconds: the median of all epochs but the first, or that of the first.
        accuracy: on the test images.
        weights: their SHA-256.
    """

    config: str
    epochs: int
    kind: str
    ranks: int
    seed: int
    round: int
    epoch_seconds: float
    accuracy: float
    weights: str


@click.group()
def main() -> None:
    """Compare a training on several processes with one on a single process."""


@main.command("time")
@click.option("--config", default="accurate", show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--ranks", type=click.IntRange(min=2), default=2, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=Path("runs/mpi-time.jsonl"))
def time_command(config: str, epochs: int, rounds: int, ranks: int, results: Path) -> None:
    """Time epochs."""
    outcomes = [
        measured(results, config, epochs, kind, size, 0, number)
        for number in range(rounds)
        for kind, size in (("one", 1), ("ranks", ranks))
    ]
    one, several = (
        [each.epoch_seconds for each in outcomes if each.kind == kind] for kind in ("one", "ranks")
    )
    ratios = sorted(ours / other for ours, other in zip(several, one, strict=True))
    same = len({each.weights for each in outcomes if each.kind == "ranks"}) == 1
    click.echo(
        f"{config}: {statistics.median(one):.2f} s an epoch in one process, "
        f"{statistics.median(several):.2f} s on {ranks} ranks, ratio "
        f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f}), "
        f"weights {'the same' if same else 'different'} each time"
    )


@main.command("accuracy")
@click.option("--config", default="accurate", show_default=True)
@click.option("--epochs", type=click.IntRange(min=1), help="By default those of the configuration.")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--ranks", type=click.IntRange(min=2), default=2, show_default=True)
@click.option("--per-rank", is_flag=True, help="Also normalise each rank's part by itself.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("runs/mpi-accuracy.jsonl"))
def accuracy_command(  # noqa: PLR0913, PLR0917  # an argument for each option
    config: str, epochs: int | None, seeds: int, ranks: int, per_rank: bool, results: Path
) -> None:
    """Compare accuracies over seeds."""
    kinds = [("one", 1), ("ranks", ranks), *([("per-rank", ranks)] if per_rank else [])]
    outcomes = [
        measured(results, config, epochs or 0, kind, size, seed, 0)
        for seed in range(seeds)
        for kind, size in kinds
    ]
    for kind, size in kinds:
        found = [100 * each.accuracy for each in outcomes if each.kind == kind]
        spread = statistics.stdev(found) if len(found) > 1 else 0.0
        seconds = statistics.median(each.epoch_seconds for each in outcomes if each.kind == kind)
        each_seed = ", ".join(f"{value:.2f}" for value in found)
        click.echo(
            f"{config}, {kind} ({size}): {statistics.mean(found):.2f} % ± {spread:.2f} "
            f"({each_seed}), {seconds:.2f} s an epoch"
        )


def measured(  # noqa: PLR0913, PLR0917  # what makes a run
    results: Path, config: str, epochs: int, kind: str, ranks: int, seed: int, number: int
) -> Outcome:
    """Return what came of a run: from the file, or else by running it."""
    results.parent.mkdir(parents=True, exist_ok=True)
    for line in results.read_text().splitlines() if results.exists() else []:
        known = Outcome(**json.loads(line))
        if (config, epochs, kind, ranks, seed, number) == (
            *(known.config, known.epochs, known.kind, known.ranks, known.seed, known.round),
        ):
            return known
    click.echo(f"round {number + 1}, seed {seed}: {config}, {kind}", err=True)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        arguments = ["train", config, "--out", str(run), "--set", f"seed={seed}", "--json"]
        arguments += ["--set", "threads=1", *(["--epochs", str(epochs)] if epochs else [])]
        record = train(kind, ranks, [*arguments, "--quiet"])
        lines = (run / "log.jsonl").read_text().splitlines()
        seconds = [json.loads(line)["seconds"] for line in lines]
        arrays = load_checkpoint(run / "last.npz").arrays
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(arrays[name].tobytes())
    middle = statistics.median(seconds[1:] or seconds)
    accuracy, weights = record["test_accuracy"], digest.hexdigest()
    outcome = Outcome(config, epochs, kind, ranks, seed, number, middle, accuracy, weights)
    with results.open("a") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")
    return outcome


def train(kind: str, ranks: int, arguments: list[str]) -> dict[str, float]:
    """Run `mlp train`, and return its record."""
    launcher: list[str] = []
    if kind != "one":
        here = Path(sys.executable).parent  # where pip puts it
        found = shutil.which("mpiexec", path=str(here)) or shutil.which("mpiexec")
        if found is None:
            raise click.ClickException("mpiexec: is not installed; pip install mpich")
        launcher = [found, "-n", str(ranks)]
    module = "benchmarks.mpi_per_rank" if kind == "per-rank" else "mlpcli"
    command = [*launcher, sys.executable, "-m", module, *arguments]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    record: dict[str, float] = json.loads(result.stdout)
    return record


if __name__ == "__main__":
    main()
