"""What single values of a SWEEP.yaml must be."""

from __future__ import annotations

from typing import Any

from mlpcli.sweep.checking import MAX_POINTS, MAX_SEEDS
from mlpcli.sweep.definition import ALL
from mlpcli.sweep.space import is_number

COMMITTEE = f"{ALL} or an integer >= 1 and <= {MAX_POINTS}"
SEEDS = f"an integer >= 1 and <= {MAX_SEEDS} or a list of distinct integers >= 0"
TIMEOUT = "a number > 0 of seconds or null"
TRIALS = f"an integer >= 1 and <= {MAX_POINTS}"
_MAX_SEED = 2**63 - 1


def is_seed(value: object) -> bool:
    """Tell whether a value is a seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_SEED


def is_trials(value: object) -> bool:
    """Tell whether a value is a number of trials."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_POINTS


def is_timeout(value: Any) -> bool:
    """Tell whether a value is a number of seconds."""
    return is_number(value) and bool(value > 0)


def is_committee(value: object) -> bool:
    """Tell whether a value says which trials are a committee."""
    return value == ALL or is_trials(value)
