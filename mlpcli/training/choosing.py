"""Chooses between NumPy and compiled loops."""

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.errors import ConfigError
from mlpcli.training.parts import NUMPY, Parts

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
