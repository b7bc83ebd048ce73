"""Warnings of a training that goes wrong: in the epoch in which it does, and at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.cli.common import say

if TYPE_CHECKING:
    from mlpcli.images.normalization import Pixels
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.nn.diagnosis import Outcome
    from mlpcli.nn.network import Network
    from mlpcli.report.findings import Findings
    from mlpcli.training.state import TrainingState

LOOKED_AT = 300  # images that show whether units are dead


class Watch:
    """Looks at a training after each epoch, and at its best weights.

    Args:
        state: of the training.
        quiet: say nothing before the end.
    """

    def __init__(self, state: TrainingState, *, quiet: bool) -> None:
        self._state, self._quiet = state, quiet
        self._said: Findings | None = None
        self._latest: Findings | None = None
        self._advice = ""
        self._unfound: frozenset[int] = frozenset()  # in the epoch before

    def after_epoch(self) -> None:
        """Say what has not been said before.

        A class of which nothing is recognised is mentioned where the answers are no better than
        guesses, or in a second epoch, for at first that is usual.
        """
        from mlpcli.training.state import examples

        state, outcome = self._state, self._state.outcome
        if outcome is None:
            return
        images = examples(state.looked_at, LOOKED_AT).images
        unfound = outcome.unfound if outcome.guessing else outcome.unfound & self._unfound
        self._unfound = outcome.unfound
        self._latest = self._find(state.predictor, images, outcome, unfound)
        news = self._latest.without(self._said)
        self._said = self._latest.join(self._said)
        if not self._quiet:
            self._say(news, self._latest, f"epoch {state.epochs_done}: ")

    def conclude(self, evaluation: Evaluation) -> None:
        """Say what is wrong with the weights that a training ends with, and its last epoch.

        Args:
            evaluation: of the former, on the test images.
        """
        from mlpcli.nn.diagnosis import Outcome
        from mlpcli.training.state import examples

        images = examples(evaluation.split, LOOKED_AT).images
        outcome = Outcome.of(evaluation.metrics)
        network = evaluation.classifier.networks[0]
        found = self._find(network, images, outcome, outcome.unfound)
        self._advice = ""
        self._say(found, found)
        if self._latest:
            rest = self._latest.without(found)
            self._say(rest, self._latest, f"after epoch {self._state.epochs_done}: ")

    def _find(
        self, network: Network, images: Pixels, outcome: Outcome, unfound: frozenset[int]
    ) -> Findings:
        import numpy as np

        from mlpcli.nn.dead_units import count_dead_units
        from mlpcli.nn.diagnosis import stuck_layers
        from mlpcli.report.findings import Findings
        from mlpcli.utils.threads import use_threads

        threads = use_threads(self._state.evaluation_threads)
        with threads, np.errstate(over="ignore", invalid="ignore"):
            stuck = stuck_layers(count_dead_units(network, images), len(images))
        return Findings(outcome, outcome.guessing is True, unfound, stuck)

    def _say(self, news: Findings, findings: Findings, place: str = "") -> None:
        """Say what is new of some findings, and what to try if that is new as well."""
        from mlpcli.report.findings import advice, finding_lines

        if not news:
            return
        for line in finding_lines(news, self._state.dataset.classes):
            say(f"{place}warning: {line}")
        before, self._advice = self._advice, advice(findings, self._state.config)
        if self._advice != before:
            say(f"{place}{self._advice}")
