"""What a sweep will try, for `mlp sweep --dry-run`."""

from mlpcli.report.recipes import value_text
from mlpcli.sweep.definition import ALL, Choice, Dimension, Members, Sweep
from mlpcli.utils.escaping import printable


def plan_text(sweep: Sweep, trials: int) -> str:
    """Return how many trials there are, a line for each key that varies, and how they are chosen.

    Args:
        sweep: what is tried.
        trials: how many there will be.
    """
    points, seeds = trials // len(sweep.seeds), len(sweep.seeds)
    each = f", each with {seeds} seeds" if seeds > 1 else ""
    width = max((len(dimension.key) for dimension in sweep.space), default=0)
    lines = [f"{dimension.key:<{width}}  {_values(dimension)}" for dimension in sweep.space]
    chosen = f"sampler {sweep.sampler}, pruner {sweep.pruner}, by {_measure(sweep)}"
    heading = f"{trials} trial{'s' * (trials != 1)}: {points} point{'s' * (points != 1)}{each}"
    committee = [] if sweep.committee is None else [f"committee of {_members(sweep.committee)}"]
    return "\n".join(map(printable, [heading, *lines, chosen, *committee]))


def _members(committee: Members) -> str:
    return "all trials" if committee == ALL else f"the {committee} best trials"


def _measure(sweep: Sweep) -> str:
    metric = sweep.metric.replace("_", " ")
    if sweep.base.data.validation == 0:
        return f"{metric.replace('validation', 'test')}, as there are no validation images"
    return metric


def _values(dimension: Dimension) -> str:
    if isinstance(dimension, Choice):
        return ", ".join(map(value_text, dimension.values))
    text = f"{value_text(dimension.low)} to {value_text(dimension.high)}"
    if dimension.step is not None:
        text += f" in steps of {value_text(dimension.step)}"
    return text + (", even in the logarithm" if dimension.log else "")
