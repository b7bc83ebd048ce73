"""Checks across the keys of a sweep: values valid alone but not together."""

from __future__ import annotations

from collections.abc import Iterator

from mlpcli.config.document import Document, Key, Problem, show
from mlpcli.sweep.definition import ALL, Sweep
from mlpcli.sweep.points import known_form

_VALIDATION, _EPOCHS = "data.validation", "training.epochs"


def problems_together(sweep: Sweep, document: Document) -> Iterator[Problem]:
    """Yield what does not go together.

    Args:
        sweep: whose parts are valid alone.
        document: where it was written.
    """

    def problem(name: str, message: str) -> Problem:
        key: Key = (name,)
        given = document.values.get(name)
        return Problem(document.place(key), key, f"{message}, got {show(given)}")

    if sweep.sampler == "grid":
        for dimension in sweep.space:
            if dimension.count is None:
                at = dimension.places[0] if dimension.places else document.place(("space",))
                message = "must have a step, or be a choice, where sampler is grid"
                yield Problem(at, known_form(dimension.key), message)
    else:
        if sweep.trials is None:
            yield problem("trials", f"must be an integer >= 1 where sampler is {sweep.sampler}")
        if not sweep.space:
            rule = "must have a key that varies where sampler is"
            yield problem("space", f"{rule} {sweep.sampler}")
    if 0 in values_of(sweep, _VALIDATION):
        if sweep.sampler == "tpe":
            rule = f"must be grid or random where {_VALIDATION} is 0"
            yield problem("sampler", f"{rule}, because tpe learns from validation images")
        if sweep.pruner != "none":
            rule = f"must be none where {_VALIDATION} is 0"
            yield problem("pruner", f"{rule}, because it compares accuracy on validation images")
        if sweep.committee not in (None, ALL):
            rule = f"must be {ALL} where {_VALIDATION} is 0"
            yield problem("committee", f"{rule}, because the best are chosen by validation images")
    if sweep.pruner != "none" and values_of(sweep, _EPOCHS)[-1] == 1:
        yield problem("pruner", f"must be none where {_EPOCHS} is 1")


def values_of(sweep: Sweep, name: str) -> list[object]:
    """Return the values that a number of the configuration takes, the largest one last."""
    for dimension in sweep.space:
        if dimension.key == name:
            return sorted(dimension.ends, key=lambda value: (isinstance(value, int), value))
    section, _, key = name.partition(".")
    return [getattr(getattr(sweep.base, section), key)]
