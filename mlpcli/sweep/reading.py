"""A SWEEP.yaml → `Sweep`; every problem found in one pass, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from mlpcli.config import Config
from mlpcli.config.document import (
    Document,
    Key,
    Problem,
    Refused,
    problem_lines,
    read_document,
    read_override,
    show,
)
from mlpcli.config.loading import located, overridden
from mlpcli.config.overriding import set_key
from mlpcli.config.suggestions import named_keys
from mlpcli.config.validation import examine
from mlpcli.config.written import Written
from mlpcli.errors import ConfigError
from mlpcli.sweep import rules
from mlpcli.sweep.checking import MAX_SEEDS, check_points, grid_size, value_problems, with_type
from mlpcli.sweep.definition import (
    METRICS,
    PRUNERS,
    SAMPLERS,
    Choice,
    Dimension,
    Metric,
    Pruner,
    Sampler,
    Sweep,
)
from mlpcli.sweep.space import (
    SEED,
    Space,
    follows,
    holds_refused,
    is_number,
    key_problem,
    lists,
    shown,
    with_absolute_values,
)
from mlpcli.sweep.together import problems_together
from mlpcli.utils.names import guess

KEYS = (
    "config",
    "set",
    "space",
    "sampler",
    "pruner",
    "trials",
    "timeout",
    "metric",
    "seeds",
    "committee",
)


def read_sweep(path: Path, settings: Mapping[str, str] | None = None) -> Sweep:
    """Read and check a sweep.

    Args:
        path: of the SWEEP.yaml.
        settings: keys and their YAML values for all trials, which win over those under `set`.

    Returns:
        The sweep, with absolute paths in its base, which leaves sizes to the data where it says so.

    Raises:
        ConfigError: one line for each problem, or for each of the first bad points.
    """
    sweep = read_saved(path, settings)
    check_points(sweep, str(path))
    return sweep


def read_saved(path: Path, settings: Mapping[str, str] | None = None) -> Sweep:
    """Read a sweep whose points were checked before it was written, or are checked next.

    Raises:
        ConfigError: it cannot be read as a sweep.
    """
    reader = _SweepReader(path, settings or {})
    sweep = reader.sweep()
    if reader.problems:
        raise ConfigError(problem_lines(dict.fromkeys(reader.problems)))
    return sweep


def is_sweep_file(path: Path) -> bool:
    """Tell from its keys whether a file is a SWEEP.yaml rather than a configuration."""
    try:
        return path.is_file() and any(key in read_document(path).values for key in KEYS)
    except (ConfigError, ValueError):  # which reading it as a configuration will tell
        return False


class _SweepReader:
    """Reads the keys of a SWEEP.yaml one after the other, and collects the problems."""

    def __init__(self, path: Path, settings: Mapping[str, str]) -> None:
        self._path = path
        self._document = read_document(path)
        for name, text in settings.items():
            read, key = Document({}), ("set", name)
            set_key(self._document, key, read_override(read, key, text), read)
        self.problems = list(self._document.problems)

    def sweep(self) -> Sweep:
        """Return the sweep without what is wrong with it."""
        self._find_unknown()
        space = self._space()
        base = self._base(space)
        seeds = self._seeds(base or Config(), space)
        dimensions = tuple(space.values())
        size = grid_size(dimensions)
        usual = "grid" if all(_has_values(each) for each in dimensions) and size else "tpe"
        sweep = Sweep(
            base or Config(),
            dimensions,
            seeds,
            sampler=cast(Sampler, self._word("sampler", SAMPLERS, usual)),
            pruner=cast(Pruner, self._word("pruner", PRUNERS, "none")),
            trials=self._checked("trials", rules.TRIALS, rules.is_trials),
            timeout=self._checked("timeout", rules.TIMEOUT, rules.is_timeout),
            metric=cast(Metric, self._word("metric", METRICS, METRICS[0])),
            committee=self._checked("committee", rules.COMMITTEE, rules.is_committee),
        )
        if base is None:
            return sweep
        sweep = replace(sweep, space=tuple(with_type(sweep, each) for each in sweep.space))
        self.problems += value_problems(sweep, self._document.place(("space",)))
        sweep = replace(sweep, space=tuple(map(with_absolute_values, sweep.space)))
        wrong = {problem.key for problem in self.problems}
        together = problems_together(sweep, self._document)
        self.problems += [problem for problem in together if problem.key not in wrong]
        return sweep

    def _find_unknown(self) -> None:
        for name in self._document.values:
            if name in KEYS:
                continue
            hint = guess(name, KEYS)
            if not hint and not key_problem(name):
                hint = "; keys of a configuration go under set, or under space if they vary"
            elif not hint and (meant := named_keys(name)):
                hint = f"; {meant[0]} goes under set, or under space if it varies"
            message = f"is not a known key{hint or '; known here: ' + ', '.join(KEYS)}"
            self._add((name,), message, key=True)

    def _base(self, varied: dict[str, Dimension]) -> Config | None:
        """Return the base with its overrides; None if it has problems.

        Overrides that depend on what varies are added to the keys that vary.
        """
        document = self._base_document()
        if document is None:
            return None
        before = len(self.problems)
        self._override(document, varied)
        config, problems = examine(document)
        self.problems += problems
        if len(self.problems) > before:
            return None
        return located(config).written_as(Written(document))

    def _base_document(self) -> Document | None:
        key: Key = ("config",)
        match self._value("config"):
            case dict() as values:
                return self._part(key, values)
            case str() as name:
                beside = self._path.parent / name
                try:
                    return overridden(beside if beside.is_file() else name)
                except ConfigError as error:
                    for line in error.lines:
                        self._add(key, f"cannot be used, {line}")
                    return None
            case other:
                if not isinstance(other, Refused):
                    rule = "must be a shipped name such as mnist, a path or a mapping of keys"
                    self._add(key, f"{rule}, got {show(other)}")
                return None

    def _part(self, at: Key, values: dict[str, Any]) -> Document:
        """Return what stands at a key as a document of its own."""
        depth = len(at)
        places = self._document.places
        return Document(
            values,
            {key[depth:]: place for key, place in self._document.keys.items() if key[:depth] == at},
            {(): places[()]}
            | {key[depth:]: place for key, place in places.items() if key[:depth] == at},
        )

    def _override(self, document: Document, varied: dict[str, Dimension]) -> None:
        values = self._value("set")
        if values is None or isinstance(values, Refused):
            return
        if not isinstance(values, dict):
            message = "must be a mapping such as {training.epochs: 5}"
            self._add(("set",), f"{message}, got {show(values)}")
            return
        for name, value in values.items():
            at: Key = ("set", name)
            key = tuple(name.split("."))
            if "" in key:
                self._add(at, "must be a key such as training.epochs", key=True)
                continue
            read = self._part(at, {})
            read.places = {(*key, *rest): place for rest, place in read.places.items()}
            read.keys = {(*key, *rest): place for rest, place in read.keys.items()}
            read.keys[key] = self._document.keys[at]
            if follows(name, varied):
                given = lists(value)
                varied[name] = Choice(name, (given,), (self._document.place(at),))
            else:
                set_key(document, key, value, read)

    def _space(self) -> dict[str, Dimension]:
        space = Space(self._document)
        if self._value("space") is not None:
            space.read(self._value("space"))
        self.problems += space.problems
        return space.dimensions

    def _seeds(self, base: Config, space: dict[str, Dimension]) -> tuple[int, ...]:
        """Return the seeds, which may be given as a key that varies."""
        given, first = self._value("seeds"), base.seed
        varied = space.pop(SEED, None)
        place: Key = ("seeds",)
        if varied is not None:
            if given is not None:
                self._add(place, "cannot be combined with seed under space; keep one of the two")
            place = ("space", SEED)
            many = varied.count is None or varied.count > MAX_SEEDS
            given = None if many else tuple(varied.values or ())
        elif given is None:
            return (first,)
        elif is_number(given) and given in range(1, MAX_SEEDS + 1) and isinstance(given, int):
            return tuple(range(first, first + given))
        fit = isinstance(given, tuple) and 0 < len(given) <= MAX_SEEDS
        if not fit or not all(map(rules.is_seed, given)) or len({*given}) < len(given):
            if not holds_refused(given):
                self._add(
                    place, f"must be {rules.SEEDS}, got {show(self._value(*map(str, place)))}"
                )
            return (first,)
        return tuple(given)

    def _word(self, name: str, words: tuple[str, ...], usual: str) -> str:
        value = self._value(name)
        if value is None or isinstance(value, Refused):
            return usual
        if value not in words:
            meant = guess(value, words) if isinstance(value, str) else ""
            self._add((name,), f"must be one of {', '.join(words)}, got {show(value)}{meant}")
            return usual
        return str(value)

    def _checked(self, name: str, rule: str, fits: Callable[[Any], bool]) -> Any:
        value = self._value(name)
        if value is None or isinstance(value, Refused):
            return None
        if not fits(value):
            self._add((name,), f"must be {rule}, got {show(value)}")
            return None
        return value

    def _value(self, *key: str) -> Any:
        """Return the value of a key, None where there is none."""
        value: Any = self._document.values
        for part in key:
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _add(self, at: Key, message: str, *, key: bool = False) -> None:
        """Note a problem; with `key` at the place of the key rather than of its value."""
        place = self._document.keys[at] if key else self._document.place(at)
        name = shown(at) if at[0] in ("set", "space") else at
        self.problems.append(Problem(place, name, message))


def _has_values(dimension: Dimension) -> bool:
    """Tell whether a key has values to choose from, so that a grid is what one expects."""
    return isinstance(dimension, Choice) or dimension.step is not None
