"""Chooses between NumPy and compiled loops, and how many threads share the work."""

import os
from platform import node

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.errors import ConfigError
from mlpcli.nn.metrics import BATCH
from mlpcli.runs.metadata import Threads
from mlpcli.training.parts import NUMPY, Parts
from mlpcli.utils.ranks import Ranks
from mlpcli.utils.threads import available_threads, choose_threads

WORTHWHILE = 100_000  # images in all epochs; to load Numba takes as long as a few thousand steps


def choose_parts(config: Config, dataset: Dataset) -> Parts:
    """Return the parts that a configuration asks for.

    With `compiled: auto` they are the compiled ones where Numba is installed, unless so few images
    are trained on that loading it would take longer.

    Raises:
        ConfigError: compiled ones, but Numba cannot be loaded.
    """
    compiled = config.compiled
    if compiled == "auto":
        return find_parts(compiled=len(dataset.learnt) * config.training.epochs >= WORTHWHILE)
    return _load() if compiled else NUMPY


def find_parts(*, compiled: bool) -> Parts:
    """Return the compiled parts if they are wanted and Numba can be loaded, else those of NumPy."""
    if not compiled:
        return NUMPY
    try:
        return _load()
    except ConfigError:
        return NUMPY


def choose_thread_counts(config: Config, ranks: Ranks, *, sparse: bool) -> Threads:
    """Return how many threads share the work of each rank: equally many, to the same bits.

    Args:
        config: with `threads: auto`, ranks on one machine share its processors.
        ranks: the processes that train together.
        sparse: whether batches keep only what is not 0.
    """
    sizes, rows = config.model.sizes, max(config.training.batch_size // ranks.size, 1)
    training = choose_threads(config.threads, sizes, rows, sparse=sparse)
    evaluation = choose_threads(config.threads, sizes, BATCH)
    if ranks.size > 1 and config.threads == "auto":
        processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        here = node(), processors
        most = max(1, available_threads() // ranks.share(here).count(here))
        most = min(ranks.share(most))
        training, evaluation = min(training, most), min(evaluation, most)
    return Threads(training=training, evaluation=evaluation)


def _load() -> Parts:
    try:
        from mlpcli.training.compiled import COMPILED  # noqa: PLC0415  # an extra
    except (ImportError, RuntimeError, OSError) as error:
        # missing, not for this version of NumPy, or without a place to keep what is compiled
        raise ConfigError(
            f"compiled: true needs Numba, got {str(error)!r:.200}; "
            "pip install 'mlpcli[fast]', or set compiled: auto"
        ) from error
    return COMPILED
