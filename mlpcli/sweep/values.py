"""The value by which a trial is judged."""

from mlpcli.runs.result import Result
from mlpcli.sweep.definition import Metric


def value_of(result: Result, metric: Metric) -> float:
    """Return the metric of a run that is done; on the test images if none were for validation."""
    value: float | None = getattr(result, metric)
    if value is None:
        value = getattr(result, metric.replace("validation", "test"))
    if value is None:  # it has been tested, because it is done
        raise ValueError(f"a run that is done must have a {metric}, got {result!r:.200}")
    return value
