"""Checks across keys: values valid alone but not together, and paths this system cannot use.

A path may name a user that the system does not know, or characters that it cannot encode.
"""

import os
from collections.abc import Collection, Iterator

from mlpcli.config.data import OUTLIERS, DataConfig
from mlpcli.config.document import Document, Key, Problem, show, value_at
from mlpcli.config.fitting import class_weights_problem, fitted_by_name, weights_problem
from mlpcli.config.schema import Config
from mlpcli.utils.homes import HomeError, with_home

DRAWN_KEYS = {"train", "test"}  # of the data section, for drawn data only
OWN_KEYS = {"value_range", "transpose"}  # of the data section, for a path only


def problems_together(config: Config, document: Document, wrong: set[Key]) -> Iterator[Problem]:
    """Yield what is wrong with valid values, unless it follows from those that are not."""
    yield from _cross_problems(config, document, wrong)
    yield from _model_problems(config, document, wrong)
    yield from _distillation_problems(config, document)
    yield from _path_problems(config, document)


def _cross_problems(config: Config, document: Document, wrong: set[Key]) -> Iterator[Problem]:
    """Yield the problems between keys whose values are valid alone."""
    data = document.values.get("data")
    given = _given_sources(data) if isinstance(data, dict) else []
    named_twice = len(given) > 1
    if named_twice:
        last: Key = ("data", given[0])
        message = f"cannot be combined with data.{given[1]}; keep one of the two"
        yield Problem(document.place(last), last, message)
    if {*config.data.names} == {OUTLIERS} and not config.data.own_paths:
        named: Key = ("data", "name" if config.data.mix is None else "mix")
        message = f"must have classes to learn, got {OUTLIERS}; add it to others in data.mix"
        yield Problem(document.place(named), named, message)
    spoiled = any(key[0] == "data" for key in wrong)  # the wrong one may be the name
    if isinstance(data, dict) and not (named_twice or spoiled):
        yield from _misplaced_keys(config.data, document, data.keys())
    held_out = config.data.held_out(config.data.train)
    if config.data.drawn and held_out >= config.data.train and not spoiled:
        kept: Key = ("data", "validation")
        message = f"must be less than data.train, {config.data.train}, got {held_out}"
        yield Problem(document.place(kept), kept, message)
    stopping: Key = ("training", "early_stopping")
    understood = not any(key[:2] in (stopping, ("data", "validation")) for key in wrong)
    if understood and config.training.early_stopping and config.data.validation == 0:
        got = show(value_at(document.values, stopping))
        message = f"must be null where data.validation is 0, got {got}"
        yield Problem(document.place(stopping), stopping, message)


def _distillation_problems(config: Config, document: Document) -> Iterator[Problem]:
    """Yield the keys that say how to learn labels, which distillation does without."""
    training = config.training
    if training.distillation is None:
        return
    for name, off in ("label_smoothing", 0), ("class_weights", None):
        value = getattr(training, name)
        if value != off:
            key: Key = ("training", name)
            got = show(value_at(document.values, key))
            message = f"must be {show(off)} with training.distillation, which learns no labels"
            yield Problem(document.place(key), key, f"{message}, got {got}")


def _given_sources(data: dict[str, object]) -> list[str]:
    """Return which of the three ways to name data are used."""
    used = [name for name in ("mix", "path") if data.get(name) is not None]
    return [*used, "name"] if "name" in data else used


def _misplaced_keys(
    data: DataConfig, document: Document, keys: Collection[str]
) -> Iterator[Problem]:
    """Yield the keys of the data section that are for other data."""
    places = {} if data.drawn else dict.fromkeys(DRAWN_KEYS, "data.name synthetic")
    places |= {} if data.path else dict.fromkeys(OWN_KEYS, "data.path")
    for key in places.keys() & keys:
        message = f"is only for {places[key]}; remove it"
        yield Problem(document.keys["data", key], ("data", key), message)
    numbers: Key = ("data", "value_range")
    if data.value_range and data.value_range[0] >= data.value_range[1]:
        got = show(list(data.value_range))
        message = f"must begin with the value of black, the smaller one, got {got}"
        yield Problem(document.place(numbers), numbers, message)


def _model_problems(config: Config, document: Document, wrong: set[Key]) -> Iterator[Problem]:
    """Yield what does not go with the number of hidden layers, or with batch normalisation."""
    size: Key = ("training", "batch_size")
    if config.model.batch_norm and config.training.batch_size == 1:
        message = "must be at least 2 where model.batch_norm is true, got 1"
        yield Problem(document.place(size), size, message)
    if any(key[:2] in (("model", "layers"), ("model", "hidden")) for key in wrong):
        return  # the number of hidden layers is not known
    yield from _stage_problems(config, document)
    written = "layers" if config.model.hidden is None else "hidden"
    too_many = weights_problem(config.model.sizes)
    if too_many:
        yield Problem(document.place(("model", written)), ("model", written), too_many)
    yield from _weight_problems(config, document)
    hidden = len(config.model.sizes) - 2
    for name, off in ("batch_norm", False), ("dropout", 0):
        value = getattr(config.model, name)
        if hidden == 0 and value != off:
            message = f"must be {show(off)} where model.{written} has no hidden layer"
        elif isinstance(value, tuple) and len(value) != hidden:
            message = f"must be a number or a list of {hidden}, one for each hidden layer"
        else:
            continue
        key: Key = ("model", name)
        got = show(value_at(document.values, key))
        yield Problem(document.place(key), key, f"{message}, got {got}")


def _weight_problems(config: Config, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the class weights, beside the number of classes if it is known."""
    weights, classes = config.training.class_weights, fitted_by_name(config).model.layers[-1]
    if not isinstance(weights, tuple):
        return
    message = class_weights_problem(weights, classes if isinstance(classes, int) else len(weights))
    if message:
        key: Key = ("training", "class_weights")
        got = show(value_at(document.values, key))
        yield Problem(document.place(key), key, f"{message}, got {got}")


def _stage_problems(config: Config, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with how the stages of the network are written."""
    model = document.values.get("model")
    hidden: Key = ("model", "hidden")
    if config.model.hidden is not None and isinstance(model, dict) and "layers" in model:
        message = "cannot be combined with model.layers; keep one of the two"
        yield Problem(document.place(hidden), hidden, message)
    last = len(config.model.layers) - 1
    for index, stage in enumerate(config.model.layers):
        for word, place, only in ("input", 0, "first"), ("classes", last, "last"):
            if stage == word and index != place:
                key: Key = ("model", "layers", index)
                message = f"must be an integer, because only the {only} may be {word}, got {word!r}"
                yield Problem(document.place(key), key, message)


def _teacher(config: Config) -> tuple[str, ...]:
    """Return the paths of the weights to learn from."""
    distillation = config.training.distillation
    return () if distillation is None else distillation.teacher


def _path_problems(config: Config, document: Document) -> Iterator[Problem]:
    """Yield the paths that this system cannot use."""
    data = config.data
    for key, path in (
        (("data", "path"), data.path or ""),
        *((("data", "mix"), source) for source in data.mix or ()),
        *((("training", "distillation", "teacher"), path) for path in _teacher(config)),
        (("data", "root"), data.root),
        (("output",), config.output),
    ):
        try:
            os.fsencode(with_home(path))
        except UnicodeEncodeError as error:
            rule = f"must be a path in this system's encoding, {error.encoding}"
            yield Problem(document.place(key), key, f"{rule}, got {show(path)}")
        except HomeError as error:
            yield Problem(document.place(key), key, str(error))
