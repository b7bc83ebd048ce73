"""What a diagnosis of a training finds, made up."""

from dataclasses import replace

from mlpcli.training.diagnosis import Findings, Outcome


def findings(**changes: object) -> Findings:
    """Return findings, by default none."""
    outcome = Outcome(0.1, 2, 0.12, None, frozenset())
    none = Findings(outcome, guessing=False, zero_recall=frozenset(), inactive=())
    return replace(none, **changes)  # type: ignore[arg-type]
