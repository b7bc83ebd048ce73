"""Does a search find as good a recipe as a person, and what does its pruner save?

    MLP_DATA=DIR python -m benchmarks.sweep_search

DIR holds mnist/. By hand: `configs/mnist.yaml` with layers 784–100–10 and five epochs, and of a
grid of three learning rates and three batch sizes, its own values among them, the best by the mean
validation accuracy of three seeds. By search: `examples/sweep.yaml`, 30 trials of at most five
epochs, once for each search seed; its best trial is the recipe. All recipes are then trained with
other seeds than they were chosen by, and compared on the validation images. The recipe that is best
there is measured on the test images. What is finished is kept in the folder `--out`.
"""

import json
import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click
import yaml

from benchmarks.processes import MLP

SEARCH = Path(__file__).parent.parent / "examples" / "sweep.yaml"
HAND = ("model.layers=[784, 100, 10]", "training.epochs=5")
GRID = ("training.optimizer.learning_rate=0.03,0.1,0.3", "training.batch_size=32,64,128")
EPOCHS, LEAST_SAVED = 5, 40  # of a trial; per cent
FIRST = 100  # of the seeds by which recipes are compared

Recipe = dict[str, Any]
"""Values by key, as `--set` takes them."""


@dataclass(frozen=True)
class Found:
    """What a search has come to.

    Attributes:
        recipe: of its best trial.
        accuracy: of that trial on the validation images, in per cent.
        saved: epochs that were not trained, in per cent of all.
        states: how the trials ended.
    """

    recipe: Recipe
    accuracy: float
    saved: float
    states: dict[str, int]


@dataclass(frozen=True)
class Scores:
    """A recipe trained with several seeds, in per cent.

    Attributes:
        validation: accuracy of each seed.
        test: likewise.
    """

    validation: list[float]
    test: list[float]


@click.command()
@click.option("--searches", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--seeds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/sweep-search"))
def main(searches: int, seeds: int, out: Path) -> None:
    """Search, tune by hand, train all recipes again, and print how they compare."""
    out.mkdir(parents=True, exist_ok=True)
    recipes = {"by hand": by_hand(out)}
    saved = []
    for number in range(searches):
        found = search(number, out)
        recipes[f"search {number}"] = found.recipe
        saved.append(found.saved)
        states = ", ".join(f"{count} {state}" for state, count in found.states.items())
        click.echo(
            f"search {number}: best trial {found.accuracy:.2f} %, {states}; "
            f"{found.saved:.0f} % of the epochs saved"
        )
    click.echo(
        f"saved on average {mean(saved):.0f} %, bound {LEAST_SAVED} %: "
        f"{verdict(mean(saved) >= LEAST_SAVED)}\n"
    )
    scores = {name: trained(name, recipe, seeds, out) for name, recipe in recipes.items()}
    click.echo(f"validation accuracy, %, of seeds {FIRST} to {FIRST + seeds - 1}")
    for name, score in scores.items():
        click.echo(f"{name:<10}{spread(score.validation)}  {text_of(recipes[name])}")
    for name in list(scores)[1:]:
        compare(name, scores[name].validation, scores["by hand"].validation)
    best = max(scores, key=lambda name: mean(scores[name].validation))
    click.echo(f"test accuracy of the best, {best}: {spread(scores[best].test)} %")


def by_hand(out: Path) -> Recipe:
    """Return the best recipe of a grid that a person may try."""
    settings = [option for text in (*HAND, *GRID) for option in ("--set", text)]
    record = sweep("mnist", *settings, "--seeds", "3", out=out / "hand")
    click.echo("by hand, validation accuracy of three seeds, %")
    for each in record["recipes"]:
        accuracy = each["validation_accuracy"]
        center, deviation = 100 * accuracy["mean"], 100 * accuracy["standard_deviation"]
        click.echo(f"  {center:.2f} ± {deviation:.2f}  {text_of(each['values'])}")
    return whole({"model.layers": [784, 100, 10]} | record["best"]["values"])


def search(number: int, out: Path) -> Found:
    """Run the search of the example with a seed of its own, or read what it came to."""
    definition = yaml.safe_load(SEARCH.read_text())
    definition["set"]["seed"] = 1000 * (number + 1)  # its trials' seed, from which points follow
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "search.yaml")
        file.write_text(yaml.safe_dump(definition, sort_keys=False))
        record = sweep(str(file), out=out / f"search-{number}")
    trials = [trial for recipe in record["recipes"] for trial in recipe["trials"]]
    best = record["best"]["values"]
    width = best.pop("model.layers[1]")
    return Found(
        recipe=whole({"model.layers": [784, width, 10]} | best),
        accuracy=100 * record["best"]["validation_accuracy"]["mean"],
        saved=100 - 100 * sum(trial["epochs"] for trial in trials) / (EPOCHS * record["planned"]),
        states=record["states"],
    )


def trained(name: str, recipe: Recipe, seeds: int, out: Path) -> Scores:
    """Train a recipe with seeds that have not chosen it."""
    settings = [
        option for key in recipe for option in ("--set", f"{key}={json.dumps(recipe[key])}")
    ]
    span = f"seed={FIRST}..{FIRST + seeds - 1}"
    record = sweep("mnist", *settings, "--set", span, out=out / f"again-{name.replace(' ', '-')}")
    trials = sorted(record["best"]["trials"], key=lambda trial: int(trial["seed"]))
    return Scores(
        [100 * trial["validation_accuracy"] for trial in trials],
        [100 * trial["test_accuracy"] for trial in trials],
    )


def sweep(*arguments: str, out: Path) -> dict[str, Any]:
    """Run a sweep, or what is left of it, and return its results."""
    click.echo(f"sweep {out}", err=True)
    command = [*MLP, "sweep", *arguments, "--out", str(out), "--json"]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    record: dict[str, Any] = json.loads(finished.stdout)
    return record


def whole(recipe: Recipe) -> Recipe:
    """Return a recipe with all that it needs beside the configuration."""
    return {"training.epochs": EPOCHS} | recipe


def compare(name: str, found: list[float], hand: list[float]) -> None:
    """Print how much better a recipe is than that by hand, over the same seeds."""
    differences = [one - other for one, other in zip(found, hand, strict=True)]
    error = stdev(differences) / math.sqrt(len(differences))
    if -error <= mean(differences) < 0:
        outcome = "equal within its error"
    else:
        outcome = verdict(mean(differences) >= 0)
    click.echo(f"{name} − by hand: {mean(differences):+.2f} ± {error:.2f}, bound 0: {outcome}")


def spread(values: list[float]) -> str:
    """Return mean and standard deviation."""
    return f"{mean(values):.2f} ± {stdev(values):.2f}"


def text_of(recipe: Recipe) -> str:
    """Return a recipe in one line, without the sections of its keys."""
    values = {key.rpartition(".")[2]: value for key, value in recipe.items()}
    return ", ".join(
        f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in values.items()
        if key != "epochs"
    )


def verdict(good: bool) -> str:  # the only argument
    """Return what a bound comes to."""
    return "kept" if good else "MISSED"


if __name__ == "__main__":
    main()
