"""Warnings about a training that goes wrong: in the epoch in which it does, and at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlpcli.cli.common import say
from mlpcli.training.callbacks import Callback

if TYPE_CHECKING:
    from mlpcli.datasets import Split
    from mlpcli.images.view import View
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.nn.network import Network
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.training.diagnosis import Findings, Outcome
    from mlpcli.training.trainer import Trainer

SAMPLE = 300  # images for which dead units are counted


class Watch(Callback):
    """Checks a training after each epoch, and its best weights at the end.

    Args:
        trainer: of the training.
        quiet: whether to say nothing before the end.
    """

    def __init__(self, trainer: Trainer, *, quiet: bool) -> None:
        self._trainer, self._quiet = trainer, quiet
        self._said: Findings | None = None
        self._latest: Findings | None = None
        self._advice = ""
        self._zero_recall: frozenset[int] = frozenset()  # in the epoch before

    def on_epoch(self, result: EpochResult) -> None:
        """Print warnings that have not been printed before.

        At first it is usual that no image of some class is recognised. So a class is named only in
        the second such epoch, or if the predictions are no better than guesses.
        """
        outcome, validator = self._trainer.outcome, self._trainer.validator
        if outcome is None:
            return
        named = outcome.zero_recall if outcome.guessing else outcome.zero_recall & self._zero_recall
        self._zero_recall = outcome.zero_recall
        found = self._diagnose(validator.predictor, validator.diagnosis_split, outcome, named)
        news, self._latest = found.without(self._said), found
        self._said = found.join(self._said)
        if not self._quiet:
            self._say(news, found, f"epoch {result.epoch}: ")

    def conclude(self, evaluation: Evaluation) -> bool:
        """Print warnings about the best weights of a training, and about its last epoch.

        Return whether they said what to try.

        Args:
            evaluation: of the best weights, on the test images.
        """
        from mlpcli.training.diagnosis import Outcome

        network, view = evaluation.classifier.networks[0], evaluation.classifier.views[0]
        outcome = Outcome.of(evaluation.metrics)
        found = self._diagnose(network, evaluation.split, outcome, view=view)
        self._advice = ""
        self._say(found, found)
        if self._latest:
            rest = self._latest.without(found)
            self._say(rest, self._latest, f"after epoch {self._trainer.epochs_done}: ")
        return bool(self._advice)

    def _diagnose(
        self,
        network: Network,
        split: Split,
        outcome: Outcome,
        zero_recall: frozenset[int] | None = None,
        view: View | None = None,
    ) -> Findings:
        from mlpcli.training.diagnosis import diagnose
        from mlpcli.training.validation import sample
        from mlpcli.utils.threads import use_threads

        with use_threads(self._trainer.evaluation_threads):
            images = sample(split, SAMPLE).images
            seen = images if view is None else view.apply(images)
            return diagnose(network, seen, outcome, zero_recall)

    def _say(self, news: Findings, findings: Findings, place: str = "") -> None:
        """Print the new ones of some findings, and what to try if that is new as well."""
        from mlpcli.report.findings import advice, finding_lines

        if not news:
            return
        for line in finding_lines(news, self._trainer.dataset.classes):
            say(f"{place}warning: {line}")
        before, self._advice = self._advice, advice(findings, self._trainer.config)
        if self._advice != before:
            say(f"{place}{self._advice}")
