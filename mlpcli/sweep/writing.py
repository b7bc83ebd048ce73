"""A sweep → the text of its sweep.yaml; and whether two sweeps are the same one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpcli.config import plain
from mlpcli.config.changes import MISSING, config_changes
from mlpcli.config.document import show
from mlpcli.config.loading import yaml_text
from mlpcli.sweep.definition import Choice, Dimension, Sweep, identity

_ELSEWHERE = ("seed", "output", "data.root")  # the seeds are the sweep's, the others only places


def to_yaml(sweep: Sweep) -> str:
    """Return a sweep as a SWEEP.yaml with the configuration inline, which reads back as equal."""
    values: dict[str, Any] = {
        "config": plain(sweep.base),
        "space": {dimension.key: _dimension(dimension) for dimension in sweep.space},
        "sampler": sweep.sampler,
        "pruner": sweep.pruner,
    }
    for name, value in ("trials", sweep.trials), ("timeout", sweep.timeout):
        if value is not None:
            values[name] = value
    values |= {"metric": sweep.metric, "seeds": list(sweep.seeds)}
    return yaml_text(values if sweep.committee is None else values | {"committee": sweep.committee})


def difference(saved: Sweep, sweep: Sweep) -> str | None:
    """Say what makes a sweep another one than a saved one; None if it goes on with that.

    Trials, timeout and committee may change, and seeds may be added. Where data and runs are does
    not count.
    """
    return next(_differences(saved, sweep), None)


def _differences(saved: Sweep, sweep: Sweep) -> Iterator[str]:
    for key, old, new in config_changes(saved.base, sweep.base):
        if key not in _ELSEWHERE:
            before, after = ("nothing" if each is MISSING else show(each) for each in (old, new))
            yield f"{key} was {before} and is {after} now"
    old_keys, new_keys = (_by_key(each) for each in (saved, sweep))
    for key in {**old_keys, **new_keys}:
        if key not in new_keys:
            yield f"{key} varied and does not now"
        elif key not in old_keys:
            yield f"{key} did not vary and does now"
        elif identity(old_keys[key]) != identity(new_keys[key]):
            yield f"{key} was {show(old_keys[key])} and is {show(new_keys[key])} now"
    if [*old_keys] != [*new_keys]:
        yield f"the order of the keys was {', '.join(old_keys)}"
    for name in "sampler", "pruner", "metric":
        before, after = getattr(saved, name), getattr(sweep, name)
        if before != after:
            yield f"{name} was {before} and is {after} now"
    gone = [seed for seed in saved.seeds if seed not in sweep.seeds]
    if gone:
        yield f"seeds had {', '.join(map(str, gone))} as well"


def _by_key(sweep: Sweep) -> dict[str, Any]:
    return {dimension.key: _dimension(dimension) for dimension in sweep.space}


def _dimension(dimension: Dimension) -> dict[str, Any]:
    if isinstance(dimension, Choice):
        return {"choice": list(dimension.values)}
    values: dict[str, Any] = {"range": [dimension.low, dimension.high]}
    if dimension.log:
        values["log"] = True
    if dimension.step is not None:
        values["step"] = dimension.step
    return values
