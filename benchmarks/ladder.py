"""How accurate the shipped configurations are on MNIST, beside what has been published.

    MLP_DATA=DIR python benchmarks/ladder.py --seeds 3

DIR holds mnist/. Each rung is one configuration, trained once for each seed on all 60,000 training
images and then measured on the test images. What is measured is kept in benchmarks/ladder.json, so
that the ladder can be climbed in several sittings (`--only accurate`); a run that was interrupted
goes on where it was. The table is printed from what is kept of the configurations as they are now;
runs of older ones must be removed from runs/ladder.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click
import threadpoolctl

from mlpcli.config import load_config, plain
from mlpcli.runs.directory import BEST, CONFIG
from mlpcli.utils.files import atomic_write

KEPT = Path(__file__).with_suffix(".json")
RUNS = Path("runs") / "ladder"


@dataclass(frozen=True)
class Rung:
    """A configuration and what there is to compare it with.

    Attributes:
        name: as in `--only`.
        config: name of the shipped configuration.
        published: accuracy of plain networks on the test images, and whose.
        once: whether one seed is enough, however many are asked for.
        members: how many nets of `config`, from seed 0, are averaged; 1 for a single net.
    """

    name: str
    config: str
    published: str
    once: bool = False
    members: int = 1


RUNGS = (
    Rung("fast", "fast", ""),
    Rung("small", "small", "97.8 % to 98.3 %, nets of this size"),
    Rung("simard", "simard", "99.30 %, Simard et al. 2003"),
    Rung("accurate", "accurate", "99.45 %, 3×1024, 2025"),
    Rung("record", "record", "99.65 %, Cireşan et al. 2010", once=True),
    Rung("ciresan", "ciresan", "99.65 %, Cireşan et al. 2010", once=True),
    Rung("committee", "accurate", "99.61 %, Meier et al. 2011, 25 nets", once=True, members=5),
)


@dataclass(frozen=True)
class Result:
    """One measured run.

    Attributes:
        rung: which.
        seed: of the run; of a committee its first one.
        correct: right answers on the 10,000 test images.
        count: images.
        seconds: from the shell to saved weights, the test included; of the epochs alone if the run
            was interrupted; of a committee those of its members.
        date: when it ended.
        blas: the library of NumPy's matrix products.
        configuration: the start of a SHA-256 of all its values but the seed.
    """

    rung: str
    seed: int
    correct: int
    count: int
    seconds: float
    date: str
    blas: str
    configuration: str

    @property
    def accuracy(self) -> float:
        """In per cent."""
        return 100 * self.correct / self.count


@click.command()
@click.option("--seeds", default=3, show_default=True, help="How many of each rung, from 0.")
@click.option("--only", multiple=True, type=click.Choice([rung.name for rung in RUNGS]))
@click.option("--table", is_flag=True, help="Measure nothing, print what is kept.")
def main(seeds: int, only: tuple[str, ...], *, table: bool) -> None:
    """Measure what is not yet kept, then print the table."""
    chosen = [rung for rung in RUNGS if not only or rung.name in only]
    if not table:
        for rung in chosen:
            for seed in range(1 if rung.once else seeds):
                measure(rung, seed)
    click.echo(table_text([rung for rung in chosen if results_of(rung)]))


def measure(rung: Rung, seed: int) -> Result:
    """Train and evaluate one run, or one committee, unless it is kept; return its result."""
    for result in results_of(rung):
        if result.seed == seed:
            return result
    members = range(seed, seed + rung.members)
    weights = [RUNS / f"{rung.config}-{member}" / BEST for member in members]
    if rung.members == 1:
        seconds = train(rung.config, seed, weights[0].parent)
    else:
        (single,) = (other for other in RUNGS if other.name == rung.config)
        seconds = sum(measure(single, member).seconds for member in members)
        for member, path in zip(members, weights, strict=True):
            train(rung.config, member, path.parent)  # where its result was kept, its weights not
    record = evaluate(weights)
    result = Result(
        rung=rung.name,
        seed=seed,
        correct=round(record["accuracy"] * record["count"]),
        count=record["count"],
        seconds=round(seconds, 1),
        date=datetime.now(UTC).date().isoformat(),
        blas=blas(),
        configuration=fingerprint(rung.config),
    )
    click.echo(f"{rung.name}, seed {seed}: {result.accuracy:.2f} % in {seconds:.0f} s", err=True)
    keep(result)
    return result


def train(config: str, seed: int, directory: Path) -> float:
    """Train one run, or the rest of it, and return how long it took."""
    begun = (directory / CONFIG).exists()
    if begun and fingerprint(str(directory / CONFIG)) != fingerprint(config):
        raise click.ClickException(
            f"{directory}: must be a run of {config}.yaml as it is now, got another one; remove it"
        )
    how = ["--resume"] if begun else ["--config", config, "--set", f"seed={seed}", "--out"]
    start = time.perf_counter()
    mlp("train", *how, str(directory), "--quiet")
    if not begun:
        return time.perf_counter() - start
    log = (directory / "log.jsonl").read_text().splitlines()
    return float(sum(json.loads(line)["seconds"] for line in log))


def evaluate(weights: Sequence[Path]) -> dict[str, Any]:
    """Return what `mlp evaluate` says of weights, averaged if there are several."""
    options = [option for path in weights for option in ("--weights", str(path))]
    record: dict[str, Any] = json.loads(mlp("evaluate", "--json", *options))
    return record


def mlp(*arguments: str) -> str:
    """Run the program as from a shell, and return its stdout; stderr is shown."""
    command = [sys.executable, "-m", "mlpcli", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def fingerprint(config_name: str) -> str:
    """Return what tells one configuration from another, whatever its seed and its places."""
    config = load_config(config_name)
    data = config.data.model_copy(update={"root": ""})
    values = plain(config.model_copy(update={"seed": 0, "data": data, "output": "runs"}))
    del values["training"]["checkpoint_every"]  # which changes no result
    if values["training"]["class_weights"] is None:
        del values["training"]["class_weights"]  # a later key; results from before it stand
    del values["compiled"]  # which changes some last bits
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


def blas() -> str:
    """Return name and kernel of the library of matrix products, and how many threads it may use."""
    (pool,) = threadpoolctl.ThreadpoolController().select(user_api="blas").info()
    return f"{pool['internal_api']} {pool['architecture']}, {pool['num_threads']} threads"


def results_of(rung: Rung) -> list[Result]:
    """Return what is kept of a rung as its configuration is now, by seed."""
    now = fingerprint(rung.config)
    kept = [r for r in load() if (r.rung, r.configuration) == (rung.name, now)]
    return sorted(kept, key=lambda result: result.seed)


def load() -> list[Result]:
    """Return all that is kept."""
    return [Result(**entry) for entry in json.loads(KEPT.read_text())] if KEPT.exists() else []


def keep(result: Result) -> None:
    """Add a result, in the place of an older one of the same run."""
    others = [r for r in load() if (r.rung, r.seed) != (result.rung, result.seed)]
    lines = [json.dumps(asdict(entry)) for entry in [*others, result]]
    with atomic_write(KEPT) as file:
        file.write(("[\n" + ",\n".join(lines) + "\n]\n").encode())


def table_text(rungs: Sequence[Rung]) -> str:
    """Return the rungs that have been measured as a table in Markdown."""
    rows = [
        "| rung | network | epochs | test accuracy | seeds | time | published |",
        "|---|---|---|---|---|---|---|",
    ]
    for rung in rungs:
        results, config = results_of(rung), load_config(rung.config)
        accuracies, seconds = [r.accuracy for r in results], [r.seconds for r in results]
        network = "–".join(map(str, config.model.layers))
        spread = f" ± {stdev(accuracies):.2f}" if len(results) > 1 else ""
        cells = [
            f"`{rung.name}`" if rung.members == 1 else "a committee",
            network if rung.members == 1 else f"{rung.members} nets of `{rung.config}`",
            str(config.training.epochs),
            f"{mean(accuracies):.2f} %{spread}",
            str(len(results)),
            f"{mean(seconds):.0f} s" if mean(seconds) < 600 else f"{mean(seconds) / 60:.0f} min",
            rung.published,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
