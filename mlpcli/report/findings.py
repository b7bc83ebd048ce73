"""Warnings about a training that has gone wrong, and what to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from mlpcli.report.text import percent

if TYPE_CHECKING:
    from mlpcli.config import Config
    from mlpcli.training.diagnosis import Findings, InactiveLayer

NAMED = 5  # classes or layers that a line names, at most


def finding_lines(findings: Findings, classes: Sequence[str]) -> Iterator[str]:
    """Yield a line for each kind of finding."""
    if findings.inactive:
        yield _units(findings.inactive)
    if findings.guessing:
        outcome = findings.outcome
        how = "no" if outcome.accuracy <= outcome.majority_share else "hardly"
        yield (
            f"an accuracy of {percent(outcome.accuracy)} is {how} better than guessing: always "
            f"predicting {classes[outcome.majority_class]} gives {percent(outcome.majority_share)}"
        )
    if findings.zero_recall:
        names = _first([classes[label] for label in sorted(findings.zero_recall)])
        one = len(findings.zero_recall) == 1
        yield (
            f"{len(findings.zero_recall):,} of {len(classes):,} classes {'has' if one else 'have'} "
            f"recall 0, none of {'its' if one else 'their'} images is recognised: {names}"
        )


def advice(findings: Findings, config: Config) -> str:
    """Return what to try next."""
    training, init = config.training, config.model.init
    suited = "xavier" if config.model.activation in ("sigmoid", "tanh") else "he"
    first = [f"model.init={suited}"] if findings.guessing and init == "normal" else []
    if findings.inactive:
        ways = [_lower_rate(config)]
        if training.gradient_clip is None:
            ways.append("training.gradient_clip=1")
        if suited == "he" and init != "he" and not first:
            ways.append("model.init=he")
    elif findings.guessing:
        ways = [_other_rate(config), f"more training.epochs than {training.epochs}"]
    else:
        ways = [
            f"more training.epochs than {training.epochs}",
            "more or larger model.layers",
            "more images of these classes",
        ]
    return "to try: " + ", or ".join(first + ways)


def _units(inactive: Sequence[InactiveLayer]) -> str:
    layers = _first(
        [f"{each.count} of {each.units} units of hidden layer {each.layer}" for each in inactive]
    )
    images = f"{inactive[0].images} images"
    if inactive[0].saturated:
        return (
            f"{layers} are saturated: their slope is close to zero for nearly all of {images}, so "
            "they hardly learn"
        )
    return f"{layers} are dead: they are inactive for all of {images}, so they no longer learn"


def _first(names: Sequence[str]) -> str:
    return ", ".join([*islice(names, NAMED), *["…"][: len(names) > NAMED]])


def _usual(config: Config) -> float:
    """Return a learning rate at which the optimizer usually learns."""
    return 0.1 if config.training.optimizer.name == "sgd" else 0.001


def _lower_rate(config: Config) -> str:
    rate = config.training.optimizer.learning_rate
    lower = min(rate / 10, _usual(config))
    return f"a training.optimizer.learning_rate below {rate:g}, such as {lower:.1g}"


def _other_rate(config: Config) -> str:
    """Return where a better learning rate may be: towards the usual one, or on either side."""
    rate = config.training.optimizer.learning_rate
    if rate > _usual(config):
        return _lower_rate(config)
    higher = f"above {rate:g}, such as {max(rate * 10, _usual(config) / 10):.1g}"
    if rate == _usual(config):
        return f"{_lower_rate(config)}, or {higher}"
    return f"a training.optimizer.learning_rate {higher}"
