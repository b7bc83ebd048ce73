"""What Optuna calls the space, the sampler and the pruner of a sweep."""

from __future__ import annotations

import json
import warnings
from typing import Any, cast

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from mlpcli.sweep.definition import Choice, Dimension, Sweep, Value
from mlpcli.sweep.together import values_of

REDUCTION = 4  # one of so many trials goes on: of 3 and 4, both usual, it saves more epochs of few
STARTUP = 10  # points at random before TPE begins, as in Optuna


def pruner_of(sweep: Sweep) -> optuna.pruners.BasePruner:
    """Return the pruner of a sweep; a trial reports after each epoch."""
    match sweep.pruner:
        case "none":
            return optuna.pruners.NopPruner()
        case "median":
            return optuna.pruners.MedianPruner(n_startup_trials=5)
        case "hyperband":
            most = cast(int, values_of(sweep, "training.epochs")[-1])
            return optuna.pruners.HyperbandPruner(1, most, reduction_factor=REDUCTION)


def sampler_of(sweep: Sweep, trials: int) -> optuna.samplers.BaseSampler:
    """Return the sampler of the next point.

    Args:
        sweep: whose points are drawn.
        trials: how many there are, from which the sampler's seed follows.
    """
    seed = (sweep.base.seed + trials) % 2**32
    if sweep.sampler != "tpe":
        return optuna.samplers.RandomSampler(seed=seed)
    with warnings.catch_warnings(action="ignore"):  # parts of it are experimental
        return optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=STARTUP, multivariate=True, constant_liar=True
        )


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """Return what Optuna calls a dimension."""
    if isinstance(dimension, Choice):
        return CategoricalDistribution([label_of(value) for value in dimension.values])
    low, high, log, step = dimension.low, dimension.high, dimension.log, dimension.step
    if dimension.whole:
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    return FloatDistribution(low, high, log=log, step=step)


def suggest(trial: optuna.trial.Trial, key: str, distribution: BaseDistribution) -> None:
    """Let a trial have a value for a key, unless it has one."""
    match distribution:
        case CategoricalDistribution():
            trial.suggest_categorical(key, distribution.choices)
        case IntDistribution(low=low, high=high, log=log, step=step):
            trial.suggest_int(key, low, high, log=log, step=step)
        case FloatDistribution(low=low, high=high, log=log, step=step):
            trial.suggest_float(key, low, high, log=log, step=step)


def label_of(value: Value) -> Any:
    """Return a value as Optuna keeps it: lists and mappings as JSON text."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def value_of_label(dimension: Dimension, kept: Any) -> Value:
    """Return the value that Optuna keeps."""
    if isinstance(dimension, Choice):
        return next(value for value in dimension.values if label_of(value) == kept)
    number: float = kept
    return number
