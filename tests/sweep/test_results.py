"""What came of a sweep, read from its directory."""

import json
from pathlib import Path
from statistics import stdev

import pytest

from mlpcli.config import Config
from mlpcli.config.loading import plain
from mlpcli.datasets import Dataset
from mlpcli.errors import RunError
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.temperature import fit_temperature
from mlpcli.report.sweep_page import sweep_html
from mlpcli.report.sweeps import sweep_record, sweep_text
from mlpcli.runs.finding import find_weights, load_weights
from mlpcli.sweep.committee import write_committee
from mlpcli.sweep.comparing import compare_recipes
from mlpcli.sweep.definition import Choice, Range
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import Results, read_results, value_at
from tests.support.checkpoints import rewrite
from tests.support.sweeps import RATE, RATES, WIDTH, Ended, make_sweep

NAN = "epoch 1: the loss is no longer finite"


@pytest.fixture
def directory(tmp_path: Path, finished_runs: Path) -> SweepDirectory:
    """A sweep of three rates with three seeds, one of which was pruned, one failed, one missing."""
    rates = {
        0.01: [0.80, 0.82, 0.84],
        0.03: [0.91, 0.95],
        0.1: [0.99, 0.97, 0.95],
    }
    trials = [
        Ended({RATE: rate}, seed, value, value - 0.01)
        for rate, values in rates.items()
        for seed, value in enumerate(values)
    ]
    trials[4] = Ended({RATE: 0.03}, 1, 0.98, None, state="pruned", reason="below the median")
    trials[7] = Ended({RATE: 0.1}, 2, None, None, state="failed", reason=NAN)
    return make_sweep(tmp_path / "rates-sweep", finished_runs / "trained", [RATES], trials)


@pytest.fixture
def results(directory: SweepDirectory) -> Results:
    """What came of it."""
    return read_results(directory)


def test_recipes(results: Results) -> None:
    """Recipes come best first, by the mean of the finished seeds, with their deviation, n − 1."""
    assert [0.1, 0.03, 0.01] == [recipe.values[RATE] for recipe in results.recipes]
    best, middle, worst = (recipe.spread("validation_accuracy") for recipe in results.recipes)
    assert best
    assert middle
    assert worst
    assert pytest.approx(0.98) == best.mean
    assert 2 == best.count
    assert pytest.approx(stdev([0.99, 0.97])) == best.deviation
    assert (0.91, None, 1) == (middle.mean, middle.deviation, middle.count)
    assert pytest.approx(0.02) == worst.deviation
    test = results.recipes[2].spread("test_accuracy")
    assert test
    assert pytest.approx(0.81) == test.mean
    assert [{"done": 2, "failed": 1}, {"done": 1, "pruned": 1, "missing": 1}, {"done": 3}] == [
        dict(recipe.states) for recipe in results.recipes
    ]


def test_ranked(results: Results) -> None:
    """Single trials come best first; those that were pruned or failed are not among them."""
    assert [5, 6, 3, 2, 1, 0] == [trial.number for trial in results.ranked()]


def test_loss(tmp_path: Path, finished_runs: Path) -> None:
    """With the loss as the metric, the lowest is the best."""
    trials = [Ended({RATE: rate}, 0, loss=loss) for rate, loss in ((0.01, 0.2), (0.1, 0.1))]
    directory = make_sweep(
        tmp_path / "s", finished_runs / "trained", [RATES], trials, metric="validation_loss"
    )
    results = read_results(directory)
    assert [0.1, 0.01] == [recipe.values[RATE] for recipe in results.recipes]
    assert [1, 0] == [trial.number for trial in results.ranked()]
    assert "0.1000" in sweep_text(results, 80)


def test_no_validation(tmp_path: Path, finished_runs: Path) -> None:
    """Without validation images recipes are ranked by test accuracy, and there is no committee."""
    trials = [Ended({RATE: rate}, 0, None, test) for rate, test in ((0.01, 0.8), (0.1, 0.9))]
    changes = ["data.validation=0"]
    directory = make_sweep(
        tmp_path / "s", finished_runs / "trained", [RATES], trials, changes=changes
    )
    results = read_results(directory)
    assert ("test_accuracy", [0.1, 0.01]) == (
        results.measure,
        [recipe.values[RATE] for recipe in results.recipes],
    )
    assert "note: there are no validation images: recipes are ranked by test" in sweep_text(
        results, 80
    )
    with pytest.raises(RunError, match=r"chooses by validation images, but there are none"):
        write_committee(directory, results, 2)
    assert 2 == len(write_committee(directory, results, "all").files)


def test_repeated_point(tmp_path: Path, finished_runs: Path) -> None:
    """A point that the sampler has chosen twice counts once, as its trial that has finished."""
    pruned = Ended({WIDTH: 20}, 0, 0.5, state="pruned")
    trials = [pruned, Ended({WIDTH: 20}, 0, 0.9), Ended({WIDTH: 20}, 0, 0.9)]
    directory = make_sweep(
        tmp_path / "s", finished_runs / "trained", [Range(WIDTH, 10, 30)], trials, sampler="tpe"
    )
    (recipe,) = read_results(directory).recipes
    assert [1] == [trial.number for trial in recipe.trials]


def test_values_as_written(tmp_path: Path, finished_runs: Path) -> None:
    """A section is named by what the sweep wrote of it, not by all that the run filled in."""
    sections = Choice("training.optimizer", ({"name": "sgd"}, {"name": "sgd", "momentum": 0.5}))
    whole = value_at(plain(Config()), "training.optimizer")
    trials = [
        Ended({"training.optimizer": whole | {"momentum": momentum}}, 0, accuracy)
        for momentum, accuracy in ((0.9, 0.8), (0.5, 0.9))
    ]
    directory = make_sweep(tmp_path / "s", finished_runs / "trained", [sections], trials)
    results = read_results(directory)
    assert [{"name": "sgd", "momentum": 0.5}, {"name": "sgd"}] == [
        recipe.values["training.optimizer"] for recipe in results.recipes
    ]
    assert "{name: sgd, momentum: 0.5}" in sweep_text(results, 80)


def test_value_at() -> None:
    """An index counts the items of a list, and widths of `hidden` are found in `layers`."""
    config = {"model": {"layers": [784, 30, 20, 10], "hidden": None}, "augmentation": None}
    assert 30 == value_at(config, "model.layers[1]")
    assert [30, 20] == value_at(config, "model.hidden")
    assert 20 == value_at(config, "model.hidden[1]")
    assert value_at(config, "augmentation.rotation") is None


def test_unreadable_trial(directory: SweepDirectory) -> None:
    """A trial with a damaged file takes none of the others away, and is named."""
    directory.trial(0).result.write_text("{}")
    results = read_results(directory)
    assert 7 == len(results.trials)
    (line,) = results.unreadable
    assert line.startswith(f"{directory.path}/trial-0000/result.json: ")
    assert line in sweep_text(results, 80)


def test_text(results: Results, directory: SweepDirectory) -> None:
    """The table on the terminal has a row for each recipe, then how all trials ended."""
    assert sweep_text(results, 80).splitlines() == [
        "   learning_rate  validation accuracy   test accuracy  seeds",
        "1            0.1       98.00 ± 1.41 %  97.00 ± 1.41 %  2 of 3",
        "2           0.03              91.00 %         90.00 %  1 of 3",
        "3           0.01       82.00 ± 2.00 %  81.00 ± 2.00 %  3",
        "",
        "8 trials: 6 done, 1 failed, 1 pruned; 1 not begun",
        f"failed: {NAN}",
        "pruned: below the median",
        f"best trial: {directory.path}/trial-0005, validation accuracy 99.00 %",
    ]


def test_reasons(tmp_path: Path, finished_runs: Path) -> None:
    """Reasons that differ in numbers alone are counted together."""
    why = "median: validation accuracy {} % after epoch {} is too low"
    reasons = [why.format(8.5, 1), why.format("8e-05", 12), "other: 3."]
    trials = [
        Ended({RATE: rate}, 0, 0.5, state="pruned", reason=reason)
        for rate, reason in zip(RATES.values, reasons, strict=True)
    ]
    directory = make_sweep(tmp_path / "s", finished_runs / "trained", [RATES], trials)
    assert sweep_text(read_results(directory), 80).splitlines() == [
        "3 trials: 3 pruned; 6 not begun",
        "pruned 2 times: median: validation accuracy … % after epoch … is too low",
        "pruned: other: 3.",
    ]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_width(tmp_path: Path, finished_runs: Path, width: int) -> None:
    """The table is never wider than the terminal, and of many recipes the best are shown."""
    keys = [RATE, WIDTH, "training.optimizer.weight_decay", "training.batch_size"]
    space = [Range(key, 1, 99) for key in keys]
    trials = [
        Ended(dict.fromkeys(keys, number), 0, number / 100, number / 100)
        for number in range(30, 60)
    ]
    directory = make_sweep(
        tmp_path / "s", finished_runs / "trained", space, trials, sampler="random"
    )
    table = sweep_text(read_results(directory), width).split("\n\n")[0].splitlines()
    *rows, more = table
    assert max(map(len, rows)) <= width
    assert more.startswith("and 10 more recipes: --json has all, mlp runs ")
    assert 20 == sum("." in row for row in rows)


def test_one_more(tmp_path: Path, finished_runs: Path) -> None:
    """One recipe that is not shown is counted as one."""
    trials = [Ended({RATE: number / 100}, 0) for number in range(1, 22)]
    trained = finished_runs / "trained"
    made = make_sweep(tmp_path / "s", trained, [Range(RATE, 0.01, 1)], trials, sampler="random")
    assert "\nand 1 more recipe: --json has all" in sweep_text(read_results(made), 80)


def test_record(results: Results, directory: SweepDirectory) -> None:
    """The JSON object has each trial below its recipe, and the states of all."""
    record = json.loads(json.dumps(sweep_record(results)))
    assert {"done": 6, "pruned": 1, "failed": 1} == record["states"]
    assert (9, [RATE], "validation_accuracy") == (
        record["planned"],
        record["keys"],
        record["metric"],
    )
    assert record["recipes"][0] == record["best"]
    assert f"{directory.path}/trial-0005" == record["best_trial"]
    assert [0, 1, 2] == [trial["seed"] for trial in record["best"]["trials"]]
    assert NAN == record["best"]["trials"][2]["reason"]
    assert pytest.approx(0.97) == record["best"]["test_accuracy"]["mean"]


def test_committee(results: Results, directory: SweepDirectory) -> None:
    """The best finished trials become the weights that the sweep's directory stands for."""
    expected = [directory.trial(number).best for number in (5, 6, 3)]
    assert expected == [*write_committee(directory, results, 3).files]
    assert expected == find_weights(directory.path)
    assert 6 == len(write_committee(directory, results, 99).files)
    expected = [directory.trial(number).best for number in (0, 1, 2, 3, 5, 6)]
    assert expected == [*write_committee(directory, results, "all").files]


def test_temperature(tmp_path: Path, finished_runs: Path, glyphs: Dataset) -> None:
    """The mean of a committee is calibrated on the images that its networks held out."""
    trials = [Ended({RATE: rate}, 0) for rate in (0.01, 0.1)]
    directory = make_sweep(tmp_path / "s", finished_runs / "weak", [RATES], trials)
    written = write_committee(directory, read_results(directory), 2)
    mean = Classifier.load(written.files).log_probabilities(glyphs.validation.images)
    expected = fit_temperature(mean, glyphs.validation.labels)
    assert pytest.approx(expected) == written.temperature != 1
    found = Classifier.of(load_weights(directory.path))
    assert (written.temperature, None) == (found.temperature, written.note)
    assert 1 == write_committee(directory, read_results(directory), 1).temperature


def test_no_temperature(results: Results, directory: SweepDirectory) -> None:
    """Without the images that all held out the temperature is 1, and a note says why."""
    best = directory.trial(6).best
    content = best.read_bytes()
    best.unlink()  # it is a link to the others' file
    best.write_bytes(content)
    rewrite(best, {}, data={"name": "other", "fingerprint": "0"})
    written = write_committee(directory, results, 2)
    assert 1 == written.temperature
    assert written.note
    assert "must have held out the same validation images" in written.note
    assert '["' in (directory.committee.read_text().replace("\n ", ""))


def test_unlike_committee(results: Results, directory: SweepDirectory) -> None:
    """Networks with other classes are no committee."""
    best = directory.trial(6).best
    content = best.read_bytes()
    best.unlink()  # it is a link to the others' file
    best.write_bytes(content)
    rewrite(best, {}, classes=list("abcdefghij"))
    with pytest.raises(RunError, match=r"trial-0006/best.npz: the classes and the preprocessing"):
        write_committee(directory, results, 2)
    assert 1 == len(write_committee(directory, results, 1).files)


@pytest.mark.parametrize(
    "config",
    [
        {"seed": 0, "training": {"epochs": 1}},
        {"seed": 10**40, "training": {"epochs": 1, "optimizer": []}, "data": 3, "model": "x"},
        {"seed": -1, "training": {"epochs": 1, "optimizer": {"learning_rate": 10**400}}},
        {"seed": 1, "training": {"epochs": 1, "optimizer": {"learning_rate": {"a": [[None]]}}}},
    ],
)
def test_strangers_trial(directory: SweepDirectory, config: dict[str, object]) -> None:
    """A trial whose configuration is not one is shown with what it says, or not read."""
    run = directory.trial(0)
    run.result.write_text(json.dumps(json.loads(run.result.read_text()) | {"config": config}))
    results = read_results(directory)
    assert 8 == len(results.trials) + len(results.unreadable)
    sweep_text(results, 80)
    json.dumps(sweep_record(results))
    sweep_html(results, "none")
    compare_recipes(results)
