"""`--set KEY=A,B,C …` → a sweep over a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mlpcli.config.document import Document, Key, Place, Problem, problem_lines, read_override, show
from mlpcli.config.loading import overridden, unfitted
from mlpcli.errors import ConfigError
from mlpcli.sweep.checking import MAX_POINTS, MAX_SEEDS, check_points, value_problems
from mlpcli.sweep.definition import Choice, Sweep, identity
from mlpcli.sweep.points import known_form
from mlpcli.sweep.space import SEED, follows, key_problem, lists, with_absolute_values

_SOURCE = "--set"
_PLACE = Place(0, 0, _SOURCE)
_SPAN = re.compile(r"\s*(-?\d{1,18})\.\.(-?\d{1,18})\s*")
_OPEN, _CLOSE, _QUOTES = "[{", "]}", "'\""


def sweep_from(name: str | Path, settings: Sequence[str], seeds: int | None = None) -> Sweep:
    """Return a sweep over the grid of the values that keys are given.

    Args:
        name: the path of a configuration, or the name of a shipped one.
        settings: `KEY=VALUE` for all trials, or `KEY=A,B,C` or `KEY=0..9` for a key that varies;
            later ones win. YAML values; commas within brackets or quotes separate nothing.
        seeds: so many seeds from that of the configuration, instead of `seed=0..9`.

    Raises:
        ConfigError: one line for each problem, or for each of the first bad points.
    """
    varied, single = sorted_settings(settings)
    base = unfitted(overridden(name, single))
    numbers = _seeds(base.seed, varied.pop(SEED, None), seeds)
    problems = [
        Problem(_PLACE, known_form(key), message) for key in varied if (message := key_problem(key))
    ]
    if problems:
        raise ConfigError(problem_lines(problems))
    sweep = Sweep(base, tuple(varied.values()), numbers)
    problems = value_problems(sweep, _PLACE)
    if problems:
        raise ConfigError(problem_lines(problems))
    check_points(sweep, _SOURCE)
    return replace(sweep, space=tuple(map(with_absolute_values, sweep.space)))


def sorted_settings(settings: Sequence[str]) -> tuple[dict[str, Choice], list[str]]:
    """Return the keys that vary, and the settings that are for all trials."""
    varied, single = dict[str, Choice](), dict[str, str]()
    for text in settings:
        name, equals, values = text.partition("=")
        name, parts = name.strip(), split_values(values) if equals else []
        for table in varied, single:
            table.pop(name, None)
        if len(parts) > 1 or (equals and (_SPAN.fullmatch(values) or name.endswith("]"))):
            varied[name] = _choice(name, parts)
        else:
            single[name] = text
    for name in [each for each in single if follows(each, varied)]:
        varied[name] = _choice(name, [single.pop(name).partition("=")[2]])
    return varied, [*single.values()]


def split_values(text: str) -> list[str]:
    """Return the parts of a text between commas that are outside brackets and quotes."""
    parts, depth, quote, before = [""], 0, "", ","
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES and before in f",:{_OPEN}":
            quote = character
        elif character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        if character == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += character
        before = before if character.isspace() else character
    return parts


def _choice(name: str, parts: Sequence[str]) -> Choice:
    """Return the values of a key that varies."""
    key = _key(name)
    document = Document({})
    values = [lists(value) for part in parts for value in _values(document, key, part)]
    if document.problems:
        raise ConfigError(problem_lines(document.problems))
    counts = Counter(map(identity, values))
    twice = [value for value in values if counts[identity(value)] > 1]
    if twice:
        message = f"must have distinct values, got {show(twice[0])} twice"
        raise ConfigError(str(Problem(_PLACE, key, message)))
    return Choice(name, tuple(values), (_PLACE,) * len(values))


def _values(document: Document, key: Key, text: str) -> Iterator[object]:
    """Yield the values of one part between commas."""
    if span := _SPAN.fullmatch(text):
        low, high = int(span[1]), int(span[2])
        if not low <= high < low + MAX_POINTS:
            rule = f"must count up to at most {MAX_POINTS:,} values"
            raise ConfigError(str(Problem(_PLACE, key, f"{rule}, got {text.strip()}")))
        yield from range(low, high + 1)
    elif text.strip():
        yield read_override(document, key, text)
    else:
        raise ConfigError(str(Problem(_PLACE, key, "must have a value beside each comma")))


def _key(name: str) -> Key:
    try:
        return known_form(name)
    except ConfigError as error:
        raise ConfigError(f"{_SOURCE} {error}") from error


def _seeds(first: int, varied: Choice | None, count: int | None) -> tuple[int, ...]:
    """Return the seeds of each point."""
    if varied is None:
        if count is not None and not 1 <= count <= MAX_SEEDS:
            raise ConfigError(f"--seeds: must be an integer >= 1 and <= {MAX_SEEDS}, got {count}")
        return tuple(range(first, first + (count or 1)))
    if count is not None:
        raise ConfigError("--seeds: cannot be combined with --set seed=…; keep one of the two")
    seeds = [each for each in varied.values if isinstance(each, int) and not isinstance(each, bool)]
    if len(seeds) < len(varied.values) or min(seeds) < 0 or len(seeds) > MAX_SEEDS:
        raise ConfigError(
            f"--set seed: must be at most {MAX_SEEDS} integers >= 0, such as 0..9 or 1,5,7"
        )
    return tuple(seeds)
