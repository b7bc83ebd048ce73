"""The study of a sweep in Optuna: which trial is next, whether it is pruned, what came of it.

Each trial of the study is a run. A point of the space that is tried with several seeds has a trial
for each; the first one is asked of the sampler, the others are created with its values.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from typing import Any, Self

import optuna
from optuna.trial import FrozenTrial, TrialState

from mlpcli.config import Config
from mlpcli.config.data import DataConfig
from mlpcli.errors import MlpError, RunError
from mlpcli.sweep.definition import Point, Sweep
from mlpcli.sweep.directory import STUDY, SweepDirectory
from mlpcli.sweep.translation import (
    distribution_of,
    label_of,
    pruner_of,
    sampler_of,
    suggest,
    value_of_label,
)
from mlpcli.sweep.writing import to_yaml

OWN_NAME = "sweep"  # of the study in a sweep's own database
SEED, DIGEST = "seed", "sweep"  # attributes of a trial and of the study
FEWEST = 4  # trials that are done, for the importance of keys
ATTEMPTS = 30  # to find a point that is new, before a space counts as exhausted

Params = Mapping[str, Any]
"""The values of a point as Optuna keeps them."""


@dataclass(frozen=True)
class Trial:
    """A trial that is under way.

    Attributes:
        number: counted from 0.
        point: a value for each key that varies.
        seed: of the run.
        own: Optuna's object.
        reported: epochs whose metric the study knows.
    """

    number: int
    point: Point
    seed: int
    own: optuna.trial.Trial
    reported: int = 0


class Study:
    """The study of a sweep.

    Args:
        sweep: what is tried.
        storage: the URL of a database.
        name: of the study in the database.
        digest: of what makes the sweep the same, because a database may hold others' studies.

    Raises:
        MlpError: the database cannot be used.
        RunError: it holds another sweep's study of this name.
    """

    def __init__(self, sweep: Sweep, storage: str, name: str, digest: str) -> None:
        self._sweep, self._name = sweep, name
        self._distributions = {each.key: distribution_of(each) for each in sweep.space}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            self._study = optuna.create_study(
                storage=_open_storage(storage),
                study_name=name,
                direction="maximize" if sweep.maximize else "minimize",
                pruner=pruner_of(sweep),
                load_if_exists=True,
            )
        except Exception as error:  # each database has its own errors
            raise MlpError(f"{storage}: cannot hold the study, {_first_line(error)}") from error
        found = self._study.user_attrs.get(DIGEST)
        if found is None:
            self._study.set_user_attr(DIGEST, digest)
        elif found != digest:
            raise RunError(
                f"{storage}: holds a study {name} of another sweep; choose another --out"
            )
        self._points: dict[str, Params] = {}
        self._tried: dict[tuple[str, int], int] = {}  # the number of each trial
        for trial in self._trials():
            if SEED in trial.user_attrs:
                self._note(trial.params, trial.user_attrs[SEED], trial.number)
        self._grid = self._rest_of_grid()

    @classmethod
    def of(cls, sweep: Sweep, directory: SweepDirectory, storage: str | None = None) -> Self:
        """Open the study of a sweep, or begin it.

        In a database of several studies it bears the name of the sweep's directory; in one of its
        own always the same, so that the directory may be renamed.

        Args:
            sweep: what is tried.
            directory: of the sweep.
            storage: the URL of a database; by default of a file in the directory.
        """
        path = directory.path.absolute()
        if storage is not None:
            return cls(sweep, storage, path.name, _digest(sweep))
        return cls(sweep, f"sqlite:///{path / STUDY}", OWN_NAME, _digest(sweep))

    def under_way(self) -> list[Trial]:
        """Return the trials that an earlier process began and did not end."""
        return [
            replace(
                self._begun(optuna.trial.Trial(self._study, trial._trial_id)),
                reported=max(trial.intermediate_values, default=0),
            )
            for trial in self._trials(TrialState.RUNNING)
        ]

    def counts(self) -> tuple[int, int]:
        """Return how many trials have ended, and how many there will be."""
        ended = self._trials(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
        return sum(SEED in trial.user_attrs for trial in ended), trial_count(self._sweep)

    def is_finished(self) -> bool:
        """Tell whether no trials are left."""
        done, expected = self.counts()
        return done >= expected

    def next(self) -> Trial | None:
        """Return a new trial; None if there are no more."""
        if fixed := self._missing():
            return self._created(*fixed)
        if self._has_all_points():
            return None
        for _ in range(ATTEMPTS):
            self._study.sampler = sampler_of(self._sweep, len(self._trials()))
            own = self._study.ask(self._distributions)
            same = self._tried.get((self._values(own.params), self._sweep.seeds[0]))
            if same is None:
                return self._begun(own)
            own.set_user_attr("reason", f"the same as trial {same}")
            self._study.tell(own.number, state=TrialState.FAIL)
        return None  # a small space has no others

    def report(self, trial: Trial, epoch: int, value: float) -> str | None:
        """Note the metric after an epoch; return why the trial is to be pruned, if it is."""
        trial.own.report(value, epoch)
        if not trial.own.should_prune():
            return None
        shown = f"{100 * value:.2f} %" if self._sweep.maximize else f"{value:.4g}"
        metric = self._sweep.metric.replace("_", " ")
        side = "low" if self._sweep.maximize else "high"
        return f"too {side} after epoch {epoch}: {metric} {shown} ({self._sweep.pruner})"

    def complete(self, trial: Trial, value: float) -> None:
        """Note the metric of a trial that has ended."""
        self._study.tell(trial.own, value, skip_if_finished=True)

    def prune(self, trial: Trial, reason: str) -> None:
        """Note that a trial was pruned."""
        trial.own.set_user_attr("reason", reason)
        self._study.tell(trial.own, state=TrialState.PRUNED, skip_if_finished=True)

    def fail(self, trial: Trial, reason: str) -> None:
        """Note that a trial failed."""
        trial.own.set_user_attr("reason", reason)
        self._study.tell(trial.own, state=TrialState.FAIL, skip_if_finished=True)

    def importance(self) -> dict[str, float] | str:
        """Return the share that each key has in the metric, or why that is not known."""
        if len(self._trials(TrialState.COMPLETE)) < FEWEST:
            return f"fewer than {FEWEST} trials are done"
        try:
            with warnings.catch_warnings(action="ignore"):
                return optuna.importance.get_param_importances(self._study)
        except (RuntimeError, ValueError) as error:  # too few trials, or keys that do not vary
            return _first_line(error)

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False, states=states or None)

    def _created(self, params: Params, seed: int) -> Trial:
        """Return a new trial of a point that is known.

        It is written at once, in a third of the time of enqueuing it and asking for it.
        """
        template = optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params=dict(params),
            distributions=self._distributions,
            user_attrs={SEED: seed},
        )
        number = self._study._storage.create_new_trial(self._study._study_id, template)
        self._study.sampler = optuna.samplers.RandomSampler()  # is asked for nothing
        return self._begun(optuna.trial.Trial(self._study, number))

    def _begun(self, own: optuna.trial.Trial) -> Trial:
        """Return a trial with its seed."""
        for key, distribution in self._distributions.items():
            suggest(own, key, distribution)  # again, if a process was killed just then
        if SEED not in own.user_attrs:
            own.set_user_attr(SEED, self._sweep.seeds[0])
        seed = int(own.user_attrs[SEED])
        self._note(own.params, seed, own.number)
        point = {each.key: value_of_label(each, own.params[each.key]) for each in self._sweep.space}
        return Trial(own.number, point, seed, own)

    def _missing(self) -> tuple[Params, int] | None:
        """Return the values and seed of a trial that has to be, and is not in the study.

        All points of a grid are tried with a seed before the next; a point that was drawn has all
        of its seeds before the next point.
        """
        if self._sweep.sampler == "grid":
            return next(self._grid, None)
        for values, params in self._points.items():
            for seed in self._sweep.seeds:
                if (values, seed) not in self._tried:
                    return params, seed
        return None

    def _rest_of_grid(self) -> Iterator[tuple[Params, int]]:
        for seed in self._sweep.seeds:
            for point in islice(self._sweep.grid(), self._sweep.trials):
                params = {key: label_of(value) for key, value in point.items()}
                if (self._values(params), seed) not in self._tried:
                    yield params, seed

    def _has_all_points(self) -> bool:
        return self._sweep.sampler == "grid" or len(self._points) >= (self._sweep.trials or 0)

    def _note(self, params: Params, seed: int, number: int) -> None:
        """Remember a trial that is in the study."""
        values = self._values(params)
        self._points.setdefault(values, params)
        self._tried.setdefault((values, seed), number)

    def _values(self, params: Params) -> str:
        """Return the values of a point as a text by which it is known."""
        return json.dumps([params[key] for key in self._distributions])


def trial_count(sweep: Sweep) -> int:
    """Return how many trials a sweep has, unless its space has fewer points."""
    points = sweep.trials
    if sweep.sampler == "grid":
        points = sum(1 for _ in islice(sweep.grid(), points))
    return (points or 0) * len(sweep.seeds)


def _digest(sweep: Sweep) -> str:
    """Return a digest of what makes a sweep the same, without its length and places."""
    data = sweep.base.data.model_copy(update={"root": DataConfig().root})
    base = sweep.base.model_copy(update={"data": data, "output": Config().output, "seed": 0})
    same = replace(sweep, base=base, seeds=(0,), trials=None, timeout=None)
    return sha256(to_yaml(same).encode()).hexdigest()


def _open_storage(url: str) -> optuna.storages.RDBStorage:
    return optuna.storages.RDBStorage(url, skip_compatibility_check=False)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
