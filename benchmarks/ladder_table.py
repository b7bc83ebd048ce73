"""The results of `benchmarks/ladder.py` as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import mean, stdev

from benchmarks.ladder_results import Result, Rung, results_of
from mlpcli.config import Config
from mlpcli.config.data import IMAGES
from mlpcli.nn.metrics import wilson_interval

MINUTES = 600  # seconds from which on times are given in minutes


def table_text(rungs: Sequence[Rung]) -> str:
    """Return all that is known of the rungs that have been measured."""
    head = (
        "rung",
        "network",
        "parameters",
        "epochs",
        "training",
        "validation",
        "validation, `--tta`",
        "test",
        "95 % interval",
        "test, `--tta`",
        "seeds",
        "time",
        "target",
        "published",
    )
    return _table(head, (_row(rung) for rung in rungs))


def short_table_text(rungs: Sequence[Rung]) -> str:
    """Return what the README says of the rungs."""
    head = ("recipe", "network", "test accuracy", "time", "published")
    wanted = [0, 1, 7, 11, 13]
    return _table(head, ([_row(rung)[column] for column in wanted] for rung in rungs))


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _row(rung: Rung) -> list[str]:
    members = rung.members
    config = members[0]
    validation, test = results_of(rung, "validation"), results_of(rung, "test")
    network = "–".join(map(str, config.model.sizes))
    correct, count = mean(each.correct for each in test), test[0].count
    low, high = wilson_interval(round(correct), count)
    return [
        f"`{rung.name}`",
        network if len(members) == 1 else f"{len(members)} × {network}",
        _amount(sum(map(_parameters, members))),
        str(config.training.epochs),
        _operations(sum(map(training_operations, members))),
        _accuracy(each.accuracy for each in validation),
        _accuracy(each.averaged_accuracy for each in validation),
        _accuracy(each.accuracy for each in test),
        f"{100 * low:.2f} – {100 * high:.2f}",
        _accuracy(each.averaged_accuracy for each in test),
        str(len(test)),
        _time(test),
        rung.target,
        rung.published,
    ]


def _accuracy(measured: Iterable[float | None]) -> str:
    """Return mean and standard deviation, if all have been measured."""
    values = []
    for each in measured:
        if each is None:
            return "–"
        values.append(each)
    if not values:
        return "–"
    spread = f" ± {stdev(values):.2f}" if len(values) > 1 else ""
    return f"{mean(values):.2f} %{spread}"


def _time(results: Sequence[Result]) -> str:
    seconds = mean(each.seconds for each in results)
    return f"{seconds:.0f} s" if seconds < MINUTES else f"{seconds / 60:.0f} min"


def _operations(count: float) -> str:
    tera = count / 1e12
    return f"{tera:.2g} TFLOP" if tera < 10 else f"{tera:.0f} TFLOP"


def _amount(number: int) -> str:
    return f"{number / 1e6:.1f} M" if number >= 1e6 else f"{number / 1e3:.0f} k"


def _parameters(config: Config) -> int:
    """Return the number of weights and biases once normalisation is folded."""
    sizes = config.model.sizes
    return sum(inputs * outputs + outputs for inputs, outputs in pairwise(sizes))


def training_operations(config: Config) -> float:
    """Return the additions and multiplications of the matrix products of a training.

    Forward they are two for each weight and image, and twice as many backward; the first layer
    needs no gradient of its inputs.
    """
    sizes = config.model.sizes
    weights = [inputs * outputs for inputs, outputs in pairwise(sizes)]
    return (6.0 * sum(weights) - 2.0 * weights[0]) * IMAGES * config.training.epochs
