"""Which keys were probably meant by one that is not known, wherever in the tree they are."""

from collections.abc import Sequence
from functools import cache

from mlpcli.config.document import Key, key_text
from mlpcli.config.keys import known_keys
from mlpcli.utils.names import nearest

_ALIASES = {  # what other programs call a key
    "lr": "training.optimizer.learning_rate",
    "wd": "training.optimizer.weight_decay",
    "l2": "training.optimizer.weight_decay",
    "eps": "training.optimizer.epsilon",
    "beta1": "training.optimizer.betas",
    "beta2": "training.optimizer.betas",
    "bs": "training.batch_size",
    "batch": "training.batch_size",
    "n_epochs": "training.epochs",
    "num_epochs": "training.epochs",
    "max_epochs": "training.epochs",
    "ema": "training.weight_average",
    "hidden_layers": "model.hidden",
    "hidden_layer_sizes": "model.hidden",
    "dataset": "data.name",
    "random_seed": "seed",
    "random_state": "seed",
    "num_threads": "threads",
}


def named_keys(name: str) -> Sequence[str]:
    """Return the full names of the keys of which a name is the last part, or an alias.

    `training.lr` and `momentum`, for example, are `training.optimizer.learning_rate` and
    `training.optimizer.momentum`.
    """
    last = name.rpartition(".")[2].casefold().replace("-", "_")
    alias = [_ALIASES[last]] if last in _ALIASES else []
    return _by_last_part().get(last, alias)


def similar_keys(name: str) -> Sequence[str]:
    """Return the full names of the keys of which a name is nearly the last part, or an alias."""
    near = nearest(name.rpartition(".")[2], [*_by_last_part(), *_ALIASES])
    return named_keys(near) if near else []


def suggestion(key: Key, known: Sequence[str]) -> str:
    """Say what an unknown key probably means, or else which keys there are in its place.

    Args:
        key: as it was written.
        known: the keys of the section that it is in.
    """
    name = str(key[-1])
    here = nearest(name, known)
    beside = [key_text((*key[:-1], here))] if here else []
    for offered in (named_keys(name), beside, similar_keys(name)):
        others = [each for each in offered if each != key_text(key)]  # not of this optimizer
        if others:
            return f"; did you mean {' or '.join(others)}?"
    return f"; known here: {', '.join(known)}"


@cache
def _by_last_part() -> dict[str, list[str]]:
    """Return the full names of all keys and sections by their last parts."""
    parts: dict[str, list[str]] = {}
    names = known_keys()
    sections = [name.rpartition(".")[0] for name in names]
    for name in dict.fromkeys([*sections, *names]):
        parts.setdefault(name.rpartition(".")[2], []).append(name)
    del parts[""]  # the section of keys at the top
    return parts
